"""Classes of working time that recipients let documents wait, fit to be counted by a database that knows no calendar.

A day is cut into quarters of an hour. For what came in one of them and each class, there is a moment up to which it was
received within that class: exact wherever working hours begin and end on a quarter of an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from hub.domain.deadline import LOCAL, Calendar

CLASSES: Final = (15, 30, 60, 120, 240, 480, 960, 2400)
"""The upper ends of the classes, in minutes of working time: 480 are a day, 2400 a week."""
OVER: Final = CLASSES[-1] + 1
"""The minutes told of what waited longer than the last class."""
QUARTER: Final = timedelta(minutes=15)
_QUARTERS: Final = 96
_MINUTE: Final = 60_000_000  # microseconds, in which calendars count


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of an hour of a day: when it begins, whether it is worked, and the last moment of each class.

    The moments are for what came at its very beginning. In working time they move along with what came later; outside
    of it they stand still, for nobody's time runs.
    """

    begins: datetime
    is_worked: bool
    until: tuple[datetime, ...]


def quarters(day: date, calendar: Calendar) -> Sequence[Quarter]:
    """The quarters of a day in Vietnam, the first at midnight."""
    midnight = datetime.combine(day, time.min, LOCAL)
    hours = calendar.hours(day)
    made = []
    for number in range(_QUARTERS):
        begins = midnight + number * QUARTER
        worked = calendar.worked(begins)
        until = tuple(calendar.last_at(worked + minutes * _MINUTE) for minutes in CLASSES)
        made.append(Quarter(begins, any(start <= begins < end for start, end in hours), until))
    return made


def quantile(within: Sequence[int], received: int, part: float) -> int | None:
    """Minutes within which this part was received, as if evenly spread in each class; None when nothing was.

    `within`: how many were received up to the end of each class. The store's board counts the same in SQL.
    """
    lower, below = 0, 0
    for minutes, count in zip(CLASSES, within, strict=True):
        if received and count >= part * received:
            return int(lower + (minutes - lower) * (part * received - below) / max(count - below, 1))
        lower, below = minutes, count
    return OVER if received else None
