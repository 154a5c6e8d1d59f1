"""The lane of the embedded database: a transaction is done whole or not at all, in turn with every other writer."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.errors import StorageFull, Unavailable
from hub.store.database import Database
from hub.store.embedded import Execute
from tests.parts.sqlite import lay

_NOTE = "INSERT INTO outbox (level, recipient, delivery_id, rank) VALUES ('province', ?, '00', 3)"


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"
    await lay(url)
    database = await Database(url).open()
    yield database
    await database.close()


async def notes(database: Database) -> int:
    async with database.read() as conn:
        return int((await conn.execute(text("SELECT count(*) FROM outbox"))).scalar_one())


async def test_what_fails_in_the_middle_leaves_nothing_and_the_next_one_goes_on(embedded: Database) -> None:
    def breaks(execute: Execute) -> None:
        execute(_NOTE, [("H53",), ("H17",)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await embedded.at_once(breaks)
    assert await notes(embedded) == 0

    await embedded.at_once(lambda execute: execute(_NOTE, ("H53",)), light=True)
    assert await notes(embedded) == 1


async def test_its_failures_have_our_names(embedded: Database) -> None:
    def says(message: str) -> object:
        def work(_execute: Execute) -> None:
            raise sqlite3.OperationalError(message)

        return work

    with pytest.raises(StorageFull):
        await embedded.at_once(says("database or disk is full"))  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match="disk I/O error"):
        await embedded.at_once(says("disk I/O error"))  # type: ignore[arg-type]


async def test_a_file_that_has_no_room_left_refuses_and_recovers(embedded: Database) -> None:
    def fills(execute: Execute) -> None:
        (pages,) = next(iter(execute("PRAGMA page_count", ())))
        execute(f"PRAGMA max_page_count = {pages}", ())
        execute(_NOTE, [("H53" * 300,)] * 10_000)

    with pytest.raises(StorageFull):
        await embedded.at_once(fills)
    assert await notes(embedded) == 0

    def finds_room(execute: Execute) -> None:
        execute("PRAGMA max_page_count = 1000000", ())
        execute(_NOTE, ("H53",))

    await embedded.at_once(finds_room)
    assert await notes(embedded) == 1


async def test_lane_and_writer_take_turns(embedded: Database) -> None:
    async def one(number: int) -> None:
        if number % 2:
            await embedded.at_once(lambda execute: execute(_NOTE, ("H53",)))
        else:
            async with embedded.write() as conn:
                await conn.exec_driver_sql(_NOTE, ("H17",))

    await asyncio.gather(*(one(number) for number in range(40)))

    assert await notes(embedded) == 40


async def test_who_is_cancelled_stops_nothing_that_was_begun(embedded: Database) -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()

    def slowly(execute: Execute) -> None:
        has_begun.set()
        may_go_on.wait()
        execute(_NOTE, ("H53",))

    task = asyncio.create_task(embedded.at_once(slowly))
    await asyncio.to_thread(has_begun.wait)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    may_go_on.set()
    async with embedded.write() as conn:
        await conn.exec_driver_sql(_NOTE, ("H17",))

    assert await notes(embedded) == 2
