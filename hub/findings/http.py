"""Findings about a request before its body is looked at: who asks, in what form, how much."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "unauthenticated": Text(
        ("Chưa xác thực được bên gọi", "The caller is not known"),
        (
            "Gửi tiêu đề Authorization: Bearer <khóa API> với khóa còn hiệu lực do người quản trị danh bạ cấp.",
            "Send the header Authorization: Bearer <API key> with a valid key issued by the registrar.",
        ),
    ),
    "forbidden": Text(
        ("Không được phép thực hiện việc này", "This is not allowed for the caller"),
        ("Dùng tài khoản có vai trò phù hợp.", "Use an account whose role allows it."),
        ("Vai trò của bên gọi không được phép: {action}.", "The caller's role does not allow: {action}."),
    ),
    "agency-suspended": Text(
        ("Cơ quan đang bị tạm ngừng kết nối", "The agency is suspended"),
        (
            "Liên hệ đơn vị vận hành trục để được kết nối lại.",
            "Ask the hub's operators to have the connection resumed.",
        ),
    ),
    "not-found": Text(
        ("Không tìm thấy", "Not found"),
        (
            "Kiểm tra lại mã định danh; chỉ tài liệu do cơ quan này gửi hoặc nhận mới xem được.",
            "Check the identifier; only documents this agency sent or receives can be seen.",
        ),
    ),
    "method-not-allowed": Text(
        ("Phương thức không được hỗ trợ", "The method is not allowed here"),
        ("Dùng phương thức ghi trong tiêu đề Allow.", "Use a method named in the Allow header."),
    ),
    "length-required": Text(
        ("Thiếu độ dài nội dung", "The length of the body is missing"),
        (
            "Gửi tiêu đề Content-Length hoặc dùng Transfer-Encoding: chunked.",
            "Send Content-Length, or use Transfer-Encoding: chunked.",
        ),
    ),
    "framing": Text(
        ("Khung HTTP không hợp lệ", "The HTTP framing is not valid"),
        (
            "Gửi một Host, một Content-Length hoặc một Transfer-Encoding: chunked (không cả hai), khối từ 256 byte.",
            "Send one Host, one Content-Length or one Transfer-Encoding: chunked (never both), chunks of 256 bytes or more.",
        ),
    ),
    "misdirected": Text(
        ("Yêu cầu ghi máy chủ khác với tiêu đề Host", "The request target names another host than Host does"),
        (
            "Gửi đường dẫn bắt đầu bằng / và một tiêu đề Host đúng tên máy chủ của trục.",
            "Send a target that begins with / and one Host header with the hub's name.",
        ),
    ),
    "expectation-failed": Text(
        ("Không đáp ứng được tiêu đề Expect", "The Expect header cannot be met"),
        ("Chỉ dùng Expect: 100-continue.", "Only Expect: 100-continue is understood."),
    ),
    "uri-too-long": Text(
        ("Địa chỉ quá dài", "The request target is too long"),
        ("Rút gọn tham số truy vấn.", "Shorten the query."),
    ),
    "headers-too-large": Text(
        ("Tiêu đề quá lớn", "The headers are too large"),
        ("Gửi ít hơn 100 tiêu đề và dưới 32 kB.", "Send fewer than 100 headers and less than 32 kB."),
    ),
    "request-timeout": Text(
        ("Yêu cầu đến quá chậm", "The request came too slowly"),
        (
            "Kiểm tra đường truyền rồi gửi lại: tiêu đề phải đến đủ trong vài giây, nội dung nhanh hơn 1 kB/giây.",
            "Check the connection and send again: headers must be there within seconds, a body faster than 1 kB/s.",
        ),
    ),
    "too-large": Text(
        ("Nội dung vượt giới hạn", "The body is larger than allowed"),
        (
            "Chia nhỏ tệp đính kèm hoặc giảm dung lượng rồi gửi lại.",
            "Split or shrink the attachments and send again.",
        ),
        ("Giới hạn của trục là {limit} byte.", "The hub's limit is {limit} bytes."),
    ),
    "unsupported-media-type": Text(
        ("Kiểu nội dung không được hỗ trợ", "The media type is not supported"),
        (
            "Gửi Content-Type: application/xml với nội dung edXML mã hóa UTF-8.",
            "Send Content-Type: application/xml with an edXML body in UTF-8.",
        ),
        ("Kiểu nhận được: {found}.", "The type received: {found}."),
    ),
    "charset": Text(
        ("Bảng mã khai báo không được hỗ trợ", "The declared charset is not supported"),
        ("Chỉ dùng UTF-8.", "Use UTF-8 only."),
        ("Content-Type khai báo bảng mã {found}.", "Content-Type declares the charset {found}."),
    ),
    "content-coding": Text(
        ("Nội dung nén không được nhận", "Compressed bodies are not taken"),
        ("Gửi nội dung không nén (bỏ Content-Encoding).", "Send the body uncompressed (no Content-Encoding)."),
    ),
    "empty-body": Text(
        ("Nội dung rỗng", "The body is empty"),
        ("Gửi phong bì edXML trong thân yêu cầu.", "Send the edXML envelope as the body of the request."),
    ),
    "not-json": Text(
        ("Nội dung không phải JSON hợp lệ", "The body is not valid JSON"),
        ("Gửi một đối tượng JSON mã hóa UTF-8.", "Send one JSON object in UTF-8."),
        ("{problem}", "{problem}"),
    ),
    "invalid-parameter": Text(
        ("Tham số không hợp lệ", "A parameter is not valid"),
        ("Sửa tham số theo tài liệu API.", "Mend the parameter as the API reference says."),
        ("Tham số {name}: {problem}.", "Parameter {name}: {problem}."),
    ),
    "content-digest-mismatch": Text(
        ("Content-Digest không khớp với nội dung", "Content-Digest does not match the body"),
        ("Tính lại mã băm trên đúng các byte đã gửi.", "Compute the digest over exactly the bytes that are sent."),
    ),
    "idempotency-conflict": Text(
        ("Idempotency-Key đã dùng cho nội dung khác", "The Idempotency-Key was used for another body"),
        ("Dùng khóa mới cho mỗi văn bản.", "Use a new key for each document."),
    ),
    "upload-header": Text(
        ("Thiếu hoặc sai tiêu đề của việc tải lên nhiều lần", "A header of the resumable upload is missing or wrong"),
        (
            "Gửi Upload-Complete: ?0 hoặc ?1; với PATCH gửi thêm Upload-Offset là số byte trục đã có (hỏi bằng HEAD).",
            "Send Upload-Complete: ?0 or ?1; with PATCH also Upload-Offset, the bytes the hub has (ask with HEAD).",
        ),
        ("{name}: {found}", "{name}: {found}"),
    ),
    "upload-offset": Text(
        ("Phần gửi không nối tiếp phần trục đã có", "The part does not begin where the upload stands"),
        (
            "Gửi tiếp từ byte ghi trong tiêu đề Upload-Offset của trả lời này.",
            "Go on from the byte that Upload-Offset of this answer names.",
        ),
        (
            "Trục đã có {expected} byte, phần này bắt đầu ở {found}.",
            "The hub has {expected} bytes, this begins at {found}.",
        ),
    ),
    "upload-length": Text(
        ("Độ dài không khớp với độ dài đã báo", "The length is not what was announced"),
        (
            "Upload-Length phải bằng tổng số byte của phong bì và không đổi; tải lại từ đầu nếu tệp đã thay đổi.",
            "Upload-Length must be the number of bytes of the whole envelope and stay the same; begin anew if the file changed.",
        ),
        ("Đã báo {expected} byte, thực tế {found}.", "Announced are {expected} bytes, found {found}."),
    ),
    "upload-over": Text(
        ("Việc tải lên này đã hoàn tất", "This upload is complete already"),
        (
            "Không gửi thêm; gửi PATCH rỗng với Upload-Complete: ?1 để nhận lại kết quả.",
            "Send no more; an empty PATCH with Upload-Complete: ?1 gives the answer again.",
        ),
    ),
    "upload-parts": Text(
        ("Tải lên bị chia thành quá nhiều phần", "The upload is in too many parts"),
        (
            "Xóa (DELETE) rồi tải lại với các phần lớn hơn: mỗi lần PATCH vài MiB.",
            "DELETE it and begin anew with larger parts: some MiB in each PATCH.",
        ),
        ("Nhiều nhất {most} phần.", "At most {most} parts."),
    ),
    "upload-expired": Text(
        ("Việc tải lên đã quá hạn", "The upload has expired"),
        ("Tải lại từ đầu: POST /v1/uploads.", "Begin anew: POST /v1/uploads."),
        ("Đã hết hạn lúc {at}.", "It expired at {at}."),
    ),
    "upload-limit": Text(
        ("Có quá nhiều tải lên chưa hoàn tất", "Too much is open in uploads"),
        (
            "Hoàn tất hoặc xóa (DELETE) các tải lên đang mở, hoặc chờ chúng hết hạn; xem Upload-Limit.",
            "Complete or DELETE what is open, or wait until it expires.",
        ),
    ),
    "range-not-satisfiable": Text(
        ("Khoảng byte không hợp lệ", "The range cannot be satisfied"),
        ("Yêu cầu khoảng nằm trong dung lượng văn bản.", "Ask for a range within the size of the document."),
    ),
    "not-acceptable": Text(
        ("Không có dạng trả lời phù hợp", "No acceptable form of answer"),
        ("Chấp nhận application/json.", "Accept application/json."),
    ),
    "busy": Text(
        ("Trục đang bận", "The hub is busy"),
        ("Gửi lại sau số giây ghi trong Retry-After.", "Try again after the seconds in Retry-After."),
    ),
    "unavailable": Text(
        ("Trục tạm thời chưa phục vụ được; chưa có gì được ghi nhận", "The hub cannot serve now; nothing was taken"),
        (
            "Gửi lại đúng nội dung này sau số giây ghi trong Retry-After.",
            "Send the same bytes again after Retry-After.",
        ),
    ),
    "no-answer": Text(
        (
            "Trục không trả lời kịp; chưa rõ đã ghi nhận hay chưa",
            "The hub did not answer in time; whether it took this is not known",
        ),
        (
            "Gửi lại đúng nội dung này: nếu đã ghi nhận, trục trả lại chính biên nhận đầu tiên.",
            "Send the same bytes again: if they were taken, the first receipt comes back.",
        ),
    ),
    "tls-required": Text(
        ("Cổng này chỉ nhận HTTPS", "This port speaks HTTPS only"),
        ("Dùng địa chỉ bắt đầu bằng https://.", "Use an address that begins with https://."),
    ),
    "storage-full": Text(
        ("Trục hết chỗ lưu; chưa có gì được ghi nhận", "The hub has no room left; nothing was taken"),
        ("Gửi lại sau; đơn vị vận hành đã được báo.", "Send again later; the operators have been told."),
    ),
    "internal": Text(
        ("Lỗi bên trong trục; chưa có gì được ghi nhận", "A fault inside the hub; nothing was taken"),
        (
            "Gửi lại đúng nội dung này; nếu lặp lại, báo đơn vị vận hành kèm mã yêu cầu.",
            "Send the same bytes again; if it persists, tell the operators the request id.",
        ),
    ),
}
