"""What fails behind a good request, and what is left of it then: nothing that was not acknowledged, all that was."""

import os
import resource
import signal
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import time_machine

from hub import watch
from hub.domain.roles import Role
from hub.store.directory import people
from hub.store.road.originals import FolderStore
from tests.edge.hub import MIB, Edge, running
from tests.edge.wire import Line, head
from tests.offices import document
from tests.town import Town, founded

pytestmark = pytest.mark.xdist_group("edge")
HOUR = timedelta(hours=1)


def test_on_a_full_disk_nothing_is_acknowledged_and_nothing_half_written_stays() -> None:
    with running({}) as edge:
        large = edge.sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + bytes(8 * MIB))
        before = edge.at_rest()
        resource.prlimit(edge.process.popen.pid, resource.RLIMIT_FSIZE, (6 * MIB, resource.RLIM_INFINITY))

        answer = edge.post(large)

        assert answer is not None
        assert (answer.status, answer.code) == (507, "storage-full")
        assert int(answer.headers["retry-after"]) >= 1
        assert edge.at_rest() == before
        assert not edge.files()
        resource.prlimit(edge.process.popen.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        again = edge.post(large)
        assert again is not None
        assert again.status == 202
        assert len(edge.files()) == 1


async def test_an_original_without_its_document_is_swept_and_no_other(tmp_path: Path) -> None:
    async with founded(tmp_path) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        await sender.post(sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + bytes(400_000)))
        await town.hub.originals.put("0" * 64, b"an original whose commit failed")
        assert len(town.files()) == 2

        assert await watch.sweep(town.hub.database, town.hub.originals, datetime.now(UTC)) == 0
        assert await watch.sweep(town.hub.database, town.hub.originals, datetime.now(UTC) + 2 * HOUR) == 1

        assert [path.name == "0" * 64 for path in town.files()] == [False]


async def test_an_orphan_whose_document_is_sent_after_all_while_it_is_swept_stays(tmp_path: Path) -> None:
    async with founded(tmp_path) as town:
        sender, receiver = await town.settle("G22"), await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + bytes(400_000))
        digest = sha256(body).hexdigest()
        await town.hub.originals.put(digest, body)
        [orphan] = town.files()
        long_ago = (datetime.now(UTC) - 2 * HOUR).timestamp()
        os.utime(orphan, (long_ago, long_ago))
        answers = []

        class Meanwhile(FolderStore):
            async def drop(self, digest: str, older_than: datetime | None = None) -> bool:
                answers.append(await sender.post(body))
                return await super().drop(digest, older_than)

        store = Meanwhile(orphan.parents[2])
        assert await watch.sweep(town.hub.database, store, datetime.now(UTC)) == 0

        assert [answer.status_code for answer in answers] == [202]
        await town.carry()
        [item] = await receiver.inbox(0)
        assert (await receiver.fetch(item["delivery_id"])).content == body


async def test_an_original_out_of_the_way_when_the_sweep_died_is_brought_back(tmp_path: Path) -> None:
    async with founded(tmp_path) as town:
        sender, receiver = await town.settle("G22"), await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + bytes(400_000))
        await sender.post(body)
        await town.carry()
        [item] = await receiver.inbox(0)
        [file] = town.files()
        file.rename(file.with_name(f".{file.name}.going"))
        away = await receiver.fetch(item["delivery_id"])

        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
            dropped = await watch.sweep(town.hub.database, town.hub.originals, datetime.now(UTC))

        assert (away.status_code, dropped) == (503, 0)
        assert (await receiver.fetch(item["delivery_id"])).content == body
        assert town.files() == [file]


async def found_unreceived(town: Town) -> list[dict[str, Any]]:
    """What somebody who watches is told is not received."""
    async with town.hub.database.write() as conn:
        _, token, _ = await people.add_person(conn, "watcher", Role.OBSERVER, None, datetime.now(UTC))
    query = {"kind": "unreceived", "older_than": "PT0S"}
    answer = await town.http.get("/v1/alerts", params=query, headers={"Authorization": f"Bearer {token}"})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "forth"])
async def test_a_clock_that_jumps_makes_no_second_document_and_no_negative_age(tmp_path: Path, jump: timedelta) -> None:
    async with founded(tmp_path) as town:
        sender = await town.settle("G22")
        recipient = await town.settle("H53")
        bodies = [sender.written(document("G22", ["H53"])) for _ in range(3)]
        first = [(await sender.post(body)).json() for body in bodies]

        with time_machine.travel(datetime.now(UTC) + jump):
            again = [(await sender.post(body)).json() for body in bodies]
            fresh = await sender.send(document("G22", ["H53"]))
            await town.carry()
            found = await found_unreceived(town)
            waiting = await recipient.inbox()

        assert [a["receipt"] for a in again] == [f["receipt"] for f in first]
        assert fresh["signature"]["verdict"] == "valid"
        assert len({item["envelope_id"] for item in waiting}) == len(waiting) == 4
        assert found
        assert all(row["age_working_minutes"] >= 0 for row in found)


def begun(edge: Edge, line: Line, body: bytes) -> None:
    """Half of a post."""
    given = [*edge.headers(), ("Content-Length", str(len(body)))]
    line.say(head("POST", "/v1/envelopes", given) + body[: len(body) // 2])
    with Line(edge.port) as probe:  # what was said before is in the hub's hands once this is answered
        assert probe.say(head("GET", "/livez")).hear()


def test_a_hub_that_is_asked_to_end_finishes_what_it_has_begun() -> None:
    with running({}, TRUC_BODY_TIMEOUT_SECONDS="10") as edge, Line(edge.port) as line:
        body = edge.good()
        begun(edge, line, body)
        edge.process.popen.send_signal(signal.SIGTERM)
        while not _is_closed(edge.port):
            pass

        line.say(body[len(body) // 2 :])

        answer = line.hear()
        assert answer is not None
        assert answer.status == 202
        assert answer.headers["connection"] == "close"
        assert edge.process.popen.wait(30) == 0
        assert edge.counts()["envelope"] == 1


def _is_closed(port: int) -> bool:
    """Whether nobody is let in any more."""
    try:
        with Line(port) as line:
            return line.say(head("GET", "/livez")).hear() is None
    except ConnectionRefusedError:
        return True
