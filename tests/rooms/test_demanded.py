"""Types of documents whose PDFs must be signed: nobody gets one before it was looked into, and what is wrong is held."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain.quarantine import fault_of_pdfs, gate
from hub.store.trust import trusted
from hub.trust.authorities import read_authorities
from hub.trust.lists import read_list
from hub.trust.pdf_facts import said
from hub.xml.write import sign, write_envelope
from tests.offices import Office, document
from tests.parts import clamd
from tests.pki import issue, make_ca, make_crl
from tests.rooms.test_inspect import INFECTED, ROOT, SIGNED, a_file, look, pair, scanner
from tests.town import Town, founded
from tests.trust.papers import a_pdf, signed, with_page_replaced

__all__ = ["scanner"]
STRANGER = issue(make_ca("Somebody else"), "Người lạ", "p-256")
DECISION = "Quyết định"


@pytest.fixture
async def strict(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town in which a quyết định and a nghị quyết must hold a signed PDF."""
    async with founded(tmp_path, database_url, pdf_demanded="quyet dinh,NGHỊ QUYẾT") as town:
        yield town


async def send(sender: Office, type_name: str, *files: tuple[str, str, bytes]) -> dict[str, Any]:
    envelope = replace(document(sender.code, ["H53"]), type_name=type_name)
    body = sign(write_envelope(envelope, files), sender.identity.certificate_pem, sender.identity.key_pem)
    answer = await sender.post(body)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def go(town: Town) -> None:
    """Believe the leaders' authority (after sending: the offices' own certificates are of none), and do all rooms' work."""
    now = datetime.now(UTC)
    crl = make_crl(ROOT, (), 1, now - timedelta(days=1), now + timedelta(days=5))
    async with town.hub.database.write() as conn:
        for authority in read_authorities(ROOT.certificate_pem):
            await trusted.add_anchor(conn, authority, now)
        await trusted.add_list(conn, read_list(crl, now), now)
    await town.carry()


async def test_what_is_signed_as_demanded_is_delivered_once_it_was_looked_into(strict: Town) -> None:
    sender, recipient = await pair(strict)
    sent = await send(sender, DECISION, a_file(SIGNED), a_file(a_pdf(), "phu-luc.pdf"))
    await go(strict)
    assert await recipient.inbox(0) == []

    assert await look(strict) == 1
    await strict.carry()

    assert len(await recipient.inbox(0)) == 1
    files = (await recipient.envelope(sent["id"]))["files"]
    assert [file["pdf"]["state"] for file in files] == ["signed", "unsigned"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_pdf(), "pdf-unsigned"),
        (with_page_replaced(SIGNED), "pdf-signature-invalid"),
        (SIGNED.replace(b"so 12)", b"so 13)"), "pdf-signature-invalid"),
        (b"%PDF-1.7 nothing that can be read", "pdf-signature-invalid"),
        (signed(a_pdf(), STRANGER), "pdf-signature-untrusted"),
    ],
    ids=["unsigned", "a page replaced", "a byte changed", "unreadable", "of another authority"],
)
async def test_what_is_not_signed_as_demanded_is_held_for_a_person_and_the_sender_is_told_why(
    strict: Town, content: bytes, code: str
) -> None:
    sender, recipient = await pair(strict)
    sent = await send(sender, DECISION, a_file(content))
    await go(strict)
    await look(strict)
    await strict.carry()

    assert await recipient.inbox(0) == []
    kept = await sender.envelope(sent["id"])
    assert (kept["state"], kept["quarantine"]["state"], kept["quarantine"]["threat"]) == ("DEAD", "held", code)
    [told] = [each for each in (await sender.feed())["items"] if each["what"] == "dead"]
    assert code in told["description"]

    async with await strict.watcher() as operator:
        released = await operator.post(f"/v1/quarantine/{sent['id']}/release", json={"reason": "đã đối chiếu bản giấy"})
    assert released.status_code == 200
    await strict.carry()
    assert len(await recipient.inbox(0)) == 1


async def test_other_types_wait_for_nothing_and_their_signatures_are_told_as_ever(strict: Town) -> None:
    sender, recipient = await pair(strict)
    unsigned = await send(sender, "Công văn", a_file(a_pdf()))
    sent = await send(sender, "Công văn", a_file(SIGNED))
    await go(strict)

    assert len(await recipient.inbox(0)) == 2
    assert await look(strict) == 1
    assert (await sender.envelope(sent["id"]))["files"][0]["pdf"]["state"] == "signed"
    assert (await sender.envelope(unsigned["id"]))["files"][0]["inspection"] == "not-inspected"


async def test_a_sender_of_whom_it_is_demanded_waits_whatever_the_type_and_others_do_not(
    tmp_path: Path, database_url: str
) -> None:
    async with founded(tmp_path, database_url, pdf_demanded_of="G22") as town:
        (sender, recipient), other = await pair(town), await town.settle("H29")
        sent = await send(sender, "Công văn", a_file(a_pdf()))
        await send(other, "Công văn", a_file(a_pdf()))
        await go(town)
        await look(town)

        assert [item["sender"] for item in await recipient.inbox(0)] == ["H29"]
        assert (await sender.envelope(sent["id"]))["quarantine"]["threat"] == "pdf-unsigned"


async def test_a_document_this_room_fails_on_is_held_where_signatures_are_demanded(strict: Town) -> None:
    sender, recipient = await pair(strict)
    sent = await send(sender, DECISION, a_file(b"%PDF-1.4\n" + SIGNED))
    await go(strict)
    await look(strict)
    await strict.carry()

    assert (await sender.envelope(sent["id"]))["quarantine"]["state"] == "held"
    assert await recipient.inbox(0) == []


async def test_with_a_scanner_too_malware_is_told_first_and_the_clean_are_judged_by_their_signatures(
    tmp_path: Path, database_url: str, scanner: clamd.Scanner
) -> None:
    async with founded(tmp_path, database_url, pdf_demanded="*", clamd=scanner.address) as town:
        sender, recipient = await pair(town)
        infected = await send(sender, "Báo cáo", a_file(INFECTED))
        unsigned = await send(sender, "Báo cáo", a_file(a_pdf()))
        await send(sender, "Báo cáo", a_file(SIGNED))
        await go(town)
        await look(town)
        await town.carry()

        assert len(await recipient.inbox(0)) == 1
        threats = [(await sender.envelope(each["id"]))["quarantine"]["threat"] for each in (infected, unsigned)]
        assert threats[0].startswith(clamd.NAME)
        assert threats[1] == "pdf-unsigned"


def pdf(*verdicts: str) -> dict[str, Any]:
    return {**said("signed"), "signatures": [{"verdict": each} for each in verdicts]}


@pytest.mark.parametrize(
    ("pdfs", "code"),
    [
        ([], "pdf-unsigned"),
        ([said("unsigned")], "pdf-unsigned"),
        ([pdf("valid")], ""),
        ([said("unsigned"), pdf("valid", "valid")], ""),
        ([pdf("valid", "expired")], "pdf-signature-untrusted"),
        ([pdf("valid"), pdf("revoked")], "pdf-signature-untrusted"),
        ([pdf("unverifiable"), pdf("broken")], "pdf-signature-invalid"),
        ([pdf("valid"), said("unreadable")], "pdf-signature-invalid"),
        ([said("encrypted")], "pdf-signature-invalid"),
        ([pdf("valid", "a verdict that is not known")], "pdf-signature-untrusted"),
        ([pdf("valid"), said("a state that is not known")], "pdf-signature-invalid"),
        ([{**pdf("valid"), "reason": "51 signatures"}], "pdf-signature-untrusted"),
    ],
)
def test_the_worst_of_all_pdfs_is_told(pdfs: list[dict[str, Any]], code: str) -> None:
    assert fault_of_pdfs(pdfs) == code


def test_a_setting_names_types_in_any_case_with_accents_or_without() -> None:
    some, every, none = (gate(scanning=False, types=types) for types in (" quyet dinh , Nghị quyết,", "*", " , "))
    of_some = gate(scanning=False, types="", senders=" H53 ,G22")

    assert [some.demands_signature(each, "H53") for each in ("QUYẾT ĐỊNH", "nghi quyet", "Công văn", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert every.demands_signature("", "H53")
    assert [of_some.demands_signature("Công văn", sender) for sender in ("H53", "G22", "H5")] == [True, True, False]
    assert [gate.is_open for gate in (none, some, of_some)] == [True, False, False]
