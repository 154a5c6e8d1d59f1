from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.town import Town, founded


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town on each database."""
    async with founded(tmp_path, database_url, webhook_allow_private=True) as made:
        yield made
