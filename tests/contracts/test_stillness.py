"""A hub at rest asks its database nothing: what may be new is known without a question, and nothing new is missed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from hub.attest.sequencer import Sequencer
from hub.errors import Unavailable
from hub.ingress import TrustStore
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory.memory import Directory
from hub.store.migrate import migrate
from hub.store.road.accepting import insert_alone
from hub.store.tables import envelope
from hub.trust.seal import load_or_make
from tests.console.visitors import row
from tests.parts.sqlite import lay


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "truc.sqlite3"


@pytest.fixture
async def embedded(path: Path) -> Any:
    await lay(f"sqlite+aiosqlite:///{path}")
    database = await Database(f"sqlite+aiosqlite:///{path}").open()
    yield database
    await database.close()


@contextmanager
def questions(database: Database) -> Iterator[list[str]]:
    """The statements that are asked meanwhile."""
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    engines = {database._reader.sync_engine, database._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def changed(database: Database) -> None:
    async with database.write() as conn:
        await directory_version.bump(conn)


async def test_a_look_that_failed_is_made_again_and_one_that_ended_is_not(embedded: Database) -> None:
    stillness = embedded.stillness()
    with pytest.raises(Unavailable), stillness.since_last() as first:
        raise Unavailable("away")
    with stillness.since_last() as second:
        pass
    with stillness.since_last() as third:
        pass

    assert (first, second, third) == (True, True, False)


async def test_every_commit_may_be_new_also_another_process_s_and_one_made_while_looking(
    embedded: Database, path: Path
) -> None:
    stillness = embedded.stillness()
    seen = []
    with stillness.since_last() as may_be_new:
        seen.append(may_be_new)
    await changed(embedded)
    with stillness.since_last() as may_be_new:
        seen.append(may_be_new)
        await changed(embedded)
    with stillness.since_last() as may_be_new:
        seen.append(may_be_new)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE directory_version SET version = version + 1")
    with stillness.since_last() as may_be_new:
        seen.append(may_be_new)
    async with embedded.read() as conn:
        await directory_version.current(conn)
    with stillness.since_last() as may_be_new:
        seen.append(may_be_new)

    assert seen == [True, True, True, True, False]


async def test_postgresql_can_always_have_something_new(postgres_url: str) -> None:
    database = Database(postgres_url)
    stillness = database.stillness()
    for _ in range(2):
        with stillness.since_last() as may_be_new:
            assert may_be_new
    await database.close()


async def test_what_goes_by_the_directory_asks_only_after_a_commit(embedded: Database) -> None:
    directory, trust = Directory(embedded), TrustStore(embedded)
    before = await directory.refresh()
    await trust.refresh(before)

    with questions(embedded) as asked:
        assert await directory.refresh() == before
        await trust.refresh(before)
    assert asked == []

    await changed(embedded)
    assert await directory.refresh() == before + 1


async def test_the_log_asks_only_while_something_is_not_written_or_not_headed(
    embedded: Database, tmp_path: Path
) -> None:
    sequencer = Sequencer(embedded, load_or_make(tmp_path))
    while not sequencer._rests:
        await sequencer.turn(datetime.now(UTC))
    with questions(embedded) as asked:
        assert await sequencer.turn(datetime.now(UTC)) == 0
    assert asked == []

    await insert_alone(embedded, [row("G22", {"H53": "QUEUED"})])
    assert await sequencer.turn(datetime.now(UTC)) > 0
    with questions(embedded) as asked:  # a head is owed: no commit will say so
        await sequencer.turn(datetime.now(UTC))
    assert asked


async def test_a_version_that_was_heard_of_later_than_it_was_looked_at_is_looked_at(embedded: Database) -> None:
    trust = TrustStore(embedded)
    async with embedded.read() as conn:
        before = await directory_version.current(conn)
    await trust.refresh(before)
    await changed(embedded)
    await trust.refresh(before)  # asked of the directory a moment too early
    with questions(embedded) as asked:
        await trust.refresh(before + 1)
    assert asked


@pytest.mark.parametrize("name", ["a hub.sqlite3?timeout=5", "a%20hub.sqlite3"])
async def test_the_lane_and_the_counter_open_the_file_that_everybody_opens(tmp_path: Path, name: str) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / name}"
    await migrate(url)
    database = await Database(url).open()
    stillness = database.stillness()
    with stillness.since_last():
        pass
    await insert_alone(database, [row("G22", {"H53": "QUEUED"})])
    with stillness.since_last() as may_be_new:
        assert may_be_new
    async with database.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(envelope))).scalar_one() == 1
    await database.close()
