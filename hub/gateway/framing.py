"""HTTP as bytes: what a request's frame may look like, how long its head may take, and a clear answer when it may not.

uvicorn's parser (llhttp) refuses most of what could be read two ways, with a line of plain text. Here every such refusal
becomes a problem document, and what the parser lets through is looked at too: trailers that would join the headers, a
target for another host, fields that must be there once and are there twice, heads and chunk framing without end, callers
who say nothing. A refused request that was not whole never reaches the application; one that was is answered first.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

import uuid_utils
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from hub.findings import finding
from hub.gateway import problems
from hub.gateway.guards import GUARDS

_HEAD_AT_MOST: Final = 64 * 1024  # bytes after the first segment; what is whole in one is counted by the application
_TARGET_AT_MOST: Final = 8 * 1024
_CHUNK_OVERHEAD: Final = 1024  # bytes of extensions and trailers in a whole message
_CHUNK_LINE: Final = 32  # bytes around each chunk that are no overhead
_CHUNKS_OF_ANY_SIZE: Final = 4096
_CHUNK_AT_LEAST: Final = 256  # bytes on average after that many: each chunk costs as much as a kilobyte
_LINGER_SECONDS: Final = 2.0  # a caller still sending would lose the answer if the door were shut at once
_ONCE: Final = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
        b"authorization",
        b"expect",
    }
)
_NEVER_LAST: Final = _ONCE | {b"trailer", b"te", b"connection", b"cookie", b"content-range", b"idempotency-key"}


_H2C: Final = re.compile(rb"(?i)(?<=\r\n)upgrade:[ \t]*h2c[ \t]*\r\n")
"""The offer to go on in HTTP/2, which Java's client makes over plain HTTP. We may ignore it (RFC 9110 §7.8); the parser
would take the body for the new protocol's and drop it."""

Otherwise = Callable[[str, str], tuple[int, bytes, bytes] | None]
"""How a face that has a shape of its own says a code at a path: status, content type, body; None where there is none."""


class Framed(HttpToolsProtocol):
    """One connection. `head_seconds`: how long a head may take, and a caller be silent (at most twice that)."""

    head_seconds: ClassVar[float] = 10.0
    otherwise: ClassVar[Otherwise] = staticmethod(lambda _code, _path: None)
    _watch: asyncio.TimerHandle | None = None
    _seen: tuple[str, int] | None = None
    _messages = 0
    _in_message = _in_head = _is_refused = _is_chunked = _is_clean = False
    _head_bytes = _begun_here = _fed = _body = _chunks = 0
    _code = "framing"
    _later: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch the clock."""
        super().connection_made(transport)
        self._watch = self.loop.call_later(self.head_seconds, self._tick)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what the parser does not."""
        if self._is_refused:
            return
        if not self._in_message and b"h2c" in data:
            data = _H2C.sub(b"", data)
        self._is_clean, self._begun_here = not self._in_message, 0
        self._fed = len(data) if self._is_clean else self._fed + len(data)
        super().data_received(data)
        if self._in_head and not self._is_refused and not self._begun_here:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_AT_MOST:
                self._refuse("uri-too-long" if len(self.url) > _TARGET_AT_MOST else "headers-too-large")
        elif self._is_chunked and not self._is_refused:
            self._is_chunked = self._in_message
            if self._is_wasteful():
                self._refuse("framing", is_spoilt=True)

    def _is_wasteful(self) -> bool:
        overhead = self._fed - self._body
        is_tiny = self._chunks > _CHUNKS_OF_ANY_SIZE and self._body < self._chunks * _CHUNK_AT_LEAST
        return is_tiny or overhead > _CHUNK_OVERHEAD + _CHUNK_LINE * self._chunks

    # -- what the parser tells ------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A first byte of a request."""
        self._messages += 1
        self._begun_here += 1
        self._in_message = self._in_head = True
        self._is_chunked = False
        self._head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; or a trailer, which must not become one: the application may have read the headers already."""
        if self._in_head:
            super().on_header(name, value)
        elif name.lower() in _NEVER_LAST:
            self._fault("framing")

    def on_headers_complete(self) -> None:
        """Let the request in, if its head can be read in one way only."""
        self._in_head = False
        if code := self._head_fault():
            self._fault(code)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what is no framing."""
        self._body += len(body)
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """Count chunks."""
        self._chunks += 1

    def on_message_complete(self) -> None:
        """The last byte of a request."""
        self._in_message = False
        super().on_message_complete()

    def _head_fault(self) -> str | None:
        headers = self.headers
        names = [name for name, _ in headers]
        version = self.parser.get_http_version()
        is_double = len(set(names)) != len(names) and any(names.count(name) > 1 for name in _ONCE)
        if is_double or version not in ("1.1", "1.0"):
            return "framing"
        if self.parser.get_method() == b"CONNECT":
            return "method-not-allowed"
        if not self.url.startswith((b"/", b"*")) and self._authority() != dict(headers).get(b"host", b"").lower():
            return "misdirected"
        if b"transfer-encoding" in names:
            coding = dict(headers)[b"transfer-encoding"].strip().lower()
            if coding != b"chunked" or version == "1.0" or b"content-length" in names:
                return "framing"
            self._count_chunks()
        return None

    def _count_chunks(self) -> None:
        """Begin to weigh a body's framing against the body."""
        head = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        is_alone = self._is_clean and self._begun_here == 1  # else the segment holds bytes of another request too
        self._fed = self._fed - head if is_alone else 0
        self._body = self._chunks = 0
        self._is_chunked = True

    def _authority(self) -> bytes:
        """The host of an absolute target; nothing that a Host can be equal to when there is none."""
        scheme, _, rest = self.url.partition(b"://")
        return rest.partition(b"/")[0].partition(b"?")[0].lower() if scheme.lower() in (b"http", b"https") else b"?"

    # -- saying no ------------------------------------------------------------------------------------------------

    def _fault(self, code: str) -> None:
        self._code = code
        raise ValueError(code)  # the parser wraps it: `data_received` then asks for the 400

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser, or a callback of ours, could not take."""
        del msg
        self._refuse(self._code)

    def _refuse(self, code: str, *, is_spoilt: bool = False) -> None:
        """`is_spoilt`: the latest request is at fault even if its last byte has come."""
        self._is_refused = True
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            is_spoilt = is_spoilt or cycle.more_body
            if self.pipeline or not is_spoilt:
                if is_spoilt:
                    self.pipeline.popleft()
                self._later = code  # what came before was whole: it is answered first
                return
            is_begun = cycle.response_started
            cycle.disconnected = True
            cycle.message_event.set()
            if is_begun:
                self.transport.close()
                return
        self._say(code)

    def on_response_complete(self) -> None:
        """Say what had to wait for this answer."""
        is_last = not self.pipeline
        super().on_response_complete()
        if self._later and is_last:
            self._say(self._later)

    def _say(self, code: str) -> None:
        self._unset_keepalive_if_required()
        if self.transport.is_closing():
            return
        path = (getattr(self, "url", None) or b"/").partition(b"?")[0][:200].decode("latin-1")
        status, document = problems.problem([finding(code)], path, uuid_utils.uuid7().hex)
        kind, answer = problems.encode(document, "")
        if said := type(self).otherwise(code, path):
            status, kind, answer = said
        headers = [
            (b"content-type", kind),
            *GUARDS,
            (b"connection", b"close"),
            (b"content-length", b"%d" % len(answer)),
        ]
        if status == 405:  # noqa: PLR2004
            headers.append((b"allow", b"GET, POST"))
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    # -- the clock ------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """What is in the same state as a tick ago is too late. One timer a connection, none a request."""
        state = self._state()
        if state is not None and state == self._seen:
            if state[0] == "head":
                self._refuse("request-timeout")
            else:
                self.transport.close()
                return
        self._seen = state
        self._watch = self.loop.call_later(self.head_seconds, self._tick)

    def _state(self) -> tuple[str, int] | None:
        """What the caller owes us; None when it is our turn, or when another clock runs."""
        cycle: Any = self.cycle
        if self._is_refused or self.flow.read_paused:
            return None
        if self._in_head:
            return "head", self._messages
        if cycle is not None and not cycle.response_complete:
            return None
        if self._in_message:
            return "rest", self._messages
        return None if self.timeout_keep_alive_task else ("silence", self._messages)


def framed(seconds: float, otherwise: Otherwise | None = None) -> type[Framed]:
    """The protocol for `uvicorn.Config(http=...)` with this time-out, and the words of another face."""
    more = {"otherwise": staticmethod(otherwise)} if otherwise else {}
    return type("Framed", (Framed,), {"head_seconds": seconds, **more})
