"""A large document leaves by every door in pieces: whoever hands it out holds a little of it at a time."""

import asyncio
import base64
import json
import secrets
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from hub.console import pages
from hub.domain.roles import Role
from hub.gateway.app import Gateway
from hub.offline import Brought, check
from hub.spool import Body, Spooled
from hub.vxp import face
from tests.console.visitors import logged_in
from tests.edge.hub import MIB
from tests.offices import document
from tests.proof.scenes import sequencer
from tests.town import Town, founded
from tests.vxp.conftest import Axis

FLAT = 10 * MIB
"""What a way may hold of a document of 20 MiB."""


@contextmanager
def flat() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < FLAT
    finally:
        tracemalloc.stop()


@dataclass
class Large:
    """A town with a large document that H53, served through its folder, and H29, through its inbox, are to have."""

    town: Town
    body: bytes
    sent: dict[str, Any]
    folder: Path


@pytest.fixture
async def large(tmp_path: Path) -> AsyncIterator[Large]:
    """It comes in through memory, which is quicker; how it comes in is not asked here."""
    async with founded(tmp_path / "home", spool_bytes=64 * MIB) as town:
        pages.mount(town.app.api, town.hub)
        folder = tmp_path / "folder"
        folder.mkdir()
        sender = await town.settle("G22")
        await town.settle("H29")
        await town.settle("H53", channel="folder", channel_config={"path": str(folder)})
        content = b"%PDF-1.4\n" + secrets.token_bytes(15 * MIB) + b"/ByteRange"
        body = sender.written(document("G22", ["H53", "H29"]), attachment=content)
        answer = await sender.post(body)
        assert answer.status_code == 202, answer.text
        yield Large(town, body, answer.json(), folder)


@dataclass
class Taken:
    """What came of a request: the pieces are hashed and, if wanted, written down; none is kept."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    largest: int = 0
    kept: BinaryIO | None = None

    async def of(self, app: Any, method: str, path: str, headers: list[tuple[str, str]]) -> "Taken":
        asked = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return asked.pop() if asked else await asyncio.Future()  # nobody hangs up

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
                return
            piece = message.get("body", b"")
            self.size += len(piece)
            self.largest = max(self.largest, len(piece))
            if self.kept:
                self.kept.write(piece)

        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in [("Host", "hub"), *headers]]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": raw,
            "client": ("127.0.0.1", 1), "server": ("hub", 80),
        }  # fmt: skip
        await app(scope, receive, send)
        return self


def key(large: Large, code: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {large.town.offices[code].key}")]


async def test_evidence_is_written_while_its_document_is_read_and_convinces(large: Large, tmp_path: Path) -> None:
    await sequencer(large.town).turn(datetime.now(UTC))
    path = tmp_path / "evidence.json"

    with path.open("wb") as file, flat():
        asked = f"/v1/envelopes/{large.sent['id']}/evidence"
        taken = await Taken(kept=file).of(large.town.app, "GET", asked, key(large, "G22"))

    said = json.loads(path.read_bytes())
    assert taken.status == 200
    assert taken.headers["content-length"] == str(taken.size)
    assert taken.largest < FLAT
    assert base64.b64decode(said["original"]) == large.body
    answer = await asyncio.to_thread(_checked, large, Spooled(path, taken.size, ""))
    steps = {step["step"]: step["ok"] for step in answer["steps"]}
    assert (steps["bytes"], steps["signature"]) == (True, True)
    signed = tmp_path / "signed.edxml"
    signed.write_bytes(large.body)
    of_file = await asyncio.to_thread(_checked, large, Spooled(signed, len(large.body), ""))
    assert of_file == await asyncio.to_thread(_checked, large, large.body)
    assert of_file["verdict"] == "valid"
    path.write_bytes(path.read_bytes().replace(said["original"][:100].encode(), b"A" * 100))
    spoiled = await asyncio.to_thread(_checked, large, Spooled(path, taken.size, ""))
    assert [step["step"] for step in spoiled["steps"] if step["ok"] is False] == ["bytes", "signature"]


def _checked(large: Large, file: Body) -> dict[str, Any]:
    return check(file, large.town.hub.settings, Brought())


async def test_a_folder_and_the_axis_are_given_the_document_in_pieces(large: Large) -> None:
    with flat():
        await large.town.carry()
    client = await Axis(large.town, "http://hub").client("H29")
    (item,) = await large.town.offices["H29"].inbox(0)
    client.sticky |= {"docId": item["delivery_id"], "filePath": "out", "Content-Type": "application/json"}
    app = Gateway(large.town.hub, asides=[face.mount])
    given = [*client.signed(), ("Content-Type", "application/json"), ("Content-Length", "0")]

    with flat():
        as_json = await Taken().of(app, "POST", "/vxp/getEdoc", given)
        as_file = await Taken().of(app, "GET", "/vxp/downloadEdoc", given)

    (put,) = large.folder.rglob("*.edxml")
    assert put.read_bytes() == large.body
    assert (as_file.status, as_file.size) == (200, len(large.body))
    assert as_json.size == int(as_json.headers["content-length"]) > len(large.body) * 4 // 3
    assert max(as_file.largest, as_json.largest) < FLAT


async def test_the_console_shows_the_beginning_and_hands_out_the_whole(large: Large) -> None:
    officer = await logged_in(large.town, Role.OFFICER, "G22")
    cookies = [("Cookie", "; ".join(f"{name}={value}" for name, value in officer.cookies.items()))]
    place = f"/documents/{large.sent['id']}"
    await officer.get(f"{place}/xml")  # templates are compiled

    with flat():
        page = await Taken().of(large.town.app, "GET", f"{place}/xml", cookies)
        whole = await Taken().of(large.town.app, "GET", f"{place}/original", cookies)

    assert page.status == 200
    assert page.size < MIB
    assert (whole.status, whole.size) == (200, len(large.body))
    assert whole.largest < FLAT


async def test_files_are_looked_into_without_being_held(large: Large) -> None:
    await large.town.carry()

    with flat():
        assert await large.town.hub.inspector.turn(datetime.now(UTC)) == 1

    (file,) = (await large.town.offices["G22"].envelope(large.sent["id"]))["files"]
    assert file["size"] == 15 * MIB + 19
    assert file["pdf"]["state"] == "unreadable"
    assert list((large.town.hub.settings.home / "incoming").iterdir()) == []


async def test_an_original_that_is_away_is_told_at_every_door_before_anything_is_sent(large: Large) -> None:
    await large.town.carry()
    await sequencer(large.town).turn(datetime.now(UTC))
    officer = await logged_in(large.town, Role.OFFICER, "G22")
    cookies = [("Cookie", "; ".join(f"{name}={value}" for name, value in officer.cookies.items()))]
    (item,) = await large.town.offices["H29"].inbox(0)
    place = f"/v1/envelopes/{large.sent['id']}"
    (stored,) = (large.town.hub.settings.home / "originals").rglob(large.sent["sha256"])
    away = stored.rename(large.folder / "away")
    doors = [
        (f"{place}/original", key(large, "G22")),
        (f"{place}/evidence", key(large, "G22")),
        (f"/v1/inbox/{item['delivery_id']}", key(large, "H29")),
        (f"/documents/{large.sent['id']}/original", cookies),
        (f"/documents/{large.sent['id']}/xml", cookies),
    ]

    assert [(await Taken().of(large.town.app, "GET", path, who)).status for path, who in doors] == [503] * len(doors)

    away.rename(stored)
    assert [(await Taken().of(large.town.app, "GET", path, who)).status for path, who in doors] == [200] * len(doors)
