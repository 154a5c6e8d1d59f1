"""What the list of documents says."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "documents_counted": (
        "{documents} văn bản · {deliveries} lượt giao",
        "{documents} documents · {deliveries} deliveries",
    ),
    "more_filters": ("Lọc thêm", "More filters"),
    "sender_code": ("Mã bên gửi", "Sender's code"),
    "recipient_code": ("Mã nơi nhận", "Recipient's code"),
    "document_id": ("Mã văn bản", "Document id"),
    "file_id": ("Mã trên trục", "Id at the hub"),
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
