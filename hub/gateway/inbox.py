"""The inbox of the calling agency: what waits, the bytes, the confirmation; by long poll or as a stream of events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from hub.domain.agency import Agency
from hub.domain.delivery import State
from hub.domain.ids import is_id
from hub.errors import rejected
from hub.gateway import views
from hub.gateway.callers import agency, the_hub
from hub.gateway.downloads import Look, download
from hub.gateway.given import Id
from hub.gateway.waiting import WAIT_AT_MOST, refuse_more, until_there_is
from hub.store import bell
from hub.store.road import deliveries, inbox
from hub.wiring import Hub

router = APIRouter(tags=["Nhận · Receive"])
TheHub = Annotated[Hub, Depends(the_hub)]
Caller = Annotated[Agency, Depends(agency)]
_RESULTS = ("done", "processing", "fail")
_HEARTBEAT = 15.0  # seconds between two signs of life on a stream


@router.get("/v1/inbox")
async def waiting(
    request: Request,
    hub: TheHub,
    who: Caller,
    kind: Literal["document", "status"] | None = None,
    wait: Annotated[float, Query(ge=0, le=WAIT_AT_MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """What this agency has not yet confirmed, the most urgent first, then the oldest."""

    async def look() -> list[dict[str, Any]]:
        async with hub.database.read_for(*who.codes) as conn:
            return await inbox.waiting(conn, who.codes, kind, limit)

    hub.polls.note(who.code, hub.clock.now())
    if wait:
        refuse_more(hub.database.bell, bell.inbox(who.code))
    found = await until_there_is(request, hub.database.bell, map(bell.inbox, who.codes), wait, look)
    return JSONResponse({"items": [views.inbox_item(row) for row in found]})


@router.get("/v1/inbox/stream")
async def stream(
    request: Request, hub: TheHub, who: Caller, kind: Literal["document", "status"] | None = None
) -> StreamingResponse:
    """Server-sent events: `item` for each item that waits and each that arrives, as long as the caller listens."""

    async def look() -> list[dict[str, Any]]:
        hub.polls.note(who.code, hub.clock.now())
        async with hub.database.read_for(*who.codes) as conn:
            return await inbox.waiting(conn, who.codes, kind, 1000)

    refuse_more(hub.database.bell, bell.inbox(who.code))

    async def pieces() -> AsyncIterator[bytes]:
        told: set[str] = set()
        yield b"retry: 2000\n\n"

        async def news() -> list[dict[str, Any]]:
            found = await look()
            told.intersection_update(row["delivery_id"] for row in found)
            return [row for row in found if row["delivery_id"] not in told]

        while not hub.database.bell.is_closing and not await request.is_disconnected():
            fresh = await until_there_is(request, hub.database.bell, map(bell.inbox, who.codes), _HEARTBEAT, news)
            for row in fresh:
                told.add(row["delivery_id"])
                data = orjson.dumps(views.inbox_item(row))
                yield b"event: item\nid: " + row["delivery_id"].encode() + b"\ndata: " + data + b"\n\n"
            if not fresh:
                yield b": still here\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.head("/v1/inbox/{delivery_id}", include_in_schema=False)
@router.get("/v1/inbox/{delivery_id}")
async def collect(delivery_id: Id, request: Request, hub: TheHub, who: Caller) -> Response:
    """The original bytes. The first time it counts as collected; it stays in the inbox until it is confirmed.

    A HEAD tells of them and collects nothing.
    """
    found = await _mine(hub, delivery_id, who)
    if found["state"] == State.WITHDRAWN:
        raise rejected("not-collectable")
    if found["state"] in (State.QUEUED, State.DEAD):
        raise rejected("not-found")
    look = Look(who, found["envelope_id"])
    answer = await download(hub, request, look, found["size"], found["sha256"])
    is_first = found["state"] not in (State.COLLECTED, State.CONFIRMED) and request.method != "HEAD"
    if is_first and not await deliveries.collect(hub.database, delivery_id, found["recipient"], hub.clock.now()):
        now = await _mine(hub, delivery_id, who)  # a recall may have come between
        if now["state"] == State.WITHDRAWN:
            raise rejected("not-collectable")
    return answer


@router.post("/v1/inbox/{delivery_id}/confirm")
async def confirm(delivery_id: Id, hub: TheHub, who: Caller, said: Annotated[dict[str, Any], Body()]) -> JSONResponse:
    """`done` or `fail` take the item out of the inbox; `processing` only says that it is in hand."""
    result = said.get("result")
    if result not in _RESULTS:
        raise rejected("confirmation-result", "result")
    reason = said.get("reason") or ""
    if not isinstance(reason, str) or len(reason) > 1000:  # noqa: PLR2004
        raise rejected("invalid-parameter", "reason", name="reason", problem="≤ 1000 ký tự / characters")
    found = await _mine(hub, delivery_id, who)
    now, reason = hub.clock.now(), reason.replace("\x00", "")
    record = await deliveries.confirm(hub.database, delivery_id, found["recipient"], now, result, reason)
    if record is None or record["state"] in (State.QUEUED, State.DEAD):
        raise rejected("not-found")
    if record["state"] == State.WITHDRAWN:
        raise rejected("not-collectable")
    if record["result"] != result:
        raise rejected("confirmation-conflict", "result", first=record["result"] or record["state"])
    return JSONResponse(
        {
            "delivery_id": delivery_id,
            "state": record["state"],
            "result": record["result"],
            "reason": record["reason"],
            "confirmed_at": views.at(record["confirmed_at"]),
        }
    )


async def _mine(hub: Hub, delivery_id: str, who: Agency) -> dict[str, Any]:
    if not is_id(delivery_id):
        raise rejected("not-found")
    async with hub.database.read_for(*who.codes) as conn:
        found = await inbox.item(conn, delivery_id, who.codes)
    if found is None:
        raise rejected("not-found")
    return found
