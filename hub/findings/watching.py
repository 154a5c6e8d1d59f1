"""Findings about watching: the calendar as people change it, and alerts as they answer them."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "invalid-override": Text(
        ("Lịch làm việc không nhận thay đổi này", "The calendar does not take this change"),
        (
            "Ghi ngày có thật dạng 2026-01-02, loại off, work, morning hoặc afternoon, số văn bản quyết định và lý do.",
            "Give a real day such as 2026-01-02, one of off, work, morning, afternoon, the decree's number and a reason.",
        ),
        ("{name}: {problem}.", "{name}: {problem}."),
    ),
    "alert-cleared": Text(
        ("Cảnh báo này đã hết", "This alert is over"),
        (
            "Tải lại danh sách cảnh báo: điều gây ra cảnh báo đã được giải quyết.",
            "Load the list of alerts again: what raised it has been dealt with.",
        ),
        ("Cảnh báo đã hết lúc {at}.", "It was cleared at {at}."),
    ),
}
