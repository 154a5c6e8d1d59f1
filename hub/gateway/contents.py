"""What is inside documents, for operators: quarantine and its decisions, and how agencies sign."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import JSONResponse

from hub import log
from hub.domain import deadline
from hub.domain.access import Action, actor, allowed
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway import cursors, views
from hub.gateway.callers import may, of_agency, the_hub
from hub.gateway.given import Id
from hub.gateway.stored import veiled, visible
from hub.store.road import inspections
from hub.store.road.inspections import Decision
from hub.store.trust import signatures
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])
TheHub = Annotated[Hub, Depends(the_hub)]
Watcher = Annotated[Person, Depends(may(Action.WATCH))]
Decider = Annotated[Person, Depends(may(Action.REQUEUE))]
_logger = log.get(__name__)
_DAYS = 90  # that are counted when nobody says from when
_REASON_AT_MOST = 500


@router.get("/v1/quarantine")
async def quarantine(
    hub: TheHub, person: Watcher, after: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> JSONResponse:
    """Documents that nobody is given before somebody has decided, the longest there first."""
    place = cursors.unpack_place(after) if after else None
    async with hub.database.read() as conn:
        rows = await inspections.held(conn, person.scope, place, limit)
    items = [{**row, "done_at": views.at(row["done_at"]), "received_at": views.at(row["received_at"])} for row in rows]
    following = cursors.pack_place(rows[-1]["done_at"], rows[-1]["envelope_id"]) if len(rows) == limit else None
    return JSONResponse({"items": veiled(person, items), "next": following})


@router.post("/v1/quarantine/{envelope_id}/release")
async def release(
    envelope_id: Id, hub: TheHub, person: Decider, said: Annotated[dict[str, Any], Body()]
) -> JSONResponse:
    """Deliver a document from quarantine after all. A reason is required; it is kept with the operator's name."""
    return await _decide(hub, person, envelope_id, said, released=True)


@router.post("/v1/quarantine/{envelope_id}/reject")
async def reject(
    envelope_id: Id, hub: TheHub, person: Decider, said: Annotated[dict[str, Any], Body()]
) -> JSONResponse:
    """Keep a document from its recipients for good. A reason is required; the sender is told it."""
    return await _decide(hub, person, envelope_id, said, released=False)


async def _decide(hub: Hub, person: Person, envelope_id: str, said: dict[str, Any], *, released: bool) -> JSONResponse:
    reason = said.get("reason")
    if not isinstance(reason, str) or not reason.strip() or len(reason) > _REASON_AT_MOST:
        problem = f"bắt buộc, ≤ {_REASON_AT_MOST} ký tự / required, ≤ {_REASON_AT_MOST} characters"
        raise rejected("invalid-parameter", "reason", name="reason", problem=problem)
    if not is_id(envelope_id):
        raise rejected("not-found")
    await visible(hub, envelope_id, person)
    decision = Decision(released, actor(person), reason.replace("\x00", "").strip())
    answer = await inspections.decide(hub.database, envelope_id, decision, datetime.now(UTC))
    _logger.warning("quarantine.decided", envelope=envelope_id, released=released, by=person.name)
    return JSONResponse(answer)


@router.get("/v1/agencies/{code}/signatures")
async def of(
    code: str,
    hub: TheHub,
    person: Watcher,
    since: Annotated[date | None, Query(alias="from")] = None,
    until: Annotated[date | None, Query(alias="to")] = None,
) -> JSONResponse:
    """How an agency signs: verdicts on what it sent, what of it was field software's, and what its policy takes."""
    found = (await hub.directory.resolve([code[:70]]))[code[:70]]
    if found is None or not allowed(person, Action.WATCH, await of_agency(hub, found.code)):
        raise rejected("not-found")
    last = until or datetime.now(UTC).astimezone(deadline.LOCAL).date()
    first = since or last - timedelta(days=min(_DAYS, last.toordinal() - 1))
    if min(first, last).toordinal() <= 1:  # it has no midnight in UTC
        raise rejected("invalid-parameter", "from", name="from", problem="0001-01-02 – 9999-12-31")
    async with hub.database.read() as conn:
        counts = await signatures.of_agency(
            conn,
            found.code,
            datetime.combine(first, time(), deadline.LOCAL),
            datetime.combine(last, time(23, 59, 59, 999_999), deadline.LOCAL),
        )
    policy = {
        "signature": found.policy.value,
        "accept_sha1_until": found.accept_sha1_until.isoformat() if found.accept_sha1_until else None,
    }
    return JSONResponse(
        {"agency": found.code, "from": first.isoformat(), "to": last.isoformat(), "policy": policy, **counts}
    )
