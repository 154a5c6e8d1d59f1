"""The sheet: fonts, margins and styles of an administrative document, page numbers, and what stands at every foot."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD, ITALIC = "TrucSerif", "TrucSerif-Bold", "TrucSerif-Italic"
_FACES: Final = ((PLAIN, "regular"), (BOLD, "bold"), (ITALIC, "italic"))
TOP, BOTTOM, LEFT, RIGHT = 20 * mm, 20 * mm, 30 * mm, 15 * mm  # NĐ 30/2020: 20–25, 20–25, 30–35, 15–20 mm
_NUMBER_FROM_TOP: Final = 12 * mm
_FOOT_FROM_BOTTOM: Final = 10 * mm


@dataclass(frozen=True, slots=True)
class Styles:
    """How each kind of line is set."""

    plain: ParagraphStyle
    small: ParagraphStyle
    head: ParagraphStyle
    motto: ParagraphStyle
    place: ParagraphStyle
    title: ParagraphStyle
    under: ParagraphStyle
    name: ParagraphStyle
    number: ParagraphStyle
    column: ParagraphStyle


@cache
def styles() -> Styles:
    """The styles, once the fonts are known; a face is subset again into each file that uses it."""
    for name, face in _FACES:
        with as_file(files("hub.paper") / "fonts" / f"truc-serif-{face}.ttf") as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=ITALIC, boldItalic=BOLD)

    def style(name: str, size: float, font: str = PLAIN, align: int = TA_CENTER, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(name, fontName=font, fontSize=size, leading=size * 1.35, alignment=align, **more)

    return Styles(
        plain=style("plain", 13, align=TA_JUSTIFY, spaceAfter=4),
        small=style("small", 10.5, ITALIC, TA_JUSTIFY, spaceAfter=2),
        head=style("head", 12),
        motto=style("motto", 12.5, BOLD),
        place=style("place", 13, ITALIC),
        title=style("title", 14, BOLD, spaceBefore=6, spaceAfter=2),
        under=style("under", 14, BOLD, spaceAfter=6),
        name=style("name", 10.5, align=0),
        number=style("number", 10.5, align=TA_RIGHT),
        column=style("column", 10.5, BOLD),
    )


def size(*, is_wide: bool) -> tuple[float, float]:
    """A4, lying when a table has many columns."""
    found: tuple[float, float] = landscape(A4) if is_wide else A4
    return found


def room(page: tuple[float, float]) -> float:
    """How wide a line is, in points."""
    width: float = page[0] - LEFT - RIGHT
    return width


def dress(foot: str, *, is_first: bool) -> Any:
    """What stands on each page besides its text: the number at the top from the second page on, the foot on all."""

    def draw(canvas: Any, _document: Any) -> None:
        width, height = canvas._pagesize  # noqa: SLF001 - the library's own examples read it
        canvas.saveState()
        if not is_first:
            canvas.setFont(PLAIN, 13)
            canvas.drawCentredString(width / 2, height - _NUMBER_FROM_TOP, str(canvas.getPageNumber()))
        canvas.setFont(ITALIC, 9)
        canvas.drawString(LEFT, _FOOT_FROM_BOTTOM, foot)
        canvas.restoreState()

    return draw
