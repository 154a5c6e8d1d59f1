from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.town import Town, founded


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town on the embedded database."""
    async with founded(tmp_path, max_envelope_bytes=200_000, body_timeout_seconds=0.3) as made:
        yield made
