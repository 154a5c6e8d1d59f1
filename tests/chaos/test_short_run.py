"""A short run of what `make chaos` does for as long as one likes: a seed decides what happens to whom."""

import pytest

from tests.chaos.run import Plan, run

pytestmark = pytest.mark.xdist_group("chaos")


async def test_a_hub_in_trouble_loses_doubles_and_forgets_nothing() -> None:
    verdict = await run(Plan(seed=7, seconds=7, pause=0.25, rest=0.3, resend=50))

    assert verdict.is_clean, verdict.told()
    assert verdict.kills > 0, verdict.told()
    assert verdict.accepted > 0, verdict.told()
