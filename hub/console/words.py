"""What the pages say, in Vietnamese and English. The catalogue of the console; findings bring their own texts."""

from typing import Final

from hub.console import phrases
from hub.domain.delivery import SHOWN
from hub.domain.indicator_words import LEVELS as LEVELS  # noqa: PLC0414 - part of this catalogue too

Pair = tuple[str, str]

STATES: Final[dict[str, Pair]] = {str(state): words for state, words in SHOWN.items()}
GROUPS: Final[dict[str, Pair]] = {
    "received": ("Đã nhận", "Received"),
    "uncollected": ("Chưa nhận", "Not collected"),
    "overdue": ("Quá hạn nhận", "Overdue"),
    "dead": ("Văn bản lỗi", "Dead letters"),
}
STEPS: Final[dict[str, Pair]] = {  # how far a recipient has come
    "sent": ("Đã gửi, không thu hồi", "Sent, not withdrawn"),
    "answered": ("Đã phản hồi", "Answered"),
    "arrived": ("Đã đến", "Arrived"),
    "registered": ("Đã tiếp nhận", "Registered"),
    "assigned": ("Đã phân công", "Assigned"),
    "finished": ("Hoàn thành", "Finished"),
    "refused": ("Từ chối tiếp nhận", "Refused"),
    "in-time": ("Nhận đúng hạn", "Received in time"),
    "late": ("Nhận muộn hoặc quá hạn", "Received late, or overdue"),
}
KINDS: Final[dict[str, Pair]] = {
    "new": ("Văn bản mới", "New"),
    "recall": ("Thu hồi", "Recall"),
    "update": ("Cập nhật", "Update"),
    "replace": ("Thay thế", "Replacement"),
    "status": ("Báo cáo trạng thái", "Status report"),
}
PRIORITIES: Final[tuple[Pair, ...]] = (
    ("Thường", "Normal"),
    ("Khẩn", "Urgent"),
    ("Thượng khẩn", "Very urgent"),
    ("Hỏa tốc", "Express"),
    ("Hỏa tốc hẹn giờ", "Express, timed"),
)
VERDICTS: Final[dict[str, Pair]] = {
    "valid": ("Hợp lệ", "Valid"),
    "valid-legacy": ("Hợp lệ (SHA-1)", "Valid (SHA-1)"),
    "absent": ("Không ký", "Not signed"),
    "unverifiable": ("Không kiểm được", "Unverifiable"),
    "broken": ("Sai chữ ký", "Broken"),
    "untrusted": ("Chưa tin cậy", "Untrusted"),
    "expired": ("Chứng thư hết hạn", "Expired"),
    "revoked": ("Chứng thư bị thu hồi", "Revoked"),
    "modified": ("Đã bị sửa sau khi ký", "Changed after signing"),
}
EVENTS: Final[dict[str, Pair]] = {
    "accepted": ("Trục tiếp nhận", "Accepted"),
    "available": ("Vào hộp thư", "In the inbox"),
    "delivered": ("Đã tới hệ thống", "Handed over"),
    "collected": ("Lấy về", "Collected"),
    "confirmed": ("Xác nhận", "Confirmed"),
    "failed": ("Lỗi", "Failed"),
    "reported": ("Báo cáo", "Reported"),
    "recalled": ("Yêu cầu thu hồi", "Recalled"),
    "withdrawn": ("Đã thu hồi", "Withdrawn"),
    "dead": ("Văn bản lỗi", "Dead letter"),
}
RESULTS: Final[dict[str, Pair]] = {  # what a recipient confirms with
    "done": ("đã nhận xong", "done"),
    "processing": ("đang xử lý", "processing"),
}
CHANNELS: Final[dict[str, Pair]] = {
    "inbox": ("Hộp thư", "Inbox"),
    "webhook": ("Webhook", "Webhook"),
    "folder": ("Thư mục", "Folder"),
}
ROLES: Final[dict[str, Pair]] = {
    "operator": ("Vận hành", "Operator"),
    "observer": ("Quan sát", "Observer"),
    "registrar": ("Quản trị danh bạ", "Registrar"),
    "auditor": ("Kiểm toán", "Auditor"),
    "admin": ("Quản trị", "Admin"),
    "officer": ("Cán bộ cơ quan", "Agency officer"),
}
CHANGES: Final[dict[str, Pair]] = {
    "recall": ("Chờ trả lời thu hồi", "Recall to be answered"),
    "update": ("Chờ trả lời cập nhật", "Update to be answered"),
    "replace": ("Chờ trả lời thay thế", "Replacement to be answered"),
    "take-back": ("Chờ trả lời lấy lại", "Take-back to be answered"),
    "removal": ("Chờ trả lời lấy lại", "Take-back to be answered"),
}
FACTS: Final[dict[str, Pair]] = {
    "type": ("Loại văn bản", "Type"),
    "signer": ("Người ký", "Signed by"),
    "place": ("Nơi ban hành", "Place"),
    "due_on": ("Hạn trả lời", "Answer due"),
    "reason": ("Lý do", "Reason"),
}
SCANS: Final[dict[str, Pair]] = {
    "clean": ("Không có mã độc", "No malware"),
    "infected": ("Có mã độc", "Malware"),
    "unscanned": ("Chưa quét được", "Not scanned"),
}
PERIODS: Final[dict[str, Pair]] = {
    "day": ("24 giờ qua", "Last 24 hours"),
    "week": ("7 ngày qua", "Last 7 days"),
    "month": ("30 ngày qua", "Last 30 days"),
    "all": ("Mọi thời gian", "All time"),
}

PHRASES: Final[dict[str, Pair]] = {
    **phrases.ALL,
    "product": ("Trục liên thông văn bản", "Document exchange hub"),
    "tagline": (
        "Văn bản điện tử giữa bốn cấp chính quyền: đi đúng nơi, có ký số, có biên nhận.",
        "Official documents between four levels of government: to the right place, signed, with a receipt.",
    ),
    "skip": ("Tới nội dung chính", "Skip to the content"),
    "overview": ("Tổng quan", "Overview"),
    "overview_line": ("Số liệu 24 giờ qua, lúc {time} (GMT+7)", "Figures of the last 24 hours, at {time} (GMT+7)"),
    "scope_line": ("chỉ văn bản của {scope}", "only documents of {scope}"),
    "documents": ("Văn bản mới nhất", "Latest documents"),
    "documents_found": ("Kết quả tra cứu", "Documents found"),
    "log_in": ("Đăng nhập", "Log in"),
    "log_out": ("Đăng xuất", "Log out"),
    "name": ("Tên đăng nhập", "Name"),
    "password": ("Mật khẩu", "Password"),
    "login_line": (
        "Dành cho người vận hành, quan sát và kiểm toán. Tài khoản do người quản trị trục cấp.",
        "For operators, observers and auditors. Accounts are opened by the hub's administrators.",
    ),
    "login_wrong": ("Tên hoặc mật khẩu không đúng.", "The name or the password is not right."),
    "login_wait": (
        "Sai quá nhiều lần. Thử lại sau {seconds} giây.",
        "Too many failed tries. Try again in {seconds} seconds.",
    ),
    "login_elsewhere": ("Đăng nhập một lần (SSO)", "Single sign-on"),
    "login_unlinked": (
        "Danh tính này chưa được cấp quyền vào trục. Liên hệ người quản trị trục.",
        "This identity has no account at the hub. Ask the hub's administrators.",
    ),
    "login_elsewhere_failed": (
        "Không đăng nhập được qua nhà cung cấp danh tính. Hãy thử lại.",
        "The identity provider did not let you in. Please try again.",
    ),
    "subject_hidden": ("(trích yếu được ẩn)", "(subject hidden)"),
    "login_stale": ("Biểu mẫu đã cũ. Hãy thử lại.", "The form was out of date. Please try again."),
    "sent": ("Đã gửi", "Sent"),
    "received": ("Đã nhận", "Received"),
    "uncollected": ("Chưa nhận", "Not collected"),
    "dead": ("Văn bản lỗi", "Dead letters"),
    "signed": ("Chữ ký hợp lệ", "Valid signatures"),
    "of_deliveries": ("{share} trong {count} lượt giao", "{share} of {count} deliveries"),
    "no_deliveries": ("chưa có lượt giao nào", "no deliveries yet"),
    "in_documents": ("trong {count} văn bản", "in {count} documents"),
    "overdue_count": ("{count} quá hạn", "{count} overdue"),
    "none_overdue": ("không có lượt nào quá hạn", "none overdue"),
    "none_dead": ("không có", "none"),
    "not_valid_count": ("{count} văn bản khác", "{count} others"),
    "all_valid": ("tất cả văn bản", "all documents"),
    "search": ("Tra cứu", "Search"),
    "search_label": (
        "Số/ký hiệu, trích yếu hoặc mã văn bản",
        "Number, subject or document id",
    ),
    "search_hint": ("Ví dụ: 128/UBND, da nang", "For example: 128/UBND, da nang"),
    "state": ("Trạng thái", "State"),
    "level": ("Cấp nhận", "Level"),
    "signature": ("Chữ ký", "Signature"),
    "period": ("Thời gian", "Period"),
    "any_state": ("Mọi trạng thái", "Any state"),
    "any_level": ("Mọi cấp", "Any level"),
    "any_signature": ("Mọi chữ ký", "Any signature"),
    "signature_other": ("Không hợp lệ hoặc không ký", "Not valid, or not signed"),
    "groups": ("Nhóm", "Groups"),
    "states": ("Từng trạng thái", "Single states"),
    "clear": ("Bỏ lọc", "Clear"),
    "time": ("Thời điểm", "Time"),
    "code": ("Số/ký hiệu", "Number"),
    "subject": ("Trích yếu", "Subject"),
    "sender": ("Bên gửi", "Sender"),
    "recipients": ("Nơi nhận", "Recipients"),
    "recipient": ("Nơi nhận", "Recipient"),
    "recipients_count": ("{count} nơi nhận", "{count} recipients"),
    "nothing": ("Không có văn bản nào như vậy.", "There is no such document."),
    "nothing_yet": (
        "Chưa có văn bản nào. Văn bản đầu tiên sẽ hiện ở đây ngay khi trục tiếp nhận.",
        "No documents yet. The first one will appear here as soon as the hub accepts it.",
    ),
    "nothing_all": ("Tìm trong mọi thời gian", "Search all time"),
    "older": ("Cũ hơn", "Older"),
    "newest": ("Về mới nhất", "Back to the newest"),
    "refresh_on": ("Tự làm mới mỗi {seconds} giây", "Refresh every {seconds} seconds"),
    "refresh_off": ("Đang tự làm mới · tắt", "Refreshing · turn off"),
    "lanes": ("Theo từng nơi nhận", "One lane per recipient"),
    "lanes_line": (
        "Mỗi chấm là một sự kiện; khoảng cách đã nén, thời điểm ghi ở trục trên",
        "Each dot is an event; distances are compressed, the times stand on the axis above",
    ),
    "lanes_alt": (
        "Dòng thời gian của {code}: {count} sự kiện; nội dung đầy đủ ở bảng sự kiện bên dưới",
        "Timeline of {code}: {count} events; the table of events below says the same in words",
    ),
    "hub": ("Trục", "Hub"),
    "now": ("bây giờ", "now"),
    "due": ("Hạn nhận", "Collect by"),
    "events": ("Sự kiện", "Events"),
    "event": ("Sự kiện", "Event"),
    "detail": ("Chi tiết", "Detail"),
    "events_cut": (
        "Chỉ hiện {count} sự kiện đầu của các nơi nhận trên trang này.",
        "Only the first {count} events of the recipients on this page are shown.",
    ),
    "more_recipients": ("Các nơi nhận tiếp theo", "Further recipients"),
    "first_recipients": ("Về đầu danh sách", "Back to the first"),
    "all_recipients": ("Tất cả", "All"),
    "report": ("Báo cáo mới nhất", "Latest report"),
    "no_report": ("chưa báo cáo", "no report yet"),
    "collect_by": ("Hạn nhận", "Collect by"),
    "overdue": ("Quá hạn", "Overdue"),
    "attempts": ("{count} lần thử", "{count} tries"),
    "next_attempt": ("thử lại lúc {time}", "next try at {time}"),
    "addressed_as": ("ghi trên phong bì: {code}", "written as {code}"),
    "envelope": ("Phong bì", "Envelope"),
    "envelope_id": ("Mã phong bì", "Envelope id"),
    "document_id": ("Mã văn bản", "Document id"),
    "kind": ("Loại", "Kind"),
    "promulgated_on": ("Ngày ban hành", "Issued on"),
    "staff": ("Cán bộ đầu mối", "Contact"),
    "paper": ("Bản giấy", "Paper"),
    "paper_too": ("gửi kèm bản giấy", "sent on paper too"),
    "signer": ("Chứng thư", "Certificate"),
    "reason": ("Lý do", "Reason"),
    "fix": ("Cách khắc phục", "What to do"),
    "signature_good": (
        "Chữ ký bao trùm toàn bộ phong bì và chứng thư đã đăng ký cho bên gửi.",
        "The signature covers the whole envelope, and the certificate is bound to the sender.",
    ),
    "signature_none": ("Phong bì không có chữ ký.", "The envelope carries no signature."),
    "warnings": ("Cảnh báo", "Warnings"),
    "no_warnings": ("Không có cảnh báo nào.", "There are no warnings."),
    "line": ("dòng {line}", "line {line}"),
    "receipt": ("Biên nhận", "Receipt"),
    "receipt_line": (
        "Lời cam kết có chữ ký của trục (JWS), kiểm được ngoại tuyến bằng",
        "The hub's signed word (JWS); verify it offline with",
    ),
    "receipt_show": ("Xem biên nhận", "Show the receipt"),
    "related": ("Liên quan", "Related"),
    "back": ("Danh sách văn bản", "All documents"),
    "not_found": ("Không tìm thấy", "Not found"),
    "not_found_line": (
        "Địa chỉ này không có trang nào, hoặc bạn không được xem. Kiểm tra lại địa chỉ, hoặc bắt đầu từ trang Tổng quan.",
        "There is no page at this address, or you may not see it. Check the address, or begin at the overview.",
    ),
    "broken": ("Trang này gặp lỗi của trục", "The hub failed at this page"),
    "broken_line": (
        "Lỗi đã ghi vào nhật ký, dữ liệu không bị ảnh hưởng. Trang khác vẫn dùng được; báo người vận hành địa chỉ trang này.",
        "The failure is in the log and no data was touched. Other pages still work; tell the operators this page's address.",
    ),
    "unavailable": ("Tạm thời chưa xem được", "Not available just now"),
    "unavailable_line": (
        "Trục chưa đọc được cơ sở dữ liệu. Tải lại trang sau ít giây.",
        "The hub cannot read its database. Reload the page in a few seconds.",
    ),
    "language": ("Ngôn ngữ", "Language"),
}
