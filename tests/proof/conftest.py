"""The log's tests run on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.town import Town, founded


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town on each database."""
    async with founded(tmp_path, database_url) as made:
        yield made
