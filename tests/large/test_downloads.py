"""Originals go out as they came: whole, in part, or not again; from a row or from the object store; in flat memory."""

import os
import secrets
import threading
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.edge.hub import MIB, Edge, running
from tests.edge.wire import Line, head
from tests.offices import Office, document
from tests.town import Town, founded

pytestmark = pytest.mark.xdist_group("edge")


class Kept:
    """An accepted document and how to get at it."""

    def __init__(self, sender: Office, recipient: Office, body: bytes, envelope_id: str, delivery_id: str) -> None:
        self.sender, self.recipient, self.body = sender, recipient, body
        self.paths = (f"/v1/envelopes/{envelope_id}/original", f"/v1/inbox/{delivery_id}")
        self.etag = f'"{sha256(body).hexdigest()}"'

    async def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        who = self.sender if "envelopes" in path else self.recipient
        return await who.call(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture(params=["in its row", "an object"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    async with founded(tmp_path, spool_bytes=MIB) as town:
        sender, recipient = await town.settle("G22"), await town.settle("H53")
        size = 3 * MIB if request.param == "an object" else 1000
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + secrets.token_bytes(size))
        answer = (await sender.post(body)).json()
        await town.carry()
        yield Kept(sender, recipient, body, answer["id"], await _delivery(town))


async def _delivery(town: Town) -> str:
    return str((await town.offices["H53"].inbox(0))[0]["delivery_id"])


async def test_the_whole_says_what_it_is(kept: Kept) -> None:
    for path in kept.paths:
        answer = await kept.ask(path)

        assert answer.status_code == 200
        assert answer.content == kept.body
        assert answer.headers["etag"] == kept.etag
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-length"] == str(len(kept.body))


@pytest.mark.parametrize(
    "known",
    ["{}", "W/{}", '"another", {}', '"another",W/{} ', "*"],
    ids=["strong", "weak", "second", "weak second", "any"],
)
async def test_who_has_the_bytes_is_not_sent_them_again(kept: Kept, known: str) -> None:
    for path in kept.paths:
        answer = await kept.ask(path, If_None_Match=known.format(kept.etag))

        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", kept.etag)
        assert (await kept.ask(path, If_None_Match='"another"')).status_code == 200


async def test_a_range_is_those_bytes(kept: Kept) -> None:
    size = len(kept.body)
    for path in kept.paths:
        for wanted, start, end in (
            ("bytes=0-0", 0, 1),
            ("bytes=100-199", 100, 200),
            ("bytes=100-", 100, size),
            (f"bytes={size - 1}-", size - 1, size),
            ("bytes=-1", size - 1, size),
            ("bytes=-500", size - 500, size),
            (f"bytes=-{size * 2}", 0, size),
            (f"bytes=10-{size * 2}", 10, size),
        ):
            answer = await kept.ask(path, Range=wanted)

            assert answer.status_code == 206, wanted
            assert answer.content == kept.body[start:end], wanted
            assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
            assert answer.headers["content-length"] == str(end - start)
            assert answer.headers["etag"] == kept.etag


async def test_a_range_of_bytes_that_are_not_there_is_told_how_many_there_are(kept: Kept) -> None:
    size = len(kept.body)
    for path in kept.paths:
        for wanted in (f"bytes={size}-", f"bytes={size * 3}-{size * 4}", "bytes=-0"):
            answer = await kept.ask(path, Range=wanted)

            assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable"), wanted
            assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,5-6", "bytes=0-1, -1", "lines=1-2", "bytes=a-b", "bytes=-", "bytes=1-2-3"]
)
async def test_several_ranges_and_what_is_none_are_answered_with_the_whole(kept: Kept, wanted: str) -> None:
    for path in kept.paths:
        answer = await kept.ask(path, Range=wanted)

        assert (answer.status_code, answer.content) == (200, kept.body)


async def test_a_range_of_other_bytes_than_the_caller_knows_is_the_whole(kept: Kept) -> None:
    for path in kept.paths:
        assert (await kept.ask(path, Range="bytes=5-", If_Range=kept.etag)).content == kept.body[5:]
        assert (await kept.ask(path, Range="bytes=5-", If_Range='"another"')).content == kept.body


async def test_a_head_tells_and_collects_nothing(kept: Kept) -> None:
    for path in kept.paths:
        answer = await kept.ask(path, "HEAD", Range="bytes=0-9")

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(kept.body))
        assert answer.headers["etag"] == kept.etag
    envelope = await kept.sender.envelope(kept.paths[0].split("/")[3])
    assert envelope["deliveries"][0]["state"] == "AVAILABLE"
    await kept.ask(kept.paths[1])
    envelope = await kept.sender.envelope(kept.paths[0].split("/")[3])
    assert envelope["deliveries"][0]["state"] == "COLLECTED"


def test_ten_that_fetch_90_mb_at_once_cost_less_memory_than_one_document() -> None:
    settings = {"TRUC_MAX_ENVELOPE_BYTES": str(100 * MIB), "TRUC_BODY_TIMEOUT_SECONDS": "60"}
    with running({}, **settings) as edge:
        body = edge.sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(67_000_000))
        answer = edge.post(body)
        assert answer is not None
        assert answer.status == 202
        path = f"/v1/envelopes/{answer.json()['id']}/original"
        Path(f"/proc/{edge.process.popen.pid}/clear_refs").write_text("5")  # the peak begins anew
        before = edge.resident_mib("VmHWM")
        digests: list[str] = []

        threads = [threading.Thread(target=fetch, args=(edge, path, digests)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert digests == [sha256(body).hexdigest()] * 10
        assert edge.resident_mib("VmHWM") - before < len(body) / MIB


def fetch(edge: Edge, path: str, digests: list[str]) -> None:
    with Line(edge.port) as line:
        line.socket.settimeout(120)
        line.say(head("GET", path, [*edge.headers(content_type="(none)"), ("Connection", "close")]))
        digest, left = sha256(), b""
        while b"\r\n\r\n" not in left:
            left += line.socket.recv(65_536)
        digest.update(left.partition(b"\r\n\r\n")[2])
        while piece := line.socket.recv(65_536):
            digest.update(piece)
        digests.append(digest.hexdigest())
