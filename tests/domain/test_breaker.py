from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.breaker import PROBE_WITHIN, REST_FIRST, REST_MOST, Breaker

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def after_failures(count: int, threshold: int = 5) -> Breaker:
    breaker = Breaker()
    for _ in range(count):
        breaker = breaker.after_failure(NOW, threshold)
    return breaker


def test_a_new_breaker_lets_everything_through() -> None:
    assert Breaker().allows(NOW)
    assert Breaker().probe(NOW) == (True, Breaker())


def test_a_few_failures_leave_it_closed() -> None:
    assert after_failures(4) == Breaker(4, None)


def test_the_last_failure_it_bears_opens_it() -> None:
    breaker = after_failures(5)

    assert breaker == Breaker(5, NOW + REST_FIRST)
    assert not breaker.allows(NOW)
    assert not breaker.allows(NOW + REST_FIRST - INSTANT)


def test_a_success_in_between_starts_the_count_again() -> None:
    assert after_failures(4).after_success().after_failure(NOW) == Breaker(1, None)


def test_a_threshold_of_one_opens_at_the_first_failure() -> None:
    assert not after_failures(1, threshold=1).allows(NOW)


def test_when_its_time_is_over_one_probe_may_go() -> None:
    breaker, later = after_failures(5), NOW + REST_FIRST

    first, while_probing = breaker.probe(later)
    second, unchanged = while_probing.probe(later)

    assert (first, second) == (True, False)
    assert unchanged == while_probing


def test_a_probe_that_is_never_heard_of_gives_way_to_another() -> None:
    _, while_probing = after_failures(5).probe(NOW + REST_FIRST)

    may_go, _ = while_probing.probe(NOW + REST_FIRST + PROBE_WITHIN)

    assert may_go


def test_a_probe_that_fails_opens_it_for_twice_as_long() -> None:
    later = NOW + REST_FIRST
    _, while_probing = after_failures(5).probe(later)

    assert while_probing.after_failure(later) == Breaker(6, later + 2 * REST_FIRST)


def test_a_probe_that_succeeds_closes_it() -> None:
    _, while_probing = after_failures(9).probe(NOW + REST_MOST)

    assert while_probing.after_success() == Breaker()


def test_it_never_stays_open_longer_than_the_bound() -> None:
    assert Breaker(10**9, NOW).after_failure(NOW).open_until == NOW + REST_MOST


@given(st.integers(1, 100), st.integers(1, 50))
def test_whatever_happened_it_lets_a_probe_through_in_the_end(failures: int, threshold: int) -> None:
    may_go, _ = after_failures(failures, threshold).probe(NOW + REST_MOST)

    assert may_go
