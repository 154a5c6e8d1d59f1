"""Horizontal bars made of parts: who waits, and how long already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 560
ROW: Final = 34
BAR: Final = 20
LEFT: Final = 110
_ROOM: Final = 380


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar, of the class with this number."""

    number: int
    x: float
    width: float
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """A bar, its parts and where its sum is written."""

    name: str
    y: int
    parts: tuple[Part, ...]
    total: int
    end: float


def draw(names: Sequence[str], figures: Mapping[str, Sequence[int]]) -> tuple[Row, ...]:
    """Place a bar for each name. `figures`: its counts, class by class."""
    most = max((sum(figures.get(name, ())) for name in names), default=0) or 1
    rows = []
    for number, name in enumerate(names):
        x, parts = float(LEFT), []
        for place, count in enumerate(figures.get(name, ())):
            if count:
                width = max(count / most * _ROOM, 2.0)
                parts.append(Part(place, round(x, 1), round(width, 1), count))
                x += width
        rows.append(Row(name, number * ROW, tuple(parts), sum(figures.get(name, ())), round(x + 8, 1)))
    return tuple(rows)
