"""The flow map has room for what it says, however little or much went between levels."""

from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.console.charts.flow import HEIGHT, draw

LEVELS: Final = ("central", "province", "district", "commune")
LINES: Final = 28  # of a name and its number, one above the other
PAIRS: Final = st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
COUNTS: Final = st.one_of(st.integers(1, 5), st.integers(1, 100_000))


@given(st.dictionaries(PAIRS, COUNTS.map(lambda count: (count, count // 3))))
def test_no_name_is_cut_off_and_none_stands_on_another(flows: dict[tuple[str, str], tuple[int, int]]) -> None:
    posts = draw(LEVELS, flows).posts
    for is_left in (True, False):
        middles = [post.y + post.height / 2 for post in posts if post.is_left == is_left]

        assert middles[0] >= LINES / 2
        assert middles[-1] <= HEIGHT - LINES / 2
        assert all(lower - upper >= LINES for upper, lower in pairwise(middles))


@pytest.mark.parametrize("count", [1, 1000])
def test_a_post_is_as_high_as_its_traffic_whatever_the_side(count: int) -> None:
    posts = draw(LEVELS, {("central", "commune"): (3 * count, 0), ("province", "commune"): (count, 0)}).posts
    heights = {(post.name, post.is_left): post.height for post in posts}

    assert heights["commune", False] == pytest.approx(heights["central", True] + heights["province", True], abs=0.2)
    assert heights["central", True] == pytest.approx(3 * heights["province", True], abs=0.3)
