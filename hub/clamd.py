"""What clamd says of a file: its INSTREAM command, over a Unix socket or TCP (`man 8 clamd`).

Own code because the libraries there are speak TCP alone and send a kilobyte at a time.
"""

import asyncio
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from hub.errors import HubError, Unavailable

_PIECE: Final = 256 * 1024  # bytes sent at a time
_ANSWER_AT_MOST: Final = 4096
_FOUND: Final = re.compile(rb"stream: (.+) FOUND")


class WontScanError(HubError):
    """clamd will never take this file: it is longer than its own limit (StreamMaxLength)."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """A scanner by its address: `unix:/run/clamav/clamd.ctl` or `tcp:host:port`."""

    address: str
    seconds: float = 60.0  # for one file, from connecting to the answer

    async def scan(self, file: BinaryIO) -> str:
        """Name the malware in a file, read from where it stands in pieces; "" when none is known.

        Raises `WontScanError`, or `Unavailable`.
        """
        answer = await self._ask(b"zINSTREAM\0", file)
        if found := _FOUND.fullmatch(answer):
            return found[1].decode("utf-8", "replace")
        if answer == b"stream: OK":
            return ""
        if b"size limit exceeded" in answer:
            raise WontScanError("larger than clamd takes")
        raise Unavailable(f"clamd answers {answer[:200]!r}")

    async def is_up(self) -> bool:
        """Whether it answers just now."""
        try:
            return await self._ask(b"zPING\0") == b"PONG"
        except Unavailable:
            return False

    async def version(self) -> str:
        """Its version, with that of its signatures."""
        return (await self._ask(b"zVERSION\0")).decode("utf-8", "replace")

    async def _ask(self, command: bytes, file: BinaryIO | None = None) -> bytes:
        try:
            async with asyncio.timeout(self.seconds):
                with await self._connect() as line:
                    return await _exchange(line, command, file)
        except (OSError, TimeoutError, EOFError) as error:
            raise Unavailable(f"clamd does not answer: {type(error).__name__}") from error

    async def _connect(self) -> socket.socket:
        kind, _, where = self.address.partition(":")
        if kind == "unix":
            return await _connected(socket.AF_UNIX, where)
        host, _, port = where.rpartition(":")
        found = await asyncio.get_running_loop().getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
        for family, *_, address in found[:-1]:  # a name may stand for several, of which one listens
            with suppress(OSError):
                return await _connected(family, address)
        return await _connected(found[-1][0], found[-1][-1])


async def _connected(family: int, address: Any) -> socket.socket:
    line = socket.socket(family)
    try:
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, address)
    except BaseException:
        line.close()
        raise
    return line


async def _exchange(line: socket.socket, command: bytes, file: BinaryIO | None) -> bytes:
    """Send a command, then the file in pieces with their lengths; the answer ends with a NUL.

    A scanner that will not take more answers and hangs up in the middle: what it said counts, not the broken pipe. Hence
    the bare socket: a stream forgets what it has not read when it cannot write.
    """
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(line, command)
        if file is not None:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                await loop.sock_sendall(line, len(piece).to_bytes(4, "big") + piece)
            await loop.sock_sendall(line, bytes(4))
    except ConnectionError:
        if file is None:
            raise
    answer = b""
    while not answer.endswith(b"\0"):
        piece = await loop.sock_recv(line, _ANSWER_AT_MOST)
        answer += piece
        if not piece or len(answer) > _ANSWER_AT_MOST:
            raise EOFError
    return answer.removesuffix(b"\0")
