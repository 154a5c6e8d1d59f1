"""What the list of documents says."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "documents_counted": (
        "{documents} văn bản · {deliveries} lượt giao",
        "{documents} documents · {deliveries} deliveries",
    ),
    "view_save": ("Lưu bộ lọc này", "Save this view"),
    "view_save_do": ("Lưu", "Save"),
    "view_name": ("Tên bộ lọc", "Name of the view"),
    "view_forget": ("Bỏ bộ lọc {name}", "Drop the view {name}"),
    "view_refused": ("Chưa lưu được bộ lọc", "The view was not saved"),
    "view_refused_line": (
        "Biểu mẫu không còn hiệu lực hoặc không phải của trang này. Tải lại danh sách rồi lưu lại.",
        "The form is stale or not ours. Reload the list and save again.",
    ),
    "view_incomplete": ("Chưa lưu được bộ lọc", "The view was not saved"),
    "view_incomplete_line": (
        "Cần một tên, và một danh sách đã lọc. Lọc danh sách trước rồi lưu.",
        "It needs a name and a list that is narrowed. Narrow the list first, then save.",
    ),
    "view_too_many": ("Đã có quá nhiều bộ lọc", "There are too many views"),
    "view_too_many_line": (
        "Mỗi người lưu được 30 bộ lọc ở một trang. Bỏ bớt một bộ lọc rồi lưu lại.",
        "Everybody may save 30 of a page. Drop one, then save again.",
    ),
    "more_filters": ("Lọc thêm", "More filters"),
    "sender_code": ("Mã bên gửi", "Sender's code"),
    "recipient_code": ("Mã nơi nhận", "Recipient's code"),
    "document_id": ("Mã văn bản", "Document id"),
    "file_id": ("Mã trên trục", "Id at the hub"),
    "document_type": ("Loại văn bản", "Type of document"),
    "document_type_none": ("không ghi loại", "no type given"),
    "any_kind": ("Mọi loại", "Any kind"),
    "kind_issued": ("Văn bản mới, thay thế", "New and replacements"),
    "any_urgency": ("Mọi độ khẩn", "Any urgency"),
    "priority": ("Độ khẩn", "Urgency"),
    "urgency_flash": ("Hỏa tốc, kể cả hẹn giờ", "Express, timed or not"),
    "signature_signed": ("Có ký hợp lệ, kể cả SHA-1", "Validly signed, SHA-1 too"),
    "from_day": ("Từ ngày", "From"),
    "until_day": ("Đến hết ngày", "Until the end of"),
    "until_chip": ("Đến hết {day}", "Until {day}"),
}
