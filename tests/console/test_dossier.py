"""What a document's page tells besides where it is: its files, its envelope, what belongs to it, what proves it."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import insert

from hub.domain.roles import Role
from hub.store import audit
from hub.store.tables import inspection
from hub.xml.pretty import TEXT_AT_MOST, pretty
from tests.console.visitors import Seen, logged_in, put, row
from tests.offices import document
from tests.proof.scenes import sequencer
from tests.town import Town

FILE: dict[str, Any] = {
    "name": "bao-cao.pdf", "content_type": "application/pdf", "size": 12_000, "sha256": "ab" * 32,
    "malware": {"verdict": "clean", "threat": "", "reason": ""},
    "pdf": {"state": "signed", "reason": "", "signatures": [
        {"signer": "CN=Lê Quang Huy", "signed_at": "2026-11-25T09:00:00+07:00", "verdict": "modified", "reason": "r"},
    ]},
}  # fmt: skip


async def _inspected(town: Town, envelope_id: str, *files: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await conn.execute(
            insert(inspection).values(
                envelope_id=envelope_id, rank=3, asked_at=now, tries=1, done_at=now, files=list(files),
                malware="clean", threat="", quarantine="",
            )
        )  # fmt: skip


async def test_files_are_shown_with_their_signatures_and_what_the_scanner_said(town: Town) -> None:
    await town.settle("H53")
    sent = row("G22", {"H53": "AVAILABLE"})
    await put(town, sent)
    await _inspected(town, sent.id, FILE)

    page = Seen((await (await logged_in(town)).get(f"/documents/{sent.id}")).text)
    hidden = Seen((await (await logged_in(town, Role.OBSERVER)).get(f"/documents/{sent.id}")).text)

    for words in ("bao-cao.pdf", "12 kB", "Không có mã độc", "Đã bị sửa sau khi ký", "CN=Lê Quang Huy"):
        assert words in page.text
    assert "bao-cao.pdf" not in hidden.text
    assert "Tệp 1" in hidden.text


async def test_the_envelope_is_shown_to_who_may_read_it_and_each_look_is_in_the_audit_log(town: Town) -> None:
    for code in ("G22", "H53", "H29"):
        await town.settle(code)
    sent = await town.offices["G22"].send(document("G22", ["H53"]))
    path = f"/documents/{sent['id']}/xml"
    officer = await logged_in(town, Role.OFFICER, "H53")

    page = Seen((await officer.get(path)).text)
    original = await officer.get(f"/documents/{sent['id']}/original")

    assert "<edXML:edXML" in page.text
    assert f"/documents/{sent['id']}/original" in page.links()
    assert sha256(original.content).hexdigest() == sent["sha256"]
    assert original.headers["cache-control"] == "no-store"
    assert path in Seen((await officer.get(f"/documents/{sent['id']}")).text).links()
    async with town.hub.database.read() as conn:
        looks = await audit.page(conn, about=sent["id"], action="document read", limit=5)
    assert {look["actor"] for look in looks} == {"person:officer-H53"}
    assert [look["details"] for look in looks] == [{"from": 0, "to": len(original.content)}, {"page": "xml"}]
    operator = await logged_in(town)
    assert (await operator.get(path)).status_code == 404
    assert (await operator.get(f"/documents/{sent['id']}/original")).status_code == 404
    assert path not in Seen((await operator.get(f"/documents/{sent['id']}")).text).links()
    assert (await (await logged_in(town, Role.OFFICER, "H29")).get(path)).status_code == 404


def test_an_envelope_for_the_eyes_is_indented_and_its_contents_are_cut() -> None:
    shown = pretty(
        [b"<a><b>" + b"QUJD" * 500, b"QUJD" * 500 + b"</b>\n<c>x &amp; y</c>", b'<d e="&quot;"/><!--f--></a>']
    )

    assert shown.is_whole
    assert shown.text.splitlines() == [
        "<a>",
        f"  <b>{'QUJD' * (TEXT_AT_MOST // 4)} … [4000]</b>",
        "  <c>x &amp; y</c>",
        '  <d e="&quot;"/>',
        "  <!--f-->",
        "</a>",
    ]


def test_of_a_large_envelope_the_beginning_is_read_and_nothing_is_held() -> None:
    asked = 0

    def pieces() -> Iterator[bytes]:
        nonlocal asked
        yield b"<a><b>the head</b><c>"
        for _ in range(100):
            asked += 1
            yield b"QUJD" * 250_000

    tracemalloc.start()
    try:
        shown = pretty(pieces())
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()

    assert asked < 10
    assert not shown.is_whole
    assert "  <b>the head</b>" in shown.text
    assert shown.text.endswith("\n…")


def test_a_page_of_very_many_elements_ends() -> None:
    shown = pretty([b"<a>", *[b"<b>text</b>" * 1000] * 100, b"</a>"])

    assert not shown.is_whole
    assert len(shown.text) < 500_000


async def test_documents_that_belong_together_lead_to_each_other(town: Town) -> None:
    await town.settle("H53")
    first = row("G22", {"H53": "AVAILABLE"}, timedelta(hours=3), code="1/FIRST", document_id='G22,2026,"1"')
    recall = row(
        "G22", {"H53": "AVAILABLE"}, timedelta(hours=1), code="2/RECALL", kind="recall",
        facts={"concerns": ['G22,2026,"1"']},
    )  # fmt: skip
    other = row("H29", {"H53": "AVAILABLE"}, code="3/OTHER", kind="recall", facts={"concerns": ['G22,2026,"1"']})
    await put(town, first, recall, other)
    visitor = await logged_in(town)

    of_first = Seen((await visitor.get(f"/documents/{first.id}")).text)
    of_recall = Seen((await visitor.get(f"/documents/{recall.id}")).text)

    assert f"/documents/{recall.id}" in of_first.links()
    assert f"/documents/{other.id}" not in of_first.links()
    assert f"/documents/{first.id}" in of_recall.links()


async def test_evidence_and_receipt_are_there_to_keep(town: Town) -> None:
    for code in ("G22", "H53"):
        await town.settle(code)
    sent = await town.offices["G22"].send(document("G22", ["H53"]))
    visitor = await logged_in(town)
    early = await visitor.get(f"/documents/{sent['id']}/evidence")
    await sequencer(town).turn(datetime.now(UTC))

    evidence = await visitor.get(f"/documents/{sent['id']}/evidence")
    receipt = await visitor.get(f"/documents/{sent['id']}/receipt")

    assert "Hồ sơ chứng cứ chưa sẵn sàng" in early.text
    assert evidence.headers["content-disposition"] == f'attachment; filename="{sent["id"]}.evidence.json"'
    assert evidence.json()
    assert receipt.text == sent["receipt"]["jws"]
    assert receipt.headers["content-type"].startswith("application/jose")


async def test_a_document_in_quarantine_says_so_on_its_page(town: Town) -> None:
    await town.settle("H53")
    sent = row("G22", {"H53": "DEAD"})
    await put(town, sent)
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await conn.execute(
            insert(inspection).values(
                envelope_id=sent.id, rank=3, asked_at=now, tries=1, done_at=now, files=[], malware="infected",
                threat="Eicar", quarantine="held",
            )
        )  # fmt: skip

    page = Seen((await (await logged_in(town)).get(f"/documents/{sent.id}")).text)

    assert "Cách ly: Đang giữ · Eicar" in page.text
    assert [link for link in page.links() if link.startswith("/failures/requeue")] == []
