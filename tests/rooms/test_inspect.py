"""Documents are looked into after acceptance: nothing is lost by it, and what is infected goes to nobody unasked."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hub.clamd import Clamd, WontScanError
from hub.domain.roles import Role
from hub.errors import Unavailable
from hub.store import tables
from hub.store.road import inspections
from hub.store.trust import trusted
from hub.trust.authorities import read_authorities
from hub.xml.write import sign, write_envelope
from tests.offices import Office, document
from tests.parts import clamd
from tests.pki import issue, make_ca
from tests.rooms.test_statements import counted
from tests.town import Town, founded
from tests.trust.papers import a_pdf, signed
from tests.xml.archives import a_zip

ROOT = make_ca("Files Root CA")
LEADER = issue(ROOT, "Lãnh đạo", "p-256")
SIGNED = signed(a_pdf(), LEADER, "Lanh dao")
INFECTED = a_pdf() + b"\n%" + clamd.THREAT


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clamd.Scanner]:
    with clamd.running(tmp_path_factory.mktemp("clamd")) as found:
        yield found


@pytest.fixture
async def scanned(tmp_path: Path, database_url: str, scanner: clamd.Scanner) -> AsyncIterator[Town]:
    """A town whose documents are scanned."""
    async with founded(tmp_path, database_url, clamd=scanner.address) as town:
        yield town


async def look(town: Town, now: datetime | None = None) -> int:
    """What the inspecting room does, until nothing is due."""
    taken = 0
    while found := await town.hub.inspector.turn(now or datetime.now(UTC)):
        taken += found
    return taken


async def pair(town: Town) -> tuple[Office, Office]:
    return await town.settle("G22"), await town.settle("H53")


async def send(sender: Office, *files: tuple[str, str, bytes], to: str = "H53") -> dict[str, Any]:
    body = write_envelope(document(sender.code, [to]), files)
    answer = await sender.post(sign(body, sender.identity.certificate_pem, sender.identity.key_pem))
    assert answer.status_code == 202, answer.text
    return answer.json()


def a_file(content: bytes, name: str = "vb.pdf") -> tuple[str, str, bytes]:
    return name, "application/pdf", content


# -- signatures in PDFs ----------------------------------------------------------------------------------------------


async def test_a_signed_pdf_is_delivered_at_once_and_its_signatures_are_shown_when_judged(town: Town) -> None:
    sender, recipient = await pair(town)
    sent = await send(sender, a_file(SIGNED))
    await town.carry()

    assert len(await recipient.inbox(0)) == 1
    assert (await sender.envelope(sent["id"]))["files"][0]["inspection"] == "pending"
    assert await look(town) == 1

    [file] = (await recipient.envelope(sent["id"]))["files"]
    assert (file["name"], file["size"], file["inspection"]) == ("vb.pdf", len(SIGNED), "done")
    assert file["pdf"]["signatures"][0]["verdict"] == "untrusted"
    assert file["pdf"]["signatures"][0]["signer"] == "CN=Lãnh đạo,C=VN"


async def test_signers_are_judged_by_the_trust_store(town: Town) -> None:
    sender, _ = await pair(town)
    sent = await send(sender, a_file(SIGNED))
    async with town.hub.database.write() as conn:
        for authority in read_authorities(ROOT.certificate_pem):
            await trusted.add_anchor(conn, authority, datetime.now(UTC))
    await town.carry()
    await look(town)

    [file] = (await sender.envelope(sent["id"]))["files"]
    assert file["pdf"]["signatures"][0]["reason"] == "revocation-unavailable"


async def test_a_signed_pdf_in_the_archive_that_wraps_it_is_judged(town: Town) -> None:
    sender, _ = await pair(town)
    sent = await send(sender, ("vb.pdf", "application/zip", a_zip({"0f8e.pdf": SIGNED})))
    await town.carry()
    await look(town)

    [file] = (await sender.envelope(sent["id"]))["files"]
    assert file["zipped"]
    assert len(file["pdf"]["signatures"]) == 1


async def test_a_pdf_that_cannot_be_read_is_called_unreadable_and_nothing_is_lost(town: Town) -> None:
    sender, recipient = await pair(town)
    sent = await send(sender, a_file(b"%PDF-1.7 /ByteRange [0 1 2 3]"))
    await town.carry()
    await look(town)

    assert (await sender.envelope(sent["id"]))["files"][0]["pdf"]["state"] == "unreadable"
    assert len(await recipient.inbox(0)) == 1


async def test_documents_without_signed_pdfs_cost_no_inspection(town: Town) -> None:
    sender, recipient = await pair(town)
    sent = await send(sender, a_file(a_pdf()))
    await town.carry()

    assert await look(town) == 0
    assert len(await recipient.inbox(0)) == 1
    assert (await sender.envelope(sent["id"]))["files"][0]["inspection"] == "not-inspected"


async def test_file_names_are_hidden_from_who_may_not_read_subjects(town: Town) -> None:
    sender, _ = await pair(town)
    sent = await send(sender, a_file(SIGNED))
    await town.carry()
    await look(town)

    async with await town.watcher(Role.OBSERVER) as observer:
        [file] = (await observer.get(f"/v1/envelopes/{sent['id']}")).json()["files"]
    assert file["name"] is None


async def test_who_lost_the_lease_settles_nothing(town: Town) -> None:
    sender, _ = await pair(town)
    sent = await send(sender, a_file(SIGNED))
    await town.carry()
    now, lease = datetime.now(UTC), timedelta(minutes=1)
    [first] = await inspections.claim(town.hub.database, now, 2, lease)
    assert await inspections.claim(town.hub.database, now, 2, lease) == []
    [second] = await inspections.claim(town.hub.database, now + 2 * lease, 2, lease)

    found = inspections.Found([{"name": "x"}])
    assert not await inspections.settle(town.hub.database, first, found, now)
    assert await inspections.settle(town.hub.database, second, found, now)
    assert first.envelope_id == sent["id"]


async def test_a_hand_for_small_documents_leaves_the_large_ones_however_urgent(town: Town) -> None:
    sender, _ = await pair(town)
    large = await send(sender, a_file(SIGNED), a_file(b"%PDF-1.4\n" + bytes(range(256)) * 400, "b.pdf"))
    small = await send(sender, a_file(SIGNED))
    await town.carry()
    inspector, most = town.hub.inspector, 100_000

    assert [await inspector.turn(datetime.now(UTC), most) for _ in range(2)] == [1, 0]
    assert (await sender.envelope(small["id"]))["files"][0]["inspection"] == "done"
    assert (await sender.envelope(large["id"]))["files"][0]["inspection"] == "pending"
    assert await look(town) == 1
    assert (await sender.envelope(large["id"]))["files"][0]["inspection"] == "done"


async def test_a_document_this_room_fails_on_again_and_again_is_let_go_as_unreadable(town: Town) -> None:
    sender, _ = await pair(town)
    sent = await send(sender, a_file(SIGNED))
    await town.carry()
    async with town.hub.database.write() as conn:
        await conn.execute(update(tables.original).values(body=b"<not an envelope"))

    for _ in range(5):
        assert (await sender.envelope(sent["id"]))["files"][0]["inspection"] == "pending"
        await town.hub.inspector.turn(datetime.now(UTC) + timedelta(hours=1))

    assert (await sender.envelope(sent["id"]))["files"][0]["pdf"]["state"] == "unreadable"


# -- malware ---------------------------------------------------------------------------------------------------------


async def test_a_clean_document_waits_for_the_scanner_and_goes_on_at_once(scanned: Town) -> None:
    sender, recipient = await pair(scanned)
    sent = await send(sender, a_file(a_pdf()))
    await scanned.carry()
    assert await recipient.inbox(0) == []

    await look(scanned)
    await scanned.carry()

    assert len(await recipient.inbox(0)) == 1
    assert (await sender.envelope(sent["id"]))["files"][0]["malware"]["verdict"] == "clean"


async def test_what_signers_are_judged_by_is_asked_for_signed_pdfs_only(scanned: Town) -> None:
    sender, _ = await pair(scanned)
    for content, is_asked in ((a_pdf(), False), (SIGNED, True)):
        await send(sender, a_file(content))
        await scanned.carry()

        with counted(scanned) as said:
            assert await look(scanned) == 1

        assert any("trust_anchor" in statement for statement in said) is is_asked


async def test_status_messages_and_documents_without_files_wait_for_no_scanner(scanned: Town) -> None:
    sender, recipient = await pair(scanned)
    sent = await send(sender)
    await scanned.carry()
    assert len(await recipient.inbox(0)) == 1

    await recipient.report("03", sent["document_id"], sender="G22")
    await scanned.carry()
    assert len(await sender.inbox(0, kind="status")) == 1


@pytest.mark.parametrize("is_zipped", [False, True], ids=["plain", "in an archive"])
async def test_an_infected_document_goes_to_nobody_and_the_sender_and_operators_are_told(
    scanned: Town, *, is_zipped: bool
) -> None:
    sender, recipient = await pair(scanned)
    content = ("vb.pdf", "application/zip", a_zip({"x.pdf": INFECTED})) if is_zipped else a_file(INFECTED)
    sent = await send(sender, content, a_file(a_pdf(), "sach.pdf"))
    await scanned.carry()
    await look(scanned)
    await scanned.carry()

    assert await recipient.inbox(0) == []
    told = [each for each in (await sender.feed())["items"] if each["what"] == "dead"]
    assert [each["envelope_id"] for each in told] == [sent["id"]]
    assert clamd.NAME in told[0]["description"]
    kept = await sender.envelope(sent["id"])
    assert (kept["state"], kept["quarantine"]["state"]) == ("DEAD", "held")
    assert sorted(file["malware"]["verdict"] for file in kept["files"]) == ["clean", "infected"]
    async with await scanned.watcher() as operator:
        [item] = (await operator.get("/v1/quarantine")).json()["items"]
    assert item["envelope_id"] == sent["id"]
    assert clamd.NAME in item["threat"]


async def quarantined(town: Town) -> tuple[Office, Office, dict[str, Any]]:
    sender, recipient = await pair(town)
    sent = await send(sender, a_file(INFECTED))
    await town.carry()
    await look(town)
    return sender, recipient, sent


async def test_an_operator_releases_with_a_reason_and_it_is_delivered(scanned: Town) -> None:
    sender, recipient, sent = await quarantined(scanned)
    async with await scanned.watcher() as operator:
        route = f"/v1/quarantine/{sent['id']}/release"
        for said in ({}, {"reason": " "}, {"reason": 7}, {"reason": "x" * 501}):
            assert (await operator.post(route, json=said)).status_code == 422
        answer = await operator.post(route, json={"reason": "báo động giả, đã kiểm tra"})
        assert answer.status_code == 200, answer.text
        again = await operator.post(f"/v1/quarantine/{sent['id']}/reject", json={"reason": "x"})
        assert (again.status_code, again.json()["code"]) == (409, "quarantine-decided")
    await scanned.carry()

    assert len(await recipient.inbox(0)) == 1
    word = (await sender.envelope(sent["id"]))["quarantine"]
    assert (word["state"], word["reason"]) == ("released", "báo động giả, đã kiểm tra")
    assert "operator" in word["decided_by"]


async def test_an_operator_rejects_and_nothing_raises_it_again(scanned: Town) -> None:
    sender, recipient, sent = await quarantined(scanned)
    async with await scanned.watcher() as operator:
        rejected = await operator.post(f"/v1/quarantine/{sent['id']}/reject", json={"reason": "có mã độc"})
        assert rejected.json()["quarantine"] == "rejected"
        requeued = await operator.post(
            f"/v1/deliveries/{sent['deliveries'][0]['id']}/requeue", json={"reason": "thử lại"}
        )
        assert (requeued.status_code, requeued.json()["code"]) == (409, "quarantined")
        assert (await operator.get("/v1/quarantine")).json()["items"] == []
    await scanned.carry()

    assert await recipient.inbox(0) == []
    assert [each["description"] for each in (await sender.feed())["items"]][-1].endswith("có mã độc")


async def test_only_operators_decide_and_only_about_what_is_in_quarantine(scanned: Town) -> None:
    sender, _, sent = await quarantined(scanned)
    said = {"reason": "x"}
    async with await scanned.watcher(Role.OBSERVER) as observer:
        assert (await observer.post(f"/v1/quarantine/{sent['id']}/release", json=said)).status_code == 403
    assert (await sender.call("POST", f"/v1/quarantine/{sent['id']}/release", json=said)).status_code == 403
    other = await send(sender, a_file(a_pdf()))
    async with await scanned.watcher() as operator:
        for unknown in (other["id"], "x", "0" * 32):
            assert (await operator.post(f"/v1/quarantine/{unknown}/reject", json=said)).status_code == 404


async def test_while_the_scanner_is_away_documents_are_held_and_go_on_when_it_is_back(
    tmp_path: Path, database_url: str
) -> None:
    folder = tmp_path / "clamd"
    folder.mkdir()
    scanner = clamd.Scanner(folder)
    async with founded(tmp_path, database_url, clamd=scanner.address) as town:
        sender, recipient = await pair(town)
        await send(sender, a_file(a_pdf()))
        await town.carry()
        await look(town)
        await town.tick(datetime.now(UTC) + timedelta(hours=1))
        assert await recipient.inbox(0) == []

        await asyncio.to_thread(scanner.start)
        try:
            assert await look(town, datetime.now(UTC) + timedelta(hours=1)) == 1
        finally:
            scanner.stop()
        await town.carry()
        assert len(await recipient.inbox(0)) == 1


async def test_where_policy_says_so_documents_pass_unscanned_and_are_marked(tmp_path: Path, database_url: str) -> None:
    nowhere = f"unix:{tmp_path / 'nowhere.sock'}"
    async with founded(tmp_path, database_url, clamd=nowhere, malware_unscanned="pass") as town:
        sender, recipient = await pair(town)
        sent = await send(sender, a_file(a_pdf()))
        await town.carry()
        await look(town)
        await town.carry()

        assert len(await recipient.inbox(0)) == 1
        assert (await sender.envelope(sent["id"]))["files"][0]["malware"]["verdict"] == "unscanned"


async def test_a_file_the_scanner_will_not_take_is_for_a_person_to_decide(scanned: Town) -> None:
    sender, recipient = await pair(scanned)
    sent = await send(sender, a_file(b"%PDF-1.4\n" + bytes(clamd.STREAM_AT_MOST + 1)))
    await scanned.carry()
    await look(scanned)
    await scanned.carry()

    assert await recipient.inbox(0) == []
    assert "larger than clamd takes" in (await sender.envelope(sent["id"]))["quarantine"]["threat"]


async def test_a_recall_withdraws_what_waits_for_the_scanner(scanned: Town) -> None:
    sender, recipient = await pair(scanned)
    await send(sender, a_file(INFECTED))
    async with scanned.hub.database.write() as conn:
        await conn.execute(update(tables.delivery).values(state="WITHDRAWN"))
    await scanned.carry()
    await look(scanned)
    await scanned.carry()

    assert await recipient.inbox(0) == []


# -- the scanner's own protocol --------------------------------------------------------------------------------------


async def test_the_scanner_is_spoken_to_over_its_socket(scanner: clamd.Scanner) -> None:
    client = Clamd(scanner.address)

    assert await client.is_up()
    assert "ClamAV" in await client.version()
    assert await client.scan(BytesIO(b"")) == ""
    assert await client.scan(BytesIO(b"x" * 1_000_000)) == ""
    assert clamd.NAME in await client.scan(BytesIO(b"x" * 300_000 + clamd.THREAT))
    with pytest.raises(WontScanError):
        await client.scan(BytesIO(bytes(clamd.STREAM_AT_MOST + 1)))


async def test_a_scanner_that_is_not_there_or_says_nothing_is_unavailable(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        for address in (f"unix:{tmp_path / 'x'}", f"tcp:127.0.0.1:{port}"):
            client = Clamd(address, seconds=0.2)
            assert not await client.is_up()
            with pytest.raises(Unavailable):
                await client.scan(BytesIO(b"x"))


@pytest.mark.parametrize("kind", ["unix", "tcp"])
async def test_what_a_scanner_says_before_it_hangs_up_in_the_middle_of_a_file_is_heard(
    tmp_path: Path, kind: str
) -> None:
    family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
    with socket.socket(family) as server:
        server.bind(str(tmp_path / "scanner") if kind == "unix" else ("127.0.0.1", 0))
        server.listen()
        address = f"unix:{tmp_path / 'scanner'}" if kind == "unix" else f"tcp:127.0.0.1:{server.getsockname()[1]}"

        def hang_up() -> None:
            with server.accept()[0] as line:
                line.recv(4096)
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")  # with the rest of the file unread: a reset

        for _ in range(50):
            scanner = asyncio.create_task(asyncio.to_thread(hang_up))
            with pytest.raises(WontScanError):
                await Clamd(address).scan(BytesIO(bytes(3_000_000)))
            await scanner
