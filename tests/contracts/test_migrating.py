"""Migrating while others work: what is added first, what is taken away last, and nobody waits for either."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from hub.store.database import Database
from hub.store.migrate import Step, fits, is_current, migrate, steps, target
from hub.store.migrations import online
from tests.parts import postgres


@pytest.fixture
async def postgres_empty(postgres_dsn: str) -> AsyncIterator[str]:
    """A PostgreSQL database without a schema."""
    async with postgres.fresh(postgres_dsn, "template0") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, or a file that is not there yet."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_empty")
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"


PRE_ONLY = [Step("1", is_post=False), Step("2", is_post=False)]
WITH_POST = [*PRE_ONLY, Step("3", is_post=True), Step("4", is_post=True)]
PASSED_BY = [*WITH_POST, Step("5", is_post=False)]


@pytest.mark.parametrize(
    ("known", "finish", "reached"),
    [
        (PRE_ONLY, False, "2"),
        (WITH_POST, False, "2"),
        (WITH_POST, True, "4"),
        (PASSED_BY, False, "5"),  # nobody is left who needs what a release before the last one took away
    ],
)
def test_what_takes_away_at_the_end_waits_to_be_asked_for(known: list[Step], finish: bool, reached: str) -> None:  # noqa: FBT001
    assert target(known, finish=finish) == reached


@pytest.mark.parametrize(
    ("there", "does"),
    [
        (None, False),
        ("1", False),
        ("2", True),
        ("3", True),
        ("4", True),
        ("9", True),  # of a newer release: a process of ours that starts again during its update goes on
    ],
)
def test_a_schema_fits_when_nothing_is_wanting_but_what_is_taken_away(there: str | None, does: bool) -> None:  # noqa: FBT001
    assert fits(WITH_POST, there) is does


async def test_several_migrate_one_database_at_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))

    database = Database(empty_url)
    assert await is_current(database)
    await database.close()


async def test_an_older_release_leaves_the_schema_of_a_newer_one_alone(postgres_empty: str) -> None:
    await migrate(postgres_empty)
    database = Database(postgres_empty)
    async with database.write() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    await migrate(postgres_empty)

    assert await is_current(database)
    await database.close()


async def test_a_migration_waits_briefly_for_a_locked_table_and_comes_again(
    postgres_empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(postgres_empty, steps()[0].revision)
    holder = await asyncpg.connect(postgres_empty.replace("+asyncpg", ""))
    tries = 0
    upgrade = command.upgrade

    def counted(*arguments: Any) -> None:
        nonlocal tries
        tries += 1
        upgrade(*arguments)

    monkeypatch.setattr(command, "upgrade", counted)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("LOCK TABLE agency IN ACCESS EXCLUSIVE MODE")
    migrating = asyncio.create_task(migrate(postgres_empty))
    while tries < 2:
        await asyncio.sleep(0.05)
    await transaction.rollback()
    await holder.close()

    await migrating

    database = Database(postgres_empty)
    assert await is_current(database)
    await database.close()


async def test_an_index_is_built_while_somebody_writes_and_what_was_half_built_is_made_anew(
    postgres_empty: str,
) -> None:
    plain = postgres_empty.replace("+asyncpg", "")
    conn = await asyncpg.connect(plain)
    await conn.execute("CREATE TABLE grows (n int, m int); INSERT INTO grows SELECT 1, 1 FROM generate_series(1, 100)")
    with pytest.raises(asyncpg.UniqueViolationError):  # leaves an index that is not valid, as a crash does
        await conn.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_grows ON grows (n)")

    def add(connection: Connection) -> None:
        context = MigrationContext.configure(connection)
        with Operations.context(context), context.begin_transaction():
            online.add_index("ix_grows", "grows", ["n"], where="m = 1")

    database = Database(postgres_empty)
    writer = await asyncpg.connect(plain)
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute("INSERT INTO grows VALUES (2, 2)")

    async def build() -> None:
        async with database.patient() as patient:
            await patient.run_sync(add)

    building = asyncio.create_task(build())
    other = await asyncpg.connect(plain)
    while not await other.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '% INDEX CONC%' AND pid <> pg_backend_pid()"
    ):
        await asyncio.sleep(0.02)
    await other.execute("INSERT INTO grows VALUES (3, 3)")  # nobody waits behind it
    await transaction.commit()
    await building

    found = await conn.fetchrow(
        "SELECT indisvalid, pg_get_indexdef(indexrelid) AS made FROM pg_index WHERE indexrelid = 'ix_grows'::regclass"
    )
    assert found is not None
    assert found["indisvalid"]
    assert "(m = 1)" in found["made"]
    for each in (conn, writer, other):
        await each.close()
    await database.close()
