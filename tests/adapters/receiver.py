"""An agency's system that takes webhooks: a small HTTP/1.1 server that answers each path as it was told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from standardwebhooks.webhooks import Webhook as Verifier

from tests.adapters.parcels import SECRET

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answer(status: str, *headers: str) -> bytes:
    """An answer without a body."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", ""]).encode()


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came, and the message in it if its signature holds (else an exception was raised here)."""

    path: str
    headers: dict[str, str]
    body: bytes
    message: dict[str, object]


@dataclass(slots=True)
class Receiver:
    """What came, and what is answered: bytes as they go out, an endless body, or silence (None)."""

    answers: dict[str, bytes | None]
    verifies: bool = True  # off only where the adapter's clock is not the real one
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    sent: int = 0
    _served: dict[asyncio.StreamWriter, asyncio.Task[None]] = field(default_factory=dict)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """The address of one of its paths."""
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def deliveries(self) -> list[str]:
        """The ids under which parcels were announced."""
        return [call.headers["webhook-id"] for call in self.calls]

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to take one connection's requests in turn."""
        self.connections += 1
        self._served[writer] = asyncio.create_task(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._take(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        first, *lines = head.strip().split("\r\n")
        path = first.split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        message = Verifier(SECRET).verify(body, headers) if self.verifies else {}
        self.calls.append(Call(path, headers, body, message))
        reply = self.answers.get(path, OK)
        if reply is None:
            return bool(await reader.read(1))  # says nothing until the caller hangs up
        writer.write(reply)
        while reply.endswith(b"for ever\r\n\r\n"):
            writer.write(b"x" * 4096)
            await writer.drain()
            self.sent += 4096
        await writer.drain()
        return True

    def hang_up(self) -> None:
        """Close every connection."""
        for writer in self._served:
            writer.close()

    async def end(self) -> None:
        """Break every connection and see it end; what went wrong with one is raised here."""
        for writer in self._served:
            writer.transport.abort()
        await asyncio.gather(*self._served.values())


@asynccontextmanager
async def receiving(
    answers: dict[str, bytes | None] | None = None, tls: ssl.SSLContext | None = None, *, verifies: bool = True
) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""
    receiver = Receiver(answers or {}, verifies)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await receiver.end()
        await server.wait_closed()
