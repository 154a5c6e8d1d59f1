"""The pages of operating on both databases: the same rows, the same answers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from hub.console import pages
from hub.domain.ids import delivery_id
from hub.domain.roles import Role, Sight
from hub.store.lists import failures, queues, tail
from hub.store.lists.failures import Chosen
from hub.store.lists.queues import Wanted
from hub.store.road import deliveries, inspections
from hub.store.tables import delivery
from tests.console.visitors import logged_in, put, row
from tests.offices import document
from tests.town import Town, founded

XML = {"Content-Type": "application/xml"}
EVERYBODY = (None, Sight("H53"), Sight("H53", below=True))


@pytest.fixture
async def both(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town with a console, on either database."""
    async with founded(tmp_path, database_url) as made:
        pages.mount(made.app.api, made.hub)
        for code in ("G22", "H53", "H29"):
            await made.settle(code)
        await made.settle("H53.32", parent="H53")
        yield made


async def test_what_waits_is_found_and_counted(both: Town) -> None:
    await put(
        both,
        row("G22", {"H53": "QUEUED", "H29": "AVAILABLE"}, timedelta(hours=9)),
        row("G22", {"H53": "AVAILABLE", "H53.32": "AVAILABLE"}, timedelta(hours=1)),
    )
    now = datetime.now(UTC)
    async with both.hub.database.read() as conn:
        listed = [[r["code"] for r in await queues.queues(conn, Wanted(), sight, 9)] for sight in EVERYBODY]
        first = (await queues.queues(conn, Wanted(), None, 1))[0]
        rest = await queues.queues(conn, Wanted(after=(first["oldest_at"], first["code"])), None, 9)
        silent = await queues.queues(conn, Wanted(trouble="silent", silent_since=now, words=("53",)), None, 9)
        depths = await queues.depths(conn, ["H53", "H29", "G22"], now)
        waiting = await queues.waiting_at(conn, "H53", "", now, None, 9)
        after = await queues.waiting_at(conn, "H53", "", now, (waiting[0]["created_at"], waiting[0]["id"]), 9)

    assert listed == [["H29", "H53", "H53.32"], ["H53"], ["H53", "H53.32"]]
    assert [r["code"] for r in rest] == ["H53", "H53.32"]
    assert [r["code"] for r in silent] == ["H53", "H53.32"]
    assert depths["H53"] == {"queued": 1, "inbox": 1, "overdue": 1}
    assert depths["G22"] == {"queued": 0, "inbox": 0, "overdue": 0}
    assert [r["state"] for r in waiting] == ["QUEUED", "AVAILABLE"]
    assert [r["state"] for r in after] == ["AVAILABLE"]


async def test_what_came_and_went_is_counted_from_the_events(both: Town) -> None:
    await both.offices["G22"].send(document("G22", ["H53", "H29"]))
    await both.carry()
    item = (await both.offices["H53"].http.get("/v1/inbox", headers=_key(both, "H53"))).json()["items"][0]
    await both.http.get(f"/v1/inbox/{item['delivery_id']}", headers=_key(both, "H53"))

    async with both.hub.database.read() as conn:
        moved = await queues.moves(conn, datetime.now(UTC) - timedelta(hours=1))

    assert moved == {"H53": (1, 1), "H29": (1, 0)}


def _key(town: Town, code: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.offices[code].key}"}


async def test_dead_letters_are_grouped_measured_and_sent_again(both: Town) -> None:
    dead = [row("G22", {"H53": "DEAD", "H29": "DEAD"}, timedelta(minutes=n)) for n in range(3)]
    await put(both, *dead)
    async with both.hub.database.write() as conn:
        lost = delivery_id(dead[0].id, "H29")
        await conn.execute(update(delivery).where(delivery.c.id == lost).values(reason="unknown-recipient", channel=""))
    now = datetime.now(UTC)
    async with both.hub.database.read() as conn:
        grouped = [await failures.groups(conn, sight) for sight in EVERYBODY]
        chosen = Chosen(reasons=("502 Bad Gateway",), channel="inbox", until=now)
        measure = await failures.measure(conn, chosen, None)
        nowhere = await failures.measure(conn, Chosen(reasons=("unknown-recipient",), channel=""), None)
    by = deliveries.By("person:lan", "đã sửa")

    moved = await failures.requeue(both.hub.database, chosen, Sight("H53", below=True), now, by, 2)
    rest = await failures.requeue(both.hub.database, chosen, None, now, by, 100)

    assert [(g.cause, g.count) for g in grouped[0]] == [("502 Bad Gateway", 5), ("unknown-recipient", 1)]
    assert [(g.cause, g.count) for g in grouped[1]] == [("502 Bad Gateway", 3)]
    assert (measure.deliveries, measure.documents, measure.agencies) == (5, 3, 2)
    assert (nowhere.deliveries, nowhere.unroutable) == (0, 1)
    assert (len(moved), len(rest)) == (2, 3)
    async with both.hub.database.read() as conn:
        earlier = await failures.requeued_by(conn, moved)
        assert await inspections.held(conn, None, None, 9, sight=Sight("H53", below=True)) == []
    assert earlier is not None
    assert (earlier["actor"], earlier["details"]["reason"]) == ("person:lan", "đã sửa")


async def test_who_follows_is_told_of_everything_once_and_in_order(both: Town) -> None:
    async with both.hub.database.read() as conn:
        _, place = await tail.newest(conn, tail.Asked(), None, 10)
    await both.offices["G22"].send(document("G22", ["H53"]))
    await both.carry()
    refused = await both.http.post("/v1/envelopes", content=b"<no/>", headers={**_key(both, "G22"), **XML})
    assert refused.status_code == 422

    told, seen = [], place
    async with both.hub.database.read() as conn:
        while True:
            found, seen = await tail.since(conn, seen, 1)
            if not found:
                break
            told += found
        newest, end = await tail.newest(conn, tail.Asked(), None, 10)
        scoped, _ = await tail.newest(conn, tail.Asked(agency="H53"), Sight("H53", below=True), 10)

    assert [news.what for news in told if news.what != "refused"] == ["accepted", "available"]
    assert len([news for news in told if news.what == "refused"]) == 1
    assert {news.what for news in newest} == {"accepted", "available", "refused"}
    assert [news.what for news in scoped] == ["available"]
    assert end == seen


async def test_every_page_of_operating_is_served(both: Town) -> None:
    sent = await both.offices["G22"].send(document("G22", ["H53"]))
    await both.carry()
    await put(both, row("G22", {"H53": "DEAD"}))
    visitor = await logged_in(both, Role.OPERATOR)

    paths = (
        "/", "/latest", "/queues", "/queues/H53", "/queues?q=h53&trouble=silent", "/failures", "/live",
        "/failures/dead?cause=502+Bad+Gateway&channel=inbox", "/failures/requeue?cause=502+Bad+Gateway&channel=inbox",
        "/failures/refused?code=schema", f"/documents/{sent['id']}", f"/documents/{sent['id']}/receipt",
    )  # fmt: skip
    assert {path: (await visitor.get(path)).status_code for path in paths} == dict.fromkeys(paths, 200)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_hundred_thousand_open_deliveries_are_not_walked_to_find_who_waits(both: Town) -> None:
    await put(both, row("G22", {"H53": "AVAILABLE"}))
    async with both.hub.database.write() as conn:
        columns = [c.name for c in delivery.columns if c.name not in ("id", "envelope_id")]
        copied = ", ".join(columns)
        await conn.execute(
            text(
                f"INSERT INTO delivery (id, envelope_id, {copied}) SELECT gen_random_uuid(), gen_random_uuid(), {copied} "  # noqa: S608
                "FROM delivery CROSS JOIN generate_series(1, 100000)"
            )
        )
        await conn.execute(text("ANALYZE delivery"))
    async with both.hub.database.read() as conn:
        plan = await conn.execute(
            text(
                "EXPLAIN (ANALYZE, FORMAT TEXT) SELECT min(recipient) FROM delivery WHERE state IN "
                "('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED') AND kind = 'document' AND recipient > 'H29'"
            )
        )
        shown = "\n".join(plan.scalars())
        listed = await queues.queues(conn, Wanted(), None, 9)
        depth = await queues.depths(conn, ["H53"], datetime.now(UTC))

    assert "ix_delivery_late" in shown
    assert "rows=1 loops=1" in shown
    assert [r["code"] for r in listed] == ["H53"]
    assert depth["H53"]["inbox"] == queues.COUNTED_AT_MOST
