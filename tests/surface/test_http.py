"""The HTTP calls by which other people's programs live: names of fields, codes, statuses, headers."""

import asyncio
import hashlib
import re
import secrets
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests import conftest as parts
from tests.parts.postgres import url_of
from tests.surface.conftest import LISTENING, Hub, refused, served
from tests.surface.papers import Paper, report
from tests.surface.programs import truc

pytestmark = pytest.mark.xdist_group("surface")  # one process sets the hub up, once

STATES = {"QUEUED", "SENDING", "DELIVERED", "AVAILABLE", "COLLECTED", "CONFIRMED", "DEAD", "WITHDRAWN"}
WHAT = {
    *("accepted", "available", "delivered", "collected", "confirmed", "failed", "reported", "recalled"),
    *("withdrawn", "dead"),
}
VERDICTS = {"valid", "valid-legacy", "absent", "unverifiable", "broken", "untrusted", "expired", "revoked"}


@pytest.fixture(scope="module", params=["embedded", pytest.param("production", marks=pytest.mark.long)])
def hub(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Hub]:
    """The hub in each of its shapes: other people's programs see no difference."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "embedded":
        with served(home, {"serve": LISTENING}, {}) as running:
            yield running
        return
    name = f"truc_surface_{secrets.token_hex(6)}"
    dsn = parts._address(parts._POSTGRES)
    asyncio.run(_database(dsn, f"CREATE DATABASE {name}"))
    environment = {
        "TRUC_DATABASE_URL": url_of(dsn, name),
        "TRUC_BUS": "kafka",
        "TRUC_KAFKA_BOOTSTRAP": parts._address(parts._KAFKA),
        "TRUC_TOPIC_PREFIX": name,
        "TRUC_KAFKA_PARTITIONS": "3",
    }
    with served(home, {"gateway": LISTENING, "worker": "working"}, environment) as running:
        yield running
    asyncio.run(_database(dsn, f"DROP DATABASE {name} WITH (FORCE)"))


async def _database(dsn: str, statement: str) -> None:
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(statement)
    finally:
        await admin.close()


def test_a_signed_document_gets_a_receipt_with_all_its_members(hub: Hub) -> None:
    body = Paper("H53", ("H53.13", "000.21.32.H53")).signed(hub.home, "h53")

    answer = hub.post("H53", body)
    said = answer.json()

    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/envelopes/{said['id']}"
    assert (said["sender"], said["kind"], said["sha256"]) == ("H53", "new", hashlib.sha256(body).hexdigest())
    assert datetime.fromisoformat(said["received_at"]).utcoffset() is not None
    assert said["signature"]["verdict"] == "valid"
    assert set(said["signature"]) >= {"verdict", "reason", "signer"}
    routes = {d["recipient"]: (d["addressed_as"], d["level"]) for d in said["deliveries"]}
    assert routes == {"H53.13": ("H53.13", "province"), "H53.32.21": ("000.21.32.H53", "commune")}
    assert all(d["id"] and d["state"] in STATES for d in said["deliveries"])
    assert said["receipt"]
    assert {"id", "document_id", "warnings", "receipt"} <= set(said)


def test_the_same_bytes_get_the_same_receipt(hub: Hub) -> None:
    body = Paper("H53", ("H53.13",)).signed(hub.home, "h53")

    first, again = hub.post("H53", body), hub.post("H53", body)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["receipt"] == again.json()["receipt"]


def test_text_xml_is_taken_too(hub: Hub) -> None:
    answer = hub.ask(
        "H53.13",
        "POST",
        "/v1/envelopes",
        content=Paper("H53.13", ("G22",)).plain(),
        headers={"Content-Type": "text/xml; charset=utf-8"},
    )

    assert answer.status_code == 202, answer.text


def test_a_dry_run_checks_everything_and_keeps_nothing(hub: Hub) -> None:
    body = Paper("H53", ("H53.13",)).signed(hub.home, "h53")

    dry = hub.post("H53", body, "?dry_run=true")
    real = hub.post("H53", body)

    assert dry.status_code == 200
    assert all(set(check) >= {"name", "ok", "detail", "ms"} for check in dry.json()["checks"])
    assert real.status_code == 202  # nothing was there
    bad = Paper("H53", ("Z99.99",)).signed(hub.home, "h53")
    told = [hub.post("H53", bad, query) for query in ("?dry_run=true", "")]
    assert [a.status_code for a in told] == [422, 422]
    assert told[0].json()["errors"] == told[1].json()["errors"]


def test_a_status_message_posted_as_an_envelope_is_a_report(hub: Hub) -> None:
    sent = hub.sent(Paper("H53.13", ("G22",)))
    hub.item("G22", sent["id"])

    answer = hub.post("G22", report("G22", "H53.13", sent["document_id"], "03"))

    assert answer.status_code == 202, answer.text
    assert answer.json()["kind"] == "status"


def test_everything_wrong_is_told_at_once_with_places(hub: Hub) -> None:
    paper = Paper("H53.13", ("Z99.99", "Q77"), subject="", day="2026/13/45")

    problem = refused(hub.post("H53.13", paper.plain()), 422, hub.post("H53.13", paper.plain()).json()["code"])

    found = {error["code"] for error in problem["errors"]}
    assert len(problem["errors"]) >= 4
    assert "unknown-recipient" in found
    assert any(error["line"] for error in problem["errors"])


def test_the_inbox_is_listed_fetched_and_confirmed(hub: Hub) -> None:
    body = Paper("H53.13", ("H53.32.21",)).plain()
    sent = hub.post("H53.13", body).json()
    item = hub.item("H53.32.21", sent["id"])
    path = f"/v1/inbox/{item['delivery_id']}"
    members = "delivery_id envelope_id kind document_id sender code subject priority available_at size sha256"

    whole = hub.ask("H53.32.21", "GET", path)
    part = hub.ask("H53.32.21", "GET", path, headers={"Range": "bytes=5-24"})
    same = hub.ask("H53.32.21", "GET", path, headers={"If-None-Match": whole.headers["etag"]})

    assert set(members.split()) <= set(item)
    assert (item["kind"], item["code"].split("/")[-1], item["size"]) == ("document", "SA-VP", len(body))
    assert whole.content == body
    assert whole.headers["etag"].strip('"') == hashlib.sha256(body).hexdigest() == item["sha256"]
    assert (part.status_code, part.content) == (206, body[5:25])
    assert same.status_code == 304

    def confirm(result: str) -> httpx.Response:
        return hub.ask("H53.32.21", "POST", f"{path}/confirm", json={"result": result, "reason": ""})

    assert confirm("processing").status_code == 200
    assert hub.is_waiting("H53.32.21", sent["id"])
    assert [confirm("done").status_code for _ in range(2)] == [200, 200]
    assert not hub.is_waiting("H53.32.21", sent["id"])
    assert confirm("fail").status_code == 409
    assert confirm("perhaps").status_code == 422


def test_the_most_urgent_comes_first_then_the_oldest(hub: Hub) -> None:
    sent = [hub.sent(Paper("H53.13", ("vxp.saas.03",), priority=p))["id"] for p in ("0", "0", "3", "1")]
    for one in sent:
        hub.item("vxp.saas.03", one)

    order = [item["envelope_id"] for item in hub.ask("vxp.saas.03", "GET", "/v1/inbox?kind=document").json()["items"]]

    assert [one for one in order if one in sent] == [sent[2], sent[3], sent[0], sent[1]]


@pytest.mark.parametrize("query", ["limit=1001", "limit=0", "kind=other", "wait=-1", "limit=x"])
def test_a_question_out_of_bounds_is_a_problem(hub: Hub, query: str) -> None:
    refused(hub.ask("H53.13", "GET", f"/v1/inbox?{query}"), 422, "invalid-parameter")


def test_reports_reach_the_sender_and_show_as_business(hub: Hub) -> None:
    sent = hub.sent(Paper("H53.13", ("G22",)))
    hub.item("G22", sent["id"])
    said = {
        "sender": "H53.13",
        "document_id": sent["document_id"],
        "code": "3",
        "description": "Đã vào sổ",
        "staff": {"name": "Lê Thị B", "department": "Văn thư", "email": "b@x.example", "mobile": "09"},
    }

    answer = hub.ask("G22", "POST", "/v1/status-reports", json=said)

    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["document_id"], told["code"], told["accepted"], told["flags"]) == (sent["document_id"], "03", True, [])
    assert told["id"]
    item = hub.report("H53.13", sent["document_id"])
    assert item["code"] == "03"
    made = hub.ask("H53.13", "GET", f"/v1/inbox/{item['delivery_id']}")
    assert b"<edXML" in made.content
    shown = hub.ask("H53.13", "GET", f"/v1/envelopes/{sent['id']}").json()["deliveries"][0]
    assert (shown["business"]["code"], shown["business"]["description"]) == ("03", "Đã vào sổ")
    assert shown["business"]["at"]
    assert {"state", "collected_at", "confirmed_at"} <= set(shown)


def test_an_xml_report_arrives_byte_for_byte(hub: Hub) -> None:
    sent = hub.sent(Paper("vxp.saas.03", ("G22",)))
    hub.item("G22", sent["id"])
    body = report("G22", "vxp.saas.03", sent["document_id"], "01")

    answer = hub.ask("G22", "POST", "/v1/status-reports", content=body, headers={"Content-Type": "application/xml"})

    assert answer.status_code == 202, answer.text
    item = hub.report("vxp.saas.03", sent["document_id"])
    assert hub.ask("vxp.saas.03", "GET", f"/v1/inbox/{item['delivery_id']}").content == body


def test_reports_are_lenient_and_refused_only_without_reason_to_believe_them(hub: Hub) -> None:
    sent = hub.sent(Paper("H53.13", ("G22",)))
    hub.item("G22", sent["id"])

    def say(who: str, **said: str) -> httpx.Response:
        facts = {"sender": "H53.13", "document_id": sent["document_id"], "code": "06", **said}
        return hub.ask(who, "POST", "/v1/status-reports", json=facts)

    assert say("G22").json()["flags"]  # finished, though never taken in
    assert say("G22", code="01").json()["flags"]
    assert say("G22", document_id="never sent").status_code in (404, 422)
    assert say("H53.32.21").status_code == 403
    assert say("G22", code="99").json()["flags"] == ["unknown-code"]
    assert say("G22", code="ba").status_code == 422
    assert say("H53.13", code="13", recipient="G22", description="Gửi nhầm").status_code == 202


def test_the_whole_story_can_be_followed(hub: Hub) -> None:
    sent = hub.sent(Paper("H53.13", ("H53.32.21",)))
    item = hub.item("H53.32.21", sent["id"])
    hub.ask("H53.32.21", "GET", f"/v1/inbox/{item['delivery_id']}")
    hub.ask("H53.32.21", "POST", f"/v1/inbox/{item['delivery_id']}/confirm", json={"result": "done"})
    base = f"/v1/envelopes/{sent['id']}"

    events = hub.ask("H53.13", "GET", f"{base}/timeline").json()["events"]

    assert all({"at", "recipient", "what", "detail"} <= set(event) for event in events)
    assert {event["what"] for event in events} == {"accepted", "available", "collected", "confirmed"}
    assert hub.ask("H53.13", "GET", base).json()["deliveries"][0]["confirmed_at"]
    assert hub.ask("H53.13", "GET", f"{base}/original").status_code == 200
    assert hub.ask("H53.13", "GET", f"{base}/receipt").status_code == 200
    assert hub.ask("H53.13", "GET", f"{base}/explain").status_code == 200
    assert hub.ask("G22", "GET", base).status_code == 404


def test_the_feed_tells_everything_in_order_and_goes_on_where_it_stopped(hub: Hub) -> None:
    sent = hub.sent(Paper("vxp.saas.03", ("H53.32.21",)))
    hub.item("H53.32.21", sent["id"])
    seen, cursor = [], ""
    for _ in range(60):
        page = hub.ask("vxp.saas.03", "GET", f"/v1/status?after={cursor}&wait=1&limit=2").json()
        cursor = page["next"]
        seen += page["items"]
        if any(i["what"] == "available" and i["envelope_id"] == sent["id"] for i in seen):
            break

    members = {"at", "envelope_id", "document_id", "recipient", "what", "code", "description"}
    assert all(members <= set(item) for item in seen)
    assert {item["what"] for item in seen} <= WHAT
    assert [i["what"] for i in seen if i["envelope_id"] == sent["id"]] == ["accepted", "available"]
    assert [i["at"] for i in seen] == sorted(i["at"] for i in seen)
    assert hub.ask("vxp.saas.03", "GET", f"/v1/status?after={cursor}").json() == {"items": [], "next": cursor}


def test_who_has_not_received_what_is_listed(hub: Hub) -> None:
    sent = hub.sent(Paper("H53.13", ("H53.32.21",), priority="3"))
    hub.item("H53.32.21", sent["id"])
    members = (
        "id kind recipient sender envelope_id document_id code subject priority sent_at age_working_minutes level state "
        "contact"
    )

    for who in ("operator", "observer"):
        said = hub.ask(who, "GET", "/v1/alerts?kind=unreceived&level=commune&agency=H53.32.21&older_than=PT0S").json()
        found = [item for item in said["items"] if item["envelope_id"] == sent["id"]]
        assert found, said
        assert set(members.split()) <= set(found[0])
        assert "next" in said
    old = hub.ask("observer", "GET", "/v1/alerts?kind=unreceived&older_than=PT400H").json()["items"]
    assert [item for item in old if item["envelope_id"] == sent["id"]] == []
    assert hub.ask("H53.13", "GET", "/v1/alerts?kind=unreceived").status_code == 403


def test_people_search_documents_and_read_reports(hub: Hub) -> None:
    sent = hub.sent(Paper("H53.13", ("G22",)))

    found = hub.ask("operator", "GET", f"/v1/envelopes?q={sent['document_id']}&from=2026-01-01&level=central").json()

    assert [item["id"] for item in found["items"]][:1] == [sent["id"]]
    for kind in ("exchange", "signed", "on-time", "receipt", "connection"):
        assert hub.ask("observer", "GET", f"/v1/reports/{kind}?period=2026-Q3").status_code == 200


def test_the_directory_answers_for_any_day_and_any_code(hub: Hub) -> None:
    assert [a["code"] for a in hub.ask("G22", "GET", "/v1/agencies?q=H53&level=commune").json()["items"]] == [
        "H53.32.21"
    ]
    assert [a["code"] for a in hub.ask("G22", "GET", "/v1/agencies?parent=H53").json()["items"]] == ["H53.13"]
    assert hub.ask("G22", "GET", "/v1/agencies/000.00.00.H53?on=2026-11-20").json()["code"] == "H53"
    assert hub.ask("G22", "GET", "/v1/agencies?on=2026-11-20").status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json"])
def test_health_needs_no_key(hub: Hub, path: str) -> None:
    assert hub.ask("", "GET", path).status_code == 200


def test_people_find_a_form_with_name_and_password_in_either_language(hub: Hub) -> None:
    vi, en = (hub.ask("", "GET", f"/login?lang={lang}").text for lang in ("vi", "en"))
    said = httpx.get(f"{hub.url}/login", headers={"Accept-Language": "en"}).text

    for page in (vi, en):
        assert re.search(r'name="name"', page)
        assert re.search(r'name="password"', page)
    assert ('lang="vi"' in vi, 'lang="en"' in en) == (True, True)
    assert 'lang="en"' in said
    assert hub.ask("", "GET", "/", follow_redirects=True).status_code == 200


def test_nobody_without_a_key_is_let_in(hub: Hub) -> None:
    answer = hub.ask("", "GET", "/v1/inbox")

    refused(answer, 401, "unauthenticated")
    assert "www-authenticate" in answer.headers


def test_a_key_for_this_try_and_a_digest_are_honoured(hub: Hub) -> None:
    one, other = (Paper("H53.13", ("G22",)).plain() for _ in range(2))
    wrong = {"Content-Digest": "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"}

    first = hub.post("H53.13", one, **{"Idempotency-Key": "k-1"})
    refused(hub.post("H53.13", other, **{"Idempotency-Key": "k-1"}), 409, "idempotency-conflict")
    refused(hub.post("H53.13", other, **wrong), 400, "content-digest-mismatch")
    assert first.status_code == 202
    assert hub.post("H53.13", other).status_code == 202


def test_the_same_name_for_other_bytes_names_the_first(hub: Hub) -> None:
    paper = Paper("H53.13", ("G22",))
    first = hub.sent(paper)
    paper.subject = "V/v khác"

    problem = refused(hub.post("H53.13", paper.plain()), 409, "duplicate-document")

    assert first["id"] in problem["errors"][0]["message"]["en"]


def test_a_body_over_the_limit_is_refused_by_its_head_alone(hub: Hub) -> None:
    host, port = hub.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/envelopes HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {hub.keys['H53.13']}\r\n"
        f"Content-Type: application/xml\r\nContent-Length: {101 * 1024 * 1024}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), 30) as wire:
        wire.sendall(head.encode())
        answer = b"".join(iter(lambda: wire.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"too-large" in answer


@pytest.mark.parametrize(("language", "heading"), [("en_US.UTF-8", "1 reason:"), ("vi_VN.UTF-8", "1 lý do:")])
def test_a_refusal_is_told_at_the_command_line_once_with_its_status(
    hub: Hub, tmp_path: Path, language: str, heading: str
) -> None:
    file = tmp_path / "file.edxml"
    file.write_bytes(Paper("H53.13", ("H99",)).plain())

    said = truc("send", file, "--url", hub.url, "--key", hub.keys["H53.13"], LC_ALL=language)

    assert (said.code, said.err.count("unknown-recipient")) == (1, 1)
    assert "(422)" in said.err
    assert heading in said.err


def test_what_is_pasted_into_the_command_line_is_what_the_api_says(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "file.edxml"
    file.write_bytes(Paper("H53", ("H53.13",)).plain())
    signed = tmp_path / "signed.edxml"
    home = {"TRUC_HOME": hub.home, **hub.environment}
    own = ("--cert", hub.home / "h53.pem", "--private-key", hub.home / "h53.key")

    assert truc("sign", file, *own, "-o", signed, **home).code == 0
    dry = truc("send", signed, "--url", hub.url, "--key", hub.keys["H53"], "--dry-run", "--json")
    sent = truc("send", signed, "--url", hub.url, "--key", hub.keys["H53"], "--json")
    assert dry.json()["checks"]
    assert sent.json()["signature"]["verdict"] == "valid"
    hub.item("H53.13", sent.json()["id"])
    (tmp_path / "answer.json").write_text(sent.out)
    checked = truc("verify", tmp_path / "answer.json", "--json", **home)
    assert checked.json()["ok"] is True
    assert truc("verify", signed, "--json", **home).json()["verdict"] == "valid"
    inbox = truc("inbox", "--url", hub.url, "--key", hub.keys["H53.13"], "--json").json()["items"]
    (item,) = [i for i in inbox if i["envelope_id"] == sent.json()["id"]]
    done = truc("confirm", item["delivery_id"], "--url", hub.url, "--key", hub.keys["H53.13"], "--json")
    assert (done.code, done.json()["state"]) == (0, "CONFIRMED")
    story = truc("explain", sent.json()["id"], "--json", **home)
    assert story.json()["id"] == sent.json()["id"]
    late = truc("report", "exchange", "--period", "2026-Q3", "--json", **home)
    assert late.json()
