"""What waits for a system's agencies, its bytes, and what the system says of it; and where a sent document is.

A docId names one delivery to one agency; what `sendEdoc` answered names the document, for its sender. Everybody else
learns only that there is no such docId.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from hub.domain.access import actor
from hub.domain.audit import Entry
from hub.domain.delivery import State
from hub.domain.ids import is_id, read_id
from hub.errors import rejected
from hub.pieces import begun, in_base64
from hub.store.directory import axis
from hub.store.road import deliveries, envelopes, originals
from hub.vxp.answers import JSON, Answer, ok
from hub.vxp.calls import Call, service, shown

RESULTS: Final = ("done", "processing", "fail")
_PAGE: Final = 1000
_REASON_AT_MOST: Final = 1000  # characters
_XML: Final = (b"content-type", b"application/xml")
_HEAD: Final = b'{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","data":'
_ON_THE_WAY: Final = (State.QUEUED, State.SENDING)


async def received(call: Call) -> Answer:
    """Everything that waits, the most urgent first, then the oldest.

    `fromDate` and `toDate` come along from earlier calls, so they hide nothing: what nobody has said `done` or `fail`
    of is listed whenever it was sent. Nor does a list of recipients; one code that the system serves does narrow it.
    """
    kind = _kind(call)
    recipients = await _recipients(call)
    call.hear(recipients)
    hub = call.hub
    async with hub.database.read() as conn:
        first = await axis.waiting(conn, recipients, kind, None, _PAGE)

    async def pieces() -> AsyncIterator[bytes]:
        yield _HEAD + b"["
        page, mark = first, b""
        while page:
            yield mark + b",".join(orjson.dumps(_listed(item, kind)) for item in page)
            if len(page) < _PAGE:
                break
            mark = b","
            last = page[-1]
            async with hub.database.read() as conn:
                page = await axis.waiting(conn, recipients, kind, (last.rank, last.created_at, last.docid), _PAGE)
        yield b"]}"

    return Answer(pieces()) if len(first) == _PAGE else Answer(b"".join([piece async for piece in pieces()]))


async def count_documents(call: Call) -> Answer:
    """How many documents wait of which nothing has been said."""
    return await _count(call, "document")


async def count_reports(call: Call) -> Answer:
    """How many status messages wait of which nothing has been said."""
    return await _count(call, "status")


async def _count(call: Call, kind: str) -> Answer:
    recipients = await call.served()
    call.hear(recipients)
    async with call.hub.database.read() as conn:
        return ok(count=await axis.count_new(conn, recipients, kind))


def _kind(call: Call) -> str:
    call.choice("servicetype", "eDoc", default="eDoc")
    return "status" if call.choice("messagetype", "edoc", "status", default="edoc") == "status" else "document"


async def _recipients(call: Call) -> list[str]:
    served = await call.served()
    written = call.said.one("to")
    if not written or written.startswith("["):
        return served
    found = (await call.hub.directory.resolve([written]))[written]
    return [found.code] if found and found.code in served else served


def _listed(item: axis.Item, kind: str) -> dict[str, Any]:
    return {
        "docId": item.docid,
        **service(kind),
        "created_time": shown(item.created_at),
        "updated_time": shown(item.updated_at),
        "from": item.sender,
        "to": item.recipient,
        "status": item.result or "initial",
        "status_desc": "",
    }


# -- the bytes ----------------------------------------------------------------------------------------------------


async def get_edoc(call: Call) -> Answer:
    """The file in base64, inside the JSON."""
    size, pieces = await _fetched(call)

    async def encoded() -> AsyncIterator[bytes]:
        yield _HEAD + b'"'
        async for letters in in_base64(pieces):
            yield letters
        yield b'"}'

    length = len(_HEAD) + 3 + (size + 2) // 3 * 4
    return Answer(encoded(), headers=(JSON, (b"content-length", b"%d" % length)))


async def download(call: Call) -> Answer:
    """The file as it came."""
    size, pieces = await _fetched(call)
    return Answer(pieces, headers=(_XML, (b"content-length", b"%d" % size)))


async def _fetched(call: Call) -> tuple[int, AsyncIterator[bytes]]:
    """The bytes behind a docId; a delivery counts as collected from its first time on."""
    docid = call.said.one("docId", "docid")
    row = await _delivery(call, docid)
    if row is None:
        row = await _sent(call, docid)
        envelope_id = row["id"]
    else:
        envelope_id = row["envelope_id"]
        await _collect(call, row)
    read = {"from": 0, "to": row["size"], "system": call.system.systemid}
    await call.hub.witness.record(Entry("document read", envelope_id, read, actor(call.agency)))
    return row["size"], await begun(originals.pieces(call.hub.database, call.hub.originals, envelope_id, row["size"]))


async def _collect(call: Call, row: dict[str, Any]) -> None:
    if row["state"] == State.WITHDRAWN:
        raise rejected("not-collectable", "docId")
    if row["state"] in (State.QUEUED, State.DEAD):
        raise _no_such_document()
    if row["state"] in (State.COLLECTED, State.CONFIRMED):
        return
    if not await deliveries.collect(call.hub.database, row["id"], row["recipient"], call.now):
        again = await _delivery(call, row["id"])  # a recall may have come between
        if again and again["state"] == State.WITHDRAWN:
            raise rejected("not-collectable", "docId")


async def _delivery(call: Call, docid: str) -> dict[str, Any] | None:
    """A delivery to an agency the system acts for."""
    docid = read_id(docid)
    if not is_id(docid):
        raise _no_such_document()
    async with call.hub.database.read() as conn:
        row = await axis.delivered(conn, docid)
    if row is None or not await _is_ours(call, row["recipient"]):
        return None
    return row


async def _is_ours(call: Call, code: str) -> bool:
    found = (await call.hub.directory.resolve([code]))[code]
    if found is None or not await call.acts_for(found):
        return False
    if found.suspended:
        raise rejected("agency-suspended")
    return True


async def _sent(call: Call, docid: str) -> dict[str, Any]:
    """A document that an agency of the system's sent."""
    docid = read_id(docid)
    if not is_id(docid):
        raise _no_such_document()
    async with call.hub.database.read() as conn:
        row = await envelopes.get(conn, docid)
    if row is None or not await _is_ours(call, row["sender"]):
        raise _no_such_document()
    return row


def _no_such_document() -> Exception:
    return rejected("not-found", "docId")


# -- what is said of it ----------------------------------------------------------------------------------------------


async def update_status(call: Call) -> Answer:
    """`processing`, `done` or `fail`; the last two end the delivery. A description is taken with `fail` alone."""
    result = call.choice("status", *RESULTS)
    # a client that spells it `docid` here spells it `docId` elsewhere, and sends that one's old value along
    row = await _delivery(call, call.said.one("docid", "docId"))
    if row is None:
        raise _no_such_document()
    reason = call.said.one("description")[:_REASON_AT_MOST] if result == "fail" else ""
    database = call.hub.database
    record = await deliveries.confirm(database, row["id"], row["recipient"], call.now, result, reason)
    if record is None or record["state"] in (State.QUEUED, State.DEAD):
        raise _no_such_document()
    if record["state"] == State.WITHDRAWN:
        raise rejected("not-collectable", "docId")
    if record["result"] != result:
        raise rejected("confirmation-conflict", "status", first=record["result"] or record["state"])
    return ok()


async def sent(call: Call) -> Answer:
    """Where a document is, recipient by recipient, each with a docId of its own."""
    call.choice("servicetype", "eDoc", default="eDoc")
    row = await _sent(call, call.said.one("docId", "docid"))
    async with call.hub.database.read() as conn:
        parts = (await envelopes.deliveries(conn, [row["id"]]))[row["id"]]
    return ok(data=[_part(row, part) for part in parts])


def _part(row: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    state = State(part["state"])
    is_out = state not in (*_ON_THE_WAY, State.DEAD)
    reason = part["reason"] or ""
    return {
        **service(part["kind"]),
        "senderDocId": row["id"],
        "receiverDocId": part["id"],
        "fromCode": row["sender"],
        "toCode": part["recipient"],
        "title": row["subject"],
        "notation": row["code"],
        "sentTime": shown(row["received_at"]),
        "receivedTime": shown(part["collected_at"] or part["confirmed_at"]),
        "sendStatus": "done" if is_out else "fail" if state is State.DEAD else "processing",
        "sendStatusDesc": "" if is_out else reason,
        "receiveStatus": "fail" if state is State.DEAD else part["result"] or "initial",
        "receiveStatusDesc": reason if is_out or state is State.DEAD else "",
    }
