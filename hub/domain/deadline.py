"""Working time: Monday to Friday, 07:30-11:30 and 13:00-17:00 in Vietnam (UTC+7, no daylight saving).

Public holidays and swapped days come with the issue "Watching"; the functions already take the calendar as data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

LOCAL: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_DAY: Final = timedelta(days=1)
_LOOK_BACK_AT_MOST: Final = 800  # days; a question that reaches further gets the earliest day looked at


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which hours count. `spans` are local times of one working day; `weekdays` count from Monday = 0."""

    weekdays: frozenset[int] = frozenset(range(5))
    spans: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13), time(17)))
    holidays: frozenset[date] = frozenset()

    def hours(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working spans of a local day, as UTC times; none on a day off."""
        return list(_hours(self, day))


@lru_cache(maxsize=4096)
def _hours(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """As `Calendar.hours`, remembered: everybody asks about today and the days around it."""
    if day.weekday() not in calendar.weekdays or day in calendar.holidays:
        return ()
    return tuple(
        (datetime.combine(day, start, LOCAL).astimezone(UTC), datetime.combine(day, end, LOCAL).astimezone(UTC))
        for start, end in calendar.spans
    )


STANDARD: Final = Calendar()


def after(start: datetime, span: timedelta, calendar: Calendar = STANDARD) -> datetime:
    """The moment by which `span` of working time has passed since `start`."""
    left = span
    for begin, end in _spans(start.astimezone(LOCAL).date(), calendar, _DAY):
        begins = max(begin, start)
        if begins >= end:
            continue
        if end - begins >= left:
            return begins + left
        left -= end - begins
    return datetime.max.replace(tzinfo=UTC)


def before(end: datetime, span: timedelta, calendar: Calendar = STANDARD) -> datetime:
    """The latest start from which at least `span` of working time has passed at `end`."""
    if span <= timedelta(0):
        return end
    left = span
    for begins, ends in _spans(end.astimezone(LOCAL).date(), calendar, -_DAY):
        stop = min(ends, end)
        if begins >= stop:
            continue
        if stop - begins >= left:
            return stop - left
        left -= stop - begins
    return datetime.min.replace(tzinfo=UTC)


def between(start: datetime, end: datetime, calendar: Calendar = STANDARD) -> timedelta:
    """The working time from `start` to `end`; zero when `end` is not later."""
    total = timedelta(0)
    day = start.astimezone(LOCAL).date()
    last = end.astimezone(LOCAL).date()
    if (last - day).days > _LOOK_BACK_AT_MOST:
        day = last - _LOOK_BACK_AT_MOST * _DAY
    while day <= last:
        for begins, ends in _hours(calendar, day):
            total += max(min(ends, end) - max(begins, start), timedelta(0))
        day += _DAY
    return total


def receive_within(priority: int, normal: timedelta) -> timedelta:
    """Working time in which a document should be collected (alert A1): by urgency, `normal` for thường."""
    if priority >= 3:  # noqa: PLR2004 - hỏa tốc
        return timedelta(minutes=15)
    return timedelta(minutes=30) if priority else normal


def _spans(day: date, calendar: Calendar, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    for _ in range(_LOOK_BACK_AT_MOST):
        hours = _hours(calendar, day)
        yield from hours if step > timedelta(0) else reversed(hours)
        day += step
