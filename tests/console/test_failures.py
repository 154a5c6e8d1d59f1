"""Dead letters by cause and sending them again, quarantine, refused envelopes."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from hub.console.reasons import reason_word
from hub.console.speech import Speech
from hub.domain.causes import cause_of
from hub.domain.ids import delivery_id, new_id
from hub.domain.roles import Role
from hub.store import audit
from hub.store.tables import delivery, inspection, refusal
from tests.console.visitors import Seen, logged_in, put, row, token_in
from tests.town import Town

GROUP = {"cause": "502 Bad Gateway", "channel": "inbox"}


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("502 Bad Gateway", "502 Bad Gateway"),
        ("8 tries failed; last: 502 Bad Gateway", "502 Bad Gateway"),
        ("12 tries failed; last: ConnectTimeout: https://a.example/x", "ConnectTimeout"),
        ("quarantine: Eicar-Test", "quarantine"),
        ("quarantine: rejected: vì có mã độc", "quarantine"),
        ("unknown-recipient", "unknown-recipient"),
        ("webhook: 503 Service Unavailable", "webhook: 503 Service Unavailable"),
        ("8 tries failed; last: 503 in 35 ms", "503 in … ms"),
        ("the name qlvb.example cannot be resolved", "the name … cannot be resolved"),
        ("folder: no room: /srv/in", "folder: no room"),
        ("answered with 7f3a9c0de1b2 and 99999999", "answered with … and …"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_reasons_that_differ_only_in_one_case_are_one_cause(reason: str | None, cause: str) -> None:
    assert cause_of(reason) == cause


async def _fail(town: Town, count: int, recipients: tuple[str, ...] = ("H53",), reason: str = "") -> list[str]:
    rows = [row("G22", dict.fromkeys(recipients, "DEAD"), timedelta(minutes=n), code=f"{n}/D") for n in range(count)]
    await put(town, *rows)
    ids = [delivery_id(each.id, code) for each in rows for code in recipients]
    if reason:
        async with town.hub.database.write() as conn:
            await conn.execute(update(delivery).where(delivery.c.id.in_(ids)).values(reason=reason))
    return ids


async def _states(town: Town, ids: list[str]) -> list[str]:
    async with town.hub.database.read() as conn:
        return list((await conn.execute(select(delivery.c.state).where(delivery.c.id.in_(ids)))).scalars())


async def _send_again(visitor: httpx.AsyncClient, asked: dict[str, Any], reason: str = "đã sửa webhook") -> Seen:
    """Look at the count, then fill in the form and send it."""
    page = (await visitor.get("/failures/requeue", params=asked)).text
    form = page.split('action="/failures/requeue"')[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    origin = {"Origin": "http://hub"}
    return Seen((await visitor.post("/failures/requeue", data={**fields, "reason": reason}, headers=origin)).text)


async def test_dead_letters_are_grouped_by_cause_and_channel(town: Town) -> None:
    for code in ("H53", "H29"):
        await town.settle(code)
    await _fail(town, 3, ("H53", "H29"), "8 tries failed; last: 502 Bad Gateway")
    await _fail(town, 2)
    await _fail(town, 1, reason="quarantine: Eicar")
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/failures")).text)

    groups = [link for link in page.links() if link.startswith("/failures/dead?")]
    assert list(dict.fromkeys(groups)) == [
        "/failures/dead?cause=502+Bad+Gateway&channel=inbox",
        "/failures/dead?cause=quarantine&channel=inbox",
    ]
    listed = Seen((await visitor.get(groups[0])).text)
    assert len([box for box in listed.all("input") if box.get("name") == "delivery"]) == 8


async def test_a_group_is_counted_before_anything_is_done_and_then_sent_again(town: Town) -> None:
    for code in ("H53", "H29"):
        await town.settle(code)
    ids = await _fail(town, 3, ("H53", "H29"))
    visitor = await logged_in(town)

    counted = Seen((await visitor.get("/failures/requeue", params=GROUP)).text)
    assert "6 lượt giao (3 văn bản) của 2 đơn vị" in counted.text
    assert set(await _states(town, ids)) == {"DEAD"}

    done = await _send_again(visitor, GROUP)

    assert "Đã xếp 6 lượt giao" in done.text
    assert set(await _states(town, ids)) == {"QUEUED"}
    async with town.hub.database.read() as conn:
        noted = await audit.page(conn, action="delivery requeued", limit=10)
    assert {entry["object"] for entry in noted} == set(ids)
    assert {entry["actor"] for entry in noted} == {"person:operator-everywhere"}
    assert {entry["details"]["reason"] for entry in noted} == {"đã sửa webhook"}


async def test_only_what_was_chosen_is_sent_again(town: Town) -> None:
    await town.settle("H53")
    ids = await _fail(town, 3)
    visitor = await logged_in(town)

    done = await _send_again(visitor, {"delivery": ids[:2]})

    assert "Đã xếp 2 lượt giao" in done.text
    assert await _states(town, ids[2:]) == ["DEAD"]


async def test_the_second_operator_is_told_what_the_first_did(town: Town) -> None:
    await town.settle("H53")
    await _fail(town, 2)
    first, second = await logged_in(town), await logged_in(town, Role.ADMIN)
    page = (await second.get("/failures/requeue", params=GROUP)).text
    await _send_again(first, GROUP, "đơn vị đã sửa")

    form = page.split('action="/failures/requeue"')[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = await second.post("/failures/requeue", data={**fields, "reason": "x"}, headers={"Origin": "http://hub"})

    told = Seen(answer.text).text
    assert "Không có lượt giao nào được gửi lại" in told
    assert "person:operator-everywhere" in told
    assert "đơn vị đã sửa" in told


@pytest.mark.parametrize("flaw", ["no token", "a wrong token", "no reason", "another site"])
async def test_a_form_with_a_flaw_sends_nothing(town: Town, flaw: str) -> None:
    await town.settle("H53")
    ids = await _fail(town, 1)
    visitor = await logged_in(town)
    token = token_in((await visitor.get("/failures/requeue", params=GROUP)).text)
    fields = {**GROUP, "token": token, "reason": "x"}
    origin = "http://elsewhere" if flaw == "another site" else "http://hub"
    fields |= {"no token": {"token": ""}, "a wrong token": {"token": "x"}, "no reason": {"reason": "  "}}.get(flaw, {})

    answer = await visitor.post("/failures/requeue", data=fields, headers={"Origin": origin})

    assert answer.status_code == (422 if flaw == "no reason" else 403)
    assert await _states(town, ids) == ["DEAD"]


async def test_who_may_not_requeue_sees_the_failures_and_no_way_to(town: Town) -> None:
    await town.settle("H53")
    ids = await _fail(town, 1)
    visitor = await logged_in(town, Role.OBSERVER)

    page = Seen((await visitor.get("/failures/dead", params=GROUP)).text)

    assert page.all("button")[1:] == []  # the one there is logs out
    assert [box for box in page.all("input") if box.get("name") == "delivery"] == []
    assert (await visitor.get("/failures/requeue", params=GROUP)).status_code == 404
    sent = await visitor.post("/failures/requeue", data={**GROUP, "reason": "x"}, headers={"Origin": "http://hub"})
    assert sent.status_code == 404
    assert await _states(town, ids) == ["DEAD"]


async def test_failures_are_those_of_the_agencies_in_sight(town: Town) -> None:
    for code in ("H53", "H29"):
        await town.settle(code)
    ids = await _fail(town, 2, ("H53", "H29"))
    visitor = await logged_in(town, Role.OPERATOR, "H53")

    done = await _send_again(visitor, {"delivery": ids})

    assert "Đã xếp 2 lượt giao" in done.text
    assert sorted(await _states(town, ids)) == ["DEAD", "DEAD", "QUEUED", "QUEUED"]


async def _hold(town: Town, code: str = "9/X", threat: str = "Eicar") -> str:
    held = row("G22", {"H53": "DEAD"}, code=code)
    await put(town, held)
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await conn.execute(
            insert(inspection).values(
                envelope_id=held.id, rank=3, asked_at=now, tries=1, done_at=now, malware="infected",
                files=[{"name": "a.zip", "size": 3, "malware": {"verdict": "infected", "threat": "Eicar", "reason": ""}}],
                threat=threat, quarantine="held",
            )
        )  # fmt: skip
        await conn.execute(
            update(delivery)
            .where(delivery.c.envelope_id == held.id)
            .values(reason=f"quarantine: {threat}", state="DEAD")
        )
    return held.id


@pytest.mark.parametrize(("word", "state"), [("release", "QUEUED"), ("reject", "DEAD")])
async def test_a_document_in_quarantine_is_released_or_rejected_with_a_reason(
    town: Town, word: str, state: str
) -> None:
    await town.settle("H53")
    held = await _hold(town)
    visitor = await logged_in(town)
    assert f"/failures/quarantine/{held}" in Seen((await visitor.get("/failures")).text).links()
    path = f"/failures/quarantine/{held}"
    token = token_in((await visitor.get(path)).text)

    answer = await visitor.post(
        path, data={"token": token, "decision": word, "reason": "đã xem"}, headers={"Origin": "http://hub"}
    )
    again = await visitor.post(
        path, data={"token": token, "decision": "reject", "reason": "nữa"}, headers={"Origin": "http://hub"}
    )

    assert answer.status_code == 200
    assert await _states(town, [delivery_id(held, "H53")]) == [state]
    assert again.status_code == 409
    assert "person:operator-everywhere" in again.text
    assert "đã xem" in again.text


async def test_what_is_wrong_with_the_pdfs_of_a_document_in_quarantine_is_said_in_words_on_every_page(
    town: Town,
) -> None:
    await town.settle("H53")
    held = await _hold(town, threat="pdf-signature-untrusted")
    visitor = await logged_in(town)

    for page in ("/failures", f"/failures/quarantine/{held}", f"/documents/{held}", "/failures?list=held&format=csv"):
        answer = await visitor.get(page)

        assert "Người ký tệp PDF không được tin" in answer.text, page
        assert "pdf-signature-untrusted" not in answer.text, page


async def test_who_decides_reads_what_is_wrong_with_the_pdfs_and_what_can_be_done(town: Town) -> None:
    await town.settle("H53")
    held, infected = await _hold(town, threat="pdf-unsigned"), await _hold(town, "10/X")
    visitor = await logged_in(town)

    text = Seen((await visitor.get(f"/failures/quarantine/{held}")).text).text
    other = Seen((await visitor.get(f"/failures/quarantine/{infected}")).text).text

    assert "phải gửi tệp PDF được ký số" in text
    assert "Ký số bản PDF rồi gửi lại" in text
    assert "PDF" not in other


async def test_what_is_in_quarantine_is_not_sent_again_as_a_dead_letter(town: Town) -> None:
    await town.settle("H53")
    held = await _hold(town)
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/failures/requeue", params={"cause": "quarantine", "channel": "inbox"})).text)

    assert "Không còn lượt giao nào để gửi lại" in page.text
    assert "1 lượt không gửi lại được" in page.text
    assert await _states(town, [delivery_id(held, "H53")]) == ["DEAD"]


async def test_refused_envelopes_are_grouped_by_the_first_reason_with_who_and_how_often(town: Town) -> None:
    for code in ("H53", "H29"):
        await town.settle(code)
    now = datetime.now(UTC)
    rows = [
        {"id": new_id(), "at": now - timedelta(days=d), "agency": who, "status": 422, "codes": codes,
         "receipt_sha256": "0" * 64}
        for who, codes, d in (
            ("H53", ["digest-mismatch", "x"], 0), ("H53", ["digest-mismatch"], 1), ("H29", ["digest-mismatch"], 2),
            ("H29", ["not-well-formed"], 0), ("H29", ["not-well-formed"], 30),
        )
    ]  # fmt: skip
    async with town.hub.database.write() as conn:
        await conn.execute(insert(refusal), rows)
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/failures")).text)
    one = Seen((await visitor.get("/failures/refused?code=digest-mismatch&agency=H53")).text)
    scoped = Seen((await (await logged_in(town, Role.OFFICER, "H53")).get("/failures")).text)

    links = [link for link in page.links() if link.startswith("/failures/refused")]
    assert links[0] == "/failures/refused?code=digest-mismatch"
    assert "/failures/refused?code=digest-mismatch&agency=H53" in links
    assert page.all("section")[2]["id"] == "refused"
    assert one.text.count("HTTP 422") == 2
    assert "not-well-formed" not in scoped.text


async def test_a_document_offers_to_send_its_dead_letter_again(town: Town) -> None:
    await town.settle("H53")
    dead = row("G22", {"H53": "DEAD"})
    await put(town, dead)
    link = f"/failures/requeue?delivery={delivery_id(dead.id, 'H53')}"

    operator = Seen((await (await logged_in(town)).get(f"/documents/{dead.id}")).text)
    observer = Seen((await (await logged_in(town, Role.OBSERVER)).get(f"/documents/{dead.id}")).text)

    assert link in operator.links()
    assert link not in observer.links()


async def test_what_calls_met_with_is_a_cause_in_words_and_in_both_languages(town: Town) -> None:
    reasons = {
        "no connection: Connection refused": "Không kết nối được tới hệ thống của đơn vị",
        "14 tries failed; last: no answer in time": "Hệ thống của đơn vị không trả lời kịp",
        "14 tries failed; last: 503 in 41 ms": "Hệ thống của đơn vị trả lời HTTP 503",
        "its certificate is not believed: self-signed": "Chứng thư TLS của hệ thống đơn vị không tin được",
        "the TLS handshake failed": "Bắt tay TLS với hệ thống của đơn vị không thành",
        "no usable answer: RemoteProtocolError": "Hệ thống của đơn vị trả lời không đúng giao thức",
        "the name qlvb.example cannot be resolved": "Không phân giải được tên máy của đơn vị",
        "folder: no such thing": "folder: no such thing",
    }
    await town.settle("H53")
    rows = {reason: row("G22", {"H53": "DEAD"}) for reason in reasons}
    await put(town, *rows.values())
    async with town.hub.database.write() as conn:
        for reason, sent in rows.items():
            await conn.execute(update(delivery).where(delivery.c.envelope_id == sent.id).values(reason=reason))
    visitor = await logged_in(town)

    vietnamese, english = [(await visitor.get(f"/failures?lang={language}")).text for language in ("vi", "en")]

    assert [words for words in reasons.values() if words not in vietnamese] == []
    assert "The agency&#39;s system answers HTTP 503" in english
    assert not [words for words in list(reasons.values())[:-1] if words in english]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("14 tries failed; last: 502 in 61 ms", "Đã gọi 14 lần; lần cuối: Hệ thống của đơn vị trả lời HTTP 502"),
        ("no connection: Connection refused", "Không kết nối được tới hệ thống của đơn vị: Connection refused"),
        ("unknown-recipient", "Không có bên nhận này trong danh bạ"),
        ("folder: no room: /srv/in", "folder: no room: /srv/in"),
        ("Không mở được tệp đính kèm", "Không mở được tệp đính kèm"),
        ("", ""),
    ],
)
def test_a_reason_is_said_in_the_readers_language_with_what_is_of_this_case_alone(reason: str, said: str) -> None:
    assert reason_word(Speech("vi"), reason) == said
