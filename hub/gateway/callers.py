"""Who is calling: an agency by its API key, a person by a token. Decided before anything else is looked at."""

from fastapi import Request

from hub.domain.agency import Agency
from hub.domain.roles import Action, Person
from hub.errors import rejected
from hub.wiring import Hub

_KEY_AT_MOST = 256  # characters of a credential we are willing to hash


def bearer(authorization: str) -> str:
    """The credential of an Authorization header; `Rejected` when there is none of the one kind we take."""
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential or len(credential) > _KEY_AT_MOST:
        raise rejected("unauthenticated")
    return credential


async def agency_of(hub: Hub, authorization: str) -> Agency:
    """The calling agency. A suspended one is known, and told so."""
    caller = await hub.directory.caller(bearer(authorization))
    if caller is None:
        raise rejected("unauthenticated")
    if caller.suspended:
        raise rejected("agency-suspended")
    return caller


def the_hub(request: Request) -> Hub:
    """The hub this application serves."""
    hub: Hub = request.app.state.hub
    return hub


async def agency(request: Request) -> Agency:
    """The calling agency, for routes only agencies use."""
    return await agency_of(the_hub(request), request.headers.get("authorization", ""))


async def caller(request: Request) -> Agency | Person:
    """The calling agency or person, for routes both use."""
    hub = the_hub(request)
    credential = bearer(request.headers.get("authorization", ""))
    if person := await hub.directory.caller_by_token(credential):
        return person
    return await agency_of(hub, request.headers["authorization"])


async def person_who_may(request: Request, action: Action) -> Person:
    """The calling person, if the role allows `action`. An agency's key is no person's token: 403."""
    found = await caller(request)
    if not isinstance(found, Person) or not found.may(action):
        raise rejected("forbidden", action=action.value)
    return found


async def watcher(request: Request) -> Person:
    """A person who may see where documents are."""
    return await person_who_may(request, Action.WATCH)
