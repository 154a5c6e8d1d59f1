"""Coming from an OpenID provider: the way there, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.console.doors import enter, local
from hub.console.frame import PageRoute, Visit, visit
from hub.console.single import CALLBACK, LASTS, NoEntry, Provider, read_attempt
from hub.domain.access import Action
from hub.errors import rejected
from hub.gateway.callers import may
from hub.store import audit
from hub.store.directory import people

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(may(Action.LOG_IN))])
TheVisit = Annotated[Visit, Depends(visit)]
_logger = log.get(__name__)


@router.get("/login/oidc")
async def away(here: TheVisit) -> Response:
    """Send the browser to the provider, with what must come back kept sealed."""
    provider, target = _provider(here), local(here.request.query_params.get("next", ""))
    try:
        address, attempt = await provider.begin(_callback(here), target, here.now)
    except NoEntry as error:
        _logger.warning("login.provider", problem=str(error))
        return _again(here, 503, "login_elsewhere_failed")
    response = here.redirect(address)
    here.keep_sealed(response, attempt.written(), int(LASTS.total_seconds()))
    return response


@router.get(CALLBACK)
async def back(here: TheVisit) -> Response:
    """Take the provider's word, if it answers what this browser asked; begin the session of who is linked to it."""
    provider, said = _provider(here), here.request.query_params
    sealed = here.sealed()
    attempt = read_attempt(sealed, here.now) if sealed else None
    if attempt is None or said.get("state") != attempt.state or not said.get("code"):
        return _again(here, 403, "login_elsewhere_failed")
    try:
        subject = await provider.subject(said["code"], _callback(here), attempt, here.now)
    except NoEntry as error:
        _logger.warning("login.provider", problem=str(error), address=here.address)
        return _again(here, 403, "login_elsewhere_failed")
    async with here.console.hub.database.read() as conn:
        person = await people.find_by_subject(conn, provider.issuer, subject)
    if person is None:
        async with here.console.hub.database.write(f"address:{here.address}") as conn:
            audit.note(conn, "login refused", subject, issuer=provider.issuer)
        return _again(here, 403, "login_unlinked")
    response = await enter(here, person, attempt.target)
    here.keep_sealed(response, "", 0)
    return response


def _provider(here: Visit) -> Provider:
    if here.console.provider is None:
        raise rejected("not-found")
    return here.console.provider


def _callback(here: Visit) -> str:
    base = here.console.hub.settings.public_url.rstrip("/")
    url = here.request.url
    return (base or f"{url.scheme}://{url.netloc}") + CALLBACK


def _again(here: Visit, status: int, phrase: str, **details: object) -> Response:
    response = here.page("login.html", None, status, target="/", name="", trouble=here.speech(phrase, **details))
    here.keep_sealed(response, "", 0)
    return response
