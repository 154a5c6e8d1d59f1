"""Groups C and D of the list of bad inputs, for this face: a clear answer in JSON, nothing kept, the next call good."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.domain.agency import Kind, Level
from hub.gateway.app import Gateway
from hub.store.directory import registry
from hub.vxp import face
from tests.offices import document
from tests.town import founded
from tests.vxp.client import OCTETS, PREFIX, Client
from tests.vxp.conftest import Axis
from tests.vxp.test_operations import status

CRLF = "\r\n"
PART = '--B\r\nContent-Disposition: form-data; name="edocFile"; filename="a.edxml"\r\nContent-Type: application/xml\r\n\r\n'
# id -> (Content-Type, body): {file} is the file
FORMS = {
    "B057": ("multipart/form-data", PART + "{file}\r\n--B--\r\n"),
    "B057-empty": ('multipart/form-data; boundary=""', PART + "{file}\r\n--B--\r\n"),
    "B057-long": (f"multipart/form-data; boundary={'B' * 2000}", PART + "{file}\r\n--B--\r\n"),
    "B058": ("multipart/form-data; boundary=C", PART + "{file}\r\n--B--\r\n"),
    "B059": ("multipart/form-data; boundary=B; boundary=C", PART + "{file}\r\n--B--\r\n"),
    "B060": ("multipart/form-data; boundary=B", PART + "{file}\r\n"),
    "B061": ("multipart/form-data; boundary=B", PART + "<edXML"),
    "B062": ("multipart/form-data; boundary=B", (PART + "{file}\r\n") * 2 + "--B--\r\n"),
    "B063": ("multipart/form-data; boundary=B", PART.replace("; filename", '; name="x"; filename') + "{file}\r\n--B--"),
    "B064": ("multipart/form-data; boundary=B", PART.replace("Content-Type", "Content-Disposition: x\r\nContent-Type")),
    "B065": ("multipart/form-data; boundary=B", PART.replace('.edxml"', ".edxml\"; filename*=utf-8''b") + "{file}"),
    "B066": ("multipart/form-data; boundary=B", PART.replace("a.edxml", "../../etc/passwd") + "{file}\r\n--B--\r\n"),
    "B067": ("multipart/form-data; boundary=B", PART.replace("a.edxml", "a\x00b") + "{file}\r\n--B--\r\n"),
    "B068": ("multipart/form-data; boundary=B", PART.replace('name="edocFile"; ', "") + "{file}\r\n--B--\r\n"),
    "B069": ("multipart/form-data; boundary=B", PART.replace("edocFile", "other") + "{file}\r\n--B--\r\n"),
    "B070": ("multipart/form-data; boundary=B", PART * 1001 + "--B--\r\n"),
    "B071": ("multipart/form-data; boundary=B", PART.replace("Content-Type", f"X: {'x' * 100_000}\r\nContent-Type")),
    "B072": ("multipart/form-data; boundary=B", "x" * 150_000 + PART + "{file}\r\n--B--\r\n"),
    "B073": ("multipart/form-data; boundary=B", PART.replace("application/xml", "multipart/mixed; boundary=D")),
    "B074": ("multipart/related; boundary=B", PART + "{file}\r\n--B--\r\n"),
    "B075": (
        "multipart/form-data; boundary=B",
        PART.replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
    ),
    "B077": ("multipart/form-data; boundary=B", (PART + "{file}\r\n--B--\r\n").replace(CRLF, "\n")),
    "B078": ("text/html", "{file}"),
    "form": ("application/x-www-form-urlencoded", "edocFile=x"),
}


async def told(axis: Axis, client: Client, answer: dict[str, Any], code: str, http: int) -> None:
    """A refusal of this kind was told, in the client's shape; nothing of it was kept; the face still answers."""
    assert client.last
    said = client.last.json()
    assert (said["status"], said["code"], client.last.status) == ("FAIL", code, http), said
    assert said["ErrorCode"] not in ("", "0")
    assert said["ErrorDesc"]
    assert said["DocId"] == ""
    assert all(each["fix"]["vi"] and each["fix"]["en"] for each in said["errors"])
    assert answer["status"] == "FAIL"
    assert set((await axis.town.counts()).values()) == {0}


async def good(axis: Axis, client: Client) -> None:
    """A fresh object of the same system sends a document that is taken."""
    office = axis.town.offices[client.systemid]
    fresh = Client(client.base, client.systemid, client.secret)
    sent = await fresh.send_edoc(office.written(document(client.systemid, ["H53"])), client.systemid)
    assert sent["status"] == "OK", sent


async def test_a_form_is_refused_whatever_is_in_it(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    file = sender.written(document("G22", ["H53"])).decode()
    for kind, body in FORMS.values():
        parameters = {"servicetype": "eDoc", "messagetype": "edoc", "hash-file": "0" * 64, "from": "G22"}

        answer = await client.call("sendEdoc", parameters, kind, body.replace("{file}", file).encode())

        await told(axis, client, answer.json(), "unsupported-media-type", 415)
    await good(axis, client)


async def test_b076_a_status_message_sent_as_a_document_and_the_other_way_round(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")

    await told(axis, client, await client.send_edoc(status("G22", "H53", "x"), "G22"), "type-mismatch", 422)
    file = sender.written(document("G22", ["H53"]))
    await told(axis, client, await client.send_edoc(file, "G22", "status"), "type-mismatch", 422)
    await told(axis, client, await client.send_edoc(file, "G22", "letter"), "invalid-parameter", 422)
    await good(axis, client)


Break = Callable[[list[tuple[str, str]]], list[tuple[str, str]]]
SIGNATURES: dict[str, tuple[Break, str]] = {
    "B079 no credentials": (lambda _: [], "vxp-unauthenticated"),
    "B081 wrong HMAC": (
        lambda hs: [(n, "0" * 64 if n.endswith("hash-header") else v) for n, v in hs],
        "vxp-unauthenticated",
    ),
    "B081 no HMAC": (lambda hs: [h for h in hs if not h[0].endswith("hash-header")], "vxp-unauthenticated"),
    "B087 HMAC of another algorithm": (
        lambda hs: [(n, v[:40] if n.endswith("hash-header") else v) for n, v in hs],
        "vxp-unauthenticated",
    ),
    "B088 two signatures": (lambda hs: [*hs, (f"{PREFIX}hash-header", "0" * 64)], "vxp-unauthenticated"),
    "B086 a parameter that is not covered": (
        lambda hs: [(n, "H99" if n == f"{PREFIX}from" else v) for n, v in hs],
        "vxp-headers-changed",
    ),
    "B091 somebody else's systemid": (
        lambda hs: [(n, "H53" if n == f"{PREFIX}systemid" else v) for n, v in hs],
        "vxp-unauthenticated",
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
async def test_a_signature_that_does_not_hold(axis: Axis, name: str) -> None:
    _, client = await axis.system("G22")
    await axis.system("H53")
    spoil, code = SIGNATURES[name]
    client.sticky |= {"from": "G22", "messagetype": "edoc", "hash-file": "0" * 64}

    answer = await client.exchange("POST", "sendEdoc", spoil(client.signed()), b"<edXML/>\r\n", OCTETS)

    await told(axis, client, answer.json(), code, 401)
    assert answer.headers["www-authenticate"]
    await good(axis, client)


async def test_b080_an_unknown_system_and_a_wrong_secret_get_the_same_words(axis: Axis) -> None:
    _, client = await axis.system("G22")
    said = []
    for stranger in (Client(client.base, "H99", "x"), Client(client.base, "G22", "x")):
        await stranger.received()
        assert stranger.last
        said.append({k: v for k, v in stranger.last.json().items() if k != "request_id"})

    assert said[0] == said[1]


async def test_b085_a_file_that_changed_on_its_way(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    file = sender.written(document("G22", ["H53"]))

    answer = await client.send_edoc(file, "G22", **{"hash-file": "ab" * 32})
    await told(axis, client, answer, "file-hash", 422)
    await told(axis, client, await client.send_edoc(file, "G22", **{"hash-file": "x"}), "invalid-parameter", 422)
    await good(axis, client)


async def test_b092_a_suspended_agency(axis: Axis) -> None:
    _, client = await axis.system("G22")
    await axis.system("H53")
    database = axis.town.hub.database
    async with database.write() as conn:
        await registry.suspend(conn, "G22", client.made_at.astimezone())
    await axis.town.hub.directory.refresh()

    await told(axis, client, await client.received(), "agency-suspended", 403)

    async with database.write() as conn:
        await registry.resume(conn, "G22", client.made_at.astimezone())
    await axis.town.hub.directory.refresh()
    await good(axis, client)


async def test_a_system_whose_time_is_over(axis: Axis) -> None:
    await axis.system("H53")
    _, client = await axis.system("G22", ends_on=date(2026, 1, 1))

    await told(axis, client, await client.received(), "vxp-system-ended", 403)
    await good(axis, await axis.client("G22"))


async def test_b093_a_system_that_names_another_agency(axis: Axis) -> None:
    _, client = await axis.system("G22")
    other, _ = await axis.system("H53")
    theirs = other.written(document("H53", ["G22"]))

    await told(axis, client, await client.send_edoc(theirs, "G22"), "sender-mismatch", 403)
    await told(axis, client, await client.send_edoc(theirs, "H53"), "not-delegated", 403)
    await told(axis, client, await client.send_edoc(theirs, "H99"), "not-delegated", 403)
    await good(axis, client)


async def test_b095_a_gateway_acts_for_what_is_below_it_and_for_nobody_else(axis: Axis) -> None:
    await axis.system("H53")
    await axis.system("H54")
    ours, theirs = await axis.town.settle("H53.7", Level.COMMUNE, parent="H53"), await axis.town.settle("H54.7")
    _, client = await axis.system("00.53.W00", kind=Kind.GATEWAY, parent="H53")

    foreign = await client.send_edoc(theirs.written(document("H54.7", ["H53"])), "H54.7")
    await told(axis, client, foreign, "not-delegated", 403)
    foreign = await client.send_edoc(theirs.written(document("H54.7", ["H53"])), "00.53.W00")
    await told(axis, client, foreign, "sender-mismatch", 403)

    for header in ("H53.7", "00.53.W00"):  # the agency, or the gateway's own code
        assert (await client.send_edoc(ours.written(document("H53.7", ["H54"])), header))["status"] == "OK"
    await client.send_edoc(ours.written(document("H53.7", ["H53.7", "H53", "H54.7"])), "H53.7")
    await axis.town.carry()
    # H53 has a system of its own, H54.7 is another province's
    assert [i["to"] for i in (await client.received())["data"]] == ["H53.7"]


async def test_an_agency_below_is_nobodys_business_without_a_gateway(axis: Axis) -> None:
    below = await axis.town.settle("H53.7", Level.COMMUNE, parent="H53")
    _, client = await axis.system("H53")

    await told(
        axis, client, await client.send_edoc(below.written(document("H53.7", ["H53"])), "H53.7"), "not-delegated", 403
    )
    await told(axis, client, await client.register(code="H53.8", name="Xã", pcode="H53"), "not-delegated", 403)


async def test_b098_b099_the_same_file_again_and_the_same_name_with_other_content(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    envelope = document("G22", ["H53"])
    file = sender.written(envelope)
    first = await client.send_edoc(file, "G22")

    assert await client.send_edoc(file, "G22") == first
    other = await client.send_edoc(sender.written(envelope, attachment=b"%PDF-1.4\nother"), "G22")
    assert (other["status"], other["DocId"]) == ("FAIL", "")
    assert first["DocId"] in other["ErrorDesc"]
    assert (await axis.town.counts())["envelope"] == 1


async def test_b100_the_same_file_for_other_recipients(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    await axis.system("H54")
    file = sender.written(document("G22", ["H53", "H54"]))

    narrowed = await client.send_edoc(file, "G22", to=["H53"])
    again = await client.send_edoc(file, "G22", to=["H53"])
    other = await client.send_edoc(file, "G22", to=["H54"])

    assert narrowed["status"] == again["status"] == "OK"
    assert [p["toCode"] for p in (await client.sent(narrowed["DocId"]))["data"]] == ["H53"]
    assert other["status"] == "FAIL"
    assert other["ErrorDesc"].startswith("duplicate-document")


async def test_a_list_of_recipients_that_lies_changes_nothing(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await axis.system("H53")
    await axis.system("H54")
    for lie in ('["H54"]', '["H53","H54"]', "[", "[1]", '"H54"', "H54", "[]", '[["H53"]]', "[" * 5000):
        sent = await client.send_edoc(sender.written(document("G22", ["H53"])), "G22", to=lie)

        assert sent["status"] == "OK", lie
        assert [p["toCode"] for p in (await client.sent(sent["DocId"]))["data"]] == ["H53"], lie


async def test_another_systems_docid_is_no_docid(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    _, receiver = await axis.system("H53")
    _, nosy = await axis.system("H54")
    sent = await client.send_edoc(sender.written(document("G22", ["H53"])), "G22")
    await axis.town.carry()
    (item,) = (await receiver.received())["data"]
    unknown = "0190a000-0000-7000-8000-000000000000"

    asks: list[Callable[[str], Awaitable[Any]]] = [
        nosy.sent,
        nosy.download,
        lambda docid: nosy.update_status(docid, "done"),
        lambda docid: nosy.call("getEdoc", {"docId": docid}),
    ]
    for ask in asks:
        words = []
        for docid in (
            item["docId"],
            sent["DocId"],
            unknown,
            "5f3c",
            "",
            "'; DROP TABLE delivery; --",
            f"{{{unknown}}}",
        ):
            await ask(docid)
            assert nosy.last
            said = nosy.last.json()
            assert (said["status"], nosy.last.status) == ("FAIL", 404)
            words.append({k: v for k, v in said.items() if k != "request_id"})
        assert all(each == words[0] for each in words)
    assert [i["status"] for i in (await receiver.received())["data"]] == ["initial"]


async def test_a_status_about_a_document_that_was_never_carried(axis: Axis) -> None:
    _, client = await axis.system("G22")
    await axis.system("H53")

    refused = await client.send_edoc(status("G22", "H53", "H53,2026/01/01,1/X"), "G22", "status")

    await told(axis, client, refused, "unknown-document", 422)
    await good(axis, client)


async def test_a_status_that_there_is_not_and_dates_that_are_none(axis: Axis) -> None:
    sender, client = await axis.system("G22")
    await client.send_edoc(sender.written(document("G22", ["G22"])), "G22")
    await axis.town.carry()
    (item,) = (await client.received(fromDate="yesterday", toDate="99/99/9999 99:99:99"))["data"]

    refused = await client.update_status(item["docId"], "finished")

    assert (refused["status"], refused["code"]) == ("FAIL", "invalid-parameter")
    assert "done" in refused["ErrorDesc"]


async def test_whatever_is_asked_below_the_path_is_answered_in_json(axis: Axis) -> None:
    _, client = await axis.system("G22")
    asked = [
        ("POST", "", 404),
        ("POST", "sendedoc", 404),
        ("POST", "sendEdoc/x", 404),
        ("GET", "../v1/envelopes", 404),
        ("GET", "sendEdoc", 405),
        ("POST", "downloadEdoc", 405),
        ("DELETE", "getEdoc", 405),
        ("GET", "x" * 9000, 404),
    ]
    for method, operation, http in asked:
        answer = await client.exchange(method, operation, client.signed())
        said = json.loads(answer.body)
        assert said["status"] == "FAIL", (method, operation)
        assert answer.status in (http, 414), (method, operation, answer.status)
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
    many = [(f"X-{n}", "x") for n in range(150)]
    answer = await client.exchange("POST", "getEdoc", [*client.signed(), *many, ("X", "x" * 70_000)])
    assert answer.json()["status"] == "FAIL"
    assert answer.status == 431


async def test_a_file_over_the_limit_is_refused_before_it_is_sent(axis: Axis) -> None:
    _, client = await axis.system("G22")

    refused = await client.send_edoc(b"x" * 200_001, "G22")

    await told(axis, client, refused, "too-large", 413)


async def test_a_unit_that_makes_no_sense(axis: Axis) -> None:
    _, client = await axis.system("00.53.W00", kind=Kind.GATEWAY)

    await told(axis, client, await client.register(pcode="00.53.W00", name="Xã"), "invalid-parameter", 422)
    await told(axis, client, await client.register(code="a b", name="Xã", pcode="G99"), "not-delegated", 403)
    await told(axis, client, await client.register(code="a b", name="Xã"), "code-impossible", 422)
    await told(axis, client, await client.register(code="H53.1", name="X\0ã"), "invalid-parameter", 422)
    await told(axis, client, await client.register(code="H53.1", name="Bộ", level="central"), "invalid-parameter", 422)
    for bad in ({"mail": "an@x.vn\r\nBcc: y@x.vn"}, {"mobile": "09\t1"}):
        await told(axis, client, await client.register(code="H53.1", name="Xã", **bad), "invalid-parameter", 422)
    await told(axis, client, (await client.call("registerAgency", {}, body=b"{")).json(), "not-json", 400)
    await told(axis, client, await client.delete("00.53.W00"), "unit-not-yours", 403)
    await told(axis, client, await client.delete("H99"), "unknown-agency", 422)
    await told(axis, client, await client.delete(""), "invalid-parameter", 422)


async def test_a_system_that_calls_too_often_is_told_when_to_come_back_and_no_other_is(tmp_path: Path) -> None:
    async with founded(tmp_path, rate_per_second=0.001, rate_burst=1) as town:
        axis = Axis(town, "http://hub")
        (_, busy), (_, calm) = await axis.system("G22"), await axis.system("H53")
        hub = httpx.ASGITransport(Gateway(town.hub, asides=[face.mount]))
        async with httpx.AsyncClient(transport=hub, base_url="http://hub/vxp") as http:
            answers = [
                await http.post("/countReceiveEdoc", headers=client.signed(), content=b"{}")
                for client in (busy, busy, calm)
            ]

    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].json()["code"] == "rate-limited"
    assert int(answers[1].headers["retry-after"]) > 0
