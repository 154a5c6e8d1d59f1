"""The flow map: levels that send on the left, levels that receive on the right, between them bands as wide as the traffic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 380
_LEFT, _RIGHT, _POST = 150, 490, 10  # where the posts stand, how wide they are
_GAP: Final = 16
_EDGE: Final = 4  # above the first post and below the last
_LABEL: Final = 30.0  # a post's name and number stand beside it, in the middle: a smaller one is given as much room
_LEAST: Final = 2.0  # a band with anything in it shows


@dataclass(frozen=True, slots=True)
class Post:
    """A level at one side: where its bar stands, and what it sent or was sent."""

    name: str
    x: float
    y: float
    height: float
    count: int
    text_x: float
    is_left: bool


@dataclass(frozen=True, slots=True)
class Band:
    """What went from one level to another: the outline of its band, and of the part of it that is late."""

    sent_from: str
    sent_to: str
    count: int
    late: int
    outline: str
    late_outline: str


@dataclass(frozen=True, slots=True)
class FlowMap:
    """The whole picture."""

    posts: tuple[Post, ...]
    bands: tuple[Band, ...]


def draw(levels: Sequence[str], flows: Mapping[tuple[str, str], tuple[int, int]]) -> FlowMap:
    """Place levels from top to bottom, and bands between them. `flows`: (from, to) -> (count, of them late)."""
    sent = {level: sum(count for (a, _), (count, _) in flows.items() if a == level) for level in levels}
    got = {level: sum(count for (_, b), (count, _) in flows.items() if b == level) for level in levels}
    scale = min(_scale(tuple(sent.values())), _scale(tuple(got.values())))
    left = _posts(levels, sent, scale, is_left=True)
    right = _posts(levels, got, scale, is_left=False)
    out = {post.name: post.y for post in left}
    into = {post.name: post.y for post in right}
    bands = []
    for a in levels:
        for b in levels:
            count, late = flows.get((a, b), (0, 0))
            if not count:
                continue
            height, red = max(count * scale, _LEAST), max(late * scale, _LEAST) if late else 0.0
            from_y, to_y = out[a], into[b]
            bands.append(
                Band(
                    a,
                    b,
                    count,
                    late,
                    _band(from_y, to_y, height),
                    _band(from_y + height - red, to_y + height - red, red) if red else "",
                )
            )
            out[a] += count * scale
            into[b] += count * scale
    return FlowMap((*left, *right), tuple(bands))


def _scale(counts: Sequence[int]) -> float:
    """How high one document may be drawn, so that all posts of a side fit, and the name of each beside it."""
    room = HEIGHT - _GAP * (len(counts) - 1) - 2 * _EDGE
    scale = room / max(sum(counts), 1)
    for _ in counts:  # who turns out to be smaller than its name takes room from the others
        large = [count for count in counts if count * scale >= _LABEL]
        scale = (room - _LABEL * (len(counts) - len(large))) / max(sum(large), 1)
    return scale


def _posts(levels: Sequence[str], counts: Mapping[str, int], scale: float, *, is_left: bool) -> list[Post]:
    top, posts = float(_EDGE), []
    for level in levels:
        height = counts[level] * scale
        room = max(height, _LABEL)
        x = _LEFT if is_left else _RIGHT
        text_x = x - 10 if is_left else x + _POST + 10
        y = round(top + (room - height) / 2, 1)
        posts.append(Post(level, x, y, round(max(height, 1), 1), counts[level], text_x, is_left))
        top += room + _GAP
    return posts


def _band(from_y: float, to_y: float, height: float) -> str:
    a, b, mid = _LEFT + _POST, _RIGHT, (_LEFT + _POST + _RIGHT) / 2
    return (
        f"M{a} {from_y:.1f}C{mid} {from_y:.1f} {mid} {to_y:.1f} {b} {to_y:.1f}V{to_y + height:.1f}"
        f"C{mid} {to_y + height:.1f} {mid} {from_y + height:.1f} {a} {from_y + height:.1f}Z"
    )
