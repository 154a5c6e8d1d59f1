"""Findings about who asks: signed requests, client certificates, limits, accounts."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "rate-limited": Text(
        ("Gọi quá nhanh", "Too many requests"),
        (
            "Gửi lại sau số giây ghi trong Retry-After và giãn cách các yêu cầu; dùng wait để chờ thay vì hỏi liên tục.",
            "Try again after the seconds in Retry-After and space the requests; wait with `wait` instead of asking often.",
        ),
    ),
    "too-many-waiting": Text(
        ("Có quá nhiều yêu cầu đang chờ cùng lúc", "Too many requests are waiting at once"),
        (
            "Đóng bớt các kết nối đang chờ (wait, stream); một hoặc hai kết nối là đủ, không văn bản nào bị bỏ sót.",
            "Close some of the connections that wait (wait, stream); one or two are enough, and nothing is missed.",
        ),
    ),
    "stale-request": Text(
        ("Yêu cầu đã ký không còn mới", "The signed request is not fresh"),
        (
            "Đồng bộ đồng hồ (NTP), ký lại với created là thời điểm hiện tại rồi gửi.",
            "Set the clock by NTP, sign again with created as of now, and send.",
        ),
        ("created nằm ngoài khoảng cho phép; giờ của trục: {now}.", "created is out of bounds; the hub's time: {now}."),
    ),
    "replayed-request": Text(
        ("Yêu cầu đã ký này đã được dùng", "This signed request was used before"),
        ("Ký lại với nonce mới cho mỗi lần gửi.", "Sign again, with a fresh nonce for each sending."),
    ),
    "request-digest-mismatch": Text(
        ("Nội dung khác với lúc yêu cầu được ký", "The body is not the one the request was signed for"),
        (
            "Tính Content-Digest trên đúng các byte gửi đi, rồi ký; không để proxy sửa nội dung.",
            "Compute Content-Digest over exactly the bytes sent, then sign; let no proxy change the body.",
        ),
    ),
    "insufficient-coverage": Text(
        ("Chữ ký yêu cầu chưa bao phủ đủ", "The request's signature does not cover enough"),
        (
            'Ký ít nhất "@method", "@path", "@query" (nếu có truy vấn) và "content-digest" (nếu có nội dung).',
            'Sign at least "@method", "@path", "@query" (with a query) and "content-digest" (with a body).',
        ),
        ("Chưa ký: {missing}.", "Not covered: {missing}."),
    ),
    "request-signature-invalid": Text(
        ("Chữ ký trên yêu cầu HTTP không hợp lệ", "The HTTP request's signature is not valid"),
        (
            "Ký theo RFC 9421 bằng khóa của chứng thư đã gắn với cơ quan; keyid là SHA-256 (hex) của chứng thư.",
            "Sign by RFC 9421 with the key of a certificate bound to the agency; keyid is the certificate's SHA-256 (hex).",
        ),
        ("{problem}.", "{problem}."),
    ),
    "client-certificate": Text(
        ("Chứng thư TLS của bên gọi không dùng được", "The caller's TLS certificate cannot be used"),
        (
            "Dùng chứng thư còn hạn đã gắn với cơ quan trong danh bạ (truc agency cert).",
            "Use a current certificate that is bound to the agency in the directory (truc agency cert).",
        ),
        ("{problem}.", "{problem}."),
    ),
    "credentials-differ": Text(
        ("Các thông tin xác thực thuộc về những bên khác nhau", "The credentials belong to different callers"),
        (
            "Khóa API, chứng thư TLS và chữ ký yêu cầu phải cùng của một cơ quan.",
            "The API key, the TLS certificate and the request's signature must be one agency's.",
        ),
    ),
    "person-scope": Text(
        ("Thiếu phạm vi của người dùng", "The user's scope is missing"),
        (
            "Nêu mã cơ quan: --scope MÃ. Cán bộ cơ quan (officer) và --reach luôn cần phạm vi.",
            "Name the agency: --scope CODE. Officers, and --reach, always need one.",
        ),
    ),
    "identity-taken": Text(
        ("Danh tính này đã gắn với người khác", "The identity is linked to somebody else"),
        ("Kiểm tra lại giá trị sub của nhà cung cấp.", "Check the subject at the provider."),
        ("“{subject}” đã gắn với “{name}”.", "“{subject}” is linked to “{name}”."),
    ),
}
