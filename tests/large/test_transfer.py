"""`truc send` and `truc inbox --save` carry a large document in pieces, and go on where a line or a run broke."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import select
from typer.testing import CliRunner, Result

from hub.cli import app
from hub.commands import transfer
from hub.store import tables
from tests.chaos.proxy import Proxy
from tests.edge.hub import MIB
from tests.large.test_flat import flat
from tests.offices import document
from tests.town import Town, founded


class Line(Proxy):
    """A line that counts what goes one way, and breaks once where it is told."""

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.breaks_at = 0
        self.passed = {True: 0, False: 0}  # bytes of answers, of requests

    def begin(self, breaks_at: int = 0) -> None:
        self.breaks_at, self.passed = breaks_at, {True: 0, False: 0}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, are_answers: bool) -> None:
        while data := await reader.read(self.piece):
            self.passed[are_answers] += len(data)
            if 0 < self.breaks_at < self.passed[are_answers]:
                self.breaks_at = 0
                self.cut()
                return
            writer.write(data)
            await writer.drain()
        writer.write_eof()


@dataclass
class Served:
    """A town behind a line that can be cut."""

    town: Town
    line: Line
    signed: Path
    key: str
    other_key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.line.port}"

    async def run(self, key: str, *words: str) -> Result:
        """A command of `truc`, in a thread beside the hub."""
        given = [*words, "--url", self.url, "--key", key, "--json"]
        return await asyncio.to_thread(CliRunner().invoke, app, given)

    async def kept(self) -> int:
        """Bytes the hub has kept of the one upload."""
        async with self.town.hub.database.read() as conn:
            return int((await conn.execute(select(tables.upload.c.received))).scalar_one())


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with founded(tmp_path / "home", body_timeout_seconds=30) as town:
        sender = await town.settle("G22")
        recipient = await town.settle("H53")
        signed = tmp_path / "signed.edxml"
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(12 * MIB))
        signed.write_bytes(body)
        config = uvicorn.Config(town.app, port=0, lifespan="off", ws="none", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        listener = config.bind_socket()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        proxy = Line(listener.getsockname()[1])
        await proxy.start()
        yield Served(town, proxy, signed, sender.key, recipient.key)
        await proxy.stop()
        server.should_exit = True
        await serving


def saved(fetched: Result) -> Path:
    """The one file that was saved."""
    (item,) = json.loads(fetched.stdout)["items"]
    return Path(item["file"])


async def test_a_large_document_is_sent_over_lines_and_runs_that_break(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets: list[int] = []
    given, told = transfer._from, transfer._rest_of

    def interrupted(opened: BufferedReader, start: int) -> Iterator[bytes]:
        for piece in given(opened, start):
            if opened.tell() > 10 * MIB:
                raise KeyboardInterrupt
            yield piece

    def noted(length: int, offset: int, digest: bytes) -> dict[str, str]:
        offsets.append(offset)
        return told(length, offset, digest)

    monkeypatch.setattr(transfer, "_rest_of", noted)
    with monkeypatch.context() as person:
        person.setattr(transfer, "_from", interrupted)
        assert (await served.run(served.key, "send", str(served.signed))).exit_code != 0
    while await served.kept() < 8 * MIB:  # the hub has yet to hear that nobody sends any more
        await asyncio.sleep(0.01)
    served.line.begin(breaks_at=3 * MIB)
    with flat():
        sent = await served.run(served.key, "send", str(served.signed))

    assert sent.exit_code == 0, sent.output
    assert json.loads(sent.stdout)["signature"]["verdict"] == "valid"
    assert offsets[0] == 0
    assert 8 * MIB <= offsets[1] <= offsets[-1]  # the hub keeps 8 MiB at once, and the rest when a line breaks
    assert len(offsets) > 2
    assert (await served.town.counts())["envelope"] == 1
    assert not served.signed.with_name(".signed.edxml.upload").exists()


async def test_a_document_may_come_through_a_pipe(served: Served, tmp_path: Path) -> None:
    body = served.town.offices["G22"].written(document("G22", ["H53"]))
    pipe = tmp_path / "pipe"
    for command in (["send", str(pipe)], ["send", str(pipe), "--dry-run"]):
        os.mkfifo(pipe)
        writing = asyncio.create_task(asyncio.to_thread(pipe.write_bytes, body))
        said = await served.run(served.key, *command)
        await writing
        pipe.unlink()

        assert said.exit_code == 0, said.output
        assert json.loads(said.stdout)["signature"]["verdict"] == "valid"


async def test_a_large_document_is_fetched_over_lines_and_runs_that_break(served: Served, tmp_path: Path) -> None:
    line, body = served.line, served.signed.read_bytes()
    assert (await served.town.offices["G22"].post(body)).status_code == 202
    await served.town.carry()
    folder = tmp_path / "inbox"

    line.begin(breaks_at=5 * MIB)
    with flat():
        fetched = await served.run(served.other_key, "inbox", "--save", str(folder))

    assert fetched.exit_code == 0, fetched.output
    file = saved(fetched)
    assert file.read_bytes() == body
    assert line.passed[True] < len(body) + 3 * MIB
    part = file.with_name(f"{file.name}.part")
    for left, most in ((body[: 12 * MIB], 6 * MIB), (body, MIB), (b"of another document", 34 * MIB)):
        file.unlink()
        part.write_bytes(left)  # as a run that was ended leaves it
        line.begin()
        await served.run(served.other_key, "inbox", "--save", str(folder))
        assert file.read_bytes() == body
        assert line.passed[True] < most
        assert not part.exists()
