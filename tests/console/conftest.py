from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.console import pages
from tests.town import Town, founded


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with a console, on the embedded database."""
    async with founded(tmp_path) as made:
        pages.mount(made.app.api, made.hub)
        yield made
