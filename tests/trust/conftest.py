"""Towns of the trust store's tests may have settings of their own."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.town import Town, founded

Found = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
def found(tmp_path: Path, database_url: str) -> Found:
    """Founds a town with these settings, on each database."""
    return partial(founded, tmp_path, database_url)
