"""What the Government Office asks for over HTTP: lists by filter, as a table, and a note that somebody is on it."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import openpyxl
import pytest

from hub.domain.agency import Level
from hub.domain.roles import Role
from tests.offices import document
from tests.town import Town, founded

LATER = timedelta(days=5)


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[Town]:
    async with founded(tmp_path) as made:
        sender = await made.settle("G22", Level.CENTRAL)
        other = await made.settle("G01", Level.CENTRAL)
        await made.settle("H53")
        for code, parent in (("H53.1", "H53"), ("H53.2", "H53"), ("H29", None)):
            level = Level.COMMUNE if parent else Level.PROVINCE
            facts = {"contact": {"name": "Lan", "phone": "0912", "email": "lan@h.vn"}}
            await made.settle(code, level, parent=parent, **facts)
        await sender.send(document("G22", ["H53.1", "H53.2", "H29"], subject='=HYPERLINK("x")'))
        await other.send(document("G01", ["H53.1"], priority=3))
        await made.carry()
        yield made


@asynccontextmanager
async def asking(town: Town, role: Role = Role.OPERATOR, scope: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    async with await town.watcher(role, scope) as client:
        yield client


async def listed(client: httpx.AsyncClient, **query: object) -> list[dict[str, object]]:
    answer = await client.get("/v1/alerts", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.parametrize(
    ("query", "recipients"),
    [
        ({}, ["H53.1", "H53.2", "H29", "H53.1"]),
        ({"level": "commune"}, ["H53.1", "H53.2", "H53.1"]),
        ({"parent": "H53"}, ["H53.1", "H53.2", "H53.1"]),
        ({"agency": "h29"}, ["H29"]),
        ({"sender": "G01"}, ["H53.1"]),
        ({"urgency": "flash"}, ["H53.1"]),
        ({"urgency": "flash", "sender": "G22"}, []),
        ({"older_than": "PT400H"}, []),
    ],
)
async def test_the_documents_nobody_collected_are_listed_by_filter(town, query, recipients) -> None:
    async with asking(town) as client:
        items = await listed(client, **{"older_than": "PT0S", **query})

    assert sorted(item["recipient"] for item in items) == sorted(recipients)
    assert all(item["kind"] == "unreceived" and item["contact"] is not None for item in items)


async def test_pages_follow_each_other_without_gap_or_repetition(town) -> None:
    seen, after = [], ""
    async with asking(town) as client:
        for _ in range(5):
            answer = (await client.get("/v1/alerts", params={"older_than": "PT0S", "limit": 1, "after": after})).json()
            seen += [item["id"] for item in answer["items"]]
            after = answer["next"]
            if not after:
                break

    assert len(seen) == len(set(seen)) == 4


async def test_a_table_holds_the_whole_list_and_no_formula(town) -> None:
    query = {"older_than": "PT0S", "limit": 1}
    async with asking(town) as client:
        as_csv = await client.get("/v1/alerts", params=query, headers={"Accept": "text/csv"})
        as_xlsx = await client.get("/v1/alerts", params={**query, "format": "xlsx"})

    rows = list(csv.DictReader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx.content)).active
    assert len(rows) == 4
    assert {row["subject"][0] for row in rows if row["sender"] == "G22"} == {"'"}
    assert sheet.max_row == 5
    assert [c.data_type for row in sheet.iter_rows() for c in row if c.data_type == "f"] == []


async def test_an_alert_is_acknowledged_with_a_note_and_remembers_it(town) -> None:
    await town.hub.alerts.tick(datetime.now(UTC) + LATER)
    async with asking(town) as client:
        alerts = await listed(client, view="agencies", kind="unreceived", level="commune")
        alert = next(a for a in alerts if a["agency"] == "H53.1")
        path = f"/v1/alerts/{alert['id']}/acknowledge"
        without = await client.post(path, json={"note": " "})
        answer = await client.post(path, json={"note": "đã gọi văn thư"})
        one = (await client.get(f"/v1/alerts/{alert['id']}")).json()
        documents = await listed(client, kind="unreceived", older_than="PT0S", agency="H53.1")
        none = await client.post("/v1/alerts/0192f0c0-0000-7000-8000-000000000000/acknowledge", json={"note": "x"})

    assert (alert["count"], alert["urgency"], alert["step"]) == (2, "flash", "agency")
    assert (without.status_code, none.status_code) == (422, 404)
    assert answer.json()["state"] == one["state"] == "ACKNOWLEDGED"
    assert one["acknowledged"]["note"] == "đã gọi văn thư"
    assert [h["what"] for h in one["history"]] == ["raised", "acknowledged"]
    assert {d["alert_id"] for d in documents} == {alert["id"]}


async def test_an_alert_that_is_over_cannot_be_acknowledged(town) -> None:
    await town.hub.alerts.tick(datetime.now(UTC) + LATER)
    office = town.offices["H29"]
    [item] = await office.inbox(0)
    async with asking(town) as client:
        [alert] = await listed(client, view="agencies", kind="unreceived", agency="H29")
        await office.confirm(item["delivery_id"], "fail", "sai")
        await town.hub.alerts.tick(datetime.now(UTC) + LATER)
        answer = await client.post(f"/v1/alerts/{alert['id']}/acknowledge", json={"note": "x"})
        cleared = await listed(client, view="agencies", state="CLEARED")

    assert (answer.status_code, answer.json()["code"]) == (409, "alert-cleared")
    assert [c["id"] for c in cleared] == [alert["id"]]


async def test_an_officer_sees_the_alerts_of_the_scope_alone_and_an_agencys_key_sees_none(town) -> None:
    await town.hub.alerts.tick(datetime.now(UTC) + LATER)
    async with asking(town, Role.OFFICER, "H29") as client:
        own = await listed(client, view="agencies")
        documents = await listed(client, older_than="PT0S")
    async with asking(town) as client:
        [foreign] = await listed(client, view="agencies", agency="H53.2", kind="unreceived")
    async with asking(town, Role.OFFICER, "G01") as client:
        hidden = await client.get(f"/v1/alerts/{foreign['id']}")
    refused = await town.offices["H29"].call("GET", "/v1/alerts")

    assert {a["agency"] for a in own} == {d["recipient"] for d in documents} == {"H29"}
    assert (hidden.status_code, refused.status_code) == (404, 403)


@pytest.mark.parametrize(
    "query",
    [{"kind": "x"}, {"older_than": "4h"}, {"after": "x"}, {"after": "YX54fnk"}, {"kind": "silent"}, {"urgency": "5"}],
)
async def test_a_question_that_cannot_be_understood_is_refused(town, query) -> None:
    async with asking(town) as client:
        answer = await client.get("/v1/alerts", params=query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


@pytest.mark.parametrize(
    "kind", ["unreceived", "unanswered", "unregistered", "change-unanswered", "sent-late", "overdue"]
)
async def test_every_kind_with_documents_can_be_listed_and_paged(town, kind) -> None:
    async with asking(town) as client:
        first = await client.get("/v1/alerts", params={"kind": kind, "limit": 1, "older_than": "PT0S", "parent": "H53"})

    assert first.status_code == 200, first.text
