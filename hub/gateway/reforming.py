"""Changes of the directory with a day: planned with what follows from them, approved by a second person, withdrawn."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from hub import log
from hub.domain import access
from hub.domain.access import Action
from hub.domain.reform import TEXT_AT_MOST, Asked, Change, ChangeKind, Standing, is_alone
from hub.domain.roles import Person
from hub.gateway import cursors
from hub.gateway.callers import may, the_hub
from hub.gateway.registering import in_sight, refuse_channel
from hub.store.directory.reform import planning
from hub.wiring import Hub

router = APIRouter(tags=["Danh bạ · Directory"])
TheHub = Annotated[Hub, Depends(the_hub)]
Registrar = Annotated[Person, Depends(may(Action.CHANGE_DIRECTORY))]
Number = Annotated[int, Path(ge=0, le=cursors.LARGEST)]
Approver = Annotated[Person, Depends(may(Action.APPROVE_CHANGE))]
_logger = log.get(__name__)


class NewChange(BaseModel):
    """A change to plan."""

    model_config = ConfigDict(extra="forbid")
    kind: ChangeKind
    agencies: list[Annotated[str, Field(max_length=70)]] = Field(min_length=1, max_length=2_000)
    on: date | None = Field(None, description="The first day on which it holds; default today, in Vietnam.")
    into: list[Annotated[str, Field(max_length=70)]] = Field(
        default_factory=list, max_length=100, description="merge, split, close: who succeeds."
    )
    to: str = Field(
        "",
        max_length=500,
        description="The new name, code, parent, level, serving system, GSO code, channel or policy; empty: none. close, "
        "split: whom those below come under, a code or `up`; empty: the one successor, or they stay.",
    )
    settings: dict[str, Annotated[str, Field(max_length=2_000)]] = Field(
        default_factory=dict, max_length=20, description="channel: its settings; contact: name, title, phone, email."
    )
    grace_days: int = Field(0, ge=0, le=3650)
    reason: str = Field("", max_length=TEXT_AT_MOST)
    decree: str = Field("", max_length=TEXT_AT_MOST)


class Why(BaseModel):
    """Why a change is withdrawn."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=TEXT_AT_MOST)


@router.post("/v1/agency-changes", status_code=201)
async def plan(
    hub: TheHub, who: Registrar, asked: NewChange, *, dry_run: Annotated[bool, Query()] = False
) -> JSONResponse:
    """Plan a change. It holds from its day; one of level 1 waits for a second person. `dry_run`: only what would follow."""
    change = Asked(
        asked.kind,
        tuple(dict.fromkeys(asked.agencies)),
        asked.on or hub.directory.today(),
        tuple(dict.fromkeys(asked.into)),
        asked.to.strip(),
        asked.grace_days,
        asked.reason.strip(),
        asked.decree.strip(),
        asked.settings,
    )
    await _all_in_sight(hub, who, change)
    if change.kind is ChangeKind.CHANNEL:
        refuse_channel(hub, who, change.to, asked.settings)
    alone = is_alone(hub.settings.two_persons, date.max, date.min)
    now = hub.clock.now()
    made = await planning.plan(hub.database, change, access.actor(who), now, alone=alone, dry_run=dry_run)
    if dry_run:
        return JSONResponse(made.shown())
    return await _told(hub, who, "planned", made, 201)


@router.get("/v1/agency-changes")
async def listed(
    hub: TheHub,
    who: Registrar,
    agency: Annotated[str, Query(max_length=70)] = "",
    state: Standing | None = None,
    before: Annotated[int | None, Query(ge=1, le=cursors.LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """Changes planned, made and withdrawn, the latest first; of one agency, in one state."""
    about = None
    if agency:
        known = (await hub.directory.resolve([agency]))[agency]
        about = [known.code if known else agency]
    async with hub.database.read() as conn:
        found = await planning.listed(conn, agencies=about, state=state or "", before=before, limit=limit)
    following = found[-1].id if len(found) == limit else None
    if who.sight:
        found = [change for change in found if await _is_seen(hub, who, change)]
    return JSONResponse({"items": [change.shown() for change in found], "next": following})


@router.get("/v1/agency-changes/{number}")
async def show(number: Number, hub: TheHub, who: Registrar) -> JSONResponse:
    """One change, with what was seen to follow from it."""
    async with hub.database.read() as conn:
        change = await planning.get(conn, number)
    await _all_in_sight(hub, who, change.asked)
    return JSONResponse(change.shown())


@router.post("/v1/agency-changes/{number}/approve")
async def approve(number: Number, hub: TheHub, who: Approver) -> JSONResponse:
    """Let a change of level 1 hold from its day: as somebody else than who planned it."""
    async with hub.database.read() as conn:
        change = await planning.get(conn, number)
    await _all_in_sight(hub, who, change.asked)
    made = await planning.approve(hub.database, number, access.actor(who), hub.clock.now())
    return await _told(hub, who, "approved", made)


@router.post("/v1/agency-changes/{number}/withdraw")
async def withdraw(number: Number, hub: TheHub, who: Registrar, why: Why | None = None) -> JSONResponse:
    """Take back a change whose day has not come; it stays on record."""
    async with hub.database.read() as conn:
        change = await planning.get(conn, number)
    await _all_in_sight(hub, who, change.asked)
    reason = why.reason.strip() if why else ""
    gone = await planning.withdraw(hub.database, number, access.actor(who), hub.clock.now(), reason)
    return await _told(hub, who, "withdrawn", gone)


async def _all_in_sight(hub: Hub, who: Person, asked: Asked) -> None:
    """Refuse a change that reaches beyond the registrar's scope on either side."""
    above = [asked.to] if asked.kind is ChangeKind.RE_PARENT and asked.to else []
    for code in (*asked.agencies, *asked.into, *above):
        await in_sight(hub, who, code)


async def _is_seen(hub: Hub, who: Person, change: Change) -> bool:
    lines = await hub.directory.lineages(change.asked.agencies)
    return all(access.is_party(who, line) for line in lines.values())


async def _told(hub: Hub, who: Person, what: str, change: Change, status: int = 200) -> JSONResponse:
    await hub.directory.settle()
    facts: dict[str, Any] = {"change": change.id, "kind": change.asked.kind.value, "state": change.state.value}
    _logger.info("directory.change", by=who.name, what=what, **facts)
    return JSONResponse(change.shown(), status)
