"""Working time is counted in Vietnam's office hours."""

from datetime import UTC, date, datetime, timedelta

from hub.domain.deadline import LOCAL, Calendar, after, before, between

FRIDAY = datetime(2026, 11, 20, 16, 30, tzinfo=LOCAL).astimezone(UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=LOCAL).astimezone(UTC)


def test_an_hour_from_late_on_friday_ends_on_monday_morning() -> None:
    assert after(FRIDAY, timedelta(hours=1)) == MONDAY
    assert before(MONDAY, timedelta(hours=1)) == FRIDAY
    assert between(FRIDAY, MONDAY) == timedelta(hours=1)


def test_one_calendars_days_are_not_another_calendars() -> None:
    holiday = Calendar(holidays=frozenset({date(2026, 11, 23)}))

    assert after(FRIDAY, timedelta(hours=1)) == MONDAY
    assert after(FRIDAY, timedelta(hours=1), holiday) == MONDAY + timedelta(days=1)
    assert after(FRIDAY, timedelta(hours=1)) == MONDAY


def test_what_a_caller_does_with_a_days_hours_changes_nothing() -> None:
    calendar = Calendar()
    calendar.hours(date(2026, 11, 23)).clear()

    assert len(calendar.hours(date(2026, 11, 23))) == 2
