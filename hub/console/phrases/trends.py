"""Trends, and periods beside each other."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "nav_trends": ("Xu hướng, so sánh kỳ", "Trends"),
    "trends_line": (
        "Lượt giao của văn bản trục nhận trong kỳ, cạnh kỳ trước và cùng kỳ năm trước",
        "Deliveries of documents accepted in a period, beside the one before and the same a year ago",
    ),
    "trend_goes_on": ("Kỳ chưa hết, số còn đổi", "The period goes on: figures still change"),
    "trend_later": ("Kỳ sau", "Next"),
    "trend_figure": ("Chỉ số", "Figure"),
    "trend_change": ("Thay đổi", "Change"),
    "trend_points": ("{points} điểm %", "{points} pts"),
    "trend_deliveries": ("Được gửi", "Sent to them"),
    "trend_in_time": ("Nhận đúng hạn", "Received in time"),
    "trend_in_time_count": ("Đúng hạn", "In time"),
    "trend_late": ("Muộn hoặc quá hạn", "Late or overdue"),
    "trend_answered": ("Có phản hồi", "Answered"),
    "trend_ended": ("Hoàn thành", "Finished"),
    "trend_refused": ("Từ chối tiếp nhận", "Refused"),
    "trend_dead": ("Không giao được", "Dead letters"),
    "trend_months": ("Hai năm, theo tháng", "Two years, by month"),
    "trend_against": ("So với", "Compared with"),
    "trend_deliveries_now": ("Được gửi, kỳ này", "Sent to it, this period"),
    "trend_deliveries_then": ("Được gửi, kỳ so sánh", "Sent to it, the other"),
    "trend_in_time_now": ("Đúng hạn %, kỳ này", "In time %, this period"),
    "trend_in_time_then": ("Đúng hạn %, kỳ so sánh", "In time %, the other"),
    "trend_key": (
        (
            "Tỷ lệ so bằng điểm phần trăm, số lượng so bằng phần trăm. Mỗi ngày được đếm lại trong 28 ngày; việc nhận, phản "
            "hồi muộn hơn thế không đổi số của kỳ đã qua, nên danh sách phía sau có thể đã đi xa hơn."
        ),
        (
            "Shares differ in points, counts in percent. Each day is counted anew for 28 days: what is received or answered "
            "later changes no figure of a period that is over, so the list behind one may have gone on."
        ),
    ),
    "compare_none": ("Chỉ kỳ này", "This period alone"),
    "compare_before": ("So với kỳ trước", "With the one before"),
    "compare_year": ("So với cùng kỳ năm trước", "With a year ago"),
    "compare_key": (
        "Tỷ lệ so bằng điểm phần trăm, số lượng so bằng phần trăm; số khai báo so riêng.",
        "Shares differ in points, counts in percent; what was declared is compared by itself.",
    ),
    "trend_none": (
        "Chưa có số liệu: trục cộng theo tháng, lùi dần về văn bản đầu tiên, mỗi vài phút một tháng.",
        "No figures yet: the hub adds up months going back to its first document, one every few minutes.",
    ),
    "period_of_month": ("Tháng", "Month"),
    "period_of_quarter": ("Quý", "Quarter"),
    "period_of_half": ("6 tháng", "Half year"),
    "period_of_year": ("Năm", "Year"),
    "period_of_week": ("Tuần", "Week"),
    "period_of_day": ("Ngày", "Day"),
}
