"""The keeper of the indexes looks at what came lately, now and then at all that may be missing, and leaves nothing out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hub.catalogue import Catalogue
from hub.store.database import Database
from hub.store.road.accepting import NewEnvelope, insert_alone
from hub.store.road.looking import SETTLED, Look
from hub.store.tables import party, party_until, search, search_until
from tests.console.visitors import row


def ago(*seconds: float) -> list[NewEnvelope]:
    """Documents that were accepted so long ago."""
    return [row("G22", {"H53": "QUEUED"}, timedelta(seconds=each)) for each in seconds]


async def entered(database: Database) -> tuple[int, int]:
    """How many documents stand among the words, and how many parties there are."""
    async with database.read() as conn:
        words = (await conn.execute(select(func.count()).select_from(search))).scalar_one()
        return words, (await conn.execute(select(func.count()).select_from(party))).scalar_one()


async def test_what_is_committed_late_is_entered_at_once_or_by_the_next_whole_look(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(database)
    await insert_alone(database, ago(9, 8))
    assert await catalogue.keep(datetime.now(UTC)) == 2

    await insert_alone(
        database, ago(11, 40)
    )  # before the newest that is entered: by less than the overlap, and by more
    assert await catalogue.keep(datetime.now(UTC)) == 1
    assert await catalogue.keep(datetime.now(UTC)) == 0

    monkeypatch.setattr("hub.catalogue._WHOLE_EVERY", 0.0)
    assert await catalogue.keep(datetime.now(UTC)) == 1
    assert await entered(database) == (4, 8)


async def test_another_worker_s_catalogue_goes_on_where_this_one_is(database: Database) -> None:
    first, second = Catalogue(database), Catalogue(database)
    assert await first.keep(datetime.now(UTC)) == 0
    await insert_alone(database, ago(0))
    assert await second.keep(datetime.now(UTC)) == 1
    await insert_alone(database, ago(0))

    assert await first.keep(datetime.now(UTC)) == 1
    assert await second.keep(datetime.now(UTC)) == 0
    assert await entered(database) == (2, 4)


async def test_a_look_in_many_steps_leaves_out_none_of_one_moment_and_moves_the_mark(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.catalogue._AT_MOST", 3)
    moment, now = datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC)
    await insert_alone(database, [row("G22", {"H53": "QUEUED"}, received_at=moment) for _ in range(10)])

    assert await Catalogue(database).keep(now) == 10
    async with database.read() as conn:
        mark = (await conn.execute(select(search_until.c.received_at))).scalar_one()
    assert mark == now - timedelta(seconds=60)
    assert await entered(database) == (10, 20)


async def test_a_look_at_what_came_lately_moves_no_mark(database: Database) -> None:
    catalogue = Catalogue(database)
    await insert_alone(database, ago(0))
    first = datetime.now(UTC)
    await catalogue.keep(first)
    await insert_alone(database, ago(0))

    await catalogue.keep(first + timedelta(minutes=10))
    async with database.read() as conn:
        mark = (await conn.execute(select(search_until.c.received_at))).scalar_one()
    assert mark == first - timedelta(seconds=60)


def test_the_mark_stays_behind_whatever_may_still_be_committed() -> None:
    now = datetime.now(UTC)
    until = now - timedelta(minutes=3)
    full = Look(2).after([now - timedelta(minutes=2), now])

    assert full.reached(until, now) == now - SETTLED
    assert Look(2).after([until, now - timedelta(minutes=2)]).reached(until, now) == now - timedelta(minutes=2)
    assert Look(2, is_whole=False).after([now, now]).reached(until, now) is None


async def test_whose_turn_it_is_not_has_looked_at_nothing(postgres_url: str) -> None:
    database = await Database(postgres_url).open()
    await insert_alone(database, ago(0))
    catalogue = Catalogue(database)
    async with database.write() as conn:
        await conn.execute(select(search_until).with_for_update())
        await conn.execute(select(party_until).with_for_update())
        assert await catalogue.keep(datetime.now(UTC)) == 0
    await insert_alone(database, ago(40))

    assert await catalogue.keep(datetime.now(UTC)) == 2  # all of it: the first look counts for none
    await database.close()
