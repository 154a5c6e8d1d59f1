"""What clamd says of a file: its INSTREAM command, over a Unix socket or TCP (`man 8 clamd`).

Own code because the libraries there are speak TCP alone and send a kilobyte at a time.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import BinaryIO, Final

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
                reader, writer = await self._connect()
                try:
                    return await _exchange(reader, writer, command, file)
                finally:
                    writer.close()
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            raise Unavailable(f"clamd does not answer: {type(error).__name__}") from error

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind, _, where = self.address.partition(":")
        if kind == "unix":
            return await asyncio.open_unix_connection(where, limit=_ANSWER_AT_MOST)
        host, _, port = where.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=_ANSWER_AT_MOST)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes, file: BinaryIO | None
) -> bytes:
    """Send a command, then the file in pieces with their lengths; the answer ends with a NUL.

    A scanner that will not take more answers and hangs up in the middle: what it said counts, not the broken pipe.
    """
    try:
        writer.write(command)
        if file is not None:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        if file is None:
            raise
    return (await reader.readuntil(b"\0")).removesuffix(b"\0")
