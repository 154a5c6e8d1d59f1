"""The directory, for who connects: codes old and new, levels, parents, and who was what on a day."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from hub.domain import deadline
from hub.domain.access import is_party
from hub.domain.agency import Agency
from hub.domain.reform import beginning, shown_settings
from hub.domain.roles import Person
from hub.domain.trust import EXPIRY_TOLD
from hub.errors import rejected
from hub.gateway.callers import caller, of_agency, the_hub
from hub.store.directory import agencies, reach
from hub.wiring import Hub
from hub.xml.certificates import read_bound_leaf

router = APIRouter(tags=["Danh bạ · Directory"])
TheHub = Annotated[Hub, Depends(the_hub)]
Caller = Annotated[Agency | Person, Depends(caller)]


def view(agency: Agency, on: date) -> dict[str, Any]:
    """An agency as answers show it; its state is that of the day."""
    return {
        "code": agency.code,
        "name": agency.name,
        "level": agency.level.value,
        "kind": agency.kind.value,
        "parent": agency.parent,
        "aliases": [alias for alias in agency.aliases if alias != agency.code],
        "valid_from": agency.valid_from.isoformat() if agency.valid_from else None,
        "valid_to": agency.valid_to.isoformat() if agency.valid_to else None,
        "successors": list(agency.successors),
        "continues": agency.continues,
        "system": agency.system,
        "gso": agency.gso,
        "state": agency.standing(on),
    }


@router.get("/v1/agencies")
async def search(  # noqa: PLR0913
    hub: TheHub,
    who: Caller,
    q: Annotated[str, Query(max_length=200)] = "",
    level: Annotated[str | None, Query(pattern="^(central|province|district|commune)$")] = None,
    parent: Annotated[str | None, Query(max_length=70)] = None,
    on: date | None = None,
    after: Annotated[str, Query(max_length=70)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """Agencies by a code or words of a name (accents optional), in the order of their codes."""
    del who
    day = on or hub.directory.today()
    async with hub.database.read() as conn:
        found = await agencies.search(conn, q=q, level=level, parent=parent, on=on, limit=limit, after=after)
    following = found[-1].code if len(found) == limit else None
    return JSONResponse({"items": [view(a, day) for a in found], "next": following})


@router.get("/v1/agencies/{code}")
async def show(code: str, hub: TheHub, who: Caller, on: date | None = None) -> JSONResponse:
    """One agency by any of its codes; with `on`, what it was on that day.

    How it is reached, and whom to call, is for itself and for those in whose sight it is; secrets are for nobody.
    """
    day = on or hub.directory.today()
    code = code[:70]
    if on:
        async with hub.database.read() as conn:
            found = (await agencies.find(conn, [code], on))[code]
    else:
        found = (await hub.directory.resolve([code]))[code]
    if found is None or (on and not found.has_begun(on)):
        raise rejected("not-found")
    now = datetime.now(UTC) if day == hub.directory.today() else beginning(day) + timedelta(hours=12)
    answer = {**view(found, day), "signature": found.policy.value, "certificates": signs_with(found, now)}
    if is_party(who, (await of_agency(hub, found.code)).sender):
        async with hub.database.read() as conn:
            channel, settings = (await reach.channels(conn, [found.code], day))[found.code]
        answer |= {"channel": channel, "settings": shown_settings(settings), "contact": found.contact}
    return JSONResponse(answer)


def signs_with(agency: Agency, now: datetime) -> list[dict[str, Any]]:
    """The certificates that count for an agency now, the next to end first; `ends_soon` from 60 days on.

    One that is to come has no subject, and its mark for a fingerprint.
    """
    found = []
    for bound in agency.certificates:
        leaf = read_bound_leaf(bound.der) if bound.der else None
        ends = min(filter(None, (leaf.valid_to if leaf else None, bound.valid_to)))
        if bound.holds(now) and now <= ends:
            found.append((ends, bound.fingerprint, leaf.subject if leaf else "", bound.bound_by.value))
    return [
        {
            "fingerprint": fingerprint,
            "subject": subject,
            "bound_by": bound_by,
            "until": ends.astimezone(deadline.LOCAL).isoformat(),
            "days_left": (ends - now).days,
            "ends_soon": ends - now <= EXPIRY_TOLD,
        }
        for ends, fingerprint, subject, bound_by in sorted(found)
    ]
