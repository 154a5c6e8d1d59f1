from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.roles import Role
from tests.console.visitors import Seen, logged_in, put, row
from tests.offices import document
from tests.town import Town


async def followed(town: Town) -> str:
    """A document that was sent, delivered, collected, confirmed and answered by one of two recipients; its id."""
    sender = await town.settle("G22")
    first = await town.settle("H53")
    await town.settle("H29")
    envelope = document("G22", ["H53", "H29"])
    accepted = await sender.send(envelope)
    await town.carry()
    (item,) = await first.inbox(0)
    await first.fetch(item["delivery_id"])
    await first.confirm(item["delivery_id"])
    await first.report("03", envelope.document_id, sender="G22", description="Văn thư đã vào sổ")
    return accepted["id"]


async def test_the_page_of_a_document_tells_everything_that_happened(town: Town) -> None:
    identity = await followed(town)

    page = Seen((await (await logged_in(town)).get(f"/documents/{identity}")).text)

    for words in ("Trục tiếp nhận", "Vào hộp thư", "Lấy về", "Xác nhận", "03 Đã tiếp nhận", "Văn thư đã vào sổ"):
        assert words in page.text
    for words in ("Cơ quan H53", "Cơ quan H29", "Hợp lệ", "vb.pdf", "Hạn nhận", "truc verify"):
        assert words in page.text


async def test_there_is_a_lane_for_the_hub_and_one_for_each_recipient(town: Town) -> None:
    identity = await followed(town)

    page = (await (await logged_in(town)).get(f"/documents/{identity}")).text

    assert page.count('class="lane"') == 3
    assert page.count("<circle class=") >= 6
    assert 'role="img"' in page


async def test_a_signature_that_is_not_valid_is_shown_with_its_reason_and_the_way_out(town: Town) -> None:
    sent = row("G22", {"H53": "AVAILABLE"}, judgement="broken", reason="digest-mismatch")
    await put(town, sent)

    page = Seen((await (await logged_in(town)).get(f"/documents/{sent.id}")).text)

    assert "Sai chữ ký" in page.text
    assert "Nội dung đã thay đổi sau khi ký" in page.text
    assert "Ký là bước cuối cùng" in page.text


async def test_warnings_are_shown_where_they_stand(town: Town) -> None:
    warning = {"code": "odd", "path": "edXML/Subject", "line": 7, "message": {"vi": "Lạ", "en": "Odd"}}
    sent = row("G22", {"H53": "AVAILABLE"}, warnings=[warning])
    await put(town, sent)

    page = Seen((await (await logged_in(town)).get(f"/documents/{sent.id}?lang=en")).text)

    assert "Odd" in page.text
    assert "line 7" in page.text


async def test_a_late_recipient_is_marked_in_words(town: Town) -> None:
    sent = row("G22", {"H53": "AVAILABLE"}, timedelta(hours=9))
    await put(town, sent)

    page = Seen((await (await logged_in(town)).get(f"/documents/{sent.id}")).text)

    assert "Quá hạn" in page.text


async def test_a_document_for_thousands_comes_in_pages_of_recipients(town: Town) -> None:
    sent = row("G22", {f"X{i:04}": "QUEUED" if i % 2 else "DEAD" for i in range(2000)})
    await put(town, sent)
    visitor = await logged_in(town)

    page = (await visitor.get(f"/documents/{sent.id}")).text
    following = (await visitor.get(f"/documents/{sent.id}?after=X0024&state=dead")).text

    assert page.count('class="lane"') == 26
    assert "2.000 nơi nhận" in page
    assert "X0026" in following
    assert "X0025" not in following


async def test_a_recall_and_its_document_lead_to_each_other(town: Town) -> None:
    sent = row("G22", {"H53": "AVAILABLE"}, document_id="G22,1")
    recall = row("G22", {"H53": "AVAILABLE"}, document_id="G22,1", kind="recall", facts={"concerns": ["G22,1"]})
    await put(town, sent, recall)
    visitor = await logged_in(town)

    assert f"/documents/{recall.id}" in Seen((await visitor.get(f"/documents/{sent.id}")).text).links()
    assert f"/documents/{sent.id}" in Seen((await visitor.get(f"/documents/{recall.id}")).text).links()


@pytest.mark.parametrize("identity", ["00000000-0000-7000-8000-000000000000", "no-id", "1'--", "%00"])
async def test_a_document_that_is_not_there_is_a_page_that_says_so(town: Town, identity: str) -> None:
    answer = await (await logged_in(town)).get(f"/documents/{identity}")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_the_page_of_a_document_is_not_for_strangers(town: Town) -> None:
    sent = row("G22", {"H53": "AVAILABLE"})
    await put(town, sent)

    answer = await town.http.get(f"/documents/{sent.id}?state=dead")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next=/documents/{sent.id}%3Fstate%3Ddead")


async def test_the_files_of_a_document_are_of_all_its_recipients_and_for_nobody_else(town: Town) -> None:
    await town.settle("H29")
    sent = row("G22", {f"H53.{n}": "AVAILABLE" for n in range(40)})
    await put(town, sent)
    visitor, stranger = await logged_in(town), await logged_in(town, Role.OFFICER, "H29")

    recipients = await visitor.get(f"/documents/{sent.id}?list=recipients&format=csv")
    none_dead = await visitor.get(f"/documents/{sent.id}?list=recipients&format=csv&state=dead")
    theirs = [
        await stranger.get(f"/documents/{sent.id}?list={each}&format=csv&state=dead")
        for each in ("recipients", "events")
    ]

    assert len(recipients.text.splitlines()) == 41  # a page has 25
    assert len(none_dead.text.splitlines()) == 1
    assert [answer.status_code for answer in theirs] == [404, 404]


async def test_times_are_vietnams_with_utc_for_machines(town: Town) -> None:
    at = datetime(2026, 11, 25, 17, 30, 5, tzinfo=UTC)
    sent = row("G22", {"H53": "AVAILABLE"}, received_at=at)
    await put(town, sent)

    page = (await (await logged_in(town)).get(f"/documents/{sent.id}")).text

    assert '<time datetime="2026-11-25T17:30:05Z" title="2026-11-25T17:30:05Z">00:30:05 26/11/2026</time>' in page


async def test_a_document_is_shown_however_its_id_is_spelled(town: Town) -> None:
    identity = await followed(town)
    browser = await logged_in(town)
    for spelled in (identity.upper(), identity.replace("-", "")):
        page = await browser.get(f"/documents/{spelled}")
        assert (page.status_code, f"/documents/{identity}" in page.text) == (200, True)
        found = await browser.get("/documents", params={"q": spelled})
        assert found.headers["location"] == f"/documents/{identity}"
