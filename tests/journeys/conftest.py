from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.shapes import Shape, embedded, production
from tests.parts import postgres


@pytest.fixture(params=["embedded", "production"])
async def shape(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shape]:
    """The hub in each of its shapes, as processes."""
    if request.param == "embedded":
        async with embedded(tmp_path) as running:
            yield running
        return
    kafka = request.getfixturevalue("kafka_bootstrap")
    prefix = request.getfixturevalue("topic_prefix")
    async with (
        postgres.fresh(request.getfixturevalue("postgres_dsn")) as url,
        production(tmp_path, url, kafka, prefix) as running,
    ):
        yield running
