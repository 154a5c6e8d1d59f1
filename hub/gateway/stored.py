"""An envelope on record, as far as the caller may see it: the sender everything, a recipient its own part."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from hub.domain import access
from hub.domain.access import Action, Extent
from hub.domain.agency import Agency
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway import views
from hub.store.road import envelopes, inspections
from hub.store.trust import rechecks
from hub.trust.chain import UNAVAILABLE
from hub.wiring import Hub

_NOT_YET = ("DEAD", "QUEUED")  # a recipient learns of a document when it is there for it


def reading(hub: Hub, caller: Agency | Person) -> AbstractAsyncContextManager[Any]:
    """A connection for the caller's questions: an agency's see its own rows alone, where the database is told to."""
    return hub.database.read_for(*caller.codes) if isinstance(caller, Agency) else hub.database.read()


async def visible(
    hub: Hub, envelope_id: str, caller: Agency | Person, action: Action = Action.TRACE
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The envelope's row and the deliveries this caller may see; `not-found` for everybody else, whatever the reason."""
    extent = access.extent_of(caller, action)
    if not is_id(envelope_id) or extent is None:
        raise rejected("not-found")
    async with reading(hub, caller) as conn:
        row = await envelopes.get(conn, envelope_id)
        if row is None:
            raise rejected("not-found")
        deliveries = (await envelopes.deliveries(conn, [envelope_id]))[envelope_id]
    codes = {row["sender"], *(d["recipient"] for d in deliveries)}
    is_distant = isinstance(caller, Person) and caller.sight is not None and caller.sight.below
    lineages = await hub.directory.lineages(codes) if is_distant else {code: (code,) for code in codes}
    if access.is_party(caller, lineages[row["sender"]]):
        return row, deliveries
    mine = [d for d in deliveries if access.is_party(caller, lineages[d["recipient"]])]
    if isinstance(caller, Agency):
        mine = [d for d in mine if d["state"] not in _NOT_YET]
    if not mine or extent is Extent.SENT:
        raise rejected("not-found")
    return row, mine


async def stored_envelope(hub: Hub, envelope_id: str, caller: Agency | Person) -> dict[str, Any]:
    """The same, as an answer."""
    row, deliveries = await visible(hub, envelope_id, caller)
    answer = views.envelope(row, deliveries)
    async with hub.database.read() as conn:
        inspected = await inspections.of(conn, envelope_id)
    answer["files"] = views.files(row["facts"], inspected, named=access.allowed(caller, Action.READ_SUBJECT))
    if inspected and inspected["quarantine"]:
        answer["quarantine"] = views.quarantine(inspected)
    if row["reason"] == UNAVAILABLE:
        async with hub.database.read() as conn:
            if looked := await rechecks.of(conn, envelope_id):
                answer["signature"]["recheck"] = views.recheck(looked)
    return veiled(caller, [answer])[0]


def veiled(caller: Agency | Person, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers about documents, without their subjects for who may see where documents are and no more."""
    if access.allowed(caller, Action.READ_SUBJECT):
        return items
    return [{**item, "subject": None} if "subject" in item else item for item in items]
