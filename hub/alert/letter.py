"""A digest as a mail: plain text, HTML with the charts of the console as SVG, and the documents as XLSX.

Vietnamese first, English beside it. Nothing of a document but what its envelope says goes into a mail.
"""

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub import charts, sheet
from hub.alert import mailing
from hub.domain import deadline
from hub.domain.alert import NAMES, OF_FACTS, Kind
from hub.domain.delivery import SHOWN
from hub.domain.indicator_words import LEVELS
from hub.settings import Settings
from hub.store.watching.calendar import Calendars

RANKS: Final = (("hỏa tốc", "flash"), ("thượng khẩn", "very urgent"), ("khẩn", "urgent"), ("thường", "normal"))
WHAT: Final = {
    "raised": ("mới", "new"),
    "reminded": ("nhắc lại", "reminder"),
    "escalated": ("chuyển lên cấp trên", "escalated"),
    "acknowledged": ("đã có người xử lý", "acknowledged"),
    "reopened": ("nặng thêm", "worse"),
    "cleared": ("đã hết", "cleared"),
}
_NAMED: Final = {level: pair[0] for level, pair in LEVELS.items()} | {"": "Khác"}
_AGES: Final = ("dưới 4 giờ", "4 giờ – 1 ngày", "1–2 ngày", "trên 2 ngày")  # of working time, as the console says it
_SHOWN: Final = 100  # alerts listed in the mail itself
_COLUMNS: Final = (
    "Cảnh báo",
    "Cơ quan",
    "Tên cơ quan",
    "Bên gửi",
    "Số/ký hiệu",
    "Trích yếu",
    "Độ khẩn",
    "Gửi lúc",
    "Số giờ làm việc",
    "Trạng thái",
    "Đầu mối",
    "Điện thoại",
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What one digest tells: to whom, of which alerts and documents, as of when; `since`: only what is new since then."""

    title: str
    alerts: Sequence[dict[str, Any]]
    documents: Sequence[dict[str, Any]]
    now: datetime
    since: datetime | None
    settings: Settings


def composed(contents: Contents, address: str, identity: str, calendars: Calendars) -> tuple[str, bytes]:
    """The subject, and the whole message as it goes to the server. `identity`: its Message-ID."""
    lines = [_line(alert) for alert in contents.alerts]
    documents = sum(number for _, number in _counted(contents))
    local = contents.now.astimezone(deadline.LOCAL)
    which = f"tin {local:%H:%M %d/%m/%Y}" if contents.since else f"tổng hợp {local:%d/%m/%Y}"
    subject = f"[Trục liên thông] {len(lines)} cảnh báo, {documents} văn bản – {which}"
    page = {
        "contents": contents,
        "lines": lines[:_SHOWN],
        "more": max(len(lines) - _SHOWN, 0),
        "documents": documents,
        "at": f"{local:%H:%M %d/%m/%Y}",
        "link": contents.settings.public_url.rstrip("/"),
        "charts": _charts(contents, calendars),
    }
    message = mailing.begun("digest", page, address, identity, contents.settings, contents.now)
    mailing.attach(message, f"canh-bao-{local:%Y%m%d-%H%M}.xlsx", _book(contents, lines, calendars), sheet.XLSX)
    return subject, mailing.finished(message, subject)


def _counted(contents: Contents) -> list[tuple[Kind, int]]:
    """How many documents stand behind each alert that is not over."""
    found = [(Kind(alert["kind"]), int(alert["count"])) for alert in contents.alerts if alert["cleared_at"] is None]
    return [(kind, number) for kind, number in found if kind not in OF_FACTS]


def _line(alert: dict[str, Any]) -> dict[str, Any]:
    kind = Kind(alert["kind"])
    vi, en = NAMES[kind]
    what_vi, what_en = WHAT[alert.get("what", "raised")]
    return {
        "vi": vi,
        "en": en,
        "agency": alert["agency"],
        "name": alert["agency_name"] or alert["agency"],
        "count": None if kind in OF_FACTS else alert["count"],
        "rank": alert["rank"],
        "urgency": RANKS[alert["rank"]][0],
        "since": since(kind, alert["oldest_at"])[0],
        "what_vi": what_vi,
        "what_en": what_en,
        "reminders": alert["reminders"],
        "note": alert["note"] or "",
        "contact": _contact(alert["contact"]),
    }


def since(kind: Kind, oldest_at: datetime) -> tuple[str, str]:
    """Since when there is reason for an alert, in Vietnamese and English; of a certificate, when it ends."""
    local = oldest_at.astimezone(deadline.LOCAL)
    if kind is Kind.CERTIFICATE:
        return f"hết hạn {local:%d/%m/%Y}", f"ends {local:%d/%m/%Y}"
    return f"{local:%H:%M %d/%m/%Y}", f"{local:%H:%M %d/%m/%Y}"


def _contact(contact: dict[str, str] | None) -> str:
    kept = contact or {}
    return ", ".join(kept[name] for name in ("name", "title", "phone", "email") if kept.get(name))


def _charts(contents: Contents, calendars: Calendars) -> list[str]:
    by_kind = Counter[str]()
    for kind, number in _counted(contents):
        by_kind[NAMES[kind][0]] += number
    made = [charts.bars("Số văn bản theo loại cảnh báo", by_kind.most_common())] if by_kind.total() else []
    uncollected = [row for row in contents.documents if row["kind"] is Kind.UNRECEIVED]
    if uncollected:
        figures = {
            level: _ages([row for row in uncollected if row["level"] == level], contents.now, calendars)
            for level in _NAMED
        }
        title = "Văn bản chưa nhận theo cấp và tuổi, theo giờ làm việc"
        made.append(charts.ages(title, _NAMED, _AGES, figures, lambda count: f"{count:,}".replace(",", ".")))
    return made


def _ages(rows: Iterable[dict[str, Any]], now: datetime, calendars: Calendars) -> list[int]:
    counted = [0] * len(_AGES)
    for row in rows:
        waited = deadline.between(row["since"], now, calendars.of(row["agency"]))
        counted[sum(waited >= bound for bound in charts.AGES)] += 1
    return counted


def _book(contents: Contents, lines: Sequence[dict[str, Any]], calendars: Calendars) -> bytes:
    target = io.BytesIO()
    documents = (
        (
            NAMES[row["kind"]][0],
            row["agency"],
            row["agency_name"],
            row["sender"],
            row["code"],
            row["subject"],
            RANKS[row["rank"]][0],
            row["created_at"],
            round(deadline.between(row["since"], contents.now, calendars.of(row["agency"])).total_seconds() / 3600, 1),
            SHOWN.get(row["state"], ("",))[0],
            (row["contact"] or {}).get("name", ""),
            (row["contact"] or {}).get("phone", ""),
        )
        for row in contents.documents
    )
    alerts = (
        (a["vi"], a["agency"], a["name"], a["count"], a["urgency"], a["since"], a["reminders"], a["note"], a["contact"])
        for a in lines
    )
    columns = (
        "Cảnh báo",
        "Cơ quan",
        "Tên cơ quan",
        "Số văn bản",
        "Độ khẩn",
        "Lâu nhất từ",
        "Đã nhắc",
        "Ghi chú",
        "Đầu mối",
    )
    book = sheet.Book(target)
    book.sheet("Cảnh báo", columns, [f"{contents.title} – {contents.now.astimezone(deadline.LOCAL):%H:%M %d/%m/%Y}"])
    for alert in alerts:
        book.row(alert)
    book.sheet("Văn bản", _COLUMNS)
    for document in documents:
        book.row(document)
    book.close()
    return target.getvalue()
