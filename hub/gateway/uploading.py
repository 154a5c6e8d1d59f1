"""Uploads that can be resumed (draft-ietf-httpbis-resumable-upload): begin, ask how far it came, go on, complete, cancel.

What a completed upload is answered is what `POST /v1/envelopes` would have answered, by the same code. It is kept until
the upload expires, for who lost it on the line. An upload is its agency's alone: anybody else's does not exist.
"""

import time
from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
import uuid_utils
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from hub import bodies, metrics
from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.ids import is_id, new_id
from hub.errors import Rejected, Unavailable, WrongOffset, rejected
from hub.gateway import problems, views
from hub.gateway.appending import Appender
from hub.gateway.callers import may, the_hub
from hub.gateway.given import Id
from hub.gateway.posting import PostEnvelope, Wishes
from hub.gateway.stored import stored_envelope
from hub.spool import Body, Room
from hub.store.road import uploads
from hub.store.road.uploads import Limits, NewUpload
from hub.wiring import Hub

router = APIRouter(tags=["Gửi · Send"])
TheHub = Annotated[Hub, Depends(the_hub)]
Caller = Annotated[Agency, Depends(may(Action.SEND))]
_PARTIAL: Final = "application/partial-upload"
_FLAGS: Final = {b"?0": False, b"?1": True}
_DIGITS_AT_MOST: Final = 15  # of a structured field's integer (RFC 9651 §3.3.1)


def _takes(*kinds: str, offset: bool = False) -> dict[str, Any]:
    """What OpenAPI cannot see: a body that is read as it comes, and the headers about it."""
    headers = {
        "Upload-Complete": ("string", True),
        "Upload-Offset": ("integer", True),
        "Upload-Length": ("integer", False),
    }
    if not offset:
        del headers["Upload-Offset"]
    return {
        "parameters": [
            {"name": name, "in": "header", "required": required, "schema": {"type": kind}}
            for name, (kind, required) in headers.items()
        ],
        "requestBody": {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}},
    }


@router.post("/v1/uploads", status_code=201, openapi_extra=_takes("application/xml", "text/xml"))
async def begin(request: Request, hub: TheHub, who: Caller) -> Response:
    """Begin an upload; the body may be its first part, or all of it."""
    headers = dict(request.scope["headers"])
    is_complete = _is_complete(headers)
    bodies.check_xml_type(headers)
    most = hub.settings.max_envelope_bytes
    announced = _announced(headers, most)
    size = _number(headers, b"upload-length")
    if is_complete and announced is not None:
        if not announced:  # nothing is begun that its caller never hears of
            raise rejected("empty-body")
        size = _agreed(size, announced)
    if size is not None and size > most:
        raise rejected("too-large", limit=most)
    now = hub.clock.now()
    wishes = Wishes.of(headers)
    expires_at = now + timedelta(hours=hub.settings.upload_hours)
    new = NewUpload(new_id(), who.code, size, wishes.lenient, wishes.key, now, expires_at)
    limits = Limits(hub.settings.uploads_per_agency, hub.settings.upload_bytes_per_agency, most)
    await uploads.begin(hub.database, new, limits)
    upload = await _find(hub, new.id, who)
    answer = await _take(request, upload, announced, who, is_complete=is_complete)
    answer.headers.setdefault("Location", f"/v1/uploads/{new.id}")
    if answer.status_code == 204:  # noqa: PLR2004
        answer.status_code = 201
    return answer


@router.patch("/v1/uploads/{upload_id}", status_code=204, openapi_extra=_takes(_PARTIAL, offset=True))
async def go_on(upload_id: Id, request: Request, hub: TheHub, who: Caller) -> Response:
    """Add what follows; with `Upload-Complete: ?1` it is the last, and the answer is the verdict."""
    headers = dict(request.scope["headers"])
    upload = await _find(hub, upload_id, who)
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    if kind != _PARTIAL:
        raise rejected("unsupported-media-type", found=kind or "—")
    is_complete = _is_complete(headers)
    announced = _announced(headers, hub.settings.max_envelope_bytes)
    offset = _number(headers, b"upload-offset")
    if offset is None:
        raise rejected("upload-header", "Upload-Offset", name="Upload-Offset", found="—")
    if offset != upload["received"]:
        raise WrongOffset(upload["received"], offset)
    if upload["status"] is not None:
        if announced != 0 or not is_complete:
            raise rejected("upload-over")
        return await _again(hub, upload, who)
    size = _number(headers, b"upload-length")
    if is_complete and announced is not None:
        size = _agreed(size, offset + announced)
    if size is not None:
        if not await uploads.measure(hub.database, upload_id, size):
            raise rejected("upload-length", "Upload-Length", expected=upload["size"], found=size)
        upload["size"] = size
    return await _take(request, upload, announced, who, is_complete=is_complete)


@router.head("/v1/uploads/{upload_id}", include_in_schema=False)
async def ask(upload_id: Id, hub: TheHub, who: Caller) -> Response:
    """How far it has come, in the headers."""
    upload = await _find(hub, upload_id, who)
    return Response(status_code=204, headers=_headers(hub, upload))


@router.get("/v1/uploads/{upload_id}")
async def show(upload_id: Id, hub: TheHub, who: Caller) -> JSONResponse:
    """The same, for reading, and what was made of it."""
    upload = await _find(hub, upload_id, who)
    said = {
        "id": upload["id"],
        "received": upload["received"],
        "size": upload["size"],
        "expires_at": views.at(upload["expires_at"]),
        "status": upload["status"],
        "envelope_id": upload["envelope_id"],
        "problem": upload["problem"],
    }
    return JSONResponse(said, headers=_headers(hub, upload))


@router.delete("/v1/uploads/{upload_id}", status_code=204)
async def cancel(upload_id: Id, hub: TheHub, who: Caller) -> Response:
    """Forget it, with all that was sent."""
    await _find(hub, upload_id, who)
    await _drop(hub, await uploads.cancel(hub.database, upload_id))
    return Response(status_code=204)


async def _take(
    request: Request, upload: dict[str, Any], announced: int | None, who: Agency, *, is_complete: bool
) -> Response:
    hub: Hub = request.app.state.hub
    try:
        upload["received"] = await Appender(hub, upload, dict(request.scope["headers"])).append(
            request.receive, announced
        )
    except bodies.Disconnected:
        return Response(status_code=204)  # nobody hears it
    if not is_complete:
        return Response(status_code=204, headers=_headers(hub, upload))
    if not upload["received"]:
        raise rejected("empty-body")
    if upload["size"] not in (None, upload["received"]):
        raise rejected("upload-length", "Upload-Length", expected=upload["size"], found=upload["received"])
    return await _verdict(request, upload, who)


async def _verdict(request: Request, upload: dict[str, Any], who: Agency) -> Response:
    """What the whole is worth; nothing is settled while the hub cannot say."""
    post: PostEnvelope = request.app.state.post
    hub, scope = post.hub, request.scope
    started = time.perf_counter()
    scope["truc.caller"], scope["truc.signs"] = who.code, True
    with hub.spool.room() as room, post.scales.room() as take:
        body, sha256 = await _whole(hub, upload, room)
        scope["truc.sha256"] = sha256
        if isinstance(body, bytes):
            take(len(body))
        try:
            _check_whole(dict(scope["headers"]), sha256)
            wishes = Wishes(upload["key"], upload["lenient"])
            status, said = await post.judge(who, body, sha256, take, wishes, started)
        except Rejected as error:
            return await _refused(request, post, upload, error)
    metrics.ENVELOPES.labels("accepted" if status == 202 else "answered").inc()  # noqa: PLR2004
    await _drop(hub, await uploads.settle(hub.database, upload["id"], status, said["id"], None))
    return _complete(orjson.dumps(said), status, {"Location": f"/v1/envelopes/{said['id']}"})


async def _refused(request: Request, post: PostEnvelope, upload: dict[str, Any], error: Rejected) -> Response:
    metrics.ENVELOPES.labels(error.code).inc()
    language = problems.language_of(request.headers.get("accept-language", ""))
    request_id = uuid_utils.uuid7().hex
    status, document = await post.refusal(error.findings, error, request.scope, request_id, language)
    await _drop(post.hub, await uploads.settle(post.hub.database, upload["id"], status, None, document))
    kind, answer = problems.encode(document, request.headers.get("accept", ""))
    return _complete(answer, status, {"X-Request-Id": request_id}, kind.decode())


async def _whole(hub: Hub, upload: dict[str, Any], room: Room) -> tuple[Body, str]:
    """The parts, one after the other, as one body in the spool; in memory when it is small."""
    room.take(upload["received"])
    writer = room.begin()
    async with hub.database.read() as conn:
        parts = await uploads.parts(conn, upload["id"])
    for name, size in parts:
        async for piece in hub.parts.read(name, 0, size):
            await writer.add(piece)
    spooled = await writer.finish()
    if spooled.size != upload["received"]:  # somebody has completed or cancelled it in between
        message = "an upload has moved while it was read"
        raise Unavailable(message, retry_after=1)
    if spooled.size > hub.settings.spool_bytes:
        return spooled, spooled.sha256
    return spooled.read(), spooled.sha256


def _check_whole(headers: dict[bytes, bytes], sha256: str) -> None:
    """RFC 9530: a Repr-Digest on the last request is that of the whole."""
    if stated := headers.get(b"repr-digest"):
        bodies.check_digest({b"content-digest": stated}, sha256)


async def _again(hub: Hub, upload: dict[str, Any], who: Agency) -> Response:
    """The verdict once more."""
    if upload["envelope_id"] is None:
        return _complete(orjson.dumps(upload["problem"]), upload["status"], {}, "application/problem+json")
    said = await stored_envelope(hub, upload["envelope_id"], who)
    if made := await hub.acknowledger.known(upload["envelope_id"]):
        said["flags"] = list(made.flags)
    return _complete(orjson.dumps(said), 200, {"Location": f"/v1/envelopes/{upload['envelope_id']}"})


def _complete(answer: bytes, status: int, headers: dict[str, str], kind: str = "application/json") -> Response:
    return Response(answer, status, {**headers, "Upload-Complete": "?1"}, media_type=kind)


async def _drop(hub: Hub, names: list[str]) -> None:
    for name in names:
        await hub.parts.drop(name)


async def _find(hub: Hub, upload_id: str, who: Agency) -> dict[str, Any]:
    found = None
    if is_id(upload_id):
        async with hub.database.read() as conn:
            found = await uploads.find(conn, upload_id, who.codes)
    if found is None:
        raise rejected("not-found")
    if found["expires_at"] <= hub.clock.now():
        raise rejected("upload-expired", at=views.at(found["expires_at"]))
    return found


def _headers(hub: Hub, upload: dict[str, Any]) -> dict[str, str]:
    left = max(0, int((upload["expires_at"] - hub.clock.now()).total_seconds()))
    headers = {
        "Upload-Offset": str(upload["received"]),
        "Upload-Complete": "?0" if upload["status"] is None else "?1",
        "Upload-Limit": f"max-size={hub.settings.max_envelope_bytes}, max-age={left}",
        "Cache-Control": "no-store",
    }
    if upload["size"] is not None:
        headers["Upload-Length"] = str(upload["size"])
    return headers


def _is_complete(headers: dict[bytes, bytes]) -> bool:
    written = headers.get(b"upload-complete", b"").strip()
    if written not in _FLAGS:
        raise rejected(
            "upload-header", "Upload-Complete", name="Upload-Complete", found=written.decode("latin-1") or "—"
        )
    return _FLAGS[written]


def _number(headers: dict[bytes, bytes], name: bytes) -> int | None:
    written = headers.get(name)
    if written is None:
        return None
    digits = written.strip()
    if not digits.isdigit() or len(digits) > _DIGITS_AT_MOST:
        shown = name.decode().title()
        raise rejected("upload-header", shown, name=shown, found=written.decode("latin-1") or "—")
    return int(digits)


def _announced(headers: dict[bytes, bytes], most: int) -> int | None:
    """How long this body is; 0 when there is none."""
    if b"content-length" not in headers and b"transfer-encoding" not in headers:
        return 0
    return bodies.check_headers(headers, most)


def _agreed(said: int | None, found: int) -> int:
    if said is not None and said != found:
        raise rejected("upload-length", "Upload-Length", expected=said, found=found)
    return found
