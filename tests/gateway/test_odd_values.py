"""Values that are well formed and mean nothing: numbers no database keeps, days before all days, text nobody can store."""

import base64

import pytest
from lxml import etree

from hub.domain.roles import Role
from tests.gateway.asking import SILENCE, ask
from tests.town import Town

ID = "01920000-0000-7000-8000-000000000000"
JSON = ("content-type", "application/json")


def cursor(*parts: str) -> str:
    return base64.urlsafe_b64encode("~".join(parts).encode()).decode().rstrip("=")


LARGE = (
    *("/v1/audit?before={}", "/v1/agency-changes?before={}", "/v1/agency-changes/{}", "/v1/log/head?size={}"),
    *("/v1/log/leaves?start={}", "/v1/log/proof?number={}", "/v1/log/consistency?first={}"),
)
FORGED = {
    "/v1/ledger": [("²", "H29"), ("9" * 18, "H29"), ("1", "H\x00"), ("1",)],
    "/v1/envelopes": [("²", ID), ("9" * 400, ID), ("-" + "9" * 18, ID), ("1", "x")],
    "/v1/alerts": [("H29", "²", ID), ("H\x00", "1", ID), ("H29", "--1", ID), ("H29", "9" * 18, ID)],
    "/v1/quarantine": [("²", ID), ("9" * 18, ID)],
}


async def test_a_number_that_no_database_keeps_is_a_parameter_that_is_refused(town: Town) -> None:
    async with await town.watcher(Role.ADMIN) as admin:
        for path in LARGE:
            for number in (2**63, 10**30):
                answer = await admin.get(path.format(number))
                assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter"), path


async def test_a_cursor_of_somebodys_own_making_is_refused_whatever_is_in_it(town: Town) -> None:
    office = await town.settle("H29")
    async with await town.watcher() as watcher:
        for path, made in FORGED.items():
            for parts in made:
                answer = await watcher.get(path, params={"after": cursor(*parts)})
                assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter"), (path, parts)
    answer = await office.call("GET", "/v1/status", params={"after": cursor("²", "³")})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_day_that_other_zones_do_not_have_is_a_parameter_that_is_refused(town: Town, day: str) -> None:
    await town.settle("H29")
    async with await town.watcher() as watcher:
        for path in ("/v1/envelopes", "/v1/ledger"):
            answer = await watcher.get(path, params={"from": day})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter"), path
        for end in ("from", "to"):
            answer = await watcher.get("/v1/agencies/H29/signatures", params={end: day[:10]})
            assert answer.status_code == (422 if day < "1000" else 200), end


async def test_text_that_no_database_keeps_is_refused_with_its_place(town: Town) -> None:
    await town.settle("H29")
    async with await town.watcher(Role.ADMIN) as admin:
        for path in ("/v1/agencies/H%00", "/v1/agencies?q=a%00b", "/v1/groups/%00"):
            assert (await admin.get(path)).json()["code"] == "invalid-parameter", path
        put = b'{"code": "N1", "name": "nh\\u00f3m", "members": ["H29", "H\\u0000"]}'
        told = (await admin.put("/v1/groups", content=put, headers=dict([JSON]))).json()
        assert (told["code"], told["errors"][0]["path"]) == ("invalid-parameter", "members.1")
        half = await admin.put("/v1/agencies/H29/contact", content=b'{"name": "\\ud800"}', headers=dict([JSON]))
        assert (half.status_code, half.json()["code"]) == (400, "not-json")
        whole = await admin.put("/v1/agencies/H29/contact", content=b'{"name": "\\ud83d\\ude00"}', headers=dict([JSON]))
        assert whole.status_code == 200


@pytest.mark.parametrize(
    "body", [b'{"name": "\xff"}', b'{"a":' * 5000, b'{"name": ' + b"9" * 5000 + b"}", b"{", b"\x1f\x8b\x08\x00"]
)
async def test_a_body_that_cannot_be_read_is_no_json_and_not_a_page_that_is_missing(town: Town, body: bytes) -> None:
    await town.settle("H29")
    async with await town.watcher(Role.ADMIN) as admin:
        answer = await admin.put("/v1/agencies/H29/contact", content=body, headers=dict([JSON]))
    assert (answer.status_code, answer.json()["code"]) == (400, "not-json")


async def test_a_binding_until_the_end_of_all_days_is_refused_as_a_parameter(town: Town) -> None:
    await town.settle("H29")
    said = {"key_sha256": "ab" * 32, "valid_to": "9999-12-31T23:59:59-14:00"}
    async with await town.watcher(Role.ADMIN) as admin:
        answer = await admin.post("/v1/agencies/H29/certificates", json=said)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "body.valid_to")


async def test_a_key_by_a_name_that_is_only_begun_like_its_own_is_not_revoked(town: Town) -> None:
    office = await town.settle("H29")
    async with await town.watcher(Role.ADMIN) as admin:
        (key,) = (await admin.get("/v1/agencies/H29/keys")).json()["items"]
        answer = await admin.delete(f"/v1/agencies/H29/keys/{key['id']}0")
    assert (answer.status_code, answer.json()["code"]) == (422, "key-unknown")
    assert (await office.call("GET", "/v1/inbox")).status_code == 200


async def test_a_refusal_as_xml_is_xml_whatever_was_asked_for(town: Town) -> None:
    answer = await town.http.get("/v1/none%01%ef%bf%bf", headers={"Accept": "application/xml"})

    found = etree.fromstring(answer.content)
    assert found.findtext("{*}instance") == "/v1/none\ufffd\ufffd"


# -- bodies that are taken whole --------------------------------------------------------------------------------------

ROUTE = f"/v1/deliveries/{ID}/requeue"


@pytest.mark.parametrize("path", [ROUTE, "/v1/agencies", "/login", "/v1/none", "/"])
async def test_a_strangers_body_is_taken_up_to_a_bound_that_is_told_first(town: Town, path: str) -> None:
    answer = await ask(town, "POST", path, [JSON, ("content-length", str(3 * 1024 * 1024))], [SILENCE])

    assert answer
    assert (answer.status, answer.json()["code"]) == (413, "too-large")
    assert answer.headers["connection"] == "close"


async def test_a_strangers_body_without_a_length_is_taken_up_to_the_same_bound(town: Town) -> None:
    chunks = [b" " * 300_000] * 100

    answer = await ask(town, "POST", ROUTE, [JSON, ("transfer-encoding", "chunked")], [*chunks, SILENCE])

    assert answer
    assert (answer.status, answer.json()["code"]) == (413, "too-large")


async def test_a_strangers_body_that_stops_is_given_up(town: Town) -> None:
    answer = await ask(town, "POST", ROUTE, [JSON, ("content-length", "100")], [b"{", SILENCE])

    assert answer
    assert (answer.status, answer.json()["code"]) == (408, "request-timeout")


async def test_many_such_bodies_at_once_are_asked_to_come_back_and_documents_are_not(town: Town) -> None:
    taker = town.app._taker
    with taker._scales.room() as take:
        take(64 * 1024 * 1024)
        answer = await ask(town, "POST", ROUTE, [JSON, ("content-length", "2")], [b"{}"])
        assert answer
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        office = await town.settle("H29")
        assert (await office.post(b"<a/>")).json()["code"] == "schema"
    answer = await ask(town, "POST", ROUTE, [JSON, ("content-length", "2")], [b"{}"])
    assert answer
    assert answer.status == 401


async def test_a_coded_body_is_refused_for_its_coding(town: Town) -> None:
    answer = await ask(town, "POST", ROUTE, [JSON, ("content-length", "2"), ("content-encoding", "gzip")], [b"{}"])

    assert answer
    assert (answer.status, answer.json()["code"]) == (415, "content-coding")


async def test_a_revocation_list_is_not_read_before_its_caller_is_known(town: Town) -> None:
    head = [JSON, ("content-length", "90000")]

    answer = await ask(town, "POST", "/v1/trust/revocation-lists", head, [SILENCE])

    assert answer
    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    async with await town.watcher(Role.ADMIN) as admin:
        for said, status in (({"pem": "x"}, 422), ({"pem": 1}, 422), ({}, 422)):
            assert (await admin.post("/v1/trust/revocation-lists", json=said)).status_code == status
        broken = await admin.post("/v1/trust/revocation-lists", content=b"{", headers=dict([JSON]))
        assert (broken.status_code, broken.json()["code"]) == (400, "not-json")
        long = await admin.post("/v1/trust/revocation-lists", json={"pem": "x" * 300_000})
        assert (long.status_code, long.json()["code"]) == (413, "too-large")  # this town's own bound
