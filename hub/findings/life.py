"""Findings about what becomes of documents, and about groups of recipients."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "replaced-not-addressed": Text(
        ("Thay thế cho bên không nhận văn bản mới", "Replaced for an agency that is not addressed"),
        (
            "Ghi cơ quan này vào To, hoặc bỏ khỏi OrganIdList.",
            "Write the agency in To, or leave it out of OrganIdList.",
        ),
        (
            "Văn bản {document} được thay thế cho {agency}, nhưng {agency} không nhận văn bản mới.",
            "{document} is replaced for {agency}, which does not get the new document.",
        ),
    ),
    "receiver-unknown": Text(
        ("Bên bị bỏ khỏi danh sách không có trong danh bạ", "Who is taken off the list is not in the directory"),
        ("Tra mã định danh bằng GET /v1/agencies.", "Look the code up with GET /v1/agencies."),
        ("Mã {agency} trong ReceiverList không có trong danh bạ.", "{agency} in ReceiverList is not in the directory."),
    ),
    "overtook-document": Text(
        ("Thay đổi đến trước văn bản gốc", "The change went ahead of its document"),
        (
            "Kiểm tra vì sao văn bản gốc chưa tới bên nhận; thay đổi đã được giao trước.",
            "See why the document has not reached the recipient; the change was delivered before it.",
        ),
        (
            "Thay đổi đã chờ văn bản gốc hết thời hạn rồi được giao cho {recipient}.",
            "The change waited for its document as long as it may and then went to {recipient}.",
        ),
    ),
    "group-expanded": Text(
        ("Nhóm bên nhận được mở rộng", "A group of recipients was expanded"),
        ("Xem thành viên bằng GET /v1/groups.", "See its members with GET /v1/groups."),
        ("Nhóm {group} ngày {day} có {count} bên nhận.", "On {day} the group {group} has {count} recipients."),
    ),
    "group-empty": Text(
        ("Nhóm bên nhận không có thành viên", "A group of recipients has no members"),
        ("Thêm thành viên, hoặc ghi từng bên nhận.", "Give it members, or name the recipients one by one."),
        ("Nhóm {group} không có thành viên nào vào ngày {day}.", "The group {group} has no member on {day}."),
    ),
    "group-member-skipped": Text(
        ("Thành viên nhóm đã đóng mã", "Members of a group are closed"),
        ("Cập nhật nhóm bằng PUT /v1/groups.", "Bring the group up to date with PUT /v1/groups."),
        (
            "{count} thành viên của nhóm {group} đã đóng và không có đúng một cơ quan kế thừa: {agencies}.",
            "{count} members of the group {group} are closed without exactly one successor: {agencies}.",
        ),
    ),
    "group-invalid": Text(
        ("Nhóm bên nhận không hợp lệ", "The group is not valid"),
        (
            "Mã nhóm dài 1 đến {limit} ký tự, không có dấu cách; tên không được trống.",
            "A group's code is 1 to {limit} characters without white space; its name must not be empty.",
        ),
        ("“{found}” không dùng làm mã nhóm được.", "“{found}” cannot be a group's code."),
    ),
    "unknown-group": Text(
        ("Không có nhóm này", "There is no such group"),
        ("Xem các nhóm bằng GET /v1/groups.", "See the groups with GET /v1/groups."),
        ("Không có nhóm {group}.", "There is no group {group}."),
    ),
}
