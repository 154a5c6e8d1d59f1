"""The log's tests run on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.parts import postgres
from tests.town import Town, founded


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A town on each database."""
    async with AsyncExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgres.fresh(request.getfixturevalue("postgres_dsn")))
        yield await stack.enter_async_context(founded(tmp_path, url))
