"""Whoever follows events steps over none that is committed late, and waits for nobody who writes none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.lists import tail
from hub.store.road import events
from hub.store.road.accepting import insert_alone
from hub.store.road.events import Happened, record
from tests.console.visitors import row

SENT = row("G22", {"H53": "QUEUED"})


@pytest.fixture
async def postgresql(postgres_url: str) -> AsyncIterator[Database]:
    """Where several write at once; SQLite has one writer, and order by itself."""
    database = await Database(postgres_url).open()
    await insert_alone(database, [SENT])
    yield database
    await database.close()


async def happen(database: Database, what: str = "available") -> None:
    async with database.write() as conn:
        await record(conn, [Happened(datetime.now(UTC), SENT.id, "G22", what, "H53")])


async def told(database: Database) -> tuple[list[str], list[str]]:
    """What the sender's feed and the console's tail have."""
    async with database.read() as conn:
        feed = await events.feed(conn, ["G22"], (0, 0), 10)
        news, _ = await tail.since(conn, tail.Place(), 10)
    return [item["what"] for item in feed.items], [each.what for each in news]


async def at_work(conn: AsyncConnection) -> None:
    """Be a transaction that has a number of its own and is not decided."""
    await conn.execute(text("SELECT pg_current_xact_id()"))


async def test_what_is_committed_late_is_waited_for(postgresql: Database) -> None:
    before = await told(postgresql)
    async with postgresql.write() as conn:
        await at_work(conn)
        await happen(postgresql)
        assert await told(postgresql) == before
        await record(conn, [Happened(datetime.now(UTC), SENT.id, "G22", "collected", "H53")])

    feed, news = await told(postgresql)
    assert feed[-2:] == news[-2:] == ["collected", "available"]  # by the numbers of their transactions


async def test_nobody_waits_for_a_transaction_aside(postgresql: Database) -> None:
    aside: AbstractAsyncContextManager[AsyncConnection] = postgresql.aside()
    async with aside as conn:
        await at_work(conn)
        await happen(postgresql)

        feed, news = await told(postgresql)
    assert feed[-1] == news[-1] == "available"


async def test_a_transaction_aside_writes_no_event(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.aside() as conn:
            await record(conn, [Happened(datetime.now(UTC), SENT.id, "G22", "available", "H53")])

    async with database.write() as conn:  # the connection is as any other afterwards
        assert "is_aside" not in conn.info


async def test_a_connection_that_breaks_aside_is_told_as_any_other(postgresql: Database) -> None:
    with pytest.raises(Unavailable):
        async with postgresql.aside() as conn:
            await conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with postgresql.aside() as conn:
        await at_work(conn)


async def test_what_is_cancelled_aside_is_cancelled_and_nothing_else(database: Database) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with database.aside() as conn:
            begun.set()
            await asyncio.sleep(60)
            await at_work(conn)

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
