"""Lines over the hours, to see whether today is like other days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 210
LEFT, RIGHT, TOP, BOTTOM = 46, 634, 10, 180
_LINES: Final = 4
_STEPS: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: its name, and its points for a polyline."""

    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The picture: the curves, the rulers with their figures, and where each hour stands."""

    curves: tuple[Curve, ...]
    rulers: tuple[tuple[float, int], ...]  # y, figure
    places: tuple[float, ...]  # x of each hour


def draw(series: Mapping[str, Sequence[int]]) -> Lines:
    """Place each series, all of the same length, from left to right."""
    count = max((len(values) for values in series.values()), default=0)
    step = _step(max((max(values, default=0) for values in series.values()), default=0))
    top = step * _LINES
    places = tuple(round(LEFT + (RIGHT - LEFT) * n / max(count - 1, 1), 1) for n in range(count))

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)

    curves = tuple(
        Curve(name, " ".join(f"{x},{y(value)}" for x, value in zip(places, values, strict=False)))
        for name, values in series.items()
    )
    return Lines(curves, tuple((y(n * step), n * step) for n in range(_LINES + 1)), places)


def _step(most: int) -> int:
    """A round distance between two rulers, so that four of them reach `most`."""
    least = max(most / _LINES, 1)
    power = 1
    while True:
        for part in _STEPS:
            if part * power >= least and part * power == int(part * power):
                return int(part * power)
        power *= 10
