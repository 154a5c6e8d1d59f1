"""Periods of reports: a month, a quarter, half a year, a year, in Vietnam's days."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from hub.domain.deadline import LOCAL
from hub.errors import rejected

_WRITTEN: Final = re.compile(r"(20\d{2})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])|H([12])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of its first day to the beginning of the day after its last one."""

    name: str
    first: date
    after: date

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time.min, LOCAL).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.after, time.min, LOCAL).astimezone(UTC)


def period(written: str) -> Period:
    """Read 2026-09, 2026-Q3, 2026-H1 or 2026; raises `Rejected` for anything else."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise rejected("invalid-parameter", "period", name="period", problem="2026-09, 2026-Q3, 2026-H1, 2026")
    year, month, quarter, half = match.groups()
    months = 1 if month else 3 if quarter else 6 if half else 12
    first = int(month) if month else (int(quarter or half or 1) - 1) * months + 1
    begins = date(int(year), first, 1)
    last = first + months
    return Period(written, begins, date(int(year) + (last > 12), (last - 1) % 12 + 1, 1))  # noqa: PLR2004 - December
