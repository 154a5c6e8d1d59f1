"""One suite, two databases: what asks for `database` runs on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.tables import directory_version, metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await migrate(database_url)
    opened = await Database(database_url).open()
    async with opened.write() as conn:  # a server that is shared between tests begins each of them empty
        for table in reversed(metadata.sorted_tables):
            if table is not directory_version:
                await conn.execute(table.delete())
    yield opened
    await opened.close()
