"""Working time, and the deadlines counted in it. Pure: the calendar and the clock are arguments.

Working time is what `Calendar.worked` counts, a function that only grows. Everything else follows from it: the time
between two moments is a difference, so it adds up; a deadline is where the count reaches a value.

The hours are Monday to Friday, 07:30-11:30 and 13:00-17:00 in Vietnam (UTC+7, no daylight saving) unless an agency says
otherwise; which days are off, worked or halved comes from `hub.domain.calendar`.

The deadlines, and where each comes from:

    T1  sent on the day of signing, at the latest on the morning of the next working day   QĐ 28/2018 Art. 6
    T1' sent on the next working day at the latest (weaker, later text)                    NĐ 30/2020 Art. 18
    T2  urgent: sent at once after signing; the envelope has a date only, so: the same day QĐ 28/2018 Art. 6
    T3  the recipient answers on the day of arrival                                        NĐ 30/2020 Art. 21, TT 01/2019
    T4  urgent: passed on at once; `receive_by` and `answer_by` have shorter limits        QĐ 28/2018 Art. 6
    T5  misaddressed or invalid: returned promptly (code 02); answered within T3           QĐ 28/2018 Art. 9
    T6  a recall is agreed to or refused; no number in the law                             proposal: one working day
    T7  finished by the day the sender set                                                 the envelope's DueDate
    T8  a change of the directory is reported within 15 days                               Hà Tĩnh's rule
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

LOCAL: Final = ZoneInfo("Asia/Ho_Chi_Minh")
Span = tuple[timedelta, timedelta]
"""Working hours of a day: from, until, counted from local midnight."""

_DAY: Final = timedelta(days=1)
_MICRO: Final = timedelta(microseconds=1)
_FIRST: Final = date(2000, 1, 1)  # working time is counted from here: no electronic document is older
_LAST_YEAR: Final = 2200
NOON: Final = timedelta(hours=12)


class Day(StrEnum):
    """How an exceptional day is worked."""

    OFF = "off"
    WORK = "work"  # a full day, whatever the weekday
    MORNING = "morning"  # only the hours that begin before noon
    AFTERNOON = "afternoon"


@dataclass(slots=True, eq=False)
class Calendar:
    """Which hours count: spans of a full day, the weekdays (Monday = 0) and the days that are otherwise.

    What was counted is remembered, so a calendar is kept and passed around, and never changed.
    """

    weekdays: frozenset[int] = frozenset(range(5))
    spans: tuple[Span, ...] = (
        (timedelta(hours=7, minutes=30), timedelta(hours=11, minutes=30)),
        (timedelta(hours=13), timedelta(hours=17)),
    )
    exceptions: Mapping[date, Day] = field(default_factory=dict)
    version: str = ""
    """Names the days it was made of, for whoever freezes a figure with it."""
    _sums: list[int] = field(default_factory=lambda: [0], init=False, repr=False)  # µs before each day since _FIRST

    def day(self, day: date) -> tuple[Span, ...]:
        """The spans worked on a local day; none on a day off."""
        kind = self.exceptions.get(day)
        if kind is Day.OFF or (kind is None and day.weekday() not in self.weekdays):
            return ()
        if kind is Day.MORNING:
            return tuple(span for span in self.spans if span[0] < NOON)
        if kind is Day.AFTERNOON:
            return tuple(span for span in self.spans if span[0] >= NOON)
        return self.spans

    def hours(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working spans of a local day, as UTC times; none on a day off."""
        midnight = _midnight(day)
        return [(midnight + start, midnight + end) for start, end in self.day(day)]

    def is_worked(self, day: date) -> bool:
        """Whether anybody works on a local day."""
        return bool(self.day(day))

    def next_worked(self, day: date) -> date:
        """The first working day after a day."""
        found = day + _DAY
        while not self.is_worked(found):
            if found.year >= _LAST_YEAR:
                return date.max
            found += _DAY
        return found

    @property
    def full_day(self) -> timedelta:
        """The working time of one full day."""
        return sum((end - start for start, end in self.spans), timedelta(0))

    def worked(self, moment: datetime) -> int:
        """Microseconds of working time from the year 2000 to a moment."""
        local = moment.astimezone(LOCAL)
        day = local.date()
        if day < _FIRST:
            return 0
        since = moment - _midnight(day)
        return self._before(day) + sum(
            max(min(end, since) - start, timedelta(0)) // _MICRO for start, end in self.day(day)
        )

    def _before(self, day: date) -> int:
        """Microseconds of working time before a local day begins."""
        number = (day - _FIRST).days
        if number < len(self._sums):
            return self._sums[number]
        full = self.full_day // _MICRO
        # ten thousand days for a new calendar, few of them otherwise than their weekday
        while len(self._sums) <= number:
            last = _FIRST + (len(self._sums) - 1) * _DAY
            if last in self.exceptions:
                worked = sum((end - start) // _MICRO for start, end in self.day(last))
            else:
                worked = full if last.weekday() in self.weekdays else 0
            self._sums.append(self._sums[-1] + worked)
        return self._sums[number]

    def first_at(self, count: int) -> datetime:
        """The first moment at which `worked` is `count`."""
        while self._sums[-1] < count:
            year = _FIRST.year + len(self._sums) // 365
            if year >= _LAST_YEAR:
                return datetime.max.replace(tzinfo=UTC)
            self._before(date(year + 1, 1, 1))
        return self._at(bisect_left(self._sums, count) - 1, count, latest=False)

    def last_at(self, count: int) -> datetime:
        """The last moment at which `worked` is still `count`: the next working hour begins there."""
        while self._sums[-1] <= count:
            year = _FIRST.year + len(self._sums) // 365
            if year >= _LAST_YEAR:
                return datetime.max.replace(tzinfo=UTC)
            self._before(date(year + 1, 1, 1))
        return self._at(bisect_right(self._sums, count) - 1, count, latest=True)

    def _at(self, number: int, count: int, *, latest: bool) -> datetime:
        if number < 0:
            return _midnight(_FIRST)
        left = (count - self._sums[number]) * _MICRO
        day = _FIRST + number * _DAY
        for start, end in self.day(day):
            if left < end - start or (left == end - start and not latest):
                return _midnight(day) + start + left
            left -= end - start
        return _midnight(day)


@lru_cache(maxsize=1024)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock.min, LOCAL).astimezone(UTC)


STANDARD: Final = Calendar()
ROUND_THE_CLOCK: Final = Calendar(frozenset(range(7)), ((timedelta(0), _DAY),))


def after(start: datetime, span: timedelta, calendar: Calendar = STANDARD) -> datetime:
    """The moment by which `span` of working time has passed since `start`; `start` itself for no span."""
    if span <= timedelta(0):
        return start
    return calendar.first_at(calendar.worked(start) + span // _MICRO)


def before(end: datetime, span: timedelta, calendar: Calendar = STANDARD) -> datetime:
    """The latest start from which at least `span` of working time has passed at `end`; the year 1 when there is none."""
    if span <= timedelta(0):
        return end
    count = calendar.worked(end) - span // _MICRO
    return datetime.min.replace(tzinfo=UTC) if count < 0 else calendar.last_at(count)


def between(start: datetime, end: datetime, calendar: Calendar = STANDARD) -> timedelta:
    """The working time from `start` to `end`; zero when `end` is not later."""
    return max(calendar.worked(end) - calendar.worked(start), 0) * _MICRO


# -- the deadlines ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """Within which time a document is to be collected, by urgency. None of it is law: each is a proposal (settings)."""

    normal: timedelta = timedelta(hours=4)
    urgent: timedelta = timedelta(minutes=30)  # khẩn, thượng khẩn; working time
    flash: timedelta = timedelta(minutes=15)  # hỏa tốc, hỏa tốc hẹn giờ; by the clock on the wall, day and night
    answer_urgent: timedelta = timedelta(hours=1)  # working time from 01 to 02 or 03

    def receive(self, priority: int, calendar: Calendar) -> tuple[timedelta, Calendar]:
        """The span of a priority (0 thường, 1 khẩn, 2 thượng khẩn, 3 and 4 hỏa tốc) and the calendar it is counted by."""
        if priority >= 3:  # noqa: PLR2004 - hỏa tốc
            return self.flash, ROUND_THE_CLOCK
        return (self.urgent if priority else self.normal), calendar


def receive_by(at: datetime, priority: int, limits: Limits, calendar: Calendar = STANDARD) -> datetime:
    """By when a document accepted at `at` is to be collected (T4, alert A1)."""
    span, counted = limits.receive(priority, calendar)
    return after(at, span, counted)


def unreceived_before(now: datetime, priority: int, limits: Limits, calendar: Calendar = STANDARD) -> datetime:
    """The inverse of `receive_by`: whatever was accepted up to this moment and is not collected at `now` is late."""
    span, counted = limits.receive(priority, calendar)
    return before(now, span, counted)


class Sent(StrEnum):
    """How soon after signing a document was sent (QĐ 28/2018 Art. 6)."""

    SAME_DAY = "same-day"
    NEXT_MORNING = "next-morning"
    LATE = "late"


def sent(
    signed_on: date, at: datetime, calendar: Calendar = STANDARD, *, urgent: bool = False, until: timedelta = NOON
) -> Sent:
    """Judge T1 and T2: `until` is when the next working day's grace ends (noon for T1, 24 hours for T1')."""
    local = at.astimezone(LOCAL)
    if local.date() <= signed_on:
        return Sent.SAME_DAY
    if urgent:
        return Sent.LATE
    return Sent.NEXT_MORNING if at <= _midnight(calendar.next_worked(signed_on)) + until else Sent.LATE


def answer_by(arrived_at: datetime, calendar: Calendar = STANDARD) -> datetime:
    """T3: the end of the working day of arrival; of the next one for what arrives after hours or on a day off."""
    day = arrived_at.astimezone(LOCAL).date()
    hours = calendar.hours(day)
    if hours and arrived_at < hours[-1][1]:
        return hours[-1][1]
    following = calendar.next_worked(day)
    return datetime.max.replace(tzinfo=UTC) if following == date.max else calendar.hours(following)[-1][1]


def unanswered_before(now: datetime, calendar: Calendar = STANDARD) -> datetime:
    """The inverse of `answer_by`: what arrived before this moment should have been answered by `now`."""
    day = now.astimezone(LOCAL).date()
    while day >= _FIRST:
        hours = calendar.hours(day)
        if hours and hours[-1][1] <= now:
            return hours[-1][1]
        day -= _DAY
    return datetime.min.replace(tzinfo=UTC)


def change_by(at: datetime, calendar: Calendar = STANDARD) -> datetime:
    """T6: by when a recall or an update is to be agreed to or refused: one working day (proposal)."""
    return after(at, calendar.full_day, calendar)


def finish_by(due_on: date) -> datetime:
    """T7: the end of the day the sender set."""
    return _midnight(due_on + _DAY)


def directory_by(changed_on: date) -> date:
    """T8: by which day a renamed, merged, split or closed agency is to be reported (15 calendar days)."""
    return changed_on + 15 * _DAY
