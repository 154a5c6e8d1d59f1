"""Large bodies go through files: the same answers as from memory, nothing left behind, nothing starved."""

import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import pytest

from hub.bench.edge import shapes
from hub.demo.pki import Authority
from hub.domain.agency import BoundCertificate
from hub.domain.envelope import Address, StatusMessage
from hub.errors import Rejected, StorageFull, Unavailable
from hub.opening import Task, open_apart, run
from hub.spool import Spool, Spooled
from hub.xml.open import open_document
from hub.xml.write import sign, write_status
from tests.edge.hub import MIB, SETTINGS, Edge, running
from tests.edge.wire import Line, chunked, head
from tests.forgeries.make import FORGERIES, HONEST
from tests.journeys.shapes import Process
from tests.offices import XML, document
from tests.pki import NOW, Identity
from tests.town import founded

SMALLEST = {"TRUC_SPOOL_BYTES": "65536", "TRUC_BODY_TIMEOUT_SECONDS": "30"}


def bound(*identities: Identity) -> tuple[BoundCertificate, ...]:
    return tuple(each.bound for each in identities)


def until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.005)


def has_begun(edge: Edge) -> bool:
    """Whether bytes lie in the spool."""
    incoming = edge.home / "incoming"
    return incoming.exists() and any(path.stat().st_size for path in incoming.iterdir())


def said_of(body: bytes | Spooled, certificates: tuple[BoundCertificate, ...]) -> object:
    """Everything that comes of opening a body, whichever way it comes."""
    try:
        return open_document(body, certificates, NOW)
    except Rejected as refusal:
        return type(refusal), refusal.findings


def spooled(folder: Path, body: bytes) -> Spooled:
    path = folder / "body"
    path.write_bytes(body)
    return Spooled(path, len(body), sha256(body).hexdigest())


NAMES = [*FORGERIES, *HONEST]
EVERY = 8
"""Of the others one in so many is tried in each run, and all of them in long ones."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] if at % EVERY else []) for at, name in enumerate(NAMES)]
)
def test_a_body_in_a_file_is_read_and_judged_as_it_is_in_memory(tmp_path: Path, name: str) -> None:
    case = {**FORGERIES, **HONEST}[name]
    body = case.make()

    assert said_of(spooled(tmp_path, body), bound(*case.bound())) == said_of(body, bound(*case.bound()))


@pytest.mark.parametrize(
    "spoil", ["a byte", "a cut character", "a character across pieces", "a NUL at the end", "none"]
)
def test_a_body_of_several_pieces_is_refused_for_the_same_as_it_is_in_memory(tmp_path: Path, spoil: str) -> None:
    by = Authority().issue("Bộ Thử", "G22")
    binding = by.binding()
    certificates = (BoundCertificate(binding.fingerprint, binding.der),)
    body = shapes(by, 3_000_000)["honest"]
    spoilt = {
        "a byte": body[:2_500_000] + b"\xff" + body[2_500_001:],
        "a cut character": body + b"\xe1\xba",
        "a character across pieces": body[: MIB - 1] + "ậ".encode() + b"<" + body[MIB + 3 :],
        "a NUL at the end": body + b"\0",
        "none": body,
    }[spoil]

    assert said_of(spooled(tmp_path, spoilt), certificates) == said_of(spoilt, certificates)


async def test_what_a_process_of_its_own_opens_is_what_this_one_would(tmp_path: Path) -> None:
    for name in ("honest", "a byte changed", "depth", "namespaces", "cut short", "a long subject"):
        by = Authority().issue("Bộ Thử", "G22")
        binding = by.binding()
        certificates = (BoundCertificate(binding.fingerprint, binding.der),)
        body = spooled(tmp_path, shapes(by, 200_000)[name])
        try:
            apart: object = await open_apart(Task(body, certificates, NOW, accept_sha1=False))
        except Rejected as refusal:
            apart = type(refusal), refusal.findings

        assert apart == said_of(body, certificates), name


async def test_a_process_that_dies_over_a_document_is_nobodys_fault(tmp_path: Path) -> None:
    body = Spooled(tmp_path / "gone", 10, "")  # the child cannot open it, and dies of that

    with pytest.raises(Unavailable):
        await open_apart(Task(body, (), NOW, accept_sha1=False))


def talks_nonsense(task: Task, far: Connection) -> None:
    far.send(None)
    far.send_bytes(b"nonsense")


def grows(task: Task, far: Connection) -> None:
    far.send(None)
    far.send(None)  # as a child does that has run into its limit of memory


def spends(task: Task, far: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    far.send(None)
    while True:
        pass


@pytest.mark.parametrize(
    ("child", "error"),
    [(talks_nonsense, Unavailable), (grows, Rejected), (spends, Rejected)],
    ids=lambda each: each.__name__,
)
def test_what_a_process_that_opens_a_document_may_do_has_a_name(child: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        run(Task(Spooled(Path("/nonexistent"), 10, ""), (), NOW, accept_sha1=False), child)

    if error is Rejected:
        assert str(raised.value) == "xml-limits"


async def test_a_large_document_is_kept_as_it_came_and_leaves_nothing_in_the_spool(tmp_path: Path) -> None:
    async with founded(tmp_path, spool_bytes=65_536) as town:
        sender = await town.settle("G22")
        recipient = await town.settle("H53")
        body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(900_000))

        answer = await sender.post(body)
        again = await sender.post(body)
        await town.carry()
        fetched = await recipient.fetch((await recipient.inbox())[0]["delivery_id"])

        assert answer.status_code == 202, answer.text
        assert again.json()["receipt"] == answer.json()["receipt"]
        assert answer.json()["signature"]["verdict"] == "valid"
        assert answer.json()["sha256"] == sha256(body).hexdigest()
        assert fetched.content == body
        assert await town.hub.spool.sweep() == 0
        assert [path.name for path in town.files()] == [sha256(body).hexdigest()]


async def test_a_large_document_that_fits_in_a_row_is_kept_there(tmp_path: Path) -> None:
    async with founded(tmp_path, spool_bytes=1) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        body = sender.written(document("G22", ["H53"]))

        answer = (await sender.post(body)).json()
        kept = await sender.call("GET", f"/v1/envelopes/{answer['id']}/original")

        assert kept.content == body
        assert await town.hub.spool.sweep() == 0
        assert not town.files()


@pytest.mark.parametrize("way", ["/v1/status-reports", "/v1/envelopes", "as JSON"])
async def test_a_report_that_comes_through_the_spool_is_recorded_like_any_other(tmp_path: Path, way: str) -> None:
    async with founded(tmp_path, spool_bytes=1) as town:
        sender, recipient = await town.settle("G22"), await town.settle("H53")
        sent = await sender.send(document("G22", ["H53"]))
        await town.carry()
        said = StatusMessage(Address("H53"), Address("G22"), sent["document_id"], sent["code"], None, "03", "Đã vào sổ")
        signed = sign(write_status(said), recipient.identity.certificate_pem, recipient.identity.key_pem)

        if way == "as JSON":
            answer = await recipient.report("03", sent["document_id"], sender="G22")
        else:
            answer = await recipient.call("POST", way, content=signed, headers=XML)

        assert answer.status_code == 202, answer.text
        assert "03" in [each["code"] for each in (await sender.feed())["items"]]
        assert await town.hub.spool.sweep() == 0


async def test_a_refused_large_document_leaves_no_byte(tmp_path: Path) -> None:
    async with founded(tmp_path, spool_bytes=65_536) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        marked = sender.written(
            document("G22", ["H53"], subject="[MẬT] Phương án"), attachment=b"%PDF-1.4\n" + bytes(200_000)
        )

        answer = await sender.post(marked)

        assert (answer.status_code, answer.json()["code"]) == (422, "classified-not-allowed")
        assert await town.hub.spool.sweep() == 0
        assert not town.files()


async def test_more_than_the_spool_may_hold_is_asked_to_come_back_and_weighs_nothing_afterwards(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100)
    with spool.room() as room:
        room.take(60)
        with pytest.raises(Unavailable) as refused, spool.room() as another:
            another.take(60)
    with spool.room() as room:
        room.take(100)

    assert refused.value.retry_after >= 1


async def test_small_documents_are_taken_while_large_ones_find_no_room(tmp_path: Path) -> None:
    async with founded(tmp_path, spool_bytes=65_536, max_spooled_bytes=70_000) as town:
        sender = await town.settle("G22")
        await town.settle("H53")
        large = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + bytes(200_000))

        refused = await sender.post(large)
        taken = await sender.post(sender.written(document("G22", ["H53"])))

        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        assert taken.status_code == 202


async def test_only_files_that_nobody_holds_are_swept(tmp_path: Path) -> None:
    spool = Spool(tmp_path, MIB)
    (tmp_path / "orphan.body").write_bytes(b"of a process that is no more")
    (tmp_path / "other").write_bytes(b"not of the spool")
    with spool.room() as room:
        writer = room.begin()
        await writer.add(b"x" * MIB)

        assert await spool.sweep() == 1
        assert (await writer.finish()).read() == b"x" * MIB
    assert await spool.sweep() == 0
    assert {entry.name for entry in os.scandir(tmp_path)} == {"other"}
    assert (tmp_path / "other").read_bytes() == b"not of the spool"


async def test_what_is_put_behind_a_finished_body_is_hashed_with_it(tmp_path: Path) -> None:
    with Spool(tmp_path, MIB).room() as room:
        writer = room.begin()
        await writer.add(b"a body")
        first = await writer.finish()
        longer = await room.extend(b" and its end")

        assert longer.read() == b"a body and its end"
        assert longer.sha256 == sha256(b"a body and its end").hexdigest()
        assert (first.size, longer.size) == (6, 18)


async def test_a_spool_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Spool(tmp_path / "file" / "folder", MIB).room() as room, pytest.raises(Unavailable):
        await room.begin().add(b"x" * MIB)
    with Spool(tmp_path, MIB).room() as room:
        writer = room.begin()
        writer._path, writer._file = tmp_path / "full", os.open("/dev/full", os.O_WRONLY)
        with pytest.raises(StorageFull):
            await writer.add(b"x" * MIB)


def large(edge: Edge, size: int) -> bytes:
    return edge.sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(size))


def test_what_a_killed_gateway_left_in_the_spool_is_swept_by_the_next(tmp_path: Path) -> None:
    with running({}, **SMALLEST) as edge:
        incoming = edge.home / "incoming"
        with Line(edge.port) as line:
            body = large(edge, 4 * MIB)
            line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]), body[:-100])
            until(lambda: has_begun(edge))
            edge.process.kill()
        assert list(incoming.iterdir())

        environment = {"TRUC_HOME": str(edge.home), **SETTINGS, **SMALLEST}
        edge.process = Process(["serve"], environment, "listening on ")
        edge.port = int(edge.process.url.rsplit(":", 1)[1])
        until(lambda: not list(incoming.iterdir()))
        answer = edge.post(body)
        assert answer is not None
        assert answer.status == 202
        assert not list(incoming.iterdir())


def test_a_large_body_in_chunks_is_spooled_once_it_turns_out_to_be_large(tmp_path: Path) -> None:
    with running({}, **SMALLEST) as edge:
        body = large(edge, MIB)
        pieces = [body[at : at + 10_000] for at in range(0, len(body), 10_000)]
        given = [*edge.headers(), ("Transfer-Encoding", "chunked")]

        answer = edge.ask(head("POST", "/v1/envelopes", given) + chunked(*pieces))

        assert answer is not None
        assert answer.status == 202
        assert answer.json()["sha256"] == sha256(body).hexdigest()


def test_small_documents_are_answered_while_a_large_one_is_being_opened() -> None:
    with running({}, TRUC_MAX_ENVELOPE_BYTES=str(100 * MIB), TRUC_BODY_TIMEOUT_SECONDS="60") as edge:
        body = large(edge, 40 * MIB)
        heard: list[int] = []

        def send() -> None:
            answer = edge.post(body)
            heard.append(answer.status if answer else 0)

        thread = threading.Thread(target=send)
        thread.start()
        until(lambda: bool(opening(edge)))
        (child,) = opening(edge)
        os.kill(child, signal.SIGSTOP)  # it will not be ready before we say so
        answers = [edge.post(edge.good()) for _ in range(5)]
        assert not heard
        os.kill(child, signal.SIGCONT)
        thread.join()

        assert [answer.status for answer in answers if answer] == [202] * 5
        assert heard == [202]


def test_a_killed_gateway_takes_the_processes_that_open_documents_along() -> None:
    with running({}, TRUC_MAX_ENVELOPE_BYTES=str(100 * MIB), TRUC_BODY_TIMEOUT_SECONDS="60") as edge:
        body = large(edge, 40 * MIB)
        thread = threading.Thread(target=edge.post, args=(body,))
        thread.start()
        until(lambda: bool(opening(edge)))
        left = psutil.Process(edge.process.popen.pid).children(recursive=True)

        edge.process.kill()
        thread.join()

        _, alive = psutil.wait_procs(left, timeout=60)
        assert not alive
        environment = {"TRUC_HOME": str(edge.home), **SETTINGS}
        edge.process = Process(["serve"], environment, "listening on ")


def opening(edge: Edge) -> list[int]:
    """The processes that open a document: forked from the server that the hub has for them."""
    hub = psutil.Process(edge.process.popen.pid)
    return [grandchild.pid for child in hub.children() for grandchild in child.children()]


def test_large_documents_cost_the_gateway_less_memory_than_one_of_them() -> None:
    with running({}, TRUC_MAX_ENVELOPE_BYTES=str(100 * MIB), TRUC_BODY_TIMEOUT_SECONDS="60") as edge:
        bodies = [large(edge, 40 * MIB) for _ in range(3)]
        assert edge.post(edge.good())
        Path(f"/proc/{edge.process.popen.pid}/clear_refs").write_text("5")  # the peak begins anew
        before = edge.resident_mib("VmHWM")
        heard: list[int] = []

        def send(body: bytes) -> None:
            with Line(edge.port) as line:
                line.socket.settimeout(180)
                given = [*edge.headers(), ("Content-Length", str(len(body)))]
                answer = line.say(head("POST", "/v1/envelopes", given), body).hear()
                heard.append(answer.status if answer else 0)

        threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert heard == [202] * 3
        assert edge.resident_mib("VmHWM") - before < len(bodies[0]) / MIB


def test_a_caller_that_hangs_up_in_a_large_body_leaves_no_file() -> None:
    with running({}, **SMALLEST) as edge:
        body = large(edge, 4 * MIB)
        incoming = edge.home / "incoming"
        line = Line(edge.port)
        line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]), body[:-100])
        until(lambda: has_begun(edge))
        line.cut()
        until(lambda: not list(incoming.iterdir()))

        assert edge.counts()["envelope"] == 0
        assert not edge.files()
