"""Findings about agencies, addressing, and what the hub already carries."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "sender-mismatch": Text(
        ("Bên gửi không khớp", "The sender does not match"),
        (
            "Dùng khóa API, chứng thư và From/OrganId của cùng một cơ quan.",
            "Use the API key, the certificate and the From/OrganId of one and the same agency.",
        ),
        ("{found} không phải là cơ quan đang gọi ({caller}).", "{found} is not the calling agency ({caller})."),
    ),
    "sender-closed": Text(
        ("Mã bên gửi đã đóng", "The sender's code is closed"),
        ("Gửi bằng mã mới của cơ quan: {successors}.", "Send under the agency's new code: {successors}."),
        ("Mã {agency} đã đóng từ ngày {since}.", "The code {agency} has been closed since {since}."),
    ),
    "unknown-recipient": Text(
        ("Không có bên nhận này trong danh bạ", "The recipient is not in the directory"),
        (
            "Tra mã định danh bằng GET /v1/agencies; mã gần giống: {candidates}.",
            "Look the code up with GET /v1/agencies; codes alike: {candidates}.",
        ),
        ("Mã {agency} không có trong danh bạ.", "The code {agency} is not in the directory."),
    ),
    "recipient-closed": Text(
        ("Bên nhận đã đóng mã", "The recipient's code is closed"),
        ("Chọn cơ quan kế thừa phù hợp: {successors}.", "Choose the right successor: {successors}."),
        (
            "Mã {agency} đã đóng từ ngày {since} và không có đúng một cơ quan kế thừa.",
            "The code {agency} has been closed since {since} and does not have exactly one successor.",
        ),
    ),
    "recipient-suspended": Text(
        ("Bên nhận đang tạm ngừng kết nối", "The recipient is suspended"),
        ("Văn bản vẫn được giữ và giao khi bên nhận kết nối lại.", "It is kept and delivered when they resume."),
        ("Cơ quan {agency} đang tạm ngừng.", "The agency {agency} is suspended."),
    ),
    "recipient-succeeded": Text(
        ("Bên nhận đã đổi mã", "The recipient has a new code"),
        ("Từ nay dùng mã {successor}.", "Use the code {successor} from now on."),
        (
            "Mã {agency} đã đóng; văn bản được chuyển tới {successor}.",
            "The code {agency} is closed; the document goes to {successor}.",
        ),
    ),
    "code-normalised": Text(
        ("Mã định danh được chuẩn hóa để đối chiếu", "A code was normalised for matching"),
        ("Viết đúng mã trong danh bạ: {agency}.", "Write the code as the directory has it: {agency}."),
        ("Mã “{found}” được hiểu là {agency}.", "The code “{found}” was read as {agency}."),
    ),
    "duplicate-recipient": Text(
        ("Bên nhận bị lặp", "A recipient is named twice"),
        ("Ghi mỗi cơ quan một lần; trục chỉ giao một bản.", "Name each agency once; the hub delivers one copy."),
        ("{found} trùng với {agency} đã có.", "{found} is the same agency as {agency}, already named."),
    ),
    "self-addressed": Text(
        ("Bên nhận là chính bên gửi", "The recipient is the sender"),
        ("Bỏ chính cơ quan mình khỏi danh sách nhận nếu không chủ ý.", "Leave your own agency out if not intended."),
    ),
    "too-many-recipients": Text(
        ("Quá nhiều bên nhận", "Too many recipients"),
        ("Chia thành nhiều văn bản gửi.", "Split it into several envelopes."),
        ("Có {found} bên nhận, giới hạn {limit}.", "There are {found} recipients, the limit is {limit}."),
    ),
    "duplicate-document": Text(
        ("Mã văn bản đã được dùng cho nội dung khác", "The document id was used for other content"),
        (
            "Gửi lại đúng các byte cũ để nhận lại biên nhận cũ, hoặc dùng DocumentId mới.",
            "Send the very same bytes to get the same receipt, or use a new DocumentId.",
        ),
        (
            "Văn bản {document} ({kind}) đã được nhận lúc {at} với mã {first}.",
            "The document {document} ({kind}) was accepted at {at} as {first}.",
        ),
    ),
    "not-yours": Text(
        ("Văn bản thuộc cơ quan khác", "The document belongs to another agency"),
        (
            "Chỉ cơ quan đã gửi mới được thu hồi, cập nhật hoặc thay thế.",
            "Only the agency that sent it may recall, update or replace it.",
        ),
        ("Văn bản {document} không do cơ quan này gửi.", "The document {document} was not sent by this agency."),
    ),
    "unknown-related-document": Text(
        ("Trục chưa từng chuyển văn bản được nhắc tới", "The hub never carried the document referred to"),
        ("Kiểm tra mã văn bản; văn bản vẫn được chuyển.", "Check the document id; this one is carried all the same."),
        ("Không thấy văn bản {document} của cơ quan này.", "No document {document} of this agency is known."),
    ),
    "unknown-document": Text(
        ("Trục chưa từng chuyển văn bản này tới cơ quan báo cáo", "The hub never carried this document to the reporter"),
        (
            "Kiểm tra ResponseFor: mã bên gửi, DocumentId hoặc số/ký hiệu và ngày ban hành.",
            "Check ResponseFor: the sender's code, DocumentId or Code and PromulgationDate.",
        ),
        ("Không có văn bản {document} của {agency} gửi tới đây.", "No document {document} from {agency} came here."),
    ),
    "not-a-recipient": Text(
        ("Cơ quan báo cáo không phải bên nhận", "The reporting agency is not a recipient"),
        ("Chỉ bên nhận của văn bản mới báo trạng thái.", "Only a recipient of the document reports on it."),
    ),
    "report-recipient-missing": Text(
        ("Thiếu cơ quan nhận báo cáo", "The report does not say whom it is for"),
        (
            "Báo cáo 13 do bên gửi lập: nêu \"recipient\" là cơ quan đang giữ văn bản.",
            "A report 13 is made by the sender: name the agency that holds the document as \"recipient\".",
        ),
    ),
    "not-a-status-message": Text(
        ("Đây không phải bản tin trạng thái", "This is not a status message"),
        ("Gửi văn bản tới POST /v1/envelopes.", "Send documents to POST /v1/envelopes."),
    ),
    "unknown-status-code": Text(
        ("Mã trạng thái không nằm trong danh mục", "The status code is not in the list"),
        ("Dùng 01–06, 13, 15 hoặc 16.", "Use 01–06, 13, 15 or 16."),
        ("Mã nhận được: {found}.", "The code received: {found}."),
    ),
    "confirmation-conflict": Text(
        ("Đã xác nhận với kết quả khác", "Already confirmed with another result"),
        ("Kết quả đã ghi là {first}; không đổi được nữa.", "The result on record is {first}; it no longer changes."),
    ),
    "confirmation-result": Text(
        ("Kết quả xác nhận không hợp lệ", "The result is not valid"),
        ("Dùng done, processing hoặc fail.", "Use done, processing or fail."),
    ),
    "not-collectable": Text(
        ("Văn bản không còn trong hộp thư", "The document is no longer in the inbox"),
        ("Bên gửi đã thu hồi trước khi văn bản được lấy.", "The sender recalled it before it was collected."),
    ),
    "signer-of-another-agency": Text(
        ("Chứng thư ký thuộc cơ quan khác", "The signing certificate belongs to another agency"),
        ("Ký bằng chứng thư đã đăng ký cho chính cơ quan gửi.", "Sign with a certificate bound to the sending agency."),
    ),
}
