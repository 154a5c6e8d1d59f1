"""Horizontal bars with their figures: how many of each kind."""

from collections.abc import Sequence
from html import escape
from typing import Final

_LABEL, _WIDTH, _ROW, _BAR, _HEAD = 240, 640, 26, 16, 30
_FONT: Final = 'font-family="Be Vietnam Pro, Arial, Helvetica, sans-serif" font-size="12"'
_COLOUR: Final = "#1b5ea6"


def bars(title: str, rows: Sequence[tuple[str, int]]) -> str:
    """Horizontal bars with their figures."""
    most = max((value for _, value in rows), default=0) or 1
    room = _WIDTH - _LABEL - 70
    pieces = [_open(title, "; ".join(f"{name}: {value}" for name, value in rows), _HEAD + _ROW * len(rows))]
    for number, (name, value) in enumerate(rows):
        top = _HEAD + number * _ROW
        width = value / most * room
        pieces.append(f'<text x="{_LABEL - 8}" y="{top + 13}" text-anchor="end" {_FONT}>{escape(name)}</text>')
        pieces.append(f'<rect x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{_COLOUR}"/>')
        pieces.append(f'<text x="{_LABEL + width + 6:.1f}" y="{top + 13}" {_FONT}>{value}</text>')
    return "".join((*pieces, "</svg>"))


def _open(title: str, said: str, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
        f'<text x="0" y="16" {_FONT} font-weight="bold">{escape(title)}</text>'
    )
