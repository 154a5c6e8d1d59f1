"""Periods of reports: a day, a week, a month, a quarter, half a year, a year, in Vietnam's days."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from hub.domain.deadline import LOCAL
from hub.errors import rejected

_WRITTEN: Final = re.compile(r"(20\d{2})(?:-(?:(0[1-9]|1[0-2])(?:-(\d{2}))?|Q([1-4])|H([12])|W(\d{2})))?", re.ASCII)
_KNOWN: Final = "2026-11-26, 2026-W48, 2026-09, 2026-Q3, 2026-H1, 2026"
EVERY: Final = ("day", "week", "month", "quarter", "half", "year")
"""How long periods are; a week begins on Monday (ISO 8601)."""
_MONTHS: Final = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_LAST_WEEK: Final = 28  # of December: it is always in the last week of its year


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of its first day to the beginning of the day after its last one."""

    name: str
    first: date
    after: date
    every: str = "month"  # one of EVERY

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time.min, LOCAL).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.after, time.min, LOCAL).astimezone(UTC)

    @property
    def before(self) -> "Period":
        """The one before it, of the same length."""
        return of(self.first - timedelta(days=1), self.every)

    @property
    def year_before(self) -> "Period":
        """The same one of the year before: the same months, the week of the same number, the same day (else the 28th)."""
        year = self.first.year - 1
        if self.every == "week":
            iso = self.first.isocalendar()
            last = date(iso.year - 1, 12, _LAST_WEEK).isocalendar().week
            return of(date.fromisocalendar(iso.year - 1, min(iso.week, last), 1), "week")
        is_leap_day = (self.first.month, self.first.day) == (2, 29)
        return of(self.first.replace(year=year, day=28 if is_leap_day else self.first.day), self.every)


def of(day: date, every: str) -> Period:
    """The period of a length (one of EVERY) that a day is in."""
    if every == "day":
        return Period(day.isoformat(), day, day + timedelta(days=1), every)
    if every == "week":
        monday = day - timedelta(days=day.weekday())
        iso = monday.isocalendar()
        return Period(f"{iso.year}-W{iso.week:02d}", monday, monday + timedelta(days=7), every)
    months = _MONTHS[every]
    number = (day.month - 1) // months
    last = (number + 1) * months
    after = date(day.year + last // 12, last % 12 + 1, 1)
    part = {"month": f"-{day.month:02d}", "quarter": f"-Q{number + 1}", "half": f"-H{number + 1}", "year": ""}[every]
    return Period(f"{day.year}{part}", date(day.year, number * months + 1, 1), after, every)


def period(written: str) -> Period:
    """Read 2026-11-26, 2026-W48, 2026-09, 2026-Q3, 2026-H1 or 2026; raises `Rejected` for anything else."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise rejected("invalid-parameter", "period", name="period", problem=_KNOWN)
    year, month, day, quarter, half, week = match.groups()
    try:
        if week:
            return of(date.fromisocalendar(int(year), int(week), 1), "week")
        if day:
            return of(date(int(year), int(month), int(day)), "day")
    except ValueError:
        raise rejected("invalid-parameter", "period", name="period", problem=_KNOWN) from None
    if month:
        return of(date(int(year), int(month), 1), "month")
    if quarter:
        return of(date(int(year), int(quarter) * 3, 1), "quarter")
    return of(date(int(year), int(half) * 6, 1), "half") if half else of(date(int(year), 1, 1), "year")
