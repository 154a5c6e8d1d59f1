"""What reports, their columns and their periods are called, in Vietnamese and English: the same on a page and on paper."""

from typing import Final

Pair = tuple[str, str]

TITLES: Final[dict[str, Pair]] = {
    "exchange": ("Trao đổi văn bản điện tử", "Electronic exchange"),
    "signed": ("Ký số", "Signatures"),
    "on-time": ("Gửi đúng hạn sau khi ký", "Sent in time after signing"),
    "receipt": ("Nhận và phản hồi", "Receipt and answers"),
    "connection": ("Kết nối liên thông", "Connection"),
}
ABOUT: Final[dict[str, Pair]] = {
    "exchange": (
        "Trục đếm được văn bản điện tử, không đếm được văn bản giấy: tổng số văn bản phát hành do đơn vị khai báo.",
        "The hub counts what is electronic, not what is on paper: all documents issued are declared by the agencies.",
    ),
    "signed": (
        "Văn bản có chữ ký số hợp lệ trên tổng văn bản gửi qua trục.",
        "Documents with a valid signature, of all sent through the hub.",
    ),
    "on-time": (
        "Gửi trong ngày ký, chậm nhất buổi sáng ngày làm việc sau (QĐ 28/2018/QĐ-TTg).",
        "Sent on the day of signing, or by the morning after (Decision 28/2018/QĐ-TTg).",
    ),
    "receipt": (
        "Thời gian nhận tính theo giờ làm việc của từng đơn vị. Hạn nhận là cấu hình của trục, không phải quy định.",
        "Times to receive in each agency's own working hours. Deadlines are the hub's settings, not law.",
    ),
    "connection": (
        "Đơn vị có ít nhất một lần gửi hoặc nhận thành công, trên số đơn vị có hiệu lực trong kỳ.",
        "Agencies that sent or received at least once, of those valid in the period.",
    ),
}
FIGURES: Final[dict[str, Pair]] = {
    "agency": ("Cơ quan", "Agency"),
    "level": ("Cấp", "Level"),
    "sent": ("Văn bản gửi", "Sent"),
    "electronic_only": ("Hoàn toàn điện tử", "Electronic only"),
    "with_paper": ("Kèm bản giấy", "With paper"),
    "share_electronic_only": ("Tỷ lệ hoàn toàn điện tử", "Share electronic only"),
    "declared_issued": ("Tổng phát hành", "All issued"),
    "signed": ("Có ký số hợp lệ", "Validly signed"),
    "share_signed": ("Tỷ lệ ký số", "Share signed"),
    "same_day": ("Trong ngày ký", "Same day"),
    "next_morning": ("Sáng hôm sau", "Next morning"),
    "late": ("Muộn", "Late"),
    "share_on_time": ("Tỷ lệ đúng hạn", "Share in time"),
    "received": ("Được gửi", "Sent to it"),
    "collected": ("Đã nhận", "Received"),
    "uncollected": ("Chưa nhận", "Not collected"),
    "undeliverable": ("Không giao được", "Undeliverable"),
    "answered": ("Có phản hồi", "Answered"),
    "answered_same_day": ("Phản hồi trong ngày", "Answered the same day"),
    "refused": ("Từ chối", "Refused"),
    "finished": ("Hoàn thành", "Finished"),
    "share_collected": ("Tỷ lệ đã nhận", "Share received"),
    "share_same_day": ("Tỷ lệ phản hồi trong ngày", "Share answered the same day"),
    "median_hours": ("Trung vị (giờ)", "Median (hours)"),
    "p95_hours": ("95 % trong (giờ)", "95% within (hours)"),
    "agencies": ("Đơn vị có hiệu lực", "Valid agencies"),
    "connected": ("Đã liên thông", "Connected"),
    "share_connected": ("Tỷ lệ liên thông", "Share connected"),
}
LEVELS: Final[dict[str, Pair]] = {
    "central": ("Trung ương", "Central"),
    "province": ("Tỉnh / Thành phố", "Province"),
    "district": ("Huyện", "District"),
    "commune": ("Xã / Phường", "Commune"),
}
_MONTH: Final[Pair] = ("Tháng {part}/{year}", "Month {part} of {year}")
_QUARTER: Final[Pair] = ("Quý {part}/{year}", "Quarter {part} of {year}")
_HALVES: Final[tuple[Pair, Pair]] = (
    ("6 tháng đầu năm {year}", "First half of {year}"),
    ("6 tháng cuối năm {year}", "Second half of {year}"),
)
_YEAR: Final[Pair] = ("Năm {year}", "{year}")
_ROMAN: Final = ("I", "II", "III", "IV")
_WEEK: Final[Pair] = ("Tuần {part}/{year}", "Week {part} of {year}")
_DAY: Final[Pair] = ("Ngày {part}/{year}", "{part}/{year}")


def period_name(name: str) -> Pair:
    """A period as people say it: Ngày 26/11/2026, Tuần 48/2026, Tháng 9/2026, Quý III/2026, 6 tháng đầu năm 2026, Năm 2026."""
    year, _, part = name.partition("-")
    if not part:
        chosen = _YEAR
    elif part.startswith("H"):
        chosen = _HALVES[int(part[1]) - 1]
    elif part.startswith("Q"):
        chosen, part = _QUARTER, _ROMAN[int(part[1]) - 1]
    elif part.startswith("W"):
        chosen, part = _WEEK, str(int(part[1:]))
    elif "-" in part:
        chosen, part = _DAY, "/".join(reversed(part.split("-")))
    else:
        chosen, part = _MONTH, str(int(part))
    return chosen[0].format(year=year, part=part), chosen[1].format(year=year, part=part)
