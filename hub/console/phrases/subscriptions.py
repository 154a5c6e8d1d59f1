"""Reports that are mailed when their period is over."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "subscriptions": ("Báo cáo gửi qua thư", "Reports by mail"),
    "subscriptions_line": (
        "Khi một kỳ hết, trục lập báo cáo, chốt số và gửi tới từng địa chỉ, mỗi kỳ một lần",
        "When a period is over the hub makes the report, freezes it, and mails it to each address, once a period",
    ),
    "subscriptions_none": (
        "Chưa ai đăng ký nhận báo cáo. Điền mẫu bên dưới: báo cáo đầu tiên là của kỳ đang chạy.",
        "Nobody subscribed yet. Fill in the form below: the first report is that of the period that goes on.",
    ),
    "subscription_new": ("Đăng ký nhận báo cáo", "Subscribe to a report"),
    "subscription_make": ("Đăng ký", "Subscribe"),
    "subscription_every": ("Mỗi kỳ", "Every"),
    "subscription_scope": ("Phạm vi", "Scope"),
    "subscription_all": ("toàn quốc", "everybody"),
    "subscription_below": ("{code} và cấp dưới", "{code} and below"),
    "subscription_agency": (
        "Phạm vi: mã cơ quan; để trống là toàn quốc",
        "Scope: an agency's code; empty for everybody",
    ),
    "subscription_and_below": ("kể cả các đơn vị cấp dưới", "with all below it"),
    "subscription_forms": ("Tệp", "Files"),
    "subscription_to": ("Người nhận thư", "To"),
    "subscription_others": ("và {count} địa chỉ khác", "and {count} others"),
    "subscription_addresses": (
        "Địa chỉ thư, cách nhau bằng dấu phẩy hoặc xuống dòng, tối đa {count}",
        "Mail addresses, with commas or lines between them, {count} at most",
    ),
    "subscription_next": ("Kỳ kế tiếp", "Next"),
    "subscription_on": ("gửi khi hết kỳ, ngày {day}", "sent when it is over, on {day}"),
    "subscription_by": ("người đăng ký", "by"),
    "subscription_mails": ("{count} thư: {state}", "{count} mails: {state}"),
    "subscription_waits": ("chờ hết kỳ", "waits for the end of the period"),
    "subscription_failing": ("chưa lập được báo cáo, thử lại mỗi phút", "no report yet, tried again every minute"),
    "subscription_no_mail": ("chưa đặt máy chủ thư", "no mail server is set"),
    "subscription_no_mail_line": (
        "Trục chưa có máy chủ thư: báo cáo chờ, sẽ gửi đủ các kỳ khi có. Thiết đặt:",
        "The hub has no mail server: reports wait and go out for every period once there is one. Setting:",
    ),
    "subscription_ended": ("đã dừng", "ended"),
    "subscription_end": ("Dừng đăng ký", "End it"),
    "subscription_end_line": (
        "Không gửi nữa từ kỳ này. Báo cáo đã gửi và đã chốt vẫn còn.",
        "Nothing is mailed from this period on. What was mailed and frozen stays.",
    ),
    "subscription_ended_by": ("{name} dừng lúc {time}", "ended by {name} at {time}"),
    "subscription_ended_first": (
        "{name} đã dừng đăng ký này lúc {time}.",
        "{name} ended this subscription at {time}.",
    ),
    "subscription_was_made": (
        "Đã đăng ký. Báo cáo đầu tiên đi khi kỳ đang chạy hết.",
        "Subscribed. The first report goes out when the period that goes on is over.",
    ),
    "subscription_was_ended": ("Đã dừng đăng ký.", "The subscription is ended."),
    "subscription_sent_mails": ("Thư đã lập", "Mails"),
    "subscription_no_mails": ("Chưa có kỳ nào hết.", "No period is over yet."),
    "subscription_written": ("Lập lúc", "Written"),
    "subscription_sent": ("Gửi lúc", "Sent"),
    "mail_written": ("chờ gửi", "waits to be sent"),
    "mail_sending": ("đang gửi", "being sent"),
    "mail_sent": ("đã gửi", "sent"),
    "mail_refused": ("máy chủ thư từ chối", "refused by the mail server"),
    "mail_uncertain": ("không rõ đã tới chưa", "may or may not have arrived"),
}
