"""Columns over time, made of parts or standing side by side: what an hour or a day brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 634, 10, 160
_LINES: Final = 4
_STEPS: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of the class with this number, in the column with that place."""

    place: int
    number: int
    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Pillars:
    """The picture: its parts, the rulers with their figures, and the middle of each column."""

    parts: tuple[Part, ...]
    rulers: tuple[tuple[float, int], ...]  # y, figure
    places: tuple[float, ...]


def draw(columns: Sequence[Sequence[int]], *, beside: bool = False) -> Pillars:
    """Place a column for each entry, its counts class by class on top of each other, or `beside` each other."""
    tallest = max((max(counts, default=0) if beside else sum(counts) for counts in columns), default=0)
    step = _step(tallest)
    scale = (_BOTTOM - _TOP) / (step * _LINES)
    room = (_RIGHT - _LEFT) / max(len(columns), 1)
    whole = room * 0.76
    parts = []
    for place, counts in enumerate(columns):
        x, base = _LEFT + place * room + (room - whole) / 2, float(_BOTTOM)
        width = whole / max(len(counts), 1) if beside else whole
        for number, count in enumerate(counts):
            if count:
                height = max(count * scale, 1.5)  # what there is, is seen
                left = x + number * width if beside else x
                parts.append(
                    Part(
                        place, number, round(left, 1), round(base - height, 1), round(width, 1), round(height, 1), count
                    )
                )
                base = base if beside else base - height
    middles = tuple(round(_LEFT + (place + 0.5) * room, 1) for place in range(len(columns)))
    rulers = tuple((round(_BOTTOM - n * step * scale, 1), n * step) for n in range(_LINES + 1))
    return Pillars(tuple(parts), rulers, middles)


def _step(most: int) -> int:
    """A round distance between two rulers, so that four of them reach `most`."""
    power = 1
    while True:
        for part in _STEPS:
            if part * power * _LINES >= most:
                return part * power
        power *= 10
