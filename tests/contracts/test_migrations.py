"""The migrations and the tables say the same, on both databases, forwards, back and forwards again."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from hub.store.database import Database
from hub.store.migrate import is_current, migrate
from hub.store.tables import metadata


def differences(connection: Connection) -> list[Any]:
    def is_ours(_what: Any, name: str | None, *_rest: Any) -> bool:
        return not (name or "").startswith(("search_words", "ix_search_words"))  # only the migration knows these

    opts = {"compare_type": True, "compare_server_default": False, "include_object": is_ours}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, metadata))


async def test_migrations_lead_to_the_tables_and_back(database_url: str) -> None:
    await migrate(database_url)
    await migrate(database_url, "base")
    database = Database(database_url)
    async with database.read() as conn:
        left = await conn.run_sync(lambda connection: set(inspect(connection).get_table_names()))
    assert left <= {"alembic_version", "sqlite_sequence"}
    assert not await is_current(database)

    await migrate(database_url)

    async with database.read() as conn:
        assert await conn.run_sync(differences) == []
    assert await is_current(database)
    await database.close()
