from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.retry import next_attempt

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
FIRST, MOST = 5.0, 6 * 3600.0

chances = st.floats(0, 1, exclude_max=True)
attempts = st.integers(1, 10_000)


def seconds(attempt: int, chance: float, asked_for: float | None = None) -> float:
    return (next_attempt(attempt, NOW, FIRST, MOST, chance, asked_for) - NOW).total_seconds()


@pytest.mark.parametrize(("attempt", "least"), [(1, 2.5), (2, 5), (3, 10), (4, 20), (11, 2560)])
def test_the_least_wait_doubles_with_each_failure(attempt: int, least: float) -> None:
    assert seconds(attempt, 0) == least


def test_chance_reaches_over_the_upper_half_of_a_wait() -> None:
    assert [seconds(3, chance) for chance in (0, 0.25, 0.5, 0.75)] == [10, 12.5, 15, 17.5]


@given(attempts, chances)
def test_a_wait_is_never_shorter_than_half_the_first_and_never_beyond_the_bound(attempt: int, chance: float) -> None:
    assert FIRST / 2 <= seconds(attempt, chance) <= MOST


@given(attempts, chances)
def test_more_failures_never_mean_a_shorter_wait(attempt: int, chance: float) -> None:
    assert seconds(attempt, chance) <= seconds(attempt + 1, chance)


def test_the_millionth_failure_waits_as_long_as_the_bound_allows() -> None:
    assert seconds(1_000_000, 0) == MOST / 2


def test_what_the_other_side_asked_for_is_waited_for() -> None:
    assert seconds(1, 0.5, asked_for=120) == 120


def test_a_shorter_wait_than_ours_is_not_granted() -> None:
    assert seconds(4, 0, asked_for=1) == 20


@pytest.mark.parametrize("asked_for", [1e9, 1e300, float("inf")])
def test_asking_for_years_gets_the_bound(asked_for: float) -> None:
    assert seconds(1, 0, asked_for) == MOST


@pytest.mark.parametrize("asked_for", [-1.0, 0.0, float("nan"), float("-inf")])
def test_asking_for_nothing_sensible_changes_nothing(asked_for: float) -> None:
    assert seconds(1, 0, asked_for) == 2.5


def test_the_zone_of_the_clock_is_kept() -> None:
    assert next_attempt(1, NOW, FIRST, MOST, 0) == NOW + timedelta(seconds=2.5)
    assert next_attempt(1, NOW, FIRST, MOST, 0).tzinfo is UTC
