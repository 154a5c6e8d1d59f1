"""The adapter that `adapters/README.md` shows is complete, forty lines long, and keeps the contract."""

import asyncio
import email
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.adapter_contract import AdapterContract, Place

README = Path(__file__).parents[2] / "adapters" / "README.md"


def shown() -> str:
    """The code of the page."""
    found = re.search(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@dataclass
class Mailroom:
    """A mail server of one house (RFC 5321, as little as is needed): refuses `busy@` for now and `gone@` for good."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one conversation."""
        writer.write(b"220 mailroom\r\n")
        while line := await reader.readline():
            writer.write(await self._reply(line.upper(), reader, writer))
            if line.upper().startswith(b"QUIT"):
                break
        writer.close()

    async def _reply(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        if line.startswith(b"RCPT TO:<BUSY@"):
            return b"451 come back later\r\n"
        if line.startswith(b"RCPT TO:<GONE@"):
            return b"550 nobody of that name\r\n"
        if line.startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
            self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
        return b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n"

    def deliveries(self) -> list[str]:
        """The delivery ids in the mails' Message-IDs."""
        ids = (email.message_from_bytes(mail)["Message-ID"] for mail in self.mails)
        return [text.strip("<>").removesuffix("@truc") for text in ids]


@asynccontextmanager
async def mailroom() -> AsyncIterator[Mailroom]:
    room = Mailroom()
    server = await asyncio.start_server(room.serve, "127.0.0.1", 0)
    room.port = server.sockets[0].getsockname()[1]
    try:
        yield room
    finally:
        server.close()
        await server.wait_closed()


def test_the_adapter_on_the_page_is_forty_lines_of_code() -> None:
    assert len([line for line in shown().splitlines() if line.strip()]) <= 40


def test_the_adapter_on_the_page_sees_only_what_adapters_may_see() -> None:
    seen = set(re.findall(r"^(?:from|import) (hub[\w.]*)", shown(), re.MULTILINE))

    assert seen == {"hub.adapter", "hub.errors"}


class TestTheAdapterOnThePage(AdapterContract):
    @pytest.fixture
    async def place(self) -> AsyncIterator[Place]:
        module: dict[str, Any] = {"__name__": "adapter_of_the_readme"}
        exec(compile(shown(), str(README), "exec"), module)  # noqa: S102 - the page's own code is what is tested
        async with mailroom() as room:
            yield Place(
                module["Mail"]("127.0.0.1", room.port, "truc@hub.example"),
                good={"to": "vanthu@agency.example"},
                failing={"to": "busy@agency.example"},
                hopeless={"to": "gone@agency.example"},
                wrong={"to": "nobody"},
                received=room.deliveries,
            )
