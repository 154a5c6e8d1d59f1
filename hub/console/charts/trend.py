"""Twelve weeks in twelve bars: whether an agency receives in time more often, or less."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 84
HEIGHT: Final = 18
_STEP: Final = 7
BAR: Final = 5
_LEAST: Final = 1.5  # what there is, is seen


@dataclass(frozen=True, slots=True)
class Week:
    """A bar: where it stands, and the share it shows in thousandths."""

    number: int  # among the weeks, the earliest 0
    x: int
    y: float
    height: float
    share: int


def draw(weeks: Sequence[tuple[int, int]]) -> tuple[Week, ...]:
    """Place a bar for each week that has any. `weeks`: in time and late, the earliest first."""
    placed = []
    for number, (in_time, late) in enumerate(weeks):
        if in_time + late:
            share = round(1000 * in_time / (in_time + late))
            height = max(HEIGHT * share / 1000, _LEAST)
            placed.append(Week(number, number * _STEP, round(HEIGHT - height, 1), round(height, 1), share))
    return tuple(placed)
