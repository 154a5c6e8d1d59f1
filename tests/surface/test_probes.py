"""Questions nobody should ask, over a bare socket and over HTTP: each gets a problem document, none a stack or a 500."""

import json
import socket

import httpx
import pytest

from tests.surface.conftest import Hub, refused
from tests.surface.papers import Paper

pytestmark = pytest.mark.xdist_group("surface")  # one process sets the hub up, once

ROUTES = (
    *("/v1/envelopes", "/v1/inbox", "/v1/status", "/v1/status-reports", "/v1/agencies", "/v1/alerts", "/v1/ledger"),
    *("/v1/envelopes/x", "/v1/inbox/x", "/v1/inbox/x/confirm", "/v1/reports/exchange", "/v1/audit", "/v1/trust"),
)
ODD_PATHS = (
    *("/v1/envelopes/%00", "/v1/envelopes/..%2f..%2fetc%2fpasswd", "/v1/inbox/%ff%fe", "/v1/agencies/%F0%9F%98%80"),
    *("/v1//inbox", "/v1/inbox/", "/V1/INBOX", "/v1/agencies/" + "x" * 500, "/v1/agencies/%0d%0aSet-Cookie:%20a=b"),
    *("/problems/none", "/.git/config", "/static/../../../etc/passwd", "/static/%2e%2e/%2e%2e/pyproject.toml"),
)
ODD_QUERIES = (
    *("q=%00", "q=%ff", "limit=1e9", "limit=-0", "on=2026-02-30", "on=0000-00-00", "after=../..", "level=hamlet"),
    *("limit=99999999999999999999", "q=" + "x" * 4000, "q=%25_%5C%27%22;--", "parent=%E2%80%8B", "kind[]=x"),
)
ODD_JSON = {
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"1e999",
    "NaN": b'{"sender": NaN}',
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "not UTF-8": b'{"sender": "\xff\xfe"}',
    "half a pair": b'{"sender": "\\ud800"}',
    "UTF-16": '{"sender": "H53"}'.encode("utf-16"),
    "NUL": b'{"sender": "H53\\u0000", "document_id": "x", "code": "01"}',
    "wrong kinds": b'{"sender": 1, "document_id": [], "code": {}, "staff": "x"}',
    "an endless number": b'{"code": ' + b"9" * 5000 + b"}",
    "nothing": b"",
}


def is_told(answer: httpx.Response) -> bool:
    """Refused as the page on problems says, and nothing of the inside shown."""
    assert answer.status_code < 500, (answer.status_code, answer.text[:300])
    if answer.status_code >= 400 and "json" in answer.headers.get("content-type", ""):
        assert answer.json()["errors"][0]["fix"]["vi"]
        assert "Traceback" not in answer.text
        return True
    return "text/html" not in answer.headers.get("content-type", "") or answer.status_code < 400


def bare(hub: Hub, said: bytes) -> bytes:
    """Say exactly this and hear everything that comes."""
    host, port = hub.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as wire:
        wire.sendall(said)
        return b"".join(iter(lambda: wire.recv(65536), b""))


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ROUTES)
def test_a_method_that_is_not_there_is_told(hub: Hub, method: str, path: str) -> None:
    answer = hub.ask("H53.13", method, path)

    assert answer.status_code in (404, 405), answer.text
    assert is_told(answer)
    assert answer.status_code == 404 or answer.headers["allow"]


@pytest.mark.parametrize("path", ODD_PATHS, ids=range(len(ODD_PATHS)))
def test_a_path_that_leads_nowhere_is_told(hub: Hub, path: str) -> None:
    host = hub.url.removeprefix("http://")
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {hub.keys['H53.13']}\r\nConnection: close\r\n\r\n"

    said = bare(hub, head.encode())

    assert said.split(b" ")[1] in (b"400", b"404", b"307", b"308", b"422"), said[:300]
    assert b"root:" not in said
    assert b"[project]" not in said
    assert b"\r\nset-cookie: a" not in said.lower()


@pytest.mark.parametrize("query", ODD_QUERIES, ids=range(len(ODD_QUERIES)))
@pytest.mark.parametrize(
    ("who", "path"), [("H53.13", "/v1/agencies"), ("operator", "/v1/envelopes"), ("operator", "/v1/alerts")]
)
def test_a_query_that_makes_no_sense_is_told_or_passed_over(hub: Hub, who: str, path: str, query: str) -> None:
    assert is_told(hub.ask(who, "GET", f"{path}?{query}"))


@pytest.mark.parametrize("name", ODD_JSON)
@pytest.mark.parametrize("path", ["/v1/status-reports", "/v1/inbox/x/confirm"])
def test_json_that_makes_no_sense_is_told(hub: Hub, path: str, name: str) -> None:
    answer = hub.ask("H53.13", "POST", path, content=ODD_JSON[name], headers={"Content-Type": "application/json"})

    assert 400 <= answer.status_code < 500, answer.text
    assert is_told(answer)


@pytest.mark.parametrize(
    "value",
    ["Bearer", "Basic eDp4", "bearer KEY", "Bearer KEY KEY", "Bearer trk_x_\xe1", "Bearer " + "x" * 9000],
)
def test_credentials_out_of_form_are_nobodys(hub: Hub, value: str) -> None:
    written = value.replace("KEY", hub.keys["H53.13"]).encode("latin-1")
    answer = hub.http.get("/v1/inbox", headers={b"Authorization": written})  # type: ignore[arg-type]

    if value == "bearer KEY":  # a scheme has no case
        assert answer.status_code == 200
    else:
        assert answer.status_code in (401, 431), answer.text
        assert is_told(answer)


@pytest.mark.parametrize(
    "field", ["bytes=5-2", "bytes=999999999-", "bytes=-0", "lines=1-2", "bytes=a-b", "bytes=0-0,5-9"]
)
def test_a_range_that_is_none_is_told_or_passed_over(hub: Hub, field: str) -> None:
    sent = hub.sent(Paper("H53.13", ("H53.32.21",)))
    item = hub.item("H53.32.21", sent["id"])

    answer = hub.ask("H53.32.21", "GET", f"/v1/inbox/{item['delivery_id']}", headers={"Range": field})

    assert answer.status_code in (200, 206, 416)
    assert answer.status_code != 416 or answer.headers["content-range"].startswith("bytes */")


def test_two_requests_in_one_line_are_answered_each_and_in_order(hub: Hub) -> None:
    host = hub.url.removeprefix("http://")
    one = f"GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n"
    other = f"GET /nothing HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"

    said = bare(hub, (one + other).encode())

    assert [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404"]


def test_a_second_request_hidden_in_a_body_is_no_request(hub: Hub) -> None:
    host = hub.url.removeprefix("http://")
    hidden = f"GET /v1/inbox HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {hub.keys['G22']}\r\n\r\n"
    head = (
        f"POST /v1/envelopes HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {hub.keys['H53.13']}\r\n"
        f"Content-Type: application/xml\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )

    said = bare(hub, (head + hidden).encode())

    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("operation", ["", "sendEdoc", "nothing", "getReceivedEdocList/x", "%2e%2e/livez", "SENDEDOC"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
def test_the_axis_face_answers_json_whatever_it_is_asked(hub: Hub, method: str, operation: str) -> None:
    answer = hub.http.request(method, f"/vxp/{operation}", content=b"\x00\xff" if method != "GET" else b"")

    assert 400 <= answer.status_code < 500
    if method != "HEAD":
        said = json.loads(answer.content)
        assert (said["status"], said["DocId"]) == ("FAIL", "")


def test_who_asks_for_pictures_only_is_answered_all_the_same(hub: Hub) -> None:
    answer = hub.post("H53.13", b"x", Accept="image/png;q=1, application/json;q=0")

    assert answer.status_code in (400, 406)


def test_the_refusal_of_nobody_says_nothing_of_whether_a_key_exists(hub: Hub) -> None:
    known = hub.keys["H53.13"].rsplit("_", 1)[0] + "_" + "A" * 43
    unknown = "trk_0000000000000000_" + "A" * 43
    answers = [hub.http.get("/v1/inbox", headers={"Authorization": f"Bearer {key}"}) for key in (known, unknown)]

    first, second = (refused(answer, 401, "unauthenticated") for answer in answers)

    assert {k: v for k, v in first.items() if k != "request_id"} == {
        k: v for k, v in second.items() if k != "request_id"
    }
