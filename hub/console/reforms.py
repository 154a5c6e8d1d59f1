"""Changes of the directory as an agency's page lists them: past and planned, the latest on record first."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain.reform import Change, ChangeKind, Standing

SHOWN_AT_MOST: Final = 20
KINDS: Final[dict[str, tuple[str, str]]] = {
    ChangeKind.RENAME: ("Đổi tên", "Renamed"),
    ChangeKind.MERGE: ("Sáp nhập", "Merged"),
    ChangeKind.SPLIT: ("Chia tách", "Split"),
    ChangeKind.CLOSE: ("Đóng mã", "Closed"),
    ChangeKind.RE_PARENT: ("Chuyển cơ quan cấp trên", "Put below another body"),
    ChangeKind.RECODE: ("Đổi mã", "Another code"),
    ChangeKind.LEVEL: ("Đổi cấp", "Another level"),
    ChangeKind.SYSTEM: ("Đổi hệ thống phục vụ", "Another serving system"),
    ChangeKind.GSO: ("Mã thống kê", "Statistical code"),
    ChangeKind.CHANNEL: ("Đổi kênh giao", "Another channel"),
    ChangeKind.CONTACT: ("Đổi đầu mối", "Another contact"),
    ChangeKind.POLICY: ("Đổi chính sách chữ ký", "Another signature policy"),
}
"""What each kind is called."""
_STATES: Final[dict[str, tuple[str, str, tuple[str, str]]]] = {
    Standing.PLANNED: ("wait", "clock", ("Chờ người thứ hai duyệt", "Waits for a second person")),
    Standing.APPROVED: ("move", "clock", ("Đã duyệt, chưa đến ngày", "Approved, its day is to come")),
    Standing.MADE: ("good", "check", ("Đã có hiệu lực", "Holds")),
    Standing.WITHDRAWN: ("off", "cross", ("Đã rút", "Withdrawn")),
}
_AGENCIES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One change of the list."""

    number: int
    on: date
    kind: str
    who: str
    to: str
    decree: str
    reason: str
    persons: str
    badge: Badge


def line(speech: Speech, change: Change) -> Line:
    """One change as the page shows it."""
    asked = change.asked
    tone, icon, word = _STATES[change.state]
    few = ", ".join(asked.agencies[:_AGENCIES_SHOWN]) + (" …" if len(asked.agencies) > _AGENCIES_SHOWN else "")
    people = [change.planned_by, change.approved_by or "—"]
    return Line(
        number=change.id,
        on=asked.on,
        kind=speech.of(KINDS[asked.kind]),
        who=few,
        to=", ".join(asked.into) or asked.to or asked.settings.get("name", ""),
        decree=asked.decree,
        reason=asked.reason,
        persons=" · ".join(name.partition(":")[2] or name for name in people),
        badge=Badge(tone, icon, speech.of(word)),
    )
