"""The rows behind the circuit breakers, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

from hub.store.database import Database
from hub.store.road import breakers

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
THRESHOLD = 5


async def fail(database: Database, agency: str) -> None:
    await breakers.failed(database, agency, "502", NOW, THRESHOLD)


async def test_failures_that_come_at_once_are_all_counted(database: Database) -> None:
    agencies = [f"H{number}" for number in range(8)]

    await asyncio.gather(*(fail(database, agency) for agency in agencies for _ in range(THRESHOLD)))

    assert set(await breakers.resting(database, agencies, NOW)) == set(agencies)


async def test_one_failure_less_than_the_threshold_leaves_it_closed(database: Database) -> None:
    await asyncio.gather(*(fail(database, "H53") for _ in range(THRESHOLD - 1)))

    assert await breakers.resting(database, ["H53"], NOW) == {}


async def test_of_two_who_come_when_the_rest_is_over_one_is_the_probe(database: Database) -> None:
    await asyncio.gather(*(fail(database, "H53") for _ in range(THRESHOLD)))
    later = NOW + timedelta(hours=1)

    answers = await asyncio.gather(*(breakers.resting(database, ["H53"], later) for _ in range(4)))

    assert sorted(len(answer) for answer in answers) == [0, 1, 1, 1]
