"""What every page stands in: who looks, in which language; the template around the content; the headers that guard it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from hub.console import statics, words
from hub.console.sessions import LASTS, Session, Sessions, new_secret
from hub.console.speech import Speech, language_of, utc
from hub.console.throttle import Throttle
from hub.domain.roles import Action, Person
from hub.errors import HubError, Rejected
from hub.store import people
from hub.wiring import Hub

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
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
_LANGUAGE, _FORM, _SESSION = "truc_lang", "truc_form", "truc_session"
_YEAR_SECONDS: Final = 365 * 86_400
_FREE_BY_NAME, _FREE_BY_ADDRESS = 5, 30  # failed tries before waiting begins
Answer = TypeVar("Answer", bound=Response)
_CHECKS_AT_ONCE: Final = 2  # passwords checked at the same time: each holds 32 MiB and a core


class Console:
    """What the pages of one process share."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.sessions = Sessions(hub.seal)
        self.by_name = Throttle(_FREE_BY_NAME)
        self.by_address = Throttle(_FREE_BY_ADDRESS)
        self.checks = asyncio.Semaphore(_CHECKS_AT_ONCE)
        self.files = statics.load()
        self.templates = jinja2.Environment(
            loader=jinja2.PackageLoader("hub.console"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.globals["static"] = self._static

    def _static(self, name: str) -> str:
        return f"/static/{name}?v={self.files[name].version}"


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

    @property
    def session(self) -> Session | None:
        """The session of the cookie, whether or not the account is still open."""
        return self.console.sessions.read(self.cookie(_SESSION), self.now)

    def begin_session(self, response: Response, name: str) -> None:
        """Log somebody in."""
        cookie = self.console.sessions.begin(name, self.now)
        self.keep(response, _SESSION, cookie, int(LASTS.total_seconds()))
        self.keep(response, _FORM, "", 0)

    def end_session(self, response: Response) -> None:
        """Log out."""
        self.keep(response, _SESSION, "", 0)

    async def person(self) -> Person | None:
        """Who is logged in and may watch, asked anew each time: a closed account is out at once."""
        session = self.session
        if session is None:
            return None
        async with self.console.hub.database.read() as conn:
            found = await people.find_by_name(conn, session.name)
        return found if found and found.may(Action.WATCH) else None

    async def watcher(self) -> Person:
        """The same, or off to the login page and back afterwards."""
        if person := await self.person():
            return person
        url = self.request.url
        target = url.path + (f"?{url.query}" if url.query else "")
        raise Elsewhere("/login" if target == "/" else f"/login?next={quote(target, safe='/')}")

    # -- answers ------------------------------------------------------------------------------------------------

    def page(self, template: str, person: Person | None, status: int = 200, **facts: Any) -> HTMLResponse:
        """A template filled in."""
        secret = self.session.secret if person and self.session else self.cookie(_FORM) or new_secret()
        query = {k: v for k, v in self.request.query_params.items() if k != "lang"}
        html = self.console.templates.get_template(template).render(
            say=self.speech,
            words=words,
            utc=utc,
            now=self.now,
            person=person,
            form_token=self.console.sessions.form_token(secret),
            languages={code: f"{self.request.url.path}?{urlencode({**query, 'lang': code})}" for code in ("vi", "en")},
            **facts,
        )
        response = HTMLResponse(html, status, GUARDS | {"Content-Language": self.speech.language})
        if person is None:
            self.keep(response, _FORM, secret, None)
        return self._remember_language(response)

    def redirect(self, address: str) -> RedirectResponse:
        """Send the browser to another of our pages."""
        return self._remember_language(RedirectResponse(address, 303, GUARDS))

    def trouble(self, status: int, phrase: str) -> HTMLResponse:
        """A page that says why there is none."""
        response = self.page(
            "trouble.html",
            None,
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
        session = self.session
        secrets = [self.cookie(_FORM), session.secret if session else ""]
        return any(self.console.sessions.is_own_form(secret, token) for secret in secrets)


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


class PageRoute(APIRoute):
    """A route whose failures are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its failures answered."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except Elsewhere as other:
                return visit(request).redirect(other.address)
            except Rejected:
                return visit(request).trouble(404, "not_found")
            except HubError:
                return visit(request).trouble(503, "unavailable")

        return handle
