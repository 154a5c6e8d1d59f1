"""The trust store's tests run on SQLite and on a real PostgreSQL; towns may have settings of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.store.database import Database
from tests.parts import postgres
from tests.parts.sqlite import lay
from tests.town import Town, founded

Found = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture(params=["sqlite", "postgresql"])
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Found:
    """Founds a town with these settings, on each database."""

    @asynccontextmanager
    async def begin(**settings: Any) -> AsyncIterator[Town]:
        async with AsyncExitStack() as stack:
            url = ""
            if request.param == "postgresql":
                url = await stack.enter_async_context(postgres.fresh(request.getfixturevalue("postgres_dsn")))
            yield await stack.enter_async_context(founded(tmp_path, url, **settings))

    return begin


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with the current schema."""
    async with AsyncExitStack() as stack:
        url = f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgres.fresh(request.getfixturevalue("postgres_dsn")))
        await lay(url)
        opened = await Database(url).open()
        yield opened
        await opened.close()
