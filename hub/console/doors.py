"""Coming in and going out: the login form, its answer, and logging out."""

from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from hub import log
from hub.console.asked import printable
from hub.console.frame import PageRoute, Visit, visit
from hub.domain.access import Action, actor
from hub.domain.roles import Person
from hub.gateway.callers import may
from hub.store import audit
from hub.store.access import sessions, tries
from hub.store.directory import people

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(may(Action.LOG_IN))])
TheVisit = Annotated[Visit, Depends(visit)]
_FORM_BYTES: Final = 8 * 1024
_FIELDS: Final = 12
_FREE_BY_NAME, _FREE_BY_ADDRESS = 5, 30  # failed tries before waiting begins
_TEXT_AT_MOST: Final = 200  # characters of a name or a password that are looked at
_logger = log.get(__name__)


@router.get("/login")
async def login_form(here: TheVisit) -> Response:
    """The form; whoever is logged in already goes on."""
    target = local(here.request.query_params.get("next", ""))
    if await here.person():
        return here.redirect(target)
    return here.page("login.html", None, target=target, name="", trouble="")


@router.post("/login")
async def login(here: TheVisit) -> Response:
    """Begin a session, or say why not. A wrong name and a wrong password look the same and take the same time."""
    fields = await form_fields(here.request)
    name, password = (printable(fields.get(f, "")[:_TEXT_AT_MOST]) for f in ("name", "password"))
    target = local(fields.get("next", ""))

    def again(status: int, phrase: str, **details: object) -> Response:
        return here.page("login.html", None, status, target=target, name=name, trouble=here.speech(phrase, **details))

    if not is_from_here(here.request) or not (here.is_own_form(fields.get("token", "")) or is_script(here, fields)):
        return again(403, "login_stale")
    console, address = here.console, here.address
    pair = f"name {name.casefold()} from {address}"
    free = {pair: _FREE_BY_NAME, f"address {address}": _FREE_BY_ADDRESS}
    async with console.hub.database.write() as conn:
        wait = await tries.begin(conn, free, here.now)
    if wait:
        _logger.warning("login.throttled", address=address)
        response = again(429, "login_wait", seconds=wait)
        response.headers["Retry-After"] = str(wait)
        return response
    async with console.checks, console.hub.database.read() as conn:
        person = await people.check_password(conn, name, password) if console.hub.settings.local_login else None
    if person is None:
        _logger.info("login.refused", address=address)
        async with console.hub.database.write(f"address:{address}") as conn:
            audit.note(conn, "login refused", name)
        return again(403, "login_wrong")
    async with console.hub.database.write() as conn:
        await tries.forgive(conn, *free)
    return await enter(here, person, target)


async def enter(here: Visit, person: Person, target: str) -> Response:
    """Begin the session of somebody who has shown who it is."""
    _logger.info("login", person=person.name, address=here.address)
    async with here.console.hub.database.write(actor(person)) as conn:
        cookie = await sessions.begin(conn, person.name, here.session, here.now)
    response = here.redirect(target)
    here.begin_session(response, cookie)
    return response


@router.post("/logout")
async def logout(here: TheVisit) -> Response:
    """End the session of this browser."""
    fields = await form_fields(here.request)
    response = here.redirect("/login")
    if here.session and is_from_here(here.request) and here.is_own_form(fields.get("token", "")):
        async with here.console.hub.database.write() as conn:
            await sessions.end(conn, here.session)
        here.end_session(response)
    return response


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a small urlencoded form; nothing of what is larger or something else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            return {}
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        return {}


def is_from_here(request: Request) -> bool:
    """Whether a browser says that one of our own pages sent this. By host: a proxy may have ended TLS before us."""
    if (origin := request.headers.get("origin")) is not None:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def is_script(here: Visit, fields: dict[str, str]) -> bool:
    """Whether this is no browser: it names no origin at all and brings no token, right or wrong.

    Somebody's script may log in without reading the form. Browsers send `Origin` or `Sec-Fetch-Site` with every form,
    so a page elsewhere cannot pass for one.
    """
    headers = here.request.headers
    return "token" not in fields and not any(h in headers for h in ("origin", "referer", "sec-fetch-site"))


def local(address: str) -> str:
    """An address to go on to, if it is one of ours; else the first page."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"
