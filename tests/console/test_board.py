"""How agencies receive is counted as the calendar says, and asked for alike, on both databases."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hub.domain import deadline
from hub.domain.agency import Level
from hub.domain.deadline import LOCAL, STANDARD
from hub.domain.roles import Sight
from hub.domain.waited import CLASSES, OVER, quantile, quarters
from hub.store.tables import agency, delivery
from hub.store.watching import board, traffic
from hub.store.watching.board import Asked
from hub.tally import Tally
from tests.console.visitors import put, row
from tests.town import Town, founded

WEDNESDAY = date(2026, 11, 18)
EVENING = datetime.combine(WEDNESDAY, time(20), LOCAL).astimezone(UTC)


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town on each database."""
    async with founded(tmp_path, database_url) as made:
        yield made


async def change(town: Town, envelope_id: str, **values: Any) -> None:
    async with town.hub.database.write() as conn:
        await conn.execute(update(delivery).where(delivery.c.envelope_id == envelope_id).values(**values))


async def counted(town: Town, asked: Asked, day: date = WEDNESDAY, now: datetime = EVENING) -> list[dict[str, Any]]:
    async with town.hub.database.write() as conn:
        await board.recount(conn, day, quarters(day, STANDARD), now)
    async with town.hub.database.read() as conn:
        return await board.by_agency(conn, asked, None, 100)


def at(hours: float) -> datetime:
    """A time of that Wednesday."""
    return (datetime.combine(WEDNESDAY, time(), LOCAL) + timedelta(hours=hours)).astimezone(UTC)


async def test_waits_are_counted_in_working_time_whenever_documents_came(town: Town) -> None:
    await town.settle("H53")
    rng = random.Random(28)
    arrivals = [at(rng.uniform(0, 24)) for _ in range(60)] + [at(h) for h in (0, 7.5, 11.5, 11.49, 13, 17, 23.99)]
    waits = []
    for arrived in arrivals:
        collected = deadline.after(arrived, timedelta(minutes=rng.lognormvariate(4, 1.6)), STANDARD)
        waits.append(deadline.between(arrived, collected, STANDARD))
        sent = row("G22", {"H53": "COLLECTED"}, received_at=arrived)
        await put(town, sent)
        await change(town, sent.id, collected_at=collected)

    [found] = await counted(town, Asked(WEDNESDAY))

    within = [sum(wait <= timedelta(minutes=minutes) for wait in waits) for minutes in CLASSES]
    assert found["received"] == len(waits)
    assert [found[f"within_{minutes}"] for minutes in CLASSES] == within
    assert abs(found["median"] - (quantile(within, len(waits), 0.5) or 0)) <= 1
    assert abs(found["p90"] - (quantile(within, len(waits), 0.9) or 0)) <= 1


async def test_each_step_holds_what_went_further_and_nothing_that_was_taken_back(town: Town) -> None:
    await town.settle("H53")
    due = at(13)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("AVAILABLE", {}),  # not collected, and overdue
        ("COLLECTED", {"collected_at": at(10)}),
        ("COLLECTED", {"collected_at": at(15), "progress": "01"}),  # late
        ("CONFIRMED", {"collected_at": at(10), "progress": "04"}),
        ("CONFIRMED", {"collected_at": at(10), "progress": "06"}),
        ("CONFIRMED", {"collected_at": at(10), "progress": "02"}),
        ("DEAD", {}),
        ("WITHDRAWN", {}),
    ]
    for state, values in steps:
        sent = row("G22", {"H53": state}, received_at=at(9))
        await put(town, sent)
        await change(town, sent.id, due_at=due, **values)

    [found] = await counted(town, Asked(WEDNESDAY))

    assert {name: found[name] for name in board.STEPS} == {
        "deliveries": 7, "arrived": 5, "registered": 2, "assigned": 2, "finished": 1, "refused": 1,
    }  # fmt: skip
    assert (found["in_time"], found["late"], found["dead"], found["answered"]) == (4, 2, 1, 4)
    assert (found["in_time_share"], found["answered_share"]) == (666, 571)


async def test_a_day_is_its_own_and_is_counted_anew(town: Town) -> None:
    await town.settle("H53")
    for received_at in (at(-0.1), at(0), at(23.9), at(24)):
        await put(town, row("G22", {"H53": "AVAILABLE"}, received_at=received_at))

    [first] = await counted(town, Asked(WEDNESDAY))
    [again] = await counted(town, Asked(WEDNESDAY))
    async with town.hub.database.write() as conn:
        await board.forget(conn, WEDNESDAY + timedelta(days=1))
        left = await board.by_agency(conn, Asked(WEDNESDAY), None, 10)

    assert first["deliveries"] == again["deliveries"] == 2
    assert left == []


async def test_names_stand_in_the_order_of_a_vietnamese_list(town: Town) -> None:
    names = [
        "UBND tỉnh An Giang",
        "UBND tỉnh Ăn",
        "UBND tỉnh Hà Giang",
        "UBND tỉnh Hải Dương",
        "UBND tỉnh Hạ",
        "UBND tỉnh Đắk Lắk",
    ]
    for number, name in enumerate(names):
        await town.settle(f"H{number + 10}")
        async with town.hub.database.write() as conn:
            await conn.execute(update(agency).where(agency.c.code == f"H{number + 10}").values(name=name))
        await put(town, row("G22", {f"H{number + 10}": "AVAILABLE"}, received_at=at(9)))

    rising = await counted(town, Asked(WEDNESDAY, "name"))
    falling = await counted(town, Asked(WEDNESDAY, "-name"))

    assert [each["name"].removeprefix("UBND tỉnh ") for each in rising] == [
        "An Giang", "Ăn", "Đắk Lắk", "Hà Giang", "Hạ", "Hải Dương",
    ]  # fmt: skip
    assert falling == rising[::-1]


@pytest.mark.parametrize("sort", [*board.SORTS, "-name", "-deliveries", "-p90", "-in_time", "-silent"])
async def test_pages_follow_each_other_without_gaps_in_every_order(town: Town, sort: str) -> None:
    rng = random.Random(sort)
    for number in range(9):
        code = f"H{number}"
        await town.settle(code)
        for _ in range(number % 4 + 1):
            sent = row("G22", {code: "COLLECTED" if number else "AVAILABLE"}, received_at=at(9))
            await put(town, sent)
            if number:
                await change(town, sent.id, collected_at=at(9 + rng.uniform(0, 20)))
    whole = await counted(town, Asked(WEDNESDAY, sort))

    async with town.hub.database.read() as conn:
        paged, after = [], None
        while rows := await board.by_agency(conn, Asked(WEDNESDAY, sort), after, 2):
            paged += rows
            after = rows[-1]["key"], rows[-1]["agency"]

    assert [r["agency"] for r in paged] == [r["agency"] for r in whole]
    assert len({r["agency"] for r in paged}) == 9
    if sort == "deliveries":
        counts = [r["deliveries"] for r in whole]
        assert counts == sorted(counts, reverse=True)
    if sort == "p90":
        slow = [r["p90"] for r in whole if r["p90"] is not None]
        assert slow == sorted(slow, reverse=True)
        assert whole[-1]["p90"] is None


async def test_figures_are_narrowed_to_a_level_a_parent_and_what_somebody_sees(town: Town) -> None:
    await town.settle("H53")
    await town.settle("H53.1", Level.COMMUNE, parent="H53")
    await town.settle("H29")
    await put(town, row("G22", {"H53": "AVAILABLE", "H53.1": "AVAILABLE", "H29": "AVAILABLE"}, received_at=at(9)))

    async def codes(**said: Any) -> list[str]:
        return [r["agency"] for r in await counted(town, Asked(WEDNESDAY, **said))]

    assert await codes(level="commune") == ["H53.1"]
    assert await codes(parent="H53") == ["H53", "H53.1"]
    assert await codes(sight=Sight("H53")) == ["H53"]
    assert await codes(sight=Sight("H53", below=True)) == ["H53", "H53.1"]
    async with town.hub.database.read() as conn:
        levels = await board.by_level(conn, Asked(WEDNESDAY))
    assert {r["level"]: (r["agencies"], r["deliveries"]) for r in levels} == {"province": (2, 2), "commune": (1, 1)}


async def test_the_tally_counts_today_and_comes_round_all_days(town: Town) -> None:
    await town.settle("H53")
    now = datetime.now(UTC)
    today = now.astimezone(LOCAL).date()
    await put(
        town,
        *(row("G22", {"H53": "AVAILABLE"}, received_at=now - timedelta(days=back)) for back in (0, 1, 2, 27)),
    )
    tally = Tally(town.hub.database, town.hub.calendars)

    async def total() -> int:
        async with town.hub.database.read() as conn:
            return sum(r["deliveries"] for r in await board.by_agency(conn, Asked(today - timedelta(27)), None, 9))

    sums = []
    for minute in range(27):
        assert await tally.count(now + timedelta(minutes=minute))
        sums.append(await total())

    assert (sums[0], sums[1], sums[25], sums[26]) == (2, 3, 3, 4)


async def test_the_busiest_pairs_are_those_of_the_levels_asked_for(town: Town) -> None:
    now = datetime.now(UTC)
    await town.settle("G22", Level.CENTRAL)
    await town.settle("H53")
    await put(
        town,
        row("G22", {"H1": "AVAILABLE", "H2": "COLLECTED"}, timedelta(hours=9)),
        row("G22", {"H1": "WITHDRAWN", "H2": "AVAILABLE"}, timedelta(hours=1)),
        row("H53", {"H1": "AVAILABLE"}),
        row("G22", {"H1": "AVAILABLE"}, timedelta(days=2)),
    )

    async with town.hub.database.read() as conn:
        since = now - timedelta(days=1)
        found, is_cut = await traffic.busiest(conn, since, now, ("central", "commune"), None, 10)
        one, _ = await traffic.busiest(conn, since, now, ("central", "commune"), Sight("H1"), 10)

    assert [(p.sender, p.recipient, p.deliveries, p.late) for p in found] == [("G22", "H2", 2, 0), ("G22", "H1", 1, 1)]
    assert [p.recipient for p in one] == ["H1"]
    assert is_cut is False


@pytest.mark.parametrize(
    ("within", "received", "part", "minutes"),
    [
        ([0] * 8, 0, 0.5, None),
        ([10] * 8, 10, 0.5, 7),
        ([0, 0, 0, 0, 0, 0, 0, 0], 4, 0.9, OVER),
        ([0, 0, 10, 10, 10, 10, 10, 10], 10, 0.5, 45),
    ],
)
def test_a_quantile_lies_evenly_within_its_class(
    within: list[int], received: int, part: float, minutes: int | None
) -> None:
    assert quantile(within, received, part) == minutes
