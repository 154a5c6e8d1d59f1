"""Working time only grows, adds up, and is right where calendars are wrong: at Tết, at night, at the turn of a year."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain import calendar
from hub.domain.deadline import (
    LOCAL,
    ROUND_THE_CLOCK,
    Calendar,
    Day,
    Limits,
    Sent,
    after,
    answer_by,
    before,
    between,
    change_by,
    directory_by,
    finish_by,
    receive_by,
    sent,
    unanswered_before,
    unreceived_before,
)

VIETNAM = calendar.made(calendar.official(range(2019, 2030)), calendar.SEED)
HALVES = Calendar(
    exceptions={date(2026, 3, 2): Day.MORNING, date(2026, 3, 3): Day.AFTERNOON, date(2026, 3, 7): Day.WORK}
)
OWN = calendar.made(
    calendar.official(range(2019, 2030)), calendar.SEED, calendar.read_hours("07:00-11:00,13:30-17:00", "1-6")
)
CALENDARS = st.sampled_from([VIETNAM, HALVES, OWN, ROUND_THE_CLOCK, Calendar()])
MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
SPANS = st.timedeltas(timedelta(0), timedelta(hours=400))
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A local time such as "2026-02-13 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


@given(CALENDARS, MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(used, one, two, three) -> None:
    first, second, third = sorted((one, two, three))

    assert between(first, second, used) + between(second, third, used) == between(first, third, used)


@given(CALENDARS, MOMENTS, MOMENTS)
def test_working_time_is_never_negative_nor_longer_than_time(used, one, other) -> None:
    assert timedelta(0) <= between(one, other, used) <= max(other - one, timedelta(0))


@given(CALENDARS, MOMENTS, MOMENTS, SPANS)
def test_whoever_begins_later_is_due_no_earlier(used, one, other, span) -> None:
    first, second = sorted((one, other))

    assert after(first, span, used) <= after(second, span, used)


@given(CALENDARS, MOMENTS, SPANS, SPANS)
def test_a_longer_span_is_due_no_earlier_and_spans_add_up(used, start, span, more) -> None:
    assert after(start, span, used) <= after(start, span + more, used)
    if span and more:
        assert after(after(start, span, used), more, used) == after(start, span + more, used)


@given(CALENDARS, MOMENTS, SPANS)
def test_by_the_deadline_exactly_the_span_has_passed(used, start, span) -> None:
    assert between(start, after(start, span, used), used) == span


@given(CALENDARS, MOMENTS, SPANS)
def test_the_latest_start_is_the_latest(used, end, span) -> None:
    start = before(end, span, used)

    assert start <= end
    if start.year > 2000 and span:
        assert between(start, end, used) == span
        assert between(start + timedelta(microseconds=1), end, used) < span


@given(CALENDARS, MOMENTS, MOMENTS, st.integers(0, 4))
def test_a_document_is_late_exactly_when_its_deadline_has_come(used, accepted, now, priority) -> None:
    limits = Limits()

    is_late = receive_by(accepted, priority, limits, used) <= now

    assert is_late == (accepted <= unreceived_before(now, priority, limits, used))


@given(CALENDARS, MOMENTS, MOMENTS)
def test_an_answer_is_late_exactly_when_its_day_is_over(used, arrived, now) -> None:
    assert (answer_by(arrived, used) <= now) == (arrived < unanswered_before(now, used))


@given(CALENDARS, MOMENTS, MOMENTS)
def test_what_is_sent_later_is_never_judged_better(used, one, other) -> None:
    order = [Sent.SAME_DAY, Sent.NEXT_MORNING, Sent.LATE]
    first, second = sorted((one, other))
    signed_on = first.astimezone(LOCAL).date()

    assert order.index(sent(signed_on, first, used)) <= order.index(sent(signed_on, second, used))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20 16:30", 1, "2026-11-23 08:00"),  # over a weekend
        ("2026-11-23 16:30", 1, "2026-11-25 08:00"),  # over the day of culture, a Tuesday
        ("2026-02-13 16:30", 1, "2026-02-23 08:00"),  # over Tết 2026, 16 to 20 February
        ("2026-11-25 03:00", 4, "2026-11-25 11:30"),  # accepted at night: begins in the morning
        ("2026-11-25 11:00", 1, "2026-11-25 13:30"),  # over noon
        ("2026-11-25 12:15", 1, "2026-11-25 14:00"),  # accepted at noon
        ("2025-12-31 16:00", 2, "2026-01-05 08:30"),  # over the new year, and the 2 January that was swapped
        ("2026-01-09 16:00", 2, "2026-01-10 08:30"),  # the Saturday that was worked for it
        ("2026-08-21 16:30", 1, "2026-08-22 08:00"),  # the Saturday worked for 31 August
        ("2026-08-28 16:30", 1, "2026-09-03 08:00"),  # over 31 August and National Day
        ("2026-04-24 16:30", 1, "2026-04-28 08:00"),  # Hùng kings' day fell on a Sunday: Monday is off
    ],
)
def test_working_time_steps_over_what_is_not_worked(start, hours, end) -> None:
    assert after(at(start), hours * HOUR, VIETNAM) == at(end)
    assert between(at(start), at(end), VIETNAM) == hours * HOUR


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [("2026-01-02", False), ("2026-01-10", True), ("2026-01-17", False), ("2026-11-24", False), ("2026-11-25", True)],
)
def test_the_swap_that_the_library_misses_is_known(day, is_worked) -> None:
    assert VIETNAM.is_worked(date.fromisoformat(day)) is is_worked


def test_half_days_end_at_noon_or_begin_after_it() -> None:
    assert between(at("2026-03-02 00:00"), at("2026-03-03 00:00"), HALVES) == 4 * HOUR
    assert after(at("2026-03-02 11:00"), HOUR, HALVES) == at("2026-03-03 13:30")
    assert after(at("2026-03-06 16:30"), HOUR, HALVES) == at("2026-03-07 08:00")


def test_an_agency_may_have_hours_of_its_own() -> None:
    assert after(at("2026-11-20 16:30"), HOUR, OWN) == at("2026-11-21 07:30")


def test_flash_documents_do_not_wait_for_the_morning() -> None:
    night = at("2026-02-17 02:00")  # the first night of Tết

    assert receive_by(night, 3, Limits(), VIETNAM) == night + timedelta(minutes=15)
    assert receive_by(night, 1, Limits(), VIETNAM) == at("2026-02-23 08:00")
    assert receive_by(night, 0, Limits(), VIETNAM) == at("2026-02-23 11:30")


@pytest.mark.parametrize(
    ("signed", "sent_at", "judged"),
    [
        ("2026-11-20", "2026-11-20 23:59", Sent.SAME_DAY),
        ("2026-11-20", "2026-11-23 11:59", Sent.NEXT_MORNING),  # signed on Friday: Monday morning
        ("2026-11-20", "2026-11-23 12:01", Sent.LATE),
        ("2026-11-23", "2026-11-25 11:59", Sent.NEXT_MORNING),  # Tuesday is off
        ("2026-02-13", "2026-02-23 09:00", Sent.NEXT_MORNING),  # Tết between
        ("2026-11-30", "2026-11-20 09:00", Sent.SAME_DAY),  # dated ahead
    ],
)
def test_sending_is_judged_by_the_day_of_signing(signed, sent_at, judged) -> None:
    assert sent(date.fromisoformat(signed), at(sent_at), VIETNAM) is judged


def test_the_weaker_rule_gives_the_whole_next_working_day() -> None:
    monday = at("2026-11-23 16:00")

    assert sent(date(2026, 11, 20), monday, VIETNAM, until=timedelta(days=1)) is Sent.NEXT_MORNING
    assert sent(date(2026, 11, 20), monday, VIETNAM, urgent=True) is Sent.LATE


def test_answers_changes_and_days_have_their_ends() -> None:
    assert answer_by(at("2026-11-25 08:00"), VIETNAM) == at("2026-11-25 17:00")
    assert answer_by(at("2026-11-25 17:00"), VIETNAM) == at("2026-11-26 17:00")
    assert answer_by(at("2026-11-21 08:00"), VIETNAM) == at("2026-11-23 17:00")
    assert change_by(at("2026-11-20 10:00"), VIETNAM) == at("2026-11-23 10:00")
    assert finish_by(date(2026, 11, 30)) == at("2026-12-01 00:00")
    assert directory_by(date(2026, 2, 10)) == date(2026, 2, 25)


def test_one_calendars_days_are_not_another_calendars() -> None:
    holiday = Calendar(exceptions={date(2026, 11, 26): Day.OFF})

    assert after(at("2026-11-25 16:30"), HOUR) == at("2026-11-26 08:00")
    assert after(at("2026-11-25 16:30"), HOUR, holiday) == at("2026-11-27 08:00")


def test_what_a_caller_does_with_a_days_hours_changes_nothing() -> None:
    used = Calendar()
    used.hours(date(2026, 11, 23)).clear()

    assert len(used.hours(date(2026, 11, 23))) == 2
