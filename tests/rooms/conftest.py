from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.town import Town, founded


@pytest.fixture(params=["sqlite", "postgresql"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A town on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with founded(tmp_path, url, webhook_allow_private=True) as made:
        yield made
