"""What the hub can be held to: evidence of an envelope, receipts of its deliveries, and the append-only log."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from hub.attest.evidence import Files, gather, without_records, written, written_with
from hub.domain import access, merkle
from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.audit import Entry
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway import cursors, views
from hub.gateway.callers import may, the_hub
from hub.gateway.given import Id
from hub.gateway.stored import visible
from hub.pieces import begun
from hub.store.proof import log, receipts
from hub.store.road import originals
from hub.wiring import Hub

router = APIRouter(tags=["Chứng cứ · Proof"])
TheHub = Annotated[Hub, Depends(the_hub)]
Party = Annotated[Agency | Person, Depends(may(Action.TRACE))]
_LEAVES_AT_MOST = 1000


@router.get("/v1/envelopes/{envelope_id}/evidence")
async def evidence(
    envelope_id: Id,
    hub: TheHub,
    who: Party,
    with_bytes: Annotated[bool | None, Query(alias="bytes")] = None,
) -> Response:
    """One file with all that proves what became of the envelope; `truc verify` checks it without the hub.

    `bytes=false` leaves the document itself out. Whoever may not read documents gets it so.
    """
    may_read = access.allowed(who, Action.READ_CONTENT)
    if with_bytes and not may_read:
        raise rejected("forbidden", action=Action.READ_CONTENT.value)
    is_whole = may_read and with_bytes is not False
    row, deliveries = await visible(hub, envelope_id, who, Action.READ_CONTENT if is_whole else Action.TRACE)
    if is_whole:  # a look at what a document says is in the audit log before it is granted
        await hub.witness.record(Entry("document read", row["id"], {"file": "evidence"}, access.actor(who)))
    recipients = [d["recipient"] for d in deliveries]
    files = Files(hub.database, hub.originals, hub.seal)
    made = await gather(files, row, recipients, datetime.now(UTC))
    if not access.allowed(who, Action.READ_SUBJECT):
        made = without_records(made)
    headers = {"Content-Disposition": f'attachment; filename="{envelope_id}.evidence.json"'}
    if not is_whole:
        return Response(written(made), headers=headers, media_type="application/json")
    length, pieces = written_with(
        made, originals.pieces(hub.database, hub.originals, row["id"], row["size"]), row["size"]
    )
    headers["Content-Length"] = str(length)
    return StreamingResponse(await begun(pieces), headers=headers, media_type="application/json")


@router.get("/v1/envelopes/{envelope_id}/deliveries/{delivery_id}/receipts")
async def of_delivery(envelope_id: Id, delivery_id: Id, hub: TheHub, who: Party) -> JSONResponse:
    """The signed receipts of one delivery, oldest first: delivered, collected, confirmed, each answer."""
    row, deliveries = await visible(hub, envelope_id, who)
    found = next((d for d in deliveries if d["id"] == delivery_id.lower()), None)
    if found is None:
        raise rejected("not-found")
    sign = Files(hub.database, hub.originals, hub.seal).sign
    async with hub.database.write() as conn:
        made = await receipts.of_envelope(conn, row["id"], [found["recipient"]], sign)
    items = [
        {
            "what": event["what"],
            "code": event["code"],
            "at": views.at(event["at"]),
            "receipt": views.receipt(kept["receipt"]),
        }
        for event, kept in made
    ]
    return JSONResponse({"delivery_id": found["id"], "recipient": found["recipient"], "items": items})


@router.get("/v1/log/head", dependencies=[Depends(may(Action.PROBE))])
async def head(hub: TheHub, size: Annotated[int | None, Query(ge=1, le=cursors.LARGEST)] = None) -> JSONResponse:
    """The newest signed head of the log, for anybody to remember; with `size` an older one."""
    async with hub.database.read() as conn:
        found = await (log.newest_head(conn) if size is None else log.head_of(conn, size))
        stamped = await log.newest_head(conn, stamped=True)
    if found is None:
        raise rejected("not-yet-logged") if size is None else rejected("log-size", asked=size, size="—")
    return JSONResponse({**_shown(found), "newest_stamped": _shown(stamped) if stamped else None})


@router.get("/v1/log/leaves", dependencies=[Depends(may(Action.READ_DIRECTORY))])
async def leaves(
    hub: TheHub,
    start: Annotated[int, Query(ge=0, le=cursors.LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=_LEAVES_AT_MOST)] = 100,
) -> JSONResponse:
    """Leaves in order, as they were hashed: what a second site mirrors. They tell nothing of the records."""
    async with hub.database.read() as conn:
        found = await log.leaves(conn, start, limit)
    return JSONResponse({"items": [{"number": number, "leaf": entry.leaf.decode()} for number, entry in found]})


@router.get("/v1/log/proof", dependencies=[Depends(may(Action.READ_DIRECTORY))])
async def inclusion(
    hub: TheHub,
    number: Annotated[int, Query(ge=0, le=cursors.LARGEST)],
    size: Annotated[int | None, Query(ge=1, le=cursors.LARGEST)] = None,
) -> JSONResponse:
    """That a leaf is in the log of a size (RFC 9162 §2.1.3); without `size`, of the newest head's."""
    async with hub.database.read() as conn:
        reached = await _size(conn, size)
        if number >= reached:
            raise rejected("log-size", "number", asked=number, size=reached)
        ((_, entry),) = await log.leaves(conn, number, 1)
        path = await log.ask(conn, lambda node: merkle.inclusion(node, number, reached))
    return JSONResponse({"number": number, "size": reached, "leaf": entry.leaf.decode(), "path": _hex(path)})


@router.get("/v1/log/consistency", dependencies=[Depends(may(Action.PROBE))])
async def consistency(
    hub: TheHub,
    first: Annotated[int, Query(ge=1, le=cursors.LARGEST)],
    second: Annotated[int | None, Query(ge=1, le=cursors.LARGEST)] = None,
) -> JSONResponse:
    """That the log of one size is the beginning of the log of another (RFC 9162 §2.1.4)."""
    async with hub.database.read() as conn:
        reached = await _size(conn, second)
        if first > reached:
            raise rejected("log-size", "first", asked=first, size=reached)
        path = await log.ask(conn, lambda node: merkle.consistency(node, first, reached))
    return JSONResponse({"first": first, "second": reached, "path": _hex(path)})


async def _size(conn: Any, asked: int | None) -> int:
    newest = await log.newest_head(conn)
    if newest is None:
        raise rejected("not-yet-logged")
    if asked is not None and asked > newest.size:
        raise rejected("log-size", "size", asked=asked, size=newest.size)
    return asked or newest.size


def _shown(found: log.Head) -> dict[str, Any]:
    return {
        "size": found.size,
        "root": found.root.hex(),
        "at": views.at(found.at),
        "head": views.receipt(found.head),
        "stamped_at": views.at(found.stamped_at),
    }


def _hex(path: list[bytes]) -> list[str]:
    return [step.hex() for step in path]
