"""A funnel: how many came as far as each step, the steps from top to bottom, between them what was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
ROW: Final = 58
BAR: Final = 34
_LEFT, _ROOM = 190, 330  # of the bars; words stand left of them, figures right
_LEAST: Final = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """A bar, and the outline that leads from it to the next one; "" after the last."""

    name: str
    count: int
    x: float
    y: int
    width: float
    outline: str


def draw(counts: Sequence[tuple[str, int]]) -> tuple[Step, ...]:
    """Place the steps, each centred below the one before."""
    most = max((count for _, count in counts), default=0) or 1
    widths = [max(count / most * _ROOM, _LEAST) for _, count in counts]
    steps = []
    for number, (name, count) in enumerate(counts):
        x, y = _x(widths[number]), number * ROW
        outline = ""
        if number + 1 < len(counts):
            below, wide = widths[number + 1], widths[number]
            outline = f"M{x:.1f} {y + BAR}H{x + wide:.1f}L{_x(below) + below:.1f} {y + ROW}H{_x(below):.1f}Z"
        steps.append(Step(name, count, round(x, 1), y, round(widths[number], 1), outline))
    return tuple(steps)


def _x(width: float) -> float:
    return _LEFT + (_ROOM - width) / 2
