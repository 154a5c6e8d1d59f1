"""The ten habits of the axis' client, each survived (they were seen on the wire)."""

import hashlib
import json
from datetime import UTC, datetime

from tests.offices import document
from tests.vxp.client import PREFIX, Client, unpadded
from tests.vxp.conftest import Axis


async def test_q1_parameters_of_earlier_calls_that_come_along_change_nothing(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    _, receiver = await axis.system("H53")
    _, third = await axis.system("H54")
    first = await client.send_edoc(sender.written(document("G22", ["H53"])), "G22", to=["H53"])
    assert first["status"] == "OK"
    await axis.town.carry()
    (item,) = (await receiver.received())["data"]
    receiver.sticky |= {"fromDate": "01/01/2020 00:00:00", "toDate": "02/01/2020 00:00:00"}
    assert (await receiver.update_status(item["docId"], "fail", description="loi doc tep"))["status"] == "OK"

    # the same objects go on: old to, hash-file, description, status, dates, docId come along
    again = await client.send_edoc(sender.written(document("G22", ["H53", "H54"])), "G22")
    await axis.town.carry()
    listed = await receiver.received()

    assert again["status"] == "OK"
    assert [i["to"] for i in listed["data"]] == ["H53"]
    assert [i["to"] for i in (await third.received())["data"]] == ["H54"]
    assert (await receiver.update_status(listed["data"][0]["docId"], "done"))["status"] == "OK"
    (part,) = [p for p in (await client.sent(again["DocId"]))["data"] if p["toCode"] == "H53"]
    assert (part["receiveStatus"], part["receiveStatusDesc"]) == ("done", "")


async def test_q2_a_timestamp_that_never_moves_is_no_reason_to_refuse(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    old = Client(client.base, client.systemid, client.secret, made_at=datetime(2026, 1, 2, 3, 4, 5, 123_000, UTC))

    answers = [await old.send_edoc(sender.written(document("G22", ["H53"])), "G22") for _ in range(2)]

    assert old.sticky["timestamp"] == "02012026T030405+0123"
    assert [a["status"] for a in answers] == ["OK", "OK"]
    old.sticky["timestamp"] = "31022026T250000+0000"  # nor is one that is no time
    assert (await old.count())["status"] == "OK"


async def test_q3_a_hash_is_known_with_and_without_its_zeros(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    while len(unpadded(file := sender.written(document("G22", ["H53"])))) == 64:
        pass
    short = await client.send_edoc(file, "G22")
    full = await client.send_edoc(file, "G22", **{"hash-file": hashlib.sha256(file).hexdigest()})

    assert short["status"] == "OK"
    assert full == short


async def test_q4_the_line_end_behind_the_file_is_not_part_of_it(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    receiver, _ = await axis.system("H53")
    file = sender.written(document("G22", ["H53"]))

    sent = await client.send_edoc(file, "G22")
    same = await sender.post(file)
    await axis.town.carry()
    (item,) = await receiver.inbox(0)

    assert same.status_code == 200  # known already, by the same bytes
    assert same.json()["id"] == sent["DocId"]
    assert (await receiver.fetch(item["delivery_id"])).content == file


async def test_q4_a_file_that_ends_in_a_line_end_keeps_it(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    _, other = await axis.system("H53")
    file = sender.written(document("G22", ["H53"])) + b"\r\n"

    assert (await client.send_edoc(file, "G22"))["status"] == "OK"
    await axis.town.carry()

    (item,) = (await other.received())["data"]
    assert await other.get_edoc(item["docId"]) == file


async def test_q5_letters_that_lost_their_upper_byte_are_named_in_ascii(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    _, receiver = await axis.system("H53")
    await client.send_edoc(sender.written(document("G22", ["H53"])), "G22")
    await axis.town.carry()
    (item,) = (await receiver.received())["data"]

    refused = await receiver.update_status(item["docId"], "fail", description="Lỗi giải mã")
    after = await receiver.received()  # the text sticks, so this object is spoilt

    assert (refused["status"], refused["ErrorCode"]) == ("FAIL", "15")
    assert "non-ASCII header value" in refused["ErrorDesc"]
    assert "description" in refused["ErrorDesc"]
    assert refused["ErrorDesc"].isascii()
    assert (after["status"], after["data"]) == ("FAIL", [])
    fresh = Client(receiver.base, receiver.systemid, receiver.secret)
    assert (await fresh.update_status(item["docId"], "fail", description="Loi giai ma"))["status"] == "OK"


async def test_q5_a_letter_that_became_a_control_character_is_told_the_same_way(axis: Axis) -> None:
    _, client = await axis.system("G22")

    answer = await client.received(description="được")  # đ is U+0111: its low byte is 0x11

    assert (answer["status"], answer["ErrorCode"], answer["data"]) == ("FAIL", "15", [])
    assert "non-ASCII header value" in answer["ErrorDesc"]


async def test_q6_what_is_wrong_with_a_file_is_told_in_ascii(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    old = await axis.client("G22", version="2.0.0")
    file = sender.written(document("G22", ["H99"]))

    for each in (client, old):
        each.secret = old.secret
        refused = await each.send_edoc(file, "G22")

        assert (refused["status"], refused["ErrorCode"]) == ("FAIL", "18")
        assert "H99" in refused["ErrorDesc"]
        assert refused["ErrorDesc"].isascii()
        assert each.last
        assert each.last.body.isascii()


async def test_q7_a_failure_has_an_empty_docid_rather_than_none(axis: Axis) -> None:
    _, client = await axis.system("G22")

    refused = await client.send_edoc(b"<edXML", "G22")

    assert refused == {"status": "FAIL", "ErrorCode": "10", "ErrorDesc": refused["ErrorDesc"], "DocId": ""}
    assert refused["ErrorDesc"].startswith("not-well-formed")


async def test_q8_the_body_says_what_the_status_line_says(axis: Axis) -> None:
    _, client = await axis.system("G22")
    stranger = Client(client.base, "G22", "wrong")

    assert (await stranger.sent("x"))["status"] == "FAIL"
    assert stranger.last
    assert stranger.last.status == 401
    assert stranger.last.headers["www-authenticate"]


async def test_q9_an_outage_does_not_look_like_an_empty_list(axis: Axis) -> None:
    _, client = await axis.system("G22")
    (axis.town.hub.settings.home / "vault.key").unlink()
    await axis.town.hub.database.close()

    answer = await client.received()

    assert (answer["status"], answer["data"], answer["ErrorCode"]) == ("FAIL", [], "20")
    assert client.last
    assert client.last.status == 503
    assert client.last.headers["retry-after"]


async def test_q10_a_download_without_any_signature_is_refused_as_json(axis: Axis) -> None:
    _, client = await axis.system("G22")

    answer = await client.download_again("0190a000-0000-7000-8000-000000000000")

    assert (answer.status, answer.json()["status"], answer.json()["ErrorCode"]) == (401, "FAIL", "15")


async def test_q10_a_body_waits_until_it_is_asked_for(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")

    # the client writes no byte of the file before `100 Continue`, and none at all when it is refused
    assert (await client.send_edoc(sender.written(document("G22", ["H53"])), "G22"))["status"] == "OK"
    stranger = Client(client.base, "G22", "wrong")
    refused = await stranger.exchange("POST", "sendEdoc", [(f"{PREFIX}systemid", "G22")], b"x" * 1000)
    assert json.loads(refused.body)["DocId"] == ""
