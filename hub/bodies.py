"""Reading a request's body.

Refused before it is read where that can be told, hashed while it comes, never too slow, never more at once than the
process can hold. What is large goes into a file of the spool, for those who can work with a file.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final, overload

from hub import failpoint
from hub.errors import Unavailable, rejected
from hub.settings import Settings
from hub.spool import Body, Room, Writer

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
SLOWEST: Final = 1000  # bytes a second over each span of TRUC_BODY_TIMEOUT_SECONDS


class Disconnected(Exception):
    """The caller hung up before the body was whole: nothing to answer, nothing to keep."""


class Scales:
    """How many bytes of bodies may be in memory at once; more are asked to come back."""

    def __init__(self, most: int) -> None:
        """`most`: bytes."""
        self._left = most

    @contextmanager
    def room(self) -> Iterator[Callable[[int], None]]:
        """Give `take(bytes)`, which raises `Unavailable` when there is no room; all is given back at the end."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self._left:
                message = "too many bytes on their way in"
                raise Unavailable(message, retry_after=2)
            self._left -= size
            taken += size

        try:
            yield take
        finally:
            self._left += taken


def check_headers(headers: dict[bytes, bytes], limit: int) -> int | None:
    """Refuse what the headers alone tell; answer the announced length, None when the body comes in chunks."""
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
        raise rejected("content-coding")
    expect = headers.get(b"expect", b"").strip().lower()
    if expect and expect != b"100-continue":
        raise rejected("expectation-failed")
    length = headers.get(b"content-length")
    if length is None:
        if b"chunked" not in headers.get(b"transfer-encoding", b"").lower():
            raise rejected("length-required")
        return None
    if not length.isdigit():
        raise rejected("framing")
    announced = int(length)
    if announced > limit:
        raise rejected("too-large", limit=limit)
    return announced


def check_xml_type(headers: dict[bytes, bytes]) -> None:
    """`application/xml` or `text/xml`, in UTF-8."""
    kind, _, parameters = headers.get(b"content-type", b"").decode("latin-1").partition(";")
    if kind.strip().lower() not in ("application/xml", "text/xml"):
        raise rejected("unsupported-media-type", found=kind.strip() or "—")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in ("utf-8", "utf8"):
            raise rejected("charset", found=charset)


@overload
async def read(
    receive: Receive, announced: int | None, settings: Settings, take: Callable[[int], None]
) -> tuple[bytes, str]: ...


@overload
async def read(
    receive: Receive, announced: int | None, settings: Settings, take: Callable[[int], None], room: Room
) -> tuple[Body, str]: ...


async def read(  # noqa: C901 - one loop, and each branch is one of the ways a body comes or goes wrong
    receive: Receive,
    announced: int | None,
    settings: Settings,
    take: Callable[[int], None],
    room: Room | None = None,
) -> tuple[Body, str]:
    """The whole body and its SHA-256 (hex). With `room`, what is larger than `TRUC_SPOOL_BYTES` is in a file there."""
    digest = sha256()
    held: list[bytes] = []
    size = 0
    writer: Writer | None = None
    most_held = settings.spool_bytes if room is not None else settings.max_envelope_bytes
    if announced is not None:
        if room is not None and announced > most_held:
            room.take(announced)
            writer = room.begin()
        else:
            take(announced)
    async for piece in pieces(receive, settings.body_timeout_seconds):
        size += len(piece)
        if size > settings.max_envelope_bytes:
            raise rejected("too-large", limit=settings.max_envelope_bytes)
        if writer is not None:
            if announced is None and room is not None:
                room.take(len(piece))
            await writer.add(piece)
            continue
        if announced is None:
            take(len(piece))
        digest.update(piece)
        held.append(piece)
        if size > most_held and room is not None:
            room.take(size)
            writer = room.begin()
            for each in held:
                await writer.add(each)
            held.clear()
    if not size:
        raise rejected("empty-body")
    if writer is not None:
        spooled = await writer.finish()
        return spooled, spooled.sha256
    return held[0] if len(held) == 1 else b"".join(held), digest.hexdigest()


async def pieces(receive: Receive, span: float) -> AsyncIterator[bytes]:
    """A body as it comes. Raises `Disconnected`, and `Rejected` when a span (seconds) brings less than it must."""
    loop = asyncio.get_running_loop()
    span_ends, span_size = loop.time() + span, 0
    more = True
    while more:
        try:
            async with asyncio.timeout_at(span_ends):
                message = await receive()
        except TimeoutError:
            if span_size >= SLOWEST * span:
                span_ends, span_size = loop.time() + span, 0
                continue
            raise rejected("request-timeout") from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        piece: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        if not piece:
            continue
        span_size += len(piece)
        yield piece
        if more:
            failpoint.reach("body-half-read")
        if loop.time() >= span_ends:
            if span_size < SLOWEST * span:
                raise rejected("request-timeout")
            span_ends, span_size = loop.time() + span, 0


def check_digest(headers: dict[bytes, bytes], hexdigest: str) -> None:
    """RFC 9530: a Content-Digest with sha-256 must be that of the bytes that came; a signed one above all."""
    stated = headers.get(b"content-digest", b"").decode("latin-1")
    for part in stated.split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() != "sha-256":
            continue
        try:
            claimed = base64.b64decode(value.strip().strip(":"), validate=True)
        except (binascii.Error, ValueError):
            claimed = b""
        if not hmac.compare_digest(claimed, bytes.fromhex(hexdigest)):
            raise rejected("request-digest-mismatch" if b"signature-input" in headers else "content-digest-mismatch")
