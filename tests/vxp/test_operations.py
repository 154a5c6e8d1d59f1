"""Every operation: what it does, and that it does the same as the hub's own API."""

from datetime import UTC, datetime

import pytest

from hub.domain.agency import Agency, Kind, Level
from hub.domain.envelope import Address, StatusMessage
from hub.store.directory import registry
from hub.vxp.face import OPERATIONS
from hub.xml.write import write_status
from tests.offices import document
from tests.vxp.conftest import Axis


def status(sender: str, about: str, document_id: str, code: str = "03") -> bytes:
    """A status message of an office system."""
    message = StatusMessage(
        sender=Address(sender, f"Cơ quan {sender}"),
        addressee=Address(about),
        document_id=document_id,
        document_code="",
        promulgated_on=None,
        code=code,
        description="Đã tiếp nhận",
        stated_at="2026/11/25 09:10:00",
    )
    return write_status(message)


@pytest.mark.parametrize("version", ["2.0.0", "2.0.1"])
async def test_a_document_travels_is_taken_in_and_answered(axis: Axis, version: str) -> None:
    sender, _ = await axis.system("G22", Level.CENTRAL)
    await axis.system("H53")
    sending, receiving = await axis.client("G22", version=version), await axis.client("H53", version=version)
    envelope = document("G22", ["H53", "H54"])
    await axis.system("H54")
    file = sender.written(envelope)

    sent = await sending.send_edoc(file, "G22")
    again = await sending.send_edoc(file, "G22")
    before = await sending.sent(sent["DocId"])
    await axis.town.carry()
    (item,) = (await receiving.received())["data"]

    assert sent == again == {"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success", "DocId": sent["DocId"]}
    assert {part["sendStatus"] for part in before["data"]} == {"processing"}
    assert (item["from"], item["to"], item["serviceType"], item["messageType"]) == ("G22", "H53", "eDoc", "edoc")
    assert (item["status"], item["status_desc"]) == ("initial", "")
    assert datetime.strptime(item["created_time"], "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007 - the axis' times have no zone
    assert await receiving.get_edoc(item["docId"]) == file

    for result in ("processing", "done", "done"):
        assert (await receiving.update_status(item["docId"], result))["status"] == "OK"
        listed = (await receiving.received())["data"]
        assert [i["status"] for i in listed] == (["processing"] if result == "processing" else [])
    report = status("H53", "G22", envelope.document_id)
    assert (await receiving.send_edoc(report, "H53", "status"))["status"] == "OK"
    await axis.town.carry()
    (told,) = (await sending.received("status"))["data"]
    assert await sending.get_edoc(told["docId"]) == report
    assert (await sending.update_status(told["docId"], "done"))["status"] == "OK"

    parts = {part["toCode"]: part for part in (await sending.sent(sent["DocId"]))["data"]}
    assert len({part["receiverDocId"] for part in parts.values()}) == 2
    assert parts["H53"]["receiverDocId"] == item["docId"]
    assert {part["senderDocId"] for part in parts.values()} == {sent["DocId"]}
    assert (parts["H53"]["sendStatus"], parts["H53"]["receiveStatus"]) == ("done", "done")
    assert parts["H53"]["receivedTime"]
    assert (parts["H54"]["sendStatus"], parts["H54"]["receiveStatus"]) == ("done", "initial")
    assert (parts["H53"]["title"], parts["H53"]["notation"]) == (envelope.subject, envelope.code)
    seen = await sender.envelope(sent["DocId"])  # the same document on /v1
    assert {d["recipient"]: (d["business"] or {}).get("code") for d in seen["deliveries"]} == {"H53": "03", "H54": None}


async def test_new_documents_and_new_reports_are_counted_apart(axis: Axis) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    envelopes = [document("G22", ["H53"]) for _ in range(3)]
    for envelope in envelopes:
        await sending.send_edoc(sender.written(envelope), "G22")
    await receiving.send_edoc(status("H53", "G22", envelopes[0].document_id), "H53", "status")
    await axis.town.carry()
    await receiving.update_status((await receiving.received())["data"][0]["docId"], "processing")

    assert (await receiving.count())["count"] == 2
    assert (await receiving.count("countReceiveStatus"))["count"] == 0
    assert (await sending.count("countReceiveStatus")) == {
        "status": "OK",
        "ErrorCode": "0",
        "ErrorDesc": "Success",
        "count": 1,
    }


async def test_a_file_can_be_had_as_it_came_by_its_receiver_and_its_sender(axis: Axis) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    file = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + b"x" * 90_001)
    sent = await sending.send_edoc(file, "G22")
    await axis.town.carry()
    (item,) = (await receiving.received())["data"]

    got = await receiving.download(item["docId"])

    assert (got.status, got.body, got.headers["content-type"]) == (200, file, "application/xml")
    assert (await sending.download(sent["DocId"])).body == file
    assert await sending.get_edoc(sent["DocId"]) == file


async def test_a_large_file_comes_whole_out_of_the_object_store(axis: Axis) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    object.__setattr__(axis.town.hub.settings, "inline_bytes", 1000)
    file = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + b"x" * 100_000)
    await sending.send_edoc(file, "G22")
    await axis.town.carry()
    (item,) = (await receiving.received())["data"]

    assert await receiving.get_edoc(item["docId"]) == file
    assert (await receiving.download(item["docId"])).body == file


async def test_a_large_file_goes_through_the_spool_and_leaves_nothing_there(axis: Axis) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    object.__setattr__(axis.town.hub.settings, "spool_bytes", 1000)
    file = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + b"x" * 100_000)
    sent = await sending.send_edoc(file, "G22")
    await axis.town.carry()
    (item,) = (await receiving.received())["data"]

    assert sent["status"] == "OK"
    assert await receiving.get_edoc(item["docId"]) == file
    assert await axis.town.hub.spool.sweep() == 0
    assert not [path for path in axis.town.files() if path.parent.name == "incoming"]


async def test_failing_with_a_reason_is_seen_by_the_sender(axis: Axis) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    sent = await sending.send_edoc(sender.written(document("G22", ["H53"])), "G22")
    await axis.town.carry()
    (item,) = (await receiving.received())["data"]

    failed = await receiving.update_status(item["docId"], "fail", "docid", description="khong doc duoc tep")
    changed = await receiving.update_status(item["docId"], "done", "docid")

    assert failed["status"] == "OK"
    assert (changed["status"], changed["code"]) == ("FAIL", "confirmation-conflict")
    (part,) = (await sending.sent(sent["DocId"]))["data"]
    assert (part["receiveStatus"], part["receiveStatusDesc"]) == ("fail", "khong doc duoc tep")


async def test_a_recipient_that_is_not_there_spoils_nothing_for_the_others(axis: Axis) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")

    sent = await sending.send_edoc(sender.written(document("G22", ["H53", "H99"])), "G22")
    await axis.town.carry()

    assert sent["status"] == "OK"
    assert sent["ErrorDesc"] == "Success; not delivered to: H99 (unknown-recipient)"
    assert len((await receiving.received())["data"]) == 1
    parts = {part["toCode"]: part for part in (await sending.sent(sent["DocId"]))["data"]}
    assert (parts["H99"]["sendStatus"], parts["H99"]["receiveStatus"]) == ("fail", "fail")
    assert "unknown-recipient" in parts["H99"]["sendStatusDesc"]


async def test_a_list_longer_than_a_page_comes_whole_and_in_order(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    monkeypatch.setattr("hub.vxp.receiving._PAGE", 3)
    urgent = {4: 3, 5: 3}
    sent = [
        await sending.send_edoc(sender.written(document("G22", ["H53"], priority=urgent.get(n, 0))), "G22")
        for n in range(7)
    ]
    await axis.town.carry()

    listed = (await receiving.received())["data"]

    documents = {(await sending.sent(s["DocId"]))["data"][0]["receiverDocId"]: n for n, s in enumerate(sent)}
    assert [documents[i["docId"]] for i in listed] == [4, 5, 0, 1, 2, 3, 6]


async def test_a_recall_reaches_what_was_not_collected(axis: Axis) -> None:
    from hub.domain.envelope import Kind as What

    sender, sending = await axis.system("G22")
    _, receiving = await axis.system("H53")
    first = document("G22", ["H53"])
    await sending.send_edoc(sender.written(first), "G22")
    await axis.town.carry()
    (item,) = (await receiving.received())["data"]

    recall = document("G22", ["H53"], kind=What.RECALL, concerns=(first.document_id,), reason="Gửi nhầm")
    assert (await sending.send_edoc(sender.written(recall), "G22"))["status"] == "OK"
    await axis.town.carry()

    assert item["docId"] not in [i["docId"] for i in (await receiving.received())["data"]]
    assert (await receiving.sent(item["docId"]))["code"] == "not-found"
    assert (await receiving.update_status(item["docId"], "done"))["code"] == "not-collectable"


async def test_the_directory_is_listed_by_both_schemes(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.vxp.directory._PAGE", 3)
    _, client = await axis.system("H53", aliases=("000.00.00.H53",), contact={"email": "vt@h53.example"})
    now = datetime.now(UTC)
    async with axis.town.hub.database.write() as conn:
        for n in range(10, 17):
            await registry.add(conn, Agency(f"H53.{n}", f"Sở {n}", Level.PROVINCE, parent="H53"), now)
        await registry.add(conn, Agency("000.01.17.H53", "Xã cũ", Level.COMMUNE, parent="H53"), now)
        closed = Agency("H53.99", "Đã đóng", Level.PROVINCE, parent="H53", valid_to=now.date().replace(year=2020))
        await registry.add(conn, closed, now)

    listed = {a["code"]: a for a in (await client.agencies())["data"]}
    first = (await client.agencies("getAgenciesListQD20", level="1"))["data"]
    second = (await client.agencies("getAgenciesListQD20", level="2"))["data"]
    units = {u["code"]: u for u in (await client.agencies("getSynchronizeUnit"))["data"]}

    assert list(listed) == sorted(listed)
    assert listed["H53"] == {
        "id": "H53",
        "pid": "",
        "code": "H53",
        "name": "Cơ quan H53",
        "mail": "vt@h53.example",
        "oldCode": "000.00.00.H53",
    }
    assert len(listed) == 9
    assert "H53.99" not in listed
    assert [(a["code"], a["code102"], a["mail"]) for a in first] == [("H53", "000.00.00.H53", "vt@h53.example")]
    assert [a["code"] for a in second] == [f"H53.{n}" for n in range(10, 17)]
    assert units["H53.99"]["deleted"]
    assert not units["H53.10"]["deleted"]
    assert units["H53.10"]["pid"] == "H53"
    assert set(units["H53"]) == {
        "id",
        "pid",
        "code",
        "name",
        "mail",
        "version",
        "centerCode",
        "deleted",
        "modifyDate",
        "isAgency",
    }


async def test_a_gateway_enters_units_amends_them_and_takes_them_out(axis: Axis) -> None:
    await axis.system("H53")
    _, client = await axis.system("00.53.W00", kind=Kind.GATEWAY, parent="H53")

    made = await client.register(id="1", pcode="H53", code="H53.77", name="Xã Mới", mail="xa@h53.example", mobile=909)
    amended = await client.register(id="1", pcode="H53", code="H53.77", name="Xã Mới Nhất", mail="xa@h53.example")
    (unit,) = [a for a in (await client.agencies())["data"] if a["code"] == "H53.77"]
    taken = await client.register(pcode="H53", code="H53", name="Giả danh", mail="x@h53.example")
    out = await client.delete("H53.77")

    assert (made["status"], amended["status"], out["status"]) == ("OK", "OK", "OK")
    assert (unit["name"], unit["pid"], unit["mail"]) == ("Xã Mới Nhất", "H53", "xa@h53.example")
    assert (taken["status"], taken["code"]) == ("FAIL", "code-taken")
    assert "H53.77" not in [a["code"] for a in (await client.agencies())["data"]]
    assert (await client.delete("H53.77"))["status"] == "OK"


def test_every_operation_of_the_kit_is_there() -> None:
    assert set(OPERATIONS) == {
        "sendEdoc",
        "getReceivedEdocList",
        "getSentEdocList",
        "getEdoc",
        "downloadEdoc",
        "countReceiveEdoc",
        "countReceiveStatus",
        "updateStatus",
        "getAgenciesList",
        "getAgenciesListQD20",
        "getSynchronizeUnit",
        "registerAgency",
        "deleteAgency",
    }


async def test_operators_see_who_still_calls_this_way(axis: Axis) -> None:
    _, client = await axis.system("G22")
    await axis.system("H53", ends_on=datetime.now(UTC).date().replace(year=2020))
    await client.received()

    async with await axis.town.watcher() as watcher:
        said = (await watcher.get("/v1/legacy-systems")).json()

    items = {item["systemid"]: item for item in said["items"]}
    assert said["counts"] == {"all": 2, "live": 1, "without_end": 1, "never_seen": 1}
    assert items["G22"]["algorithm"] == "HMAC-SHA256"
    assert items["G22"]["last_seen_at"]
    assert items["G22"]["last_agent"] == "JAVASDKAgent/1.0.0 XRoad/VPCP"
    assert not items["H53"]["live"]
    assert "secret" not in str(said)


async def test_a_list_that_sticks_to_its_object_loses_no_recipient(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    for code in ("H53", "H54"):
        await axis.system(code)
    one, both = document("G22", ["H53"]), document("G22", ["H53", "H54"])

    await client.send_edoc(sender.written(one), "G22", to=["H53"])
    sticky = await client.send_edoc(sender.written(both), "G22")  # brings ["H53"] along

    assert [p["toCode"] for p in (await client.sent(sticky["DocId"]))["data"]] == ["H53", "H54"]
