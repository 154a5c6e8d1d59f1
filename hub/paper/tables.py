"""The pieces of a printed report: its head, a share beside its plan, the table of figures, the place of the signature."""

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor, black
from reportlab.platypus import LongTable, Paragraph, Table, TableStyle

from hub.paper.sheet import BOLD, PLAIN, Styles

_RULE: Final = 0.5
_NUMBERS: Final = 30.0  # points for the running number
_NAME_SHARE: Final = 0.4
_NAME_AT_LEAST: Final = 150.0
_BULLET: Final = 20.0
_WORDS: Final = 190.0  # points for the words before a bullet's bar, and for the figure and plan after it
_AFTER: Final = 130.0
_BAR, _REST, _TARGET = HexColor("#4c78a8"), HexColor("#e3e7ed"), HexColor("#1b1f24")


def head(told: tuple[list[str], str, str], styles: Styles, width: float) -> Table:
    """The issuing body on the left; the state's name, its motto and the day on the right."""
    whose, reference, day = told
    above = [Paragraph(escape(line), styles.head) for line in whose[:-1]]
    left = [
        *above,
        Paragraph(escape(whose[-1]), styles.motto),
        _line(70, width * 0.42),
        Paragraph(reference, styles.head),
    ]
    right = [
        Paragraph("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", styles.motto),
        Paragraph("Độc lập - Tự do - Hạnh phúc", styles.motto),
        _line(160, width * 0.58),
        Paragraph(escape(day), styles.place),
    ]
    return Table([[left, right]], [width * 0.42, width * 0.58], style=_BARE)


_BARE: Final = TableStyle(
    [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]
)


def _line(length: float, width: float) -> Drawing:
    drawing = Drawing(width, 5)
    start = (width - length) / 2
    drawing.add(Line(start, 3, start + length, 3, strokeWidth=0.7))
    return drawing


def bullet(word: str, value: float, said: str, targets: Sequence[int], width: float) -> Drawing:
    """A share as a bar; what the plans ask for as strokes across it, and in words behind it."""
    drawing = Drawing(width, _BULLET)
    room = width - _WORDS - _AFTER
    drawing.add(String(0, 6, word, fontName=PLAIN, fontSize=11.5))
    drawing.add(Rect(_WORDS, 3, room, 13, fillColor=_REST, strokeColor=None))
    drawing.add(Rect(_WORDS, 6, room * min(value, 100) / 100, 7, fillColor=_BAR, strokeColor=None))
    for target in targets:
        x = _WORDS + room * target / 100
        drawing.add(Line(x, 1, x, 18, strokeColor=_TARGET, strokeWidth=1.4))
    drawing.add(String(_WORDS + room + 8, 6, said, fontName=BOLD, fontSize=11.5))
    if targets:
        plan = "kế hoạch " + ", ".join(f"{target} %" for target in targets)
        drawing.add(String(_WORDS + room + 54, 6, plan, fontName=PLAIN, fontSize=9))
    return drawing


def figures(columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Styles, width: float) -> LongTable:
    """The table; its head is repeated on each page, its last row is the total."""
    name = max(width * _NAME_SHARE, _NAME_AT_LEAST) if len(columns) < 11 else _NAME_AT_LEAST  # noqa: PLR2004
    rest = (width - _NUMBERS - name) / (len(columns) - 2)
    cells: list[list[Any]] = [[Paragraph(column, styles.column) for column in columns]]
    cells += [[row[0], Paragraph(escape(row[1]), styles.name), *row[2:]] for row in rows[:-1]]
    cells.append([rows[-1][0], Paragraph(f"<b>{escape(rows[-1][1])}</b>", styles.name), *rows[-1][2:]])
    style = TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), _RULE, black),
            ("FONT", (0, 1), (-1, -2), PLAIN, 10.5),
            ("FONT", (0, -1), (-1, -1), BOLD, 10.5),
            ("ALIGN", (0, 1), (0, -1), "CENTER"),
            ("ALIGN", (2, 1), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return LongTable(cells, [_NUMBERS, name, *[rest] * (len(columns) - 2)], repeatRows=1, style=style)


def signature(styles: Styles, width: float) -> Table:
    """Who gets it on the left; who signs on the right."""
    left = [
        Paragraph("<b><i>Nơi nhận:</i></b>", styles.name),
        Paragraph("- ……………………;", styles.name),
        Paragraph("- Lưu: VT.", styles.name),
    ]
    right = [Paragraph("THỦ TRƯỞNG ĐƠN VỊ", styles.motto), Paragraph("(Chữ ký, họ tên, con dấu)", styles.place)]
    return Table([[left, right]], [width * 0.5, width * 0.5], style=_BARE)
