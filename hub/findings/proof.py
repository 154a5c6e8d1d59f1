"""Findings about the append-only log and what is proven by it."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "not-yet-logged": Text(
        ("Chưa vào sổ chứng cứ", "It is not in the log yet"),
        (
            "Gửi lại yêu cầu sau số giây ghi trong Retry-After; nếu kéo dài, báo đơn vị vận hành: không có worker nào ghi sổ.",
            "Ask again after the seconds in Retry-After; if it lasts, tell the operators: no worker writes the log.",
        ),
        (
            "Chứng cứ chỉ có khi một đầu sổ đã ký bao gồm văn bản này.",
            "There is evidence once a signed head of the log covers this document.",
        ),
    ),
    "log-size": Text(
        ("Số thứ tự hoặc cỡ sổ không hợp lệ", "There is no such number or size in the log"),
        (
            "Lấy cỡ sổ hiện tại bằng GET /v1/log/head.",
            "Ask GET /v1/log/head for the log's present size.",
        ),
        ("Yêu cầu {asked}; sổ có {size} mục.", "Asked for {asked}; the log has {size} leaves."),
    ),
    "proof-unreadable": Text(
        ("Không kiểm tra được biên nhận hoặc chứng cứ", "The receipt or evidence cannot be checked"),
        (
            "Dùng đúng tệp trục đã trả lời, và khóa công khai của chính trục đó (--key, từ /.well-known/jwks.json).",
            "Use the file as the hub answered it, and the public key of that hub (--key, from /.well-known/jwks.json).",
        ),
        ("Không kiểm tra được: {reason}.", "It cannot be checked: {reason}."),
    ),
}
