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
        (
            "Trục chưa từng chuyển văn bản này tới cơ quan báo cáo",
            "The hub never carried this document to the reporter",
        ),
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
            'Báo cáo 13 do bên gửi lập: nêu "recipient" là cơ quan đang giữ văn bản.',
            'A report 13 is made by the sender: name the agency that holds the document as "recipient".',
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
    # keeping the directory
    "code-impossible": Text(
        ("Không thể là mã định danh", "This cannot be an agency code"),
        ("Mã gồm 1–35 ký tự, không có khoảng trắng ở giữa.", "A code has 1–35 characters and no white space inside."),
        ("“{found}” không thể là mã: {problem}.", "“{found}” cannot be a code: {problem}."),
    ),
    "code-unusual": Text(
        ("Mã không theo quy tắc đã công bố nào", "The code follows no published grammar"),
        (
            "Kiểm tra lại; mã vẫn được nhận vì thực tế có những mã như vậy.",
            "Check it; it is taken all the same, since such codes exist.",
        ),
        (
            "Mã {agency} không theo QCVN 102:2016 hay QĐ 20/2020.",
            "{agency} is after neither QCVN 102:2016 nor QĐ 20/2020.",
        ),
    ),
    "code-taken": Text(
        ("Mã đã có chủ", "The code is taken"),
        (
            "Một mã không bao giờ được dùng lại; chọn mã khác hoặc sửa cơ quan đang giữ mã.",
            "A code is never used again; choose another, or change the agency that has it.",
        ),
        ("Mã {found} thuộc về {agency}.", "The code {found} belongs to {agency}."),
    ),
    "unknown-agency": Text(
        ("Không có cơ quan này trong danh bạ", "No such agency in the directory"),
        (
            "Tra bằng lệnh truc agency list; mã gần giống: {candidates}.",
            "See truc agency list; codes alike: {candidates}.",
        ),
        ("Mã {agency} không có trong danh bạ.", "The code {agency} is not in the directory."),
    ),
    "name-missing": Text(
        ("Thiếu tên cơ quan", "The agency has no name"),
        ("Ghi tên đầy đủ của cơ quan.", "Give the agency's full name."),
    ),
    "parent-itself": Text(
        ("Cơ quan không thể trực thuộc chính mình", "An agency cannot be its own parent"),
        ("Ghi mã của cơ quan cấp trên, hoặc để trống.", "Give the code of the body above it, or none."),
    ),
    "parent-unknown": Text(
        ("Cơ quan cấp trên chưa có trong danh bạ", "The parent is not in the directory"),
        ("Thêm cơ quan cấp trên, hoặc sửa mã.", "Add the parent, or mend its code."),
        (
            "{agency} trực thuộc {parent}, mã này không có trong danh bạ.",
            "The parent of {agency}, {parent}, is unknown.",
        ),
    ),
    "successor-unknown": Text(
        ("Cơ quan kế thừa chưa có trong danh bạ", "A successor is not in the directory"),
        ("Thêm cơ quan kế thừa trước, rồi đóng mã cũ.", "Add the successor first, then close the old code."),
        (
            "{agency} được kế thừa bởi {successor}, mã này không có trong danh bạ.",
            "{successor}, to succeed {agency}, is unknown.",
        ),
    ),
    "successor-loop": Text(
        ("Kế thừa vòng tròn", "The succession goes in a circle"),
        (
            "Chọn cơ quan kế thừa không do chính mã này kế thừa.",
            "Choose a successor that is not succeeded by this code.",
        ),
        ("{successor} dẫn trở lại {agency}.", "{successor} leads back to {agency}."),
    ),
    "successors-few": Text(
        ("Chia tách cần ít nhất hai cơ quan kế thừa", "A split needs two successors or more"),
        (
            "Nêu mỗi cơ quan mới bằng một --into; một cơ quan thì dùng merge.",
            "Name each with --into; for one, use merge.",
        ),
    ),
    "dates-crossed": Text(
        ("Ngày đóng không sau ngày bắt đầu", "The closing day is not after the first day"),
        ("Kiểm tra hai ngày.", "Check the two days."),
        ("{agency}: từ {start} đến {end}.", "{agency}: from {start} to {end}."),
    ),
    "certificate-taken": Text(
        ("Chứng thư đã gắn với cơ quan khác", "The certificate is bound to another agency"),
        ("Mỗi chứng thư ký thuộc về đúng một cơ quan.", "A signing certificate belongs to one agency."),
        ("Chứng thư {fingerprint} thuộc về {agency}.", "The certificate {fingerprint} belongs to {agency}."),
    ),
    "certificate-withdrawn": Text(
        ("Chứng thư đã bị thu hồi trong danh bạ", "The certificate was revoked in the directory"),
        ("Gắn một chứng thư mới.", "Bind a new certificate."),
    ),
    "certificate-unknown": Text(
        ("Không có chứng thư này", "No such certificate"),
        ("Xem dấu vân tay bằng truc agency show.", "See the fingerprints with truc agency show."),
    ),
    "not-a-certificate": Text(
        ("Đây không phải tệp chứng thư", "This is not a certificate file"),
        (
            "Đưa chứng thư X.509 của cơ quan, dạng PEM (-----BEGIN CERTIFICATE-----).",
            "Give the agency's X.509 certificate in PEM (-----BEGIN CERTIFICATE-----).",
        ),
        ("{problem}.", "{problem}."),
    ),
    "key-unknown": Text(
        ("Cơ quan không có khóa này", "The agency has no such key"),
        ("Xem mã khóa bằng truc agency show.", "See the ids of its keys with truc agency show."),
    ),
    "person-exists": Text(
        ("Tên này đã được dùng", "The name is taken"),
        ("Chọn tên khác.", "Choose another name."),
        ("Đã có người dùng “{name}”.", "There is a user “{name}” already."),
    ),
    "person-name": Text(
        ("Tên người dùng không hợp lệ", "The user's name is not valid"),
        (
            "Dùng 1–100 ký tự nhìn thấy được, không có khoảng trắng ở hai đầu.",
            "Use 1–100 visible characters, no outer spaces.",
        ),
    ),
    "person-unknown": Text(
        ("Không có người dùng này", "No such user"),
        ("Xem danh sách bằng truc user list.", "See truc user list."),
        ("Không có người dùng “{name}”.", "There is no user “{name}”."),
    ),
    "channel-unknown": Text(
        ("Không có kênh giao này", "No such channel"),
        ("Dùng một trong các kênh: {known}.", "Use one of the channels: {known}."),
        ("Trục không có kênh “{found}”.", "The hub has no channel “{found}”."),
    ),
    "channel-settings": Text(
        ("Thiết lập của kênh giao chưa dùng được", "The channel's settings cannot be used"),
        (
            "Sửa thiết lập rồi gửi lại; chưa có gì thay đổi. Mỗi kênh cần gì: adapters/README.md.",
            "Correct the setting and send it again; nothing was changed. What each channel needs: adapters/README.md.",
        ),
        ("{problem}", "{problem}"),
    ),
    # reading a directory file
    "csv-columns": Text(
        ("Tệp thiếu cột", "The file lacks columns"),
        (
            "Dòng đầu ghi tên cột: code,name,level,kind,parent,aliases,signature,valid_from,valid_to,successors.",
            "The first line names them: code,name,level,kind,parent,aliases,signature,valid_from,valid_to,successors.",
        ),
        ("Thiếu cột: {found}.", "Missing: {found}."),
    ),
    "csv-unreadable": Text(
        ("Không đọc được tệp", "The file cannot be read"),
        ("Lưu lại dạng CSV UTF-8.", "Save it again as CSV UTF-8."),
        ("{problem}.", "{problem}."),
    ),
    "csv-cells": Text(
        ("Dòng có số ô không khớp", "A line has the wrong number of cells"),
        ("Đặt ô chứa dấu phân cách trong dấu nháy kép.", "Quote cells that contain the separator."),
        ("Có {found} ô, dòng đầu có {wanted}.", "It has {found} cells, the first line {wanted}."),
    ),
    "csv-duplicate": Text(
        ("Mã lặp lại trong tệp", "The code is in the file twice"),
        ("Giữ một dòng cho mỗi mã; dòng đầu tiên được dùng.", "Keep one line for each code; the first one counts."),
        ("Mã {agency} đã có ở dòng {first}.", "The code {agency} is on line {first} already."),
    ),
    "csv-value": Text(
        ("Giá trị ngoài danh mục", "A value is not in its list"),
        ("{column} nhận: {allowed}.", "{column} takes: {allowed}."),
        ("{column} là “{found}”.", "{column} is “{found}”."),
    ),
    "csv-date": Text(
        ("Không đọc được ngày", "A date cannot be read"),
        ("Viết yyyy-MM-dd, ví dụ 2025-07-01.", "Write yyyy-MM-dd, like 2025-07-01."),
        ("{column} là “{found}”.", "{column} is “{found}”."),
    ),
    "csv-alias-dropped": Text(
        ("Mã phụ không được nhận", "An alias is not taken"),
        (
            "Sửa hoặc bỏ mã phụ; phần còn lại của dòng vẫn được nhận.",
            "Mend it or leave it out; the rest of the line is taken.",
        ),
        (
            "Mã phụ “{found}” không thể là mã hoặc đã thuộc cơ quan khác.",
            "“{found}” cannot be a code, or is another agency's.",
        ),
    ),
    "quarantine-decided": Text(
        ("Văn bản cách ly đã được quyết định", "The quarantine has been decided"),
        ("Xem quyết định trong chi tiết văn bản.", "See the decision in the document's details."),
        ("Đã {decision} bởi {by}.", "It was {decision} by {by}."),
    ),
    "quarantined": Text(
        ("Văn bản đang bị cách ly", "The document is in quarantine"),
        (
            "Giải tỏa hoặc từ chối văn bản: POST /v1/quarantine/{envelope}/release hoặc reject.",
            "Release or reject the document: POST /v1/quarantine/{envelope}/release or reject.",
        ),
    ),
    "csv-cleaned": Text(
        ("Đã bỏ ký tự không nhìn thấy", "Invisible characters were taken out"),
        ("Không cần làm gì; nên sửa tệp nguồn.", "Nothing to do; better mend the source."),
        ("Cột {column}.", "Column {column}."),
    ),
}
