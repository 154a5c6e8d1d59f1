"""Findings about changes of the directory that have a day."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "recipient-to-come": Text(
        ("Mã bên nhận chưa có hiệu lực", "The recipient's code is not in force yet"),
        ("Đến ngày đó dùng mã đang có hiệu lực: {candidates}.", "Until then use the code in force: {candidates}."),
        ("Mã {agency} có hiệu lực từ ngày {since}.", "The code {agency} is in force from {since}."),
    ),
    "sender-to-come": Text(
        ("Mã bên gửi chưa có hiệu lực", "The sender's code is not in force yet"),
        ("Đến ngày đó gửi bằng mã đang có hiệu lực.", "Until then send under the code in force."),
        ("Mã {agency} có hiệu lực từ ngày {since}.", "The code {agency} is in force from {since}."),
    ),
    "agency-closed": Text(
        ("Cơ quan đã đóng mã vào ngày đó", "The agency's code is closed on that day"),
        ("Nêu cơ quan còn hoạt động vào ngày thay đổi.", "Name an agency that is open on the day of the change."),
        ("Mã {agency} đóng từ ngày {since}.", "The code {agency} is closed from {since}."),
    ),
    "parent-loop": Text(
        ("Trực thuộc vòng tròn", "The parents go in a circle"),
        ("Chọn cơ quan cấp trên không nằm dưới chính nó.", "Choose a body that is not below the agency itself."),
        ("{parent} nằm dưới {agency}.", "{parent} is below {agency}."),
    ),
    "gso-impossible": Text(
        ("Không thể là mã đơn vị hành chính", "This cannot be a code of an administrative unit"),
        (
            "Mã thống kê gồm 2 chữ số (tỉnh), 3 (huyện, đến 30/6/2025) hoặc 5 (xã).",
            "It has 2 digits (province), 3 (district, until 30 June 2025) or 5 (commune).",
        ),
        ("“{found}” không đúng dạng.", "“{found}” has another form."),
    ),
    "gso-taken": Text(
        ("Mã đơn vị hành chính đã có chủ", "The statistical code is taken"),
        (
            "Một mã thuộc một đơn vị mỗi lúc; xem lại ngày và đơn vị.",
            "A code is of one unit at a time; check day and unit.",
        ),
        ("Mã {found} vào ngày đó thuộc {agency}.", "On that day the code {found} is of {agency}."),
    ),
    "change-incomplete": Text(
        ("Thay đổi thiếu thông tin", "The change lacks something"),
        ("Bổ sung: {lacks}.", "Add: {lacks}."),
        ("Loại {kind} cần {lacks}.", "The kind {kind} needs {lacks}."),
    ),
    "change-columns": Text(
        ("Tệp thay đổi thiếu cột", "The file of changes lacks columns"),
        (
            "Dòng đầu ghi tên cột: kind,agencies,into,to,on,grace_days,decree,reason.",
            "The first line names them: kind,agencies,into,to,on,grace_days,decree,reason.",
        ),
        ("Thiếu cột: {found}.", "Missing: {found}."),
    ),
    "change-unknown": Text(
        ("Không có thay đổi này", "No such change"),
        ("Xem danh sách: truc agency changes.", "See truc agency changes."),
        ("Không có thay đổi số {change}.", "There is no change {change}."),
    ),
    "change-settled": Text(
        ("Thay đổi không còn quyết định được", "The change can no longer be decided on"),
        (
            "Lập một thay đổi mới nếu cần; những gì đã có hiệu lực không bị xóa.",
            "Plan another change if needed; what holds is never deleted.",
        ),
        ("Thay đổi {change} đang ở trạng thái {state}.", "The change {change} is {state}."),
    ),
    "change-overtaken": Text(
        ("Thay đổi sau đã dựa trên thay đổi này", "A later change builds on this one"),
        ("Rút thay đổi sau trước.", "Withdraw the later one first."),
        ("Việc đóng mã {agency} đã được lập lại từ đó.", "The closing of {agency} was planned anew since."),
    ),
    "second-person": Text(
        ("Cần người thứ hai", "A second person is needed"),
        (
            "Người khác có vai trò registrar hoặc admin duyệt: truc agency approve {change}.",
            "Somebody else with the role registrar or admin approves it: truc agency approve {change}.",
        ),
        (
            "Thay đổi cấp 1 không được duyệt bởi người lập ({person}).",
            "A change of level 1 is not approved by who planned it ({person}).",
        ),
    ),
}
