"""Bring a database to the schema of this release, with Alembic; safe to run by several processes at once."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from hub import failpoint
from hub.store.database import Database

_LOCK: Final = 7_281_992_011  # any number that nobody else takes as an advisory lock


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(url: str, revision: str = "head") -> None:
    """Upgrade (or, for tests, take down to `revision`) the database at `url`; does nothing when it is there already."""

    def run(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if revision == "base":
            command.downgrade(_config(connection), revision)
        else:
            command.upgrade(_config(connection), revision)
        failpoint.reach("schema-half-way")

    database = Database(url)
    try:
        async with database.write() as conn:
            await conn.run_sync(run)
    finally:
        await database.close()


async def is_current(database: Database) -> bool:
    """Whether the database has the schema this release expects."""
    there, expected = await revisions(database)
    return there == expected


async def revisions(database: Database) -> tuple[str | None, str | None]:
    """The schema that the database has, and the one this release expects."""

    def revision(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.read() as conn:
        there = await conn.run_sync(revision)
    return there, ScriptDirectory.from_config(_config()).get_current_head()
