"""Where documents wait: the page of queues, and what waits at one agency."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from hub.domain.agency import Level
from hub.domain.roles import Role
from hub.store import tables
from hub.store.tables import breaker
from hub.store.watching import states
from tests.console.visitors import Seen, logged_in, put, row
from tests.town import Town


async def test_agencies_at_which_something_waits_are_listed_with_the_longest_wait_first(town: Town) -> None:
    for code in ("G22", "H53", "H29", "H01"):
        await town.settle(code)
    await put(
        town,
        row("G22", {"H53": "AVAILABLE", "H29": "QUEUED"}, timedelta(minutes=5)),
        row("G22", {"H29": "AVAILABLE"}, timedelta(hours=9)),
        row("G22", {"H01": "COLLECTED"}, timedelta(hours=30)),
    )

    page = Seen((await (await logged_in(town)).get("/queues")).text)

    listed = [link for link in page.links() if link.startswith("/queues/") and "?" not in link]
    assert listed == ["/queues/H29", "/queues/H53"]
    assert "9 giờ trước" in page.text
    assert {"/queues/H29?part=queued", "/queues/H29?part=inbox", "/queues/H29?part=overdue"} <= set(page.links())


async def test_each_number_leads_to_the_deliveries_behind_it(town: Town) -> None:
    for code in ("G22", "H53"):
        await town.settle(code)
    await put(
        town,
        row("G22", {"H53": "QUEUED"}, code="1/Q"),
        row("G22", {"H53": "AVAILABLE"}, timedelta(hours=9), code="2/A"),
        row("G22", {"H53": "COLLECTED"}, code="3/C"),
        row("H53", {"G22": "QUEUED"}, code="4/OTHER"),
    )
    visitor = await logged_in(town)

    seen = {part: (await visitor.get("/queues/H53", params={"part": part})).text for part in ("queued", "inbox", "")}
    late = (await visitor.get("/queues/H53?part=overdue")).text

    assert [code for code in ("1/Q", "2/A", "3/C", "4/OTHER") if code in seen["queued"]] == ["1/Q"]
    assert [code for code in ("1/Q", "2/A", "3/C", "4/OTHER") if code in seen["inbox"]] == ["2/A"]
    assert [code for code in ("1/Q", "2/A", "3/C", "4/OTHER") if code in seen[""]] == ["1/Q", "2/A"]
    assert [code for code in ("1/Q", "2/A") if code in late] == ["2/A"]


async def test_a_system_that_is_silent_or_fails_is_said_to_be(town: Town) -> None:
    for code in ("H53", "H29", "H01"):
        await town.settle(code)
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await states.seen(conn, {"H53": now, "H29": now - timedelta(hours=3)})
        await conn.execute(text("UPDATE agency SET channel = 'webhook' WHERE code = 'H01'"))
        rest = now + timedelta(minutes=9)
        await conn.execute(insert(breaker).values(agency="H01", failures=5, open_until=rest, last_error="502 Bad"))
    await put(town, row("G22", {"H53": "AVAILABLE", "H29": "AVAILABLE", "H01": "QUEUED"}))
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/queues")).text)
    silent = Seen((await visitor.get("/queues?trouble=silent")).text)
    failing = Seen((await visitor.get("/queues?trouble=failing")).text)

    for words in ("Đang kết nối", "Đang im lặng", "Tạm không gửi", "502 Bad"):
        assert words in page.text
    assert [code for code in ("H53", "H29", "H01") if f"/queues/{code}" in silent.links()] == ["H29"]
    assert [code for code in ("H53", "H29", "H01") if f"/queues/{code}" in failing.links()] == ["H01"]


@pytest.mark.parametrize(
    ("query", "left"),
    [("q=co+quan+h5", ["H53"]), ("q=h29", ["H29"]), ("level=central", []), ("channel=inbox", ["H53", "H29"])],
)
async def test_queues_can_be_narrowed(town: Town, query: str, left: list[str]) -> None:
    for code in ("H53", "H29"):
        await town.settle(code, Level.PROVINCE)
    await put(town, row("G22", {"H53": "QUEUED"}, timedelta(hours=2)), row("G22", {"H29": "QUEUED"}))

    page = Seen((await (await logged_in(town)).get(f"/queues?{query}")).text)

    assert [code for code in ("H53", "H29") if f"/queues/{code}" in page.links()] == left


async def test_a_filter_that_means_nothing_is_left_out_and_the_page_says_so(town: Town) -> None:
    await town.settle("H53")
    await put(town, row("G22", {"H53": "QUEUED"}))

    answer = await (await logged_in(town)).get("/queues?level=planet&after=x&channel=inbox")

    assert answer.status_code == 200
    assert "/queues/H53" in answer.text
    assert "level" in Seen(answer.text).text


async def test_pages_of_queues_follow_each_other_without_gaps(town: Town) -> None:
    codes = [f"H{number:02}" for number in range(1, 56)]
    async with town.hub.database.write() as conn:
        now = datetime.now(UTC)
        rows = [
            {"code": c, "name": c, "name_folded": c.lower(), "level": "province", "kind": "x", "created_at": now,
             "updated_at": now, "channel_config": {}, "successors": [], "contact": {}}
            for c in codes
        ]  # fmt: skip
        await conn.execute(insert(tables.agency), rows)
    await put(town, *(row("G22", {code: "QUEUED"}, timedelta(minutes=n // 3)) for n, code in enumerate(codes)))
    visitor = await logged_in(town)

    path, seen = "/queues", []
    while path:
        page = Seen((await visitor.get(path)).text)
        seen += [link[8:] for link in page.links() if link.startswith("/queues/") and "?" not in link]
        path = next((a["href"] or "" for a in page.all("a") if a.get("rel") == "next"), "")

    assert sorted(seen) == codes


async def test_the_list_of_queues_is_a_spreadsheet_too(town: Town) -> None:
    await town.settle("H53")
    await put(town, row("G22", {"H53": "QUEUED"}))
    visitor = await logged_in(town)

    lines = (await visitor.get("/queues?format=csv")).text.splitlines()

    assert lines[0].lstrip("\ufeff").startswith("agency,agency_name,level,channel,queued,inbox")
    assert lines[1].startswith("H53,Cơ quan H53,province,inbox,1,0,")
    assert (await visitor.get("/queues?format=xlsx")).content.startswith(b"PK")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_list_is_a_file_whatever_characters_the_code_of_its_agency_has(town: Town, form: str) -> None:
    code = "SỞ:Y-TẾ"
    await town.settle(code)
    await put(town, row("G22", {code: "QUEUED"}))
    visitor = await logged_in(town)

    for path in (f"/queues/{code}?", f"/agencies/{code}?list=traffic&"):
        answer = await visitor.get(f"{path}format={form}")

        assert answer.status_code == 200
        assert re.fullmatch(
            r'attachment; filename="[A-Za-z0-9._-]+\.' + form + '"', answer.headers["content-disposition"]
        )
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_queues_are_those_of_the_agencies_in_sight(town: Town) -> None:
    for code in ("H53", "H29"):
        await town.settle(code)
    await put(town, row("G22", {"H53": "QUEUED", "H29": "QUEUED"}))
    visitor = await logged_in(town, Role.OFFICER, "H53")

    page = Seen((await visitor.get("/queues")).text)

    assert "/queues/H53" in page.links()
    assert "H29" not in page.text
    assert (await visitor.get("/queues/H29")).status_code == 404
    assert (await visitor.get("/queues/NOBODY")).status_code == 404


async def test_the_agencies_that_wait_are_found_by_an_index(town: Town) -> None:
    open_ones = "state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document'"
    queries = [
        f"SELECT min(recipient) FROM delivery WHERE {open_ones} AND recipient > 'H29'",  # noqa: S608 - our own words
        f"SELECT min(created_at) FROM delivery WHERE {open_ones} AND recipient = 'H29'",  # noqa: S608
    ]
    async with town.hub.database.read() as conn:
        plans = [str((await conn.execute(text(f"EXPLAIN QUERY PLAN {query}"))).all()) for query in queries]

    assert ["ix_delivery_late" in plan and "SEARCH" in plan for plan in plans] == [True, True]
