"""The week as a carpet: for each weekday and hour, how much was received in time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

CELL: Final = 22
SIZE: Final = 19
LEFT: Final = 34
WIDTH: Final = LEFT + 24 * CELL
HEIGHT: Final = 7 * CELL + 22
_GRADES: Final = ((98, "best"), (95, "good"), (90, "fair"))  # percent from which on
_FEW: Final = 5  # fewer deliveries than this say nothing about an hour


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday (Monday 0): its grade is best, good, fair, poor, few or none."""

    weekday: int
    hour: int
    x: int
    y: int
    grade: str
    late: int
    count: int


def draw(figures: Mapping[tuple[int, int], tuple[int, int]], is_worked: Callable[[int, int], bool]) -> tuple[Cell, ...]:
    """Place the cells. `figures`: (weekday, hour) -> (in time, late); hours in which nobody works stay empty."""
    cells = []
    for weekday in range(7):
        for hour in range(24):
            in_time, late = figures.get((weekday, hour), (0, 0))
            count = in_time + late
            percent = 100 * in_time / count if count else 0.0
            if not count or not is_worked(weekday, hour):
                grade = "none"
            elif count < _FEW:
                grade = "few"
            else:
                grade = next((name for bound, name in _GRADES if percent >= bound), "poor")
            cells.append(Cell(weekday, hour, LEFT + hour * CELL, weekday * CELL, grade, late, count))
    return tuple(cells)
