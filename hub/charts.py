"""Charts as SVG: the same in a page, a mail and a printed report. No script, no font, no colour without a word beside it.

Each has `role="img"`, a title and a description, and every bar carries its figure, so none of it is told by colour alone.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

PALETTE: Final = ("#4c78a8", "#f2a541", "#d1495b", "#7b2d8e")
"""Told apart by people who do not see red and green: blue, amber, crimson, violet, each darker than the one before."""

_LABEL, _WIDTH, _ROW, _BAR, _HEAD = 190, 640, 26, 16, 30
_FONT: Final = 'font-family="Arial, Helvetica, sans-serif" font-size="12"'


def stacked(title: str, classes: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]], total: str) -> str:
    """Horizontal bars, one a row, each made of one part a class: who waits, and how long. `total`: the word for the sum."""
    most = max((sum(parts) for _, parts in rows), default=0) or 1
    room = _WIDTH - _LABEL - 70
    height = _HEAD + _ROW * len(rows) + 28
    said = "; ".join(
        f"{name}: " + ", ".join(f"{word} {n}" for word, n in zip(classes, parts, strict=True)) for name, parts in rows
    )
    pieces = [_open(title, said, height)]
    for number, (name, parts) in enumerate(rows):
        top = _HEAD + number * _ROW
        pieces.append(f'<text x="{_LABEL - 8}" y="{top + 13}" text-anchor="end" {_FONT}>{escape(name)}</text>')
        left = float(_LABEL)
        for colour, (word, value) in zip(PALETTE, zip(classes, parts, strict=True), strict=False):
            if value:
                width = max(value / most * room, 1.5)
                pieces.append(
                    f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}">'
                    f"<title>{escape(name)}, {escape(word)}: {value}</title></rect>"
                )
                left += width
        pieces.append(f'<text x="{left + 6:.1f}" y="{top + 13}" {_FONT}>{sum(parts)} {escape(total)}</text>')
    left = float(_LABEL)
    for colour, word in zip(PALETTE, classes, strict=False):
        top = height - 18
        pieces.append(f'<rect x="{left:.0f}" y="{top}" width="11" height="11" fill="{colour}"/>')
        pieces.append(f'<text x="{left + 16:.0f}" y="{top + 10}" {_FONT}>{escape(word)}</text>')
        left += 34 + 7 * len(word)
    return "".join((*pieces, "</svg>"))


def bars(title: str, rows: Sequence[tuple[str, int]]) -> str:
    """Horizontal bars with their figures."""
    most = max((value for _, value in rows), default=0) or 1
    room = _WIDTH - _LABEL - 70
    pieces = [_open(title, "; ".join(f"{name}: {value}" for name, value in rows), _HEAD + _ROW * len(rows))]
    for number, (name, value) in enumerate(rows):
        top = _HEAD + number * _ROW
        width = value / most * room
        pieces.append(f'<text x="{_LABEL - 8}" y="{top + 13}" text-anchor="end" {_FONT}>{escape(name)}</text>')
        pieces.append(f'<rect x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{PALETTE[0]}"/>')
        pieces.append(f'<text x="{_LABEL + width + 6:.1f}" y="{top + 13}" {_FONT}>{value}</text>')
    return "".join((*pieces, "</svg>"))


def _open(title: str, said: str, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
        f'<text x="0" y="16" {_FONT} font-weight="bold">{escape(title)}</text>'
    )
