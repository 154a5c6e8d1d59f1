"""The picture of a document's way: one lane for the hub, one per recipient, a dot per event. Pure geometry, in SVG units.

Things happen within milliseconds, then within days. So the axis is compressed: the distance between two neighbouring
moments grows with the logarithm of the time between them. The order is true, the times stand beside.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WIDTH: Final = 1180
LEFT: Final = 216  # where lanes begin; the names stand before
RIGHT: Final = 1150
TOP: Final = 62  # the axis stands above
LANE: Final = 58
_DOT: Final = 15  # least distance of two dots of a lane
_LETTER: Final = 6.2  # width of a letter of a label, about
_GAP: Final = 8  # between two labels
_TICK: Final = 104  # least distance of two times on the axis
_MOMENTS: Final = 40  # more than these are told apart by the second, the minute, the hour
_NAME_AT_MOST: Final = 26


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a lane."""

    at: datetime
    tone: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Course:
    """What a lane is drawn from. `due_at`: by when it should have been collected; `is_late`: it was not, and is not."""

    name: str
    code: str
    events: Sequence[Event]
    due_at: datetime | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a dot."""

    x: float
    y: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """An event in its place; `label` is None where words would lie upon others."""

    x: float
    tone: str
    title: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane in its place."""

    name: str
    code: str
    y: float
    dots: tuple[Dot, ...]
    due_x: float | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A time on the axis."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole picture."""

    height: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    due_label_x: float | None
    now_x: float | None
    spans_days: bool


def draw(courses: Sequence[Course], now: datetime, *, is_open: bool) -> Trace:
    """Place everything. `is_open`: something is still to come, so that the present is part of the picture."""
    moments = [e.at for c in courses for e in c.events]
    moments += [c.due_at for c in courses if c.due_at]
    if is_open:
        moments.append(now)
    scale = _scale(moments)
    lanes = tuple(_lane(course, TOP + LANE * (i + 0.5), scale) for i, course in enumerate(courses))
    dues = [lane.due_x for lane in lanes if lane.due_x is not None]
    return Trace(
        height=TOP + LANE * len(courses) + 8,
        lanes=lanes,
        ticks=_ticks(sorted(e.at for c in courses for e in c.events), scale, RIGHT - _TICK if is_open else math.inf),
        due_label_x=max(dues) if dues else None,
        now_x=scale(now) if is_open else None,
        spans_days=bool(moments) and max(moments) - min(moments) > timedelta(hours=20),
    )


def _scale(moments: Iterable[datetime]) -> Callable[[datetime], float]:
    known: list[float] = []
    unit = 0.001
    for unit in (0.001, 1.0, 60.0, 3600.0):
        known = sorted({math.floor(m.timestamp() / unit) * unit for m in moments})
        if len(known) <= _MOMENTS:
            break
    steps = [0.0]
    for earlier, later in itertools.pairwise(known):
        steps.append(steps[-1] + 1 + 0.7 * math.log2(1 + later - earlier))
    total = steps[-1] or 1.0
    places = {t: LEFT + 14 + (RIGHT - LEFT - 14) * s / total for t, s in zip(known, steps, strict=False)}
    return lambda moment: places[math.floor(moment.timestamp() / unit) * unit]


def _lane(course: Course, y: float, scale: Callable[[datetime], float]) -> Lane:
    events = sorted(course.events, key=lambda e: e.at)
    xs: list[float] = []
    for event in events:
        xs.append(min(max(scale(event.at), xs[-1] + _DOT if xs else -math.inf), RIGHT))
    labels = _labels(events, xs, y)
    dots = tuple(
        Dot(round(x, 1), event.tone, event.title, labels.get(i))
        for i, (event, x) in enumerate(zip(events, xs, strict=True))
    )
    due = None if course.due_at is None else round(scale(course.due_at), 1)
    name = course.name if len(course.name) <= _NAME_AT_MOST else course.name[: _NAME_AT_MOST - 1].rstrip() + "…"
    return Lane(name, course.code, y, dots, due, course.is_late)


def _labels(events: Sequence[Event], xs: Sequence[float], y: float) -> dict[int, Label]:
    """Words for as many dots as there is room for, above and below in turn; trouble comes first, the latest before."""
    trouble = [i for i, event in enumerate(events) if event.tone == "bad"]
    others = [i for i, event in enumerate(events) if event.tone != "bad"]
    taken: dict[int, list[tuple[float, float]]] = {-1: [], 1: []}
    placed = {}
    for i in (*reversed(trouble), *others):
        side = 1 if i % 2 else -1
        for where in (side, -side):
            label, begins, ends = _label(events[i].label, xs[i], y, where)
            if all(ends + _GAP <= other or begins >= done + _GAP for other, done in taken[where]):
                placed[i] = label
                taken[where].append((begins, ends))
                break
    return placed


def _label(text: str, x: float, y: float, where: int) -> tuple[Label, float, float]:
    width = _LETTER * len(text)
    begins, anchor, at = x - width / 2, "middle", x
    if begins < LEFT:
        begins, anchor, at = x - 6, "start", x - 6
    elif begins + width > WIDTH - 4:
        begins, anchor, at = x + 6 - width, "end", x + 6
    return Label(round(at, 1), y + (-12 if where < 0 else 21), anchor, text), begins, begins + width


def _ticks(moments: Sequence[datetime], scale: Callable[[datetime], float], end: float) -> tuple[Tick, ...]:
    ticks: list[Tick] = []
    for moment in moments:
        x = round(scale(moment), 1)
        if (not ticks or x - ticks[-1].x >= _TICK) and x <= end:
            ticks.append(Tick(x, moment))
    return tuple(ticks)
