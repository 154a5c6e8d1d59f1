"""The console's questions give the same answers on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.domain.roles import Sight
from hub.store.lists import overview
from hub.store.lists.overview import Wanted
from tests.console.visitors import put, row
from tests.town import Town, founded


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town on each database."""
    async with founded(tmp_path, database_url) as made:
        yield made


async def test_figures_count_deliveries_documents_and_hours(town: Town) -> None:
    now = datetime.now(UTC)
    await put(
        town,
        row("G22", {"H53": "CONFIRMED", "H29": "COLLECTED"}, timedelta(minutes=10)),
        row("G22", {"H53": "AVAILABLE", "H29": "QUEUED"}, timedelta(hours=5, minutes=10), judgement="absent"),
        row("G22", {"H53": "DEAD"}, timedelta(hours=23, minutes=30)),
        row("G22", {"H53": "DEAD"}, timedelta(hours=25)),
        row("G22", {"H53": "QUEUED"}, timedelta(minutes=5), kind="status"),
    )

    async with town.hub.database.read() as conn:
        found = await overview.figures(conn, now - timedelta(days=1), now, None)

    assert (found.sent, found.signed) == (3, 2)
    assert found.deliveries == {"all": 5, "received": 2, "uncollected": 2, "overdue": 2, "dead": 1}
    assert found.documents == {"received": 1, "uncollected": 1, "overdue": 1, "dead": 1}
    assert [hour for hour, count in enumerate(found.hours) if count] == [0, 18, 23]


async def test_a_confirmation_that_says_fail_is_no_success(town: Town) -> None:
    now = datetime.now(UTC)
    sent = row("G22", {"H53": "CONFIRMED"})
    await put(town, sent)
    async with town.hub.database.write() as conn:
        await conn.execute(text("UPDATE delivery SET result = 'fail'"))

    async with town.hub.database.read() as conn:
        found = await overview.figures(conn, now - timedelta(days=1), now, None)
        (state,) = (await overview.states(conn, [sent.id], None))[sent.id]
        listed = (await overview.documents(conn, Wanted(state="FAILED"), now, None, 10)).rows
        received = (await overview.documents(conn, Wanted(state="received"), now, None, 10)).rows

    assert found.deliveries["received"] == 0
    assert (state["state"], state["count"], state["recipient"]) == ("FAILED", 1, "H53")
    assert (len(listed), received) == (1, [])


async def test_lists_are_narrowed_by_everything_at_once(town: Town) -> None:
    now = datetime.now(UTC)
    wanted = row("G22", {"H53": "DEAD"}, code="1/KHTC")
    await put(
        town,
        wanted,
        row("G22", {"H53": "DEAD"}, code="1/KHTC", judgement="absent"),
        row("G22", {"H53": "QUEUED"}, code="1/KHTC"),
        row("G22", {"H53": "DEAD"}, timedelta(days=2), code="1/KHTC"),
        row("G22", {"H53": "DEAD"}, code="2/UBND"),
    )
    asked = Wanted("1/khtc", "dead", "commune", "valid", now - timedelta(days=1))

    async with town.hub.database.read() as conn:
        found = (await overview.documents(conn, asked, now, Sight("H53"), 10)).rows
        nobody = (await overview.documents(conn, asked, now, Sight("H29"), 10)).rows

    assert [f["id"] for f in found] == [wanted.id]
    assert nobody == []


async def test_recipients_and_events_come_in_pages(town: Town) -> None:
    now = datetime.now(UTC)
    sent = row("G22", {f"X{i}": "DEAD" for i in range(6)})
    await put(town, sent)

    async with town.hub.database.read() as conn:
        some = await overview.recipients(conn, sent.id, "dead", "X1", now, None, 2)
        mine = await overview.recipients(conn, sent.id, "", "", now, Sight("X4"), 10)
        events = await overview.happened(conn, sent.id, ["X2"], 10)
        first = await overview.happened(conn, sent.id, ["X2"], 1)

    assert [d["recipient"] for d in some] == ["X2", "X3"]
    assert [d["recipient"] for d in mine] == ["X4"]
    assert [(e["what"], e["recipient"]) for e in events] == [("accepted", None), ("dead", "X2")]
    assert len(first) == 1
