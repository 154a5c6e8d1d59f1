"""For operators and the Government Office: which documents nobody has collected, and dead letters sent on their way again."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import JSONResponse

from hub import log, watch
from hub.domain.access import Action, Resource, actor, allowed
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway import cursors, views
from hub.gateway.callers import may, the_hub, watcher
from hub.store import deliveries
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])
TheHub = Annotated[Hub, Depends(the_hub)]
_logger = log.get(__name__)


@router.get("/v1/alerts")
async def alerts(  # noqa: PLR0913
    hub: TheHub,
    person: Annotated[Person, Depends(watcher)],
    kind: Literal["unreceived"] = "unreceived",
    level: Annotated[str | None, Query(pattern="^(central|province|district|commune)$")] = None,
    agency: Annotated[str | None, Query(max_length=70)] = None,
    older_than: Annotated[str | None, Query(max_length=40)] = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """Documents not collected past their deadline, or for longer than `older_than` of working time; oldest first."""
    del kind
    if agency:
        found = (await hub.directory.resolve([agency]))[agency]
        agency = found.code if found else agency
    rows = await watch.unreceived(
        hub.database,
        datetime.now(UTC),
        older_than=cursors.duration(older_than, "older_than") if older_than else None,
        level=level,
        agency=person.scope or agency,
        after=cursors.unpack_place(after) if after else None,
        limit=limit,
    )
    place = cursors.pack_place(rows[-1]["created_at"], rows[-1]["id"]) if len(rows) == limit else None
    return JSONResponse({"items": [views.alert(row) for row in rows], "next": place})


@router.post("/v1/deliveries/{delivery_id}/requeue")
async def requeue(
    delivery_id: str,
    hub: TheHub,
    person: Annotated[Person, Depends(may(Action.REQUEUE))],
    said: Annotated[dict[str, Any], Body()],
) -> JSONResponse:
    """Send a dead letter on its way again. A reason is required: it is logged with the operator's name."""
    reason = said.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise rejected("invalid-parameter", "reason", name="reason", problem="bắt buộc / required")
    if not is_id(delivery_id) or not await _in_sight(hub, person, delivery_id):
        raise rejected("not-found")
    by = deliveries.By(actor(person), reason[:500])
    if not await deliveries.requeue(hub.database, delivery_id, datetime.now(UTC), by):
        raise rejected("not-found")
    _logger.info("delivery.requeued", delivery=delivery_id, by=person.name, reason=reason[:500])
    return JSONResponse({"delivery_id": delivery_id, "state": "QUEUED"})


async def _in_sight(hub: Hub, person: Person, delivery_id: str) -> bool:
    async with hub.database.read() as conn:
        parties = await deliveries.parties(conn, delivery_id)
    if parties is None:
        return False
    lineages = await hub.directory.lineages(parties)
    sender, recipient = (lineages[code] for code in parties)
    return allowed(person, Action.REQUEUE, Resource(sender, (recipient,)))
