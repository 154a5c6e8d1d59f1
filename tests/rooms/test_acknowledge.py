from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.domain.envelope import Address, Kind, StatusMessage
from hub.domain.report import NAMES
from hub.store.directory import certificates
from hub.xml.write import write_status
from tests.offices import XML, Office, document
from tests.town import Town


async def delivered(town: Town) -> tuple[Office, Office, dict[str, object]]:
    """A document in its recipient's hands."""
    sender, recipient = await town.settle("G22"), await town.settle("H53", aliases=("000.00.00.H53",))
    accepted = await sender.send(document("G22", ["H53"]))
    await town.carry()
    (item,) = await recipient.inbox(0)
    await recipient.fetch(item["delivery_id"])
    await recipient.confirm(item["delivery_id"])
    return sender, recipient, accepted


def status_xml(sender: str, addressee: str, document_id: str, code: str, description: str = "") -> bytes:
    return write_status(
        StatusMessage(
            Address(sender), Address(addressee), document_id, "1/UBND-VP", None, code, description,
            stated_at="2026/11/25 09:10:00",
        )
    )  # fmt: skip


async def test_a_report_travels_to_the_sender_and_stands_in_its_feed_at_once(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)

    answer = await recipient.report("03", accepted["document_id"], sender="G22", description="Đã vào sổ số 12")

    assert answer.status_code == 202
    assert answer.json()["flags"] == []
    last = (await sender.feed())["items"][-1]
    assert (last["what"], last["code"], last["recipient"]) == ("reported", "03", "H53")
    await town.carry()
    (item,) = await sender.inbox(0, kind="status")
    assert (item["code"], item["sender"], item["document_id"]) == ("03", "H53", accepted["document_id"])
    carried = (await sender.fetch(item["delivery_id"])).content.decode()
    assert "<edXML:StatusCode>03</edXML:StatusCode>" in carried
    assert "Đã vào sổ số 12" in carried
    (delivery,) = (await sender.envelope(accepted["id"]))["deliveries"]
    assert (delivery["business"]["code"], delivery["business"]["description"]) == ("03", "Đã vào sổ số 12")


async def test_an_xml_report_reaches_its_addressee_byte_for_byte(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)
    recipient_policy = status_xml("H53", "G22", accepted["document_id"], "01")

    answer = await recipient.call("POST", "/v1/status-reports", content=recipient_policy, headers=XML)

    assert answer.status_code == 202, answer.text
    await town.carry()
    (item,) = await sender.inbox(0, kind="status")
    assert (await sender.fetch(item["delivery_id"])).content == recipient_policy


async def test_a_status_message_posted_as_an_envelope_is_a_report(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)
    body = status_xml("H53", "G22", accepted["document_id"], "06")

    first = await recipient.post(body)
    again = await recipient.post(body)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["kind"] == "status"
    assert first.json()["receipt"] == again.json()["receipt"]
    assert [d["recipient"] for d in first.json()["deliveries"]] == ["G22"]
    reports = [item for item in (await sender.feed())["items"] if item["what"] == "reported"]
    assert len(reports) == 1


async def test_every_code_of_the_list_is_taken_in_turn(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)

    for code in ("01", "03", "04", "05", "05", "06"):
        answer = await recipient.report(code, accepted["document_id"], sender="G22")
        assert (answer.status_code, answer.json()["flags"]) == (202, []), code
    back = await sender.report("13", accepted["document_id"], recipient="H53", description="Gửi nhầm")
    assert back.json()["flags"] == ["after-finish"]
    await town.carry()
    assert [item["code"] for item in await recipient.inbox(0, kind="status")] == ["13"]
    refused = await recipient.report("16", accepted["document_id"], sender="G22", description="Đã xử lý xong")
    assert refused.json()["flags"] == []
    assert (await recipient.report("15", accepted["document_id"], sender="G22")).json()["flags"] == [
        "nothing-to-answer"
    ]
    assert (await recipient.report("02", accepted["document_id"], sender="G22")).json()["flags"] == ["not-allowed"]
    seen = [item["code"] for item in (await sender.feed())["items"] if item["what"] == "reported"]
    assert seen == ["01", "03", "04", "05", "05", "06", "13", "16", "15", "02"]
    assert set(seen) == set(NAMES)


async def test_a_report_out_of_turn_is_kept_flagged_and_forwarded_but_progress_stays(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)
    await recipient.report("06", accepted["document_id"], sender="G22")

    answer = await recipient.report("01", accepted["document_id"], sender="G22")

    assert answer.json()["flags"] == ["out-of-order"]
    (delivery,) = (await sender.envelope(accepted["id"]))["deliveries"]
    assert (delivery["business"]["code"], delivery["progress"]) == ("01", "06")
    await town.carry()
    assert [item["code"] for item in await sender.inbox(0, kind="status")] == ["06", "01"]


async def test_an_agreed_recall_ends_the_documents_progress(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)
    envelope = document("G22", ["H53"], document_id=accepted["document_id"], kind=Kind.RECALL)
    await sender.send(replace(envelope, concerns=(accepted["document_id"],)))

    answer = await recipient.report("15", accepted["document_id"], sender="G22", description="Đã hủy")

    assert answer.json()["flags"] == []
    (delivery,) = (await sender.envelope(accepted["id"]))["deliveries"]
    assert (delivery["progress"], delivery["pending_change"]) == ("W", None)


async def test_a_report_finds_its_document_by_number_and_by_old_code(town: Town) -> None:
    sender, recipient = await town.settle("G22", aliases=("000.00.00.G22",)), await town.settle("H53")
    accepted = await sender.send(document("G22", ["H53"]))

    answer = await recipient.report("03", "", sender="000.00.00.G22", document_code=accepted["code"])

    assert answer.status_code == 202, answer.text
    assert answer.json()["document_id"] == accepted["document_id"]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"code": "03", "document_id": "no-such", "sender": "G22"}, 422, "unknown-document"),
        ({"code": "03", "document_id": "no-such", "sender": "Z9"}, 422, "unknown-document"),
        ({"code": "abc", "document_id": "x", "sender": "G22"}, 422, "unknown-status-code"),
        ({"code": "12345", "document_id": "x", "sender": "G22"}, 422, "unknown-status-code"),
        ({"code": "13", "document_id": "x"}, 422, "report-recipient-missing"),
        ({"code": "03", "document_id": "x"}, 422, "invalid-parameter"),
        ({"document_id": "x", "sender": "G22"}, 422, "unknown-status-code"),
    ],
)
async def test_a_report_about_nothing_is_refused(town: Town, said: dict[str, str], status: int, code: str) -> None:
    _, recipient, _ = await delivered(town)

    answer = await recipient.call("POST", "/v1/status-reports", json=said)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await town.counts())["report"] == 0


async def test_who_was_not_sent_a_document_cannot_report_on_it(town: Town) -> None:
    _, _, accepted = await delivered(town)
    stranger = await town.settle("H27")

    answer = await stranger.report("03", accepted["document_id"], sender="G22")

    assert (answer.status_code, answer.json()["code"]) == (403, "not-a-recipient")


async def test_a_report_in_anothers_name_is_refused(town: Town) -> None:
    _, _, accepted = await delivered(town)
    stranger = await town.settle("H27")
    body = status_xml("H53", "G22", accepted["document_id"], "06")

    answer = await stranger.call("POST", "/v1/status-reports", content=body, headers=XML)

    assert (answer.status_code, answer.json()["code"]) == (403, "sender-mismatch")


async def test_the_feed_is_complete_in_order_and_goes_on_where_it_stopped(town: Town) -> None:
    sender, recipient, accepted = await delivered(town)
    await recipient.report("01", accepted["document_id"], sender="G22")
    whole = await sender.feed()

    pieces, after = [], ""
    while True:
        page = await sender.feed(after, limit=2)
        if not page["items"]:
            break
        pieces += page["items"]
        after = page["next"]

    assert pieces == whole["items"]
    assert [item["what"] for item in pieces] == ["accepted", "available", "collected", "confirmed", "reported"]
    assert after == whole["next"]
    assert (await sender.feed("made-up")).get("code") == "invalid-parameter"


async def test_unreceived_documents_are_an_alert_after_their_working_time(town: Town) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53", contact={"name": "Chị Lan", "phone": "0900"})
    waiting = await sender.send(document("G22", ["H53"]))
    taken = await sender.send(document("G22", ["H53"]))
    await town.carry()
    for item in await recipient.inbox(0):
        if item["envelope_id"] == taken["id"]:
            await recipient.fetch(item["delivery_id"])

    async with await town.watcher() as operator:
        at_once = (await operator.get("/v1/alerts", params={"kind": "unreceived", "older_than": "PT0S"})).json()
        old = (await operator.get("/v1/alerts", params={"kind": "unreceived", "older_than": "PT400H"})).json()
        elsewhere = (await operator.get("/v1/alerts", params={"older_than": "PT0S", "level": "commune"})).json()
        wrong = await operator.get("/v1/alerts", params={"older_than": "four hours"})

    assert [item["envelope_id"] for item in at_once["items"]] == [waiting["id"]]
    assert at_once["items"][0]["recipient"] == "H53"
    assert at_once["items"][0]["age_working_minutes"] >= 0
    assert old["items"] == elsewhere["items"] == []
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid-parameter")
    assert (await sender.call("GET", "/v1/alerts")).status_code == 403


async def test_alerts_come_in_pages_that_miss_nothing(town: Town) -> None:
    sender = await town.settle("G22")
    codes = [f"H53.{n}" for n in range(7)]
    for code in codes:
        await town.settle(code)
    await sender.send(document("G22", codes))

    async with await town.watcher() as operator:
        seen, after = [], ""
        while after is not None:
            query = {"older_than": "PT0S", "limit": 3, "after": after}
            page = (await operator.get("/v1/alerts", params=query)).json()
            seen += [item["recipient"] for item in page["items"]]
            after = page["next"]

    assert sorted(seen) == codes


async def test_an_observer_with_a_scope_sees_that_agency_alone(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    await town.settle("H27")
    await sender.send(document("G22", ["H53", "H27"]))

    async with await town.watcher(scope="H27") as observer:
        alerts = (await observer.get("/v1/alerts", params={"older_than": "PT0S"})).json()["items"]

    assert [item["recipient"] for item in alerts] == ["H27"]


async def test_search_finds_documents_without_accents(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    accepted = await sender.send(document("G22", ["H53"], subject="V/v phòng chống lụt bão ở Đà Nẵng"))
    await sender.send(document("G22", ["H53"], subject="V/v chuyện khác"))

    async with await town.watcher() as operator:
        found = (await operator.get("/v1/envelopes", params={"q": "da nang lut"})).json()["items"]
        queued = (await operator.get("/v1/envelopes", params={"state": "QUEUED"})).json()["items"]
        future = (await operator.get("/v1/envelopes", params={"from": "2099-01-01"})).json()["items"]

    assert [item["id"] for item in found] == [accepted["id"]]
    assert len(queued) == 2
    assert future == []


async def test_a_certificate_of_yesterday_signs_nothing_today(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    async with town.hub.database.write() as conn:
        await certificates.revoke_certificate(conn, "G22", sender.identity.fingerprint, datetime.now(UTC))
    await town.hub.directory.refresh()

    answer = await sender.post(sender.written(document("G22", ["H53"])))

    assert answer.status_code == 422


async def test_a_json_report_sent_again_under_its_key_is_one_report(town: Town) -> None:
    _, recipient, accepted = await delivered(town)
    said = {"code": "03", "document_id": accepted["document_id"], "sender": "G22"}
    key = {"Idempotency-Key": "r-1"}

    first = await recipient.call("POST", "/v1/status-reports", json=said, headers=key)
    again = await recipient.call("POST", "/v1/status-reports", json=said, headers=key)
    other = await recipient.call("POST", "/v1/status-reports", json={**said, "code": "04"}, headers=key)

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-conflict")
    assert (await town.counts())["report"] == 1
