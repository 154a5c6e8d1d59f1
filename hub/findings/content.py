"""Findings about content: what the envelope says, read against QCVN 102:2016/BTTTT and what software really writes."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    # the shape
    "schema": Text(
        ("Không phải phong bì edXML", "This is not an edXML envelope"),
        (
            "Phần tử gốc phải là edXML trong không gian tên http://www.mic.gov.vn/TBT/QCVN_102_2016.",
            "The document element must be edXML in the namespace http://www.mic.gov.vn/TBT/QCVN_102_2016.",
        ),
        ("Phần tử gốc là {found}.", "The document element is {found}."),
    ),
    "old-namespace": Text(
        ("Phong bì theo bản eDoc cũ", "The envelope follows the old eDoc drafts"),
        (
            "Xuất phong bì theo QCVN 102:2016/BTTTT, không gian tên http://www.mic.gov.vn/TBT/QCVN_102_2016.",
            "Write the envelope after QCVN 102:2016/BTTTT, namespace http://www.mic.gov.vn/TBT/QCVN_102_2016.",
        ),
        (
            "Không gian tên {found} thuộc bản eDoc năm 2014, không còn được nhận.",
            "The namespace {found} is of the eDoc drafts of 2014, which are no longer taken.",
        ),
    ),
    "missing-element": Text(
        ("Thiếu phần tử bắt buộc", "A mandatory element is missing"),
        ("Thêm phần tử {name}.", "Add the element {name}."),
        ("Không có {name}.", "There is no {name}."),
    ),
    "empty-element": Text(
        ("Phần tử bắt buộc bị bỏ trống", "A mandatory element is empty"),
        ("Điền giá trị nhìn thấy được cho {name}.", "Give {name} a value that can be seen."),
        ("{name} không có giá trị.", "{name} has no value."),
    ),
    "repeated-element": Text(
        ("Phần tử bị lặp", "An element is repeated"),
        ("Giữ đúng một {name}.", "Keep exactly one {name}."),
        ("{name} chỉ được xuất hiện một lần.", "{name} may appear only once."),
    ),
    "unknown-element": Text(
        ("Phần tử không có trong quy chuẩn", "An element is not in the standard"),
        ("Bỏ {name} hoặc đặt đúng chỗ.", "Leave {name} out, or put it where it belongs."),
        ("{name} không được phép ở đây.", "{name} is not allowed here."),
    ),
    "unknown-element-kept": Text(
        ("Phần tử lạ được giữ nguyên", "An unknown element is kept"),
        (
            "Kiểm tra tên phần tử; trục giữ nguyên nhưng không đọc {name}.",
            "Check the name; the hub keeps {name} and does not read it.",
        ),
        ("{name} không có trong quy chuẩn.", "{name} is not in the standard."),
    ),
    "unknown-attribute": Text(
        ("Thuộc tính lạ được giữ nguyên", "An unknown attribute is kept"),
        ("Bỏ thuộc tính {name} nếu không chủ ý.", "Leave the attribute {name} out if it is not intended."),
        ("Thuộc tính {name} không có trong quy chuẩn.", "The attribute {name} is not in the standard."),
    ),
    "missing-optional": Text(
        ("Thiếu thông tin nên có", "Something that should be there is missing"),
        (
            "Nên điền {name}: hệ thống bên nhận thường cần đến.",
            "Better fill in {name}: recipients' systems often need it.",
        ),
        ("Không có {name}.", "There is no {name}."),
    ),
    "more-findings": Text(
        ("Còn nhiều điểm khác", "There are more findings"),
        ("Sửa các điểm đã nêu rồi kiểm tra lại.", "Mend those that are named, then try again."),
        ("Còn {count} điểm không được liệt kê.", "{count} more are not listed."),
    ),
    # values
    "date": Text(
        ("Ngày không hợp lệ", "A date is not valid"),
        (
            "Viết ngày có thật theo dạng yyyy/MM/dd, ví dụ 2026/03/05.",
            "Write a real date as yyyy/MM/dd, like 2026/03/05.",
        ),
        ("Không đọc được ngày “{found}”.", "The date “{found}” cannot be read."),
    ),
    "date-format": Text(
        ("Ngày viết không đúng dạng", "A date is written in another form"),
        ("Viết theo dạng yyyy/MM/dd.", "Write it as yyyy/MM/dd."),
        ("“{found}” được hiểu là ngày {read}.", "“{found}” was read as {read}."),
    ),
    "date-ignored": Text(
        ("Ngày không đọc được, đã bỏ qua", "A date cannot be read and is ignored"),
        ("Viết ngày có thật theo dạng yyyy/MM/dd.", "Write a real date as yyyy/MM/dd."),
        ("Không đọc được ngày “{found}”.", "The date “{found}” cannot be read."),
    ),
    "future-date": Text(
        ("Ngày ban hành ở tương lai", "The date of issue lies in the future"),
        ("Kiểm tra PromulgationDate và đồng hồ máy chủ.", "Check PromulgationDate and the server's clock."),
        ("Ngày ban hành là {found}.", "The date of issue is {found}."),
    ),
    "due-date": Text(
        ("Hạn xử lý trước ngày ban hành", "The due date is before the date of issue"),
        ("Kiểm tra DueDate.", "Check DueDate."),
        ("Hạn xử lý {found}, ban hành {issued}.", "Due on {found}, issued on {issued}."),
    ),
    "timestamp": Text(
        ("Thời điểm không hợp lệ", "A time is not valid"),
        ("Viết theo dạng yyyy/MM/dd HH:mm:ss.", "Write it as yyyy/MM/dd HH:mm:ss."),
        ("Không đọc được thời điểm “{found}”.", "The time “{found}” cannot be read."),
    ),
    "timestamp-ignored": Text(
        ("Thời điểm không đọc được, đã bỏ qua", "A time cannot be read and is ignored"),
        ("Viết theo dạng yyyy/MM/dd HH:mm:ss.", "Write it as yyyy/MM/dd HH:mm:ss."),
        ("Không đọc được thời điểm “{found}”.", "The time “{found}” cannot be read."),
    ),
    "number": Text(
        ("Không phải số nguyên không âm", "This is not a non-negative whole number"),
        ("Viết {name} bằng chữ số 0–9, nhiều nhất 9 chữ số.", "Write {name} in digits 0–9, at most nine."),
        ("{name} là “{found}”.", "{name} is “{found}”."),
    ),
    "code-list": Text(
        ("Giá trị ngoài danh mục", "A value is not in its code list"),
        ("{name} nhận một trong: {allowed}.", "{name} takes one of: {allowed}."),
        ("{name} là “{found}”.", "{name} is “{found}”."),
    ),
    "document-type": Text(
        ("Loại văn bản không theo danh mục", "The document type is not in the usual list"),
        (
            "Thường dùng Type 1 (quy phạm pháp luật) hoặc 2 (hành chính); trục phân loại theo TypeName.",
            "Type is usually 1 (legal normative) or 2 (administrative); the hub goes by TypeName.",
        ),
        ("Type là {found}.", "Type is {found}."),
    ),
    "field-too-long": Text(
        ("Trường quá dài", "A field is too long"),
        ("Rút ngắn {name} còn nhiều nhất {limit} ký tự.", "Shorten {name} to {limit} characters at most."),
        ("{name} dài {found} ký tự.", "{name} has {found} characters."),
    ),
    "long-field": Text(
        ("Trường dài hơn thông lệ", "A field is longer than usual"),
        (
            "Nên rút ngắn còn {limit} ký tự: hệ thống bên nhận có thể cắt bớt.",
            "Better keep to {limit} characters: recipients' systems may cut it.",
        ),
        ("{name} dài {found} ký tự.", "{name} has {found} characters."),
    ),
    "document-id-sender": Text(
        ("Mã trong DocumentId khác bên gửi", "The code inside DocumentId is not the sender's"),
        (
            "Kiểm tra DocumentId; trục tin From/OrganId và coi DocumentId là một chuỗi.",
            "Check DocumentId; the hub goes by From/OrganId and takes DocumentId as a string.",
        ),
        (
            "DocumentId bắt đầu bằng {found}, bên gửi là {sender}.",
            "DocumentId begins with {found}, the sender is {sender}.",
        ),
    ),
    "replacement-unnamed": Text(
        ("Không nêu văn bản được thu hồi, cập nhật hoặc thay thế", "The document concerned is not named"),
        (
            "Nêu trong ReplacementInfo/DocumentId (thay thế) hoặc Bussiness/DocumentId (thu hồi, cập nhật).",
            "Name it in ReplacementInfo/DocumentId (replace) or Bussiness/DocumentId (recall, update).",
        ),
    ),
    "status-code-normalised": Text(
        ("Mã trạng thái được chuẩn hóa", "The status code was normalised"),
        ("Viết mã trạng thái bằng hai chữ số: {read}.", "Write the status code in two digits: {read}."),
        ("“{found}” được hiểu là {read}.", "“{found}” was read as {read}."),
    ),
    # attachments
    "attachment-missing": Text(
        ("Thiếu tệp đính kèm đã kê khai", "A declared attachment is missing"),
        (
            "Thêm Attachment có cùng ContentId, hoặc bỏ Reference.",
            "Add the Attachment with the same ContentId, or drop the Reference.",
        ),
        ("Không có nội dung của “{name}” ({cid}).", "There is no content for “{name}” ({cid})."),
    ),
    "attachment-unlisted": Text(
        ("Tệp đính kèm không được kê khai", "An attachment is not in the manifest"),
        (
            "Thêm Reference có cùng ContentId vào edXMLManifest.",
            "Add a Reference with the same ContentId to edXMLManifest.",
        ),
        ("“{name}” ({cid}) không có trong edXMLManifest.", "“{name}” ({cid}) is not in edXMLManifest."),
    ),
    "attachment-duplicate": Text(
        ("ContentId bị lặp", "A ContentId is used twice"),
        ("Cho mỗi tệp đính kèm một ContentId riêng.", "Give each attachment a ContentId of its own."),
        ("ContentId “{cid}” được dùng nhiều lần.", "The ContentId “{cid}” is used more than once."),
    ),
    "attachment-empty": Text(
        ("Tệp đính kèm không có nội dung", "An attachment has no content"),
        (
            "Đặt nội dung tệp (base64) vào ContentTransferEncoded.",
            "Put the file, in base64, into ContentTransferEncoded.",
        ),
        ("“{name}” không có nội dung.", "“{name}” has no content."),
    ),
    "base64": Text(
        ("Nội dung tệp đính kèm không phải base64", "The content of an attachment is not base64"),
        (
            "Mã hóa base64 chuẩn (RFC 4648 §4) với đủ ký tự đệm “=”.",
            "Use standard base64 (RFC 4648 §4) with its padding.",
        ),
        ("Không giải mã được “{name}”.", "“{name}” cannot be decoded."),
    ),
    "too-many-attachments": Text(
        ("Quá nhiều tệp đính kèm", "There are too many attachments"),
        ("Gộp hoặc chia văn bản; nhiều nhất {limit} tệp.", "Join or split them; {limit} at most."),
        ("Có {found} tệp đính kèm.", "There are {found} attachments."),
    ),
    "attachment-name": Text(
        ("Tên tệp có ký tự bất thường", "A file name has odd characters"),
        (
            "Đặt tên tệp không có đường dẫn, ký tự điều khiển hay ký tự đảo chiều.",
            "Use file names without paths, control characters or changes of direction.",
        ),
        ("Tên tệp “{name}”.", "The file name is “{name}”."),
    ),
    "content-type-mismatch": Text(
        ("Nội dung tệp không đúng loại đã khai", "A file is not what it says it is"),
        (
            "Không gửi tệp thực thi hay trang web dưới tên một văn bản.",
            "Do not send programs or web pages under the name of a document.",
        ),
        ("“{name}” thực chất là {found}.", "“{name}” is really {found}."),
    ),
    "content-type-odd": Text(
        ("Loại tệp khai báo không khớp", "The declared type of a file does not match"),
        (
            "Khai application/zip cho tệp nén, hoặc đúng loại của tệp không nén; nội dung được chuyển nguyên vẹn.",
            "Declare application/zip for a ZIP, or the true type of a plain file; it is carried as it is.",
        ),
        ("“{name}” khai {declared} nhưng là {found}.", "“{name}” says {declared} and is {found}."),
    ),
    # archives
    "archive-unreadable": Text(
        ("Tệp ZIP không mở được", "A ZIP file does not open"),
        ("Tạo lại tệp ZIP; nội dung được chuyển nguyên vẹn.", "Make the ZIP again; it is carried as it is."),
        ("“{name}” bắt đầu như tệp ZIP nhưng không mở được.", "“{name}” begins like a ZIP and does not open as one."),
    ),
    "archive-limits": Text(
        ("Tệp nén vượt giới hạn an toàn", "An archive goes beyond what is safe"),
        (
            "Gửi tệp không nén, hoặc nén một lớp, ít tệp; không nén tệp nén.",
            "Send the files as they are, or in one archive with fewer entries; no archives within archives.",
        ),
        ("“{name}”: {found}.", "“{name}”: {found}."),
    ),
    "archive-path": Text(
        ("Tệp nén có đường dẫn nguy hiểm", "An archive has a dangerous path"),
        (
            "Tạo lại tệp nén: tên tệp không có “..”, đường dẫn tuyệt đối hay liên kết.",
            "Make the archive again, without “..”, absolute paths or links.",
        ),
        ("“{name}” chứa “{found}”.", "“{name}” holds “{found}”."),
    ),
    "encrypted-attachment": Text(
        ("Tệp đính kèm bị mã hóa", "An attachment is encrypted"),
        (
            "Gửi tệp không đặt mật khẩu, kể cả mật khẩu hạn chế in hay sửa: nơi nhận phải đọc và lưu trữ được.",
            "Send it without a password, also without one against printing or editing: recipients must read and keep it.",
        ),
        ("“{name}” bị mã hóa ({found}).", "“{name}” is encrypted ({found})."),
    ),
    # signatures in PDFs, where the type of the document demands them: why it is in quarantine
    "pdf-unsigned": Text(
        ("Tệp PDF không có chữ ký số", "No PDF of the document is signed"),
        (
            "Ký số bản PDF rồi gửi lại bằng bản cập nhật hoặc thay thế; hoặc đề nghị người vận hành giải tỏa.",
            "Sign the PDF and send it again as an update or a replacement; or ask an operator to release it.",
        ),
        (
            "Loại văn bản này, hoặc bên gửi này, phải gửi tệp PDF được ký số (TRUC_PDF_DEMANDED, TRUC_PDF_DEMANDED_OF).",
            "This type of document, or this sender's, must hold a signed PDF (TRUC_PDF_DEMANDED, TRUC_PDF_DEMANDED_OF).",
        ),
    ),
    "pdf-signature-invalid": Text(
        ("Chữ ký trong tệp PDF không còn đúng", "A signature in a PDF does not hold"),
        (
            "Gửi lại đúng bản đã ký, không sửa và không lưu lại sau khi ký; xem từng chữ ký ở trang của văn bản.",
            "Send the file as it was signed, neither edited nor saved again; the document's page shows each signature.",
        ),
        (
            "Một tệp PDF đã bị sửa sau khi ký, chữ ký không đúng, hoặc không đọc được.",
            "A PDF was changed after it was signed, its signature is wrong, or it cannot be read.",
        ),
    ),
    "pdf-signature-untrusted": Text(
        ("Người ký tệp PDF không được tin", "The signer of a PDF is not believed"),
        (
            "Ký bằng chứng thư còn hạn của tổ chức chứng thực mà trục tin; hoặc thêm tổ chức đó: truc trust add.",
            "Sign with a certificate in force of an authority the hub trusts; or add that authority: truc trust add.",
        ),
        (
            "Chứng thư ký tệp PDF hết hạn, bị thu hồi, hoặc không thuộc tổ chức chứng thực mà trục tin.",
            "The certificate of a PDF's signer has ended, was revoked, or is of no authority the hub trusts.",
        ),
    ),
    # secrecy: the text itself is never repeated
    "classified-not-allowed": Text(
        ("Văn bản mật không được gửi qua trục", "Secret documents may not travel over the hub"),
        (
            "Gửi văn bản mật theo quy định về bảo vệ bí mật nhà nước. Nếu không phải văn bản mật, bỏ dấu chỉ độ mật.",
            "Send secret documents as the law on state secrets says. If it is not secret, leave the marking out.",
        ),
        ("{name} mang dấu chỉ độ mật.", "{name} carries a secrecy marking."),
    ),
}
