"""Charts as SVG: the same in a page, a mail and a printed report. No script, no font, no colour without a word beside it.

Each has a title and a description, and every bar carries its figure, so none of it is told by colour alone. Colours are
attributes, which the console's style overrides in the dark and mail programs leave alone.
"""

from hub.charts.ages import AGES, ages
from hub.charts.bars import bars

__all__ = ["AGES", "ages", "bars"]
