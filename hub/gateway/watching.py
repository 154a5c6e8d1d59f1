"""For operators: dead letters sent on their way again."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from hub import log
from hub.domain.access import Action, Resource, actor, allowed
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway.callers import may, the_hub
from hub.gateway.given import Id
from hub.store.road import deliveries, inspections
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])
TheHub = Annotated[Hub, Depends(the_hub)]
_logger = log.get(__name__)


@router.post("/v1/deliveries/{delivery_id}/requeue")
async def requeue(
    delivery_id: Id,
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
    async with hub.database.read() as conn:
        if envelope_id := await inspections.held_envelope(conn, delivery_id):
            raise rejected("quarantined", envelope=envelope_id)
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
