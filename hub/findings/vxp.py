"""Findings of the face for clients of the national axis: who calls, and what the call says of itself."""

from typing import Final

from hub.findings.text import Text

_ASCII: Final = (
    "Mọi giá trị tiêu đề phải là ASCII: bỏ dấu tiếng Việt trong description và tạo đối tượng dịch vụ mới của bộ công cụ.",
    "Every header value must be ASCII: leave Vietnamese accents out of description, and make a new service object.",
)

TEXTS: Final[dict[str, Text]] = {
    "vxp-unauthenticated": Text(
        ("Sai SystemId hoặc SecretKey", "Wrong system id or secret"),
        (
            "Kiểm tra systemid, secret và HMAC-SHA256 trên đúng các byte của sign-header; giá trị không được có dấu.",
            "Check systemid, secret and the HMAC-SHA256 over the very bytes of sign-header; no value may have accents.",
        ),
    ),
    "vxp-non-ascii-header": Text(
        ("Giá trị tiêu đề có ký tự ngoài ASCII", "non-ASCII header value"),
        _ASCII,
        (
            "Tiêu đề {name} có ký tự ngoài ASCII (non-ASCII header value) nên không kiểm tra được HMAC.",
            "Header {name} has a non-ASCII header value, so the HMAC cannot be verified.",
        ),
    ),
    "vxp-unreadable": Text(
        ("Không đọc được phần đầu yêu cầu", "The head of the request cannot be read"),
        _ASCII,
        (
            "Phần đầu yêu cầu có ký tự điều khiển, thường do chữ có dấu bị cắt (non-ASCII header value).",
            "The head holds control characters, most often a letter that was cut (non-ASCII header value).",
        ),
    ),
    "vxp-headers-changed": Text(
        ("Tiêu đề khác với nội dung đã ký", "A header differs from what was signed"),
        (
            "Không để máy chủ trung gian thêm, bớt hay sửa các tiêu đề XroadVnpt-*.",
            "Let no intermediary add, drop or change XroadVnpt-* headers.",
        ),
        (
            "Tiêu đề {name} không khớp với sign-header.",
            "Header {name} does not agree with sign-header.",
        ),
    ),
    "vxp-system-ended": Text(
        ("Hệ thống đã hết hạn dùng giao diện VXP", "The system may no longer use the VXP face"),
        (
            "Chuyển sang giao diện /v1, hoặc xin gia hạn với đơn vị vận hành trục.",
            "Move to /v1, or ask the hub's operators for more time.",
        ),
        ("Hệ thống {system} hết hạn từ {since}.", "The system {system} ended on {since}."),
    ),
    "not-delegated": Text(
        ("Hệ thống không được gửi thay cơ quan này", "The system does not act for this agency"),
        (
            "Chỉ gửi cho chính cơ quan của hệ thống; hệ thống loại gateway gửi được cho các cơ quan bên dưới nó.",
            "Send for the system's own agency only; a gateway also for those below it in the directory.",
        ),
        ("Hệ thống {system} không phục vụ cơ quan {agency}.", "The system {system} does not serve {agency}."),
    ),
    "type-mismatch": Text(
        ("messagetype không khớp nội dung tệp", "messagetype does not agree with the file"),
        (
            "Dùng messagetype=edoc cho văn bản, messagetype=status cho thông báo trạng thái.",
            "Use messagetype=edoc for documents and messagetype=status for status messages.",
        ),
        ("messagetype là {said} nhưng tệp là {found}.", "messagetype says {said}, the file is {found}."),
    ),
    "file-hash": Text(
        ("hash-file không khớp tệp", "hash-file does not agree with the file"),
        (
            "Gửi SHA-256 (hex) của đúng các byte của tệp, không tính CRLF cuối; gửi lại nếu tệp bị cắt.",
            "Send the SHA-256 (hex) of the file's very bytes, without the final CRLF; send again if it was cut.",
        ),
        ("SHA-256 của tệp nhận được là {found}.", "The SHA-256 of the file that came is {found}."),
    ),
    "vxp-operation": Text(
        ("Không có thao tác này", "There is no such operation"),
        ("Các thao tác: {known}.", "The operations are: {known}."),
        ("Không có thao tác {name}.", "There is no operation {name}."),
    ),
    "system-unknown": Text(
        ("Cơ quan chưa có hệ thống VXP", "The agency has no VXP system"),
        ("Tạo bằng truc agency vxp MÃ.", "Make one with truc agency vxp CODE."),
        ("Cơ quan {agency} chưa có hệ thống VXP.", "{agency} has no VXP system."),
    ),
    "unit-not-yours": Text(
        ("Đơn vị không do hệ thống này đăng ký", "The unit was not registered by this system"),
        (
            "Chỉ gỡ được đơn vị do chính hệ thống này đăng ký; các đơn vị khác do người quản trị danh bạ đóng.",
            "Only units this system registered itself can be taken out; others are closed by the registrar.",
        ),
        ("Đơn vị {agency} không do {system} đăng ký.", "{agency} was not registered by {system}."),
    ),
}
