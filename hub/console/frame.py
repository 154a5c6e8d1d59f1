"""What every page stands in: who looks, in which language; the template around the content; the headers that guard it."""

import asyncio
import base64
import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar
from urllib.parse import quote, urlencode

import jinja2
from fastapi import Depends, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from markupsafe import Markup

from hub import log
from hub.console import nav, statics, words
from hub.console.following import Following
from hub.console.forms import Forms, new_secret
from hub.console.remembered import Remembered
from hub.console.speech import Speech, language_of, utc
from hub.domain.access import Action, allowed
from hub.domain.roles import Person
from hub.errors import HubError, Rejected, rejected
from hub.gateway.callers import guarding
from hub.store.access import sessions
from hub.wiring import Hub

if TYPE_CHECKING:
    from hub.console.single import Provider

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_WITH_SCRIPTS: Final = f"{_POLICY}; script-src 'self'; connect-src 'self'"
"""For whoever is logged in: our own files alone, none within a page, nothing that makes code of text."""
GUARDS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send `Origin: null` with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_LANGUAGE, _FORM, _SESSION, _ATTEMPT = "truc_lang", "truc_form", "truc_session", "truc_oidc"
_YEAR_SECONDS: Final = 365 * 86_400
_logger = log.get(__name__)
Answer = TypeVar("Answer", bound=Response)
_CHECKS_AT_ONCE: Final = 2  # passwords checked at the same time: each holds 32 MiB and a core


class Console:
    """What the pages of one process share."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.forms = Forms(hub.seal)
        self.provider = _provider(hub)
        self.checks = asyncio.Semaphore(_CHECKS_AT_ONCE)
        self.remembered = Remembered()
        self.following = Following(hub)
        self.files = statics.load()
        self.templates = _templates()


_TURNED: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the order of what follows: `\u202egpj.exe` would be read as a picture, and its neighbours too."""


def _in_reading_order(value: Any) -> Any:
    """What is shown of a value: no text from outside changes the order in which a line is read."""
    return _TURNED.sub("\ufffd", value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _templates() -> jinja2.Environment:
    """The templates of every console in this process, compiled once."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("hub.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_in_reading_order,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    files = statics.load()
    made.globals["static"] = lambda name: f"/static/{name}?v={files[name].version}"
    return made


def _provider(hub: Hub) -> "Provider | None":
    if not hub.settings.oidc_issuer:
        return None
    from hub.console.single import Provider  # what speaks OpenID is slow to load

    return Provider(hub.settings)


class Elsewhere(Exception):
    """This page is not for whoever asked; `address` is."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page."""

    request: Request
    console: Console
    speech: Speech
    now: datetime

    @property
    def is_secure(self) -> bool:
        """Whether it came over TLS (a proxy on this machine says so for us)."""
        return self.request.url.scheme == "https"

    @property
    def address(self) -> str:
        """Where it came from, as the nearest proxy that is believed says."""
        return self.request.client.host if self.request.client else ""

    def cookie(self, name: str) -> str:
        """What the browser kept; over TLS under a name that no other host or plain connection can set (RFC 6265bis)."""
        return self.request.cookies.get(self._cookie_name(name), "")

    def _cookie_name(self, name: str) -> str:
        return f"__Host-{name}" if self.is_secure else name

    def keep(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        """Have the browser keep something; `None`: until it is closed, 0: no longer."""
        response.set_cookie(
            self._cookie_name(name), value, seconds, path="/", secure=self.is_secure, httponly=True, samesite="lax"
        )

    # -- who ----------------------------------------------------------------------------------------------------

    def begin_session(self, response: Response, cookie: str) -> None:
        """Have the browser keep the session that was begun."""
        self.keep(response, _SESSION, cookie, int(sessions.LASTS.total_seconds()))
        self.keep(response, _FORM, "", 0)

    def end_session(self, response: Response) -> None:
        """Have the browser forget it."""
        self.keep(response, _SESSION, "", 0)

    @property
    def session(self) -> str:
        """The cookie of a session, whether or not there is one behind it."""
        return self.cookie(_SESSION)

    async def person(self) -> Person | None:
        """Who is logged in and has a page to see, asked anew each time: a closed account is out at once."""
        if not self.session:
            return None
        async with self.console.hub.database.read() as conn:
            found = await sessions.find(conn, self.session, self.now)
        return found if allowed(found, Action.CONNECTIONS) else None

    async def who_may(self, action: Action) -> Person:
        """The same, if it may do `action`; else off to the login page and back afterwards.

        Whoever is in already and may not is told that there is no such page, or led from the first one to its own.
        """
        if person := await self.person():
            if allowed(person, action):
                return person
            if self.request.url.path == "/":
                raise Elsewhere("/agencies")
            raise rejected("not-found")
        url = self.request.url
        target = url.path + (f"?{url.query}" if url.query else "")
        raise Elsewhere("/login" if target == "/" else f"/login?next={quote(target, safe='/')}")

    # -- answers ------------------------------------------------------------------------------------------------

    def page(self, template: str, person: Person | None, status: int = 200, **facts: Any) -> HTMLResponse:
        """A template filled in."""
        secret = self.session if person else self.cookie(_FORM) or new_secret()
        query = {k: v for k, v in self.request.query_params.items() if k != "lang"}
        html = self.console.templates.get_template(template).render(
            say=self.speech,
            words=words,
            utc=utc,
            now=self.now,
            person=person,
            menu=nav.menu(person, self.speech, self.request.url.path),
            elsewhere=self.console.provider is not None,
            locally=self.console.hub.settings.local_login,
            form_token=self.console.forms.token(secret),
            languages={code: f"{self.request.url.path}?{urlencode({**query, 'lang': code})}" for code in ("vi", "en")},
            **facts,
        )
        policy = {"Content-Security-Policy": _WITH_SCRIPTS} if person else {}
        response = HTMLResponse(html, status, {**GUARDS, **policy, "Content-Language": self.speech.language})
        if person is None:
            self.keep(response, _FORM, secret, None)
        return self._remember_language(response)

    def redirect(self, address: str) -> RedirectResponse:
        """Send the browser to another of our pages."""
        return self._remember_language(RedirectResponse(address, 303, GUARDS))

    async def not_found(self) -> HTMLResponse:
        """The page for an address that has none; whoever is logged in keeps the menu."""
        person = None
        with suppress(HubError):  # where the database is away, the page can still be said not to be
            person = await self.person()
        return self.trouble(404, "not_found", person)

    def trouble(self, status: int, phrase: str, person: Person | None = None) -> HTMLResponse:
        """A page that says why there is none."""
        response = self.page(
            "trouble.html",
            person,
            status,
            title=self.speech(phrase),
            line=self.speech.of(words.PHRASES[f"{phrase}_line"]),
        )
        if status == 503:  # noqa: PLR2004
            response.headers["Retry-After"] = "5"
        return response

    def _remember_language(self, response: Answer) -> Answer:
        if self.request.query_params.get("lang") == self.speech.language:
            self.keep(response, _LANGUAGE, self.speech.language, _YEAR_SECONDS)
        return response

    def is_own_form(self, token: str) -> bool:
        """Whether a form that came in is one that we wrote for this browser."""
        return any(self.console.forms.is_own(secret, token) for secret in (self.cookie(_FORM), self.session))

    def keep_sealed(self, response: Response, text: str, seconds: int) -> None:
        """Have the browser keep, out of its reach, what it must bring back from the OpenID provider."""
        coded = base64.urlsafe_b64encode(text.encode()).decode()
        self.keep(response, _ATTEMPT, f"{coded}.{self.console.forms.mark('attempt', coded)}" if text else "", seconds)

    def sealed(self) -> str:
        """What it brought back, if we wrote it."""
        coded, _, mark = self.cookie(_ATTEMPT).partition(".")
        is_ours = bool(coded) and self.console.forms.is_marked("attempt", coded, mark)
        return base64.urlsafe_b64decode(coded).decode() if is_ours else ""


def visit(request: Request) -> Visit:
    """What is known of a request before anything is looked up."""
    console: Console = request.app.state.console
    found = Visit(request, console, Speech("vi"), datetime.now(UTC))
    language = language_of(
        request.query_params.get("lang", ""),
        found.cookie(_LANGUAGE),
        request.headers.get("accept-language", ""),
    )
    return replace(found, speech=Speech(language))


@lru_cache(maxsize=64)
def logged_in(action: Action) -> Callable[[Request], Coroutine[Any, Any, Person]]:
    """A dependency: who is logged in and may do `action`. Of what, the handler asks."""

    async def person(request: Request) -> Person:
        return await visit(request).who_may(action)

    guard: Callable[[Request], Coroutine[Any, Any, Person]] = guarding(action)(person)
    return guard


watcher = logged_in(Action.WATCH)
"""Who is logged in and may watch; everybody else goes to the login page."""


TheVisit = Annotated[Visit, Depends(visit)]
Watcher = Annotated[Person, Depends(watcher)]


def _check(request: Request) -> None:
    """Refuse an address that has what no code and no id has, and no database takes."""
    if "\0" in request.scope["path"]:
        raise rejected("not-found")


class PageRoute(APIRoute):
    """A route whose failures are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its failures answered."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                _check(request)
                return await handler(request)
            except Elsewhere as other:
                if "hx-request" in request.headers:  # a piece of a page that is open: the page itself goes to log in
                    return Response(status_code=204, headers={**GUARDS, "HX-Refresh": "true"})
                return visit(request).redirect(other.address)
            except Rejected:
                return await visit(request).not_found()
            except HubError:
                return visit(request).trouble(503, "unavailable")
            except (HTTPException, RequestValidationError):
                raise
            except Exception:
                _logger.exception("page.broke", path=request.url.path)
                return visit(request).trouble(500, "broken")

        return handle
