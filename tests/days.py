"""Days to come: what the hub does later than it was sent is tested on a day that is always ahead."""

from datetime import UTC, date, datetime, time, timedelta

from hub.domain import calendar
from hub.domain.deadline import LOCAL, Calendar


def monday(hour: int, minute: int = 0) -> datetime:
    """An hour, in Vietnam, of a Monday a week ahead or more; the working days around it, and before, are all worked."""
    today = datetime.now(LOCAL).date()
    worked = calendar.made(calendar.official((today.year, today.year + 1)), calendar.SEED)
    day = today + timedelta(days=14 - today.weekday())
    while not _is_ordinary(worked, day):
        day += timedelta(days=7)
    return datetime.combine(day, time(hour, minute), LOCAL).astimezone(UTC)


def _is_ordinary(worked: Calendar, first: date) -> bool:
    days = (first + timedelta(days=n) for n in range(-7, 7))
    return all(worked.is_worked(day) == (day.weekday() < 5) for day in days)
