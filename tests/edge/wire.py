"""HTTP by hand over a socket: exactly these bytes, at exactly this pace, and whatever comes back."""

import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import orjson

WITHIN = 60.0
"""Seconds after which a caller gives up; a test that waits for it has failed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code; "" for what is none."""
        return self.json().get("code", "") if "problem+json" in self.headers.get("content-type", "") else ""


class Line:
    """One connection."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        plain = socket.create_connection((host, port), WITHIN)
        self.socket = context.wrap_socket(plain, server_hostname="localhost") if context else plain
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, *pieces: bytes) -> "Line":
        """Send; a caller who is no longer listened to has nothing more to say."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass
        return self

    def cut(self) -> None:
        """As if the cable were pulled: the other side gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def hear(self) -> Answer | None:
        """The next answer; None when the other side has nothing more to say."""
        while b"\r\n\r\n" not in self._left:
            if not self._more():
                return None
        head, _, rest = self._left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._left = rest
        status = int(first.split(" ")[1])
        if 100 <= status < 200:
            return self.hear()
        return Answer(status, headers, self._body(headers))

    def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return self._take(int(headers["content-length"]))
        if headers.get("transfer-encoding") == "chunked":
            return b"".join(self._chunks())
        while self._more():
            pass
        return self._take(len(self._left))

    def _chunks(self) -> Iterator[bytes]:
        while True:
            while b"\r\n" not in self._left:
                assert self._more(), "cut inside a chunk"
            size, _, self._left = self._left.partition(b"\r\n")
            yield self._take(int(size, 16))
            self._take(2)
            if int(size, 16) == 0:
                return

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            assert self._more(), "the answer is cut short"
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _more(self) -> bool:
        try:
            got = self.socket.recv(65_536)
        except (ConnectionResetError, ssl.SSLError):
            return False
        self._left += got
        return bool(got)

    def is_over(self) -> bool:
        """Whether the other side closes, once everything it said has been heard."""
        return not self._left and not self._more()


def head(method: str, target: str, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """The head of a request; a Host is added where none is given."""
    given = list(headers)
    if not any(name.lower() == "host" for name, _ in given):
        given.insert(0, ("Host", "hub"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given)
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks, with its end."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
