"""What the page of a document says of its life after it was sent."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "holdings": ("Bên nhận đang giữ gì", "What recipients hold now"),
    "holdings_line": (
        "Bản mới nhất mỗi bên đang giữ, và các yêu cầu thay đổi đã gửi tới từng bên",
        "The latest each of them has, and the changes that were asked of each",
    ),
    "holds": ("Đang giữ", "Holds"),
    "changes_asked": ("Yêu cầu thay đổi", "Changes asked"),
    "holds_nothing": ("không giữ văn bản nào", "nothing"),
    "waits_for_document": ("chờ văn bản gốc tới trước", "waits for the document to arrive first"),
    "answer_by": ("trả lời trước", "answer by"),
    "change_recall": ("Thu hồi", "Recall"),
    "change_update": ("Cập nhật", "Update"),
    "change_replace": ("Thay thế", "Replacement"),
    "change_take_back": ("Lấy lại", "Take-back"),
    "change_removal": ("Bỏ khỏi danh sách nhận", "Taken off the list"),
    "outcome_pending": ("chờ trả lời", "to be answered"),
    "outcome_agreed": ("đồng ý", "agreed"),
    "outcome_refused": ("từ chối", "refused"),
    "outcome_obeyed": ("đã thực hiện", "done"),
    "outcome_withdrawn": ("trục đã rút về", "withdrawn by the hub"),
}
