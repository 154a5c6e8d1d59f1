"""An envelope on record, as far as the caller may see it: the sender everything, a recipient its own part."""

from typing import Any

from hub.domain.agency import Agency
from hub.domain.ids import is_id
from hub.domain.roles import Action, Person
from hub.errors import rejected
from hub.gateway import views
from hub.store import envelopes
from hub.wiring import Hub


async def visible(hub: Hub, envelope_id: str, caller: Agency | Person) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The envelope's row and the deliveries this caller may see; `not-found` for everybody else, whatever the reason."""
    if not is_id(envelope_id):
        raise rejected("not-found")
    async with hub.database.read() as conn:
        row = await envelopes.get(conn, envelope_id)
        if row is None:
            raise rejected("not-found")
        deliveries = (await envelopes.deliveries(conn, [envelope_id]))[envelope_id]
    if isinstance(caller, Person):
        if not caller.may(Action.WATCH):
            raise rejected("not-found")
        if caller.scope is None or caller.scope == row["sender"]:
            return row, deliveries
        mine = [d for d in deliveries if d["recipient"] == caller.scope]
    elif row["sender"] == caller.code:
        return row, deliveries
    else:
        mine = [d for d in deliveries if d["recipient"] == caller.code and d["state"] not in ("DEAD", "QUEUED")]
    if not mine:
        raise rejected("not-found")
    return row, mine


async def stored_envelope(hub: Hub, envelope_id: str, caller: Agency | Person) -> dict[str, Any]:
    """The same, as an answer."""
    row, deliveries = await visible(hub, envelope_id, caller)
    return views.envelope(row, deliveries)
