"""A report of a period as an administrative document: the state's head, what was counted, the signature's place."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from hub.domain.indicator import SHARES, totals
from hub.domain.indicator_words import ABOUT, FIGURES, LEVELS, TITLES, period_name
from hub.settings import Settings

MEDIA: Final = "application/pdf"
_WIDE_FROM: Final = 9  # columns that no longer fit an upright sheet
_NUMBER_MM: Final = 11
_WHOSE_AT_MOST: Final = 200  # characters: a row that is higher than a sheet is on no sheet
_MM: Final = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues a report, the body above it (may be ""), and where."""

    name: str
    above: str
    place: str

    @classmethod
    def of(cls, settings: Settings) -> "Issuer":
        """As the settings name it."""
        return cls(settings.report_issuer, settings.report_above, settings.report_place)


def printed(made: Mapping[str, Any], issuer: Issuer) -> bytes:
    """A report as PDF. `made`: as `hub.alert.figures.report` gives it; numbers, order and total are exactly its own."""
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate  # slow to load: only who prints pays for it

    from hub.paper import sheet

    page = sheet.size(is_wide=len(made["columns"]) >= _WIDE_FROM)
    target = io.BytesIO()
    title = f"{TITLES[made['kind']][0]} – {period_name(made['period'])[0]}"
    document = BaseDocTemplate(
        target, pagesize=page, title=title, author=issuer.name, creator="Trục", lang="vi", invariant=1
    )
    foot = _foot(made)
    inner = (sheet.LEFT, sheet.BOTTOM, sheet.room(page), page[1] - sheet.TOP - sheet.BOTTOM)
    frames = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    document.addPageTemplates(
        [
            PageTemplate(
                name, [Frame(*inner, **frames)], onPage=sheet.dress(foot, is_first=is_first), autoNextPageTemplate="on"
            )
            for name, is_first in (("first", True), ("on", False))
        ]
    )
    document.build(_story(made, issuer, sheet.room(page)))
    return target.getvalue()


def issued_on(place: str, day: date) -> str:
    """Where and when, as NĐ 30/2020 writes it: days below 10 and the months 1 and 2 with a zero before them."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)  # noqa: PLR2004 - March needs no zero
    return f"{place}, ngày {day.day:02d} tháng {month} năm {day.year}"


def number(name: str, value: float | str | None) -> str:
    """A figure as it is printed: 1.234, 98,5 %, – for what nobody can know."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if name.startswith("share_"):
        return f"{value:.1f}".replace(".", ",").removesuffix(",0") + " %"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{value:,}".replace(",", ".")


def _foot(made: Mapping[str, Any]) -> str:
    used = made["counted_with"]
    at = datetime.fromisoformat(made["made_at"])
    calendar = used["calendar"] or used["holidays"]
    return f"Trục liên thông văn bản {used['hub']} · số liệu lúc {at:%H:%M %d/%m/%Y} · lịch {calendar}"


def _story(made: Mapping[str, Any], issuer: Issuer, width: float) -> list[Any]:
    from reportlab.platypus import KeepTogether, Paragraph, Spacer

    from hub.paper import sheet, tables

    styles = sheet.styles()
    story: list[Any] = [tables.head(_head(made, issuer), styles, width), Spacer(0, 14)]
    story += [Paragraph("BÁO CÁO", styles.title), Paragraph(escape(TITLES[made["kind"]][0]), styles.under)]
    begins, after = date.fromisoformat(made["from"]), date.fromisoformat(made["until"])
    ends = date.fromordinal(after.toordinal() - 1)
    span = f"{period_name(made['period'])[0]} (từ {begins:%d/%m/%Y} đến {ends:%d/%m/%Y})"
    scope = made.get("scope")
    who = (
        f"; phạm vi: {scope.removesuffix('/')}{' và các đơn vị trực thuộc' if scope.endswith('/') else ''}"
        if scope
        else ""
    )
    story.append(Paragraph(f"Kỳ báo cáo: {escape(span + who)}.", styles.plain))
    if not made["is_final"]:
        story.append(Paragraph("<b>Số liệu tạm tính: kỳ báo cáo chưa kết thúc.</b>", styles.plain))
    if not made["rows"]:
        return [*story, Paragraph("Không có văn bản nào trong kỳ này.", styles.plain)]
    sums = totals(made)
    story += [
        tables.bullet(FIGURES[name][0], float(sums[name] or 0), number(name, sums[name]), targets, width)
        for name, (_, _, targets) in SHARES.items()
        if sums.get(name) is not None
    ]
    story += [Spacer(0, 8), tables.figures(_columns(made), _rows(made, sums), styles, width), Spacer(0, 8)]
    story += [Paragraph(escape(line), styles.small) for line in _notes(made)]
    return [*story, Spacer(0, 16), KeepTogether([tables.signature(styles, width)])]


def _head(made: Mapping[str, Any], issuer: Issuer) -> tuple[list[str], str, str]:
    """Whose it is, its number to be filled in, and where and when."""
    day = datetime.fromisoformat(made["made_at"]).date()
    whose = [line.upper() for line in (issuer.above, issuer.name) if line]
    return whose, "Số: ……/BC-……", issued_on(issuer.place, day)


def _columns(made: Mapping[str, Any]) -> list[str]:
    """The headings; what was declared says so."""
    return ["STT", *(FIGURES[n][0] + (" (khai báo)" if n in made["declared"] else "") for n in made["columns"])]


def _rows(made: Mapping[str, Any], sums: Mapping[str, Any]) -> list[list[str]]:
    first, *rest = made["columns"]
    names = made.get("names", {})
    rows = []
    for place, row in enumerate(made["rows"], 1):
        code = row[first]
        whose = LEVELS[code][0] if first == "level" else f"{names[code]} ({code})" if code in names else code
        whose = whose if len(whose) <= _WHOSE_AT_MOST else whose[: _WHOSE_AT_MOST - 1] + "…"
        rows.append([str(place), whose, *(number(name, row[name]) for name in rest)])
    return [*rows, ["", "Tổng cộng", *(number(name, sums[name]) for name in rest)]]


def _notes(made: Mapping[str, Any]) -> list[str]:
    notes = [f"Ghi chú: {ABOUT[made['kind']][0]}"]
    if made["declared"]:
        notes.append("Số khai báo do đơn vị cung cấp, trục không kiểm được và không cộng vào số đo.")
    return notes
