"""Dots and ranges: how long recipients let documents wait, the middle one and the slowest tenth, on one scale for all.

The scale is logarithmic: a quarter of an hour and a week both have their room.
"""

from dataclasses import dataclass
from math import log
from typing import Final

WIDTH: Final = 260
HEIGHT: Final = 24
LEFT, RIGHT = 8, 252
_LEAST, _MOST = 5, 2400  # minutes of working time at the two ends
TICKS: Final = ((15, "quarter"), (60, "hour"), (240, "half"), (2400, "week"))
"""Minutes that the scale names, and how they are called."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One row: where its dot and its range's end stand; `is_over`: it goes on beyond the scale."""

    dot: float
    end: float
    is_over: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale: its place and its name."""

    x: float
    name: str


def draw(median: int | None, p90: int | None) -> Spread | None:
    """Place a row; None when there is nothing to show."""
    if median is None or p90 is None:
        return None
    return Spread(place(median), place(p90), p90 > _MOST)


def place(minutes: float) -> float:
    """Where a time stands."""
    within = min(max(minutes, _LEAST), _MOST)
    return round(LEFT + (RIGHT - LEFT) * log(within / _LEAST) / log(_MOST / _LEAST), 1)


def ticks() -> tuple[Tick, ...]:
    """The lines of the scale, from left to right."""
    return tuple(Tick(place(minutes), name) for minutes, name in TICKS)
