"""Names that were given no value, and values that are told to be wrong in the reader's own language."""

import re

import pytest

from hub.domain.roles import Role
from hub.findings import finding
from tests.gateway.test_signed_requests import Request, refused, send, sign
from tests.town import Town

EVERYTHING = (
    "/v1/alerts?kind=unreceived&level=&agency=&older_than=",
    "/v1/alerts?kind=&level&limit=",
    "/v1/envelopes?q=&state=&from=&to=&level=&limit=",
    "/v1/agencies?q=&level=&parent=&on=",
    "/v1/agencies/H53?on=",
    "/v1/audit?actor=&before=",
)
ENGLISH = re.compile(r"\b(should|must|input|valid|string|required|match)\b", re.IGNORECASE)


@pytest.mark.parametrize("path", EVERYTHING)
async def test_a_parameter_without_a_value_asks_for_nothing_in_particular(town: Town, path: str) -> None:
    await town.settle("H53")
    async with await town.watcher(Role.ADMIN) as admin:
        said = await admin.get(path)
        plain = await admin.get(re.sub(r"\b\w+=?(?=&|$)", "", path))

    assert said.status_code == 200, said.text
    assert said.json() == plain.json()


async def test_the_inbox_and_the_feed_are_asked_without_values_too(town: Town) -> None:
    office = await town.settle("H53")

    assert (await office.call("GET", "/v1/inbox?kind=&wait=&limit=")).json() == {"items": []}
    assert (await office.call("GET", "/v1/status?after=&wait=&limit=")).status_code == 200


async def test_a_dry_run_that_does_not_say_whether_is_no_real_one(town: Town) -> None:
    office = await town.settle("H53")

    answer = await office.call("POST", "/v1/envelopes?dry_run=", content=b"<a/>", headers={"Content-Type": "text/xml"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


async def test_what_has_to_be_given_is_missed_when_it_is_empty(town: Town) -> None:
    async with await town.watcher() as watcher:
        answer = await watcher.get("/v1/reports/exchange?period=")

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "query.period")


async def test_a_signature_is_over_the_query_as_it_was_sent(town: Town) -> None:
    office = await town.settle("H53")
    covered = ("@method", "@path", "@query")
    request = sign(Request("GET", "http://hub/v1/inbox?kind=&limit=5"), office, covered_component_ids=covered)
    bare = sign(Request("GET", "http://hub/v1/inbox?kind="), office)

    assert (await send(town, request)).status_code == 200
    assert await refused(town, bare) == (401, "insufficient-coverage")
    request.url = "http://hub/v1/inbox?limit=5"
    assert (await send(town, request)).status_code == 401


@pytest.mark.parametrize(
    ("path", "vietnamese", "english"),
    [
        ("/v1/alerts?level=planet", "một trong: central, province, district, commune", "one of: central, province"),
        ("/v1/envelopes?state=LOST", "một trong: QUEUED, SENDING", "one of: QUEUED, SENDING"),
        ("/v1/envelopes?limit=501", "≤ 500", "≤ 500"),
        ("/v1/envelopes?limit=many", "một số nguyên", "a whole number"),
        ("/v1/agencies?on=tomorrow", "một ngày dạng YYYY-MM-DD", "a day such as"),
        (f"/v1/agencies?q={'a' * 201}", "nhiều nhất 200 ký tự", "at most 200 characters"),
        ("/v1/reports/exchange", "bắt buộc", "required"),
    ],
)
async def test_a_value_that_is_wrong_is_told_in_each_language(
    town: Town, path: str, vietnamese: str, english: str
) -> None:
    async with await town.watcher(Role.ADMIN) as admin:
        message = (await admin.get(path)).json()["errors"][0]["message"]

    assert vietnamese in message["vi"]
    assert not ENGLISH.search(message["vi"])
    assert english in message["en"]


async def test_a_member_that_is_wrong_is_told_in_each_language(town: Town) -> None:
    office = await town.settle("H53")
    said = {"sender": 5, "code": "03", "document_id": ["x"], "staff": "nobody", "recipients": []}

    errors = (await office.call("POST", "/v1/status-reports", json=said)).json()["errors"]

    assert {"document_id", "staff"} <= {error["path"].split(".")[0] for error in errors}
    assert not any(ENGLISH.search(error["message"]["vi"]) for error in errors)


def test_a_detail_in_two_languages_stands_in_each_text_in_its_own() -> None:
    found = finding("invalid-parameter", name="day", problem=("bắt buộc", "required"))

    assert found.message == ("Tham số day: bắt buộc.", "Parameter day: required.")
