"""The original bytes, unchanged: strong `ETag` (their SHA-256), `If-None-Match`, one `Range`, digests on the answer.

Several ranges in one request are answered with the whole (RFC 9110 §14.2 lets a server): who wants parts asks for each.
Bytes of the object store leave in pieces as the caller takes them; memory does not grow with the document.
"""

import base64
import re
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from hub.domain.access import actor
from hub.domain.agency import Agency
from hub.domain.audit import Entry
from hub.domain.roles import Person
from hub.errors import OutOfRange
from hub.gateway.stored import reading
from hub.pieces import begun
from hub.store.road import originals
from hub.wiring import Hub


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at which envelope's bytes."""

    who: Agency | Person
    envelope_id: str


async def download(hub: Hub, request: Request, look: Look, size: int, sha256: str) -> Response:
    """Answer a GET or HEAD for an envelope's bytes. The look is in the audit log before the first of them leaves."""
    envelope_id = look.envelope_id
    etag = f'"{sha256}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
        "Content-Disposition": f'attachment; filename="{envelope_id}.edxml"',
        "Cache-Control": "private, no-cache",
    }
    if _is_known(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":  # no byte leaves: nobody has looked
        return Response(headers={**headers, "Content-Length": str(size)}, media_type="application/xml")
    start, end, status = 0, size, 200
    wanted = request.headers.get("range", "")
    if wanted and request.headers.get("if-range", etag) == etag:
        span = _range(wanted, size)
        if span:
            start, end = span
            status = 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    await hub.witness.record(Entry("document read", envelope_id, {"from": start, "to": end}, actor(look.who)))
    async with reading(hub, look.who) as conn:
        body, digest = await originals.locate(conn, envelope_id)
    if body is not None:
        return Response(bytes(body[start:end]), status, headers, media_type="application/xml")
    pieces = await begun(hub.originals.read(digest or "", start, end))
    return StreamingResponse(pieces, status, headers, media_type="application/xml")


def _is_known(if_none_match: str, etag: str) -> bool:
    """Whether the caller has these bytes already; a weak validator of the same name says so too (RFC 9110 §13.1.2)."""
    named = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return etag in named or "*" in named


def _range(header: str, size: int) -> tuple[int, int] | None:
    """One span as (start, end past the last); None when the header is not one we honour (RFC 9110 §14.2)."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if not match or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    if start >= size or start >= end:
        raise OutOfRange(size)
    return start, end
