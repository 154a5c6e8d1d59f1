"""Periodic reports and the indicators of the plans."""

from typing import Final

from hub.domain.indicator_words import ABOUT, FIGURES, TITLES

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "reports_line": (
        "Số đo được và số đơn vị khai báo đứng cạnh nhau, không cộng vào nhau",
        "What was measured and what was declared stand side by side, and are never added up",
    ),
    "report_choose": ("Chọn báo cáo", "Choose a report"),
    "report_kind": ("Báo cáo", "Report"),
    "report_period": ("Kỳ", "Period"),
    "report_show": ("Xem báo cáo", "Show"),
    "report_final": ("Đã chốt", "Frozen"),
    "report_running": ("Kỳ chưa hết, số còn đổi", "The period goes on: figures still change"),
    "report_made": ("lập lúc {time}", "made at {time}"),
    "report_with": ("lịch {calendar}, trục {hub}", "calendar {calendar}, hub {hub}"),
    "report_measured": ("Số trục đo", "Measured"),
    "report_declared": ("Số khai báo", "Declared"),
    "report_declared_line": (
        "Chữ nghiêng, nền gạch chéo: do đơn vị khai báo (truc declare), trục không kiểm được.",
        "Italic on hatching: declared by the agencies (truc declare); the hub cannot check it.",
    ),
    "report_total": ("Tổng", "Total"),
    "report_target": ("kế hoạch {target}", "plan {target}"),
    "report_none": ("Không có văn bản nào trong kỳ này.", "There were no documents in this period."),
    "report_start": (
        "Chọn loại báo cáo và kỳ ở trên. Kỳ đã hết sẽ được chốt: các lần sau in ra đúng như lần đầu.",
        "Choose a report and a period above. A period that is over is frozen: it prints the same ever after.",
    ),
    "report_rows": ("Từng dòng", "Line by line"),
    "shelf": ("Báo cáo đã chốt", "Frozen reports"),
    "shelf_none": ("Chưa có báo cáo nào được chốt.", "No report has been frozen yet."),
    "shelf_by": ("Người lập", "Made by"),
    "shelf_at": ("Lập lúc", "Made at"),
    "shelf_older": ("Báo cáo cũ hơn", "Older reports"),
    "period_days": ("Ngày", "Days"),
    "period_weeks": ("Tuần", "Weeks"),
    "period_months": ("Tháng", "Months"),
    "period_quarters": ("Quý", "Quarters"),
    "period_halves": ("6 tháng", "Half years"),
    "period_years": ("Năm", "Years"),
    **{"report_" + kind.replace("-", "_"): pair for kind, pair in TITLES.items()},
    **{"report_about_" + kind.replace("-", "_"): pair for kind, pair in ABOUT.items()},
    **{"figure_" + name: pair for name, pair in FIGURES.items()},
}
