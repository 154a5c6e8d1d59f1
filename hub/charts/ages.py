"""Who waits, and how long already: horizontal bars, one a level, made of classes of age in working time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Final

from hub.charts import stack

AGES: Final = (timedelta(hours=4), timedelta(hours=8), timedelta(hours=16))
"""Where one class ends and the next begins, in working time: 8 hours are a day."""
PALETTE: Final = ("#a9cdf2", "#efc46c", "#e58136", "#b3261e")
"""Told apart by people who do not see red and green, each darker than the one before."""
_LEGEND: Final = 30
_FONT: Final = 'font-family="Be Vietnam Pro, Arial, Helvetica, sans-serif"'


def ages(
    title: str,
    levels: Mapping[str, str],
    classes: Sequence[str],
    figures: Mapping[str, Sequence[int]],
    number: Callable[[int], str],
    address: Callable[[str], str] | None = None,
) -> str:
    """The picture. `levels`: what each is called; `figures`: its counts by class; `address`: the list behind a level's bar."""
    rows = stack.draw([level for level in levels if any(figures.get(level, ()))], figures)
    height = len(rows) * stack.ROW + _LEGEND
    said = "; ".join(
        f"{levels[row.name]}: " + ", ".join(f"{classes[part.number]} {number(part.count)}" for part in row.parts)
        for row in rows
    )
    begins = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart ages" viewBox="0 0 {stack.WIDTH} {height}" '
        f'width="{stack.WIDTH}" height="{height}" role="{"group" if address else "img"}" aria-label="{escape(title)}" '
        f'{_FONT} font-size="13"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
    )
    pieces = [begins]
    for row in rows:
        name = escape(levels[row.name])
        pieces.append(
            f'<text class="left strong" x="{stack.LEFT - 8}" y="{row.y + 15}" text-anchor="end" font-weight="600">{name}</text>'
        )
        bar = "".join(
            f'<rect class="age{part.number}" x="{part.x}" y="{row.y}" width="{part.width}" height="{stack.BAR}" '
            f'fill="{PALETTE[part.number]}"><title>{name}, {escape(classes[part.number])}: {number(part.count)}</title></rect>'
            for part in row.parts
        )
        bar += f'<text class="soft" x="{row.end}" y="{row.y + 15}" fill="#5a6572">{number(row.total)}</text>'
        pieces.append(f'<a href="{escape(address(row.name))}">{bar}</a>' if address else bar)
    left = 0.0
    for place, word in enumerate(classes):
        y = height - 14
        pieces.append(
            f'<rect class="age{place}" x="{left:.0f}" y="{y}" width="11" height="11" fill="{PALETTE[place]}"/>'
        )
        pieces.append(f'<text class="soft" x="{left + 17:.0f}" y="{y + 10}" fill="#5a6572">{escape(word)}</text>')
        left += 44 + 6.6 * len(word)
    return "".join((*pieces, "</svg>"))
