"""Findings about xml: what the gate refuses before anything is read."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "not-well-formed": Text(
        ("XML không đúng cú pháp", "The XML is not well-formed"),
        (
            "Sửa tại dòng và cột đã nêu; nên xuất phong bì bằng một thư viện XML thay vì ghép chuỗi.",
            "Mend it at the line and column named; better have an XML library write the envelope than join strings.",
        ),
        ("Tại {where} (dòng:cột): {problem}.", "At {where} (line:column): {problem}."),
    ),
    "encoding": Text(
        ("Bảng mã không phải UTF-8", "The encoding is not UTF-8"),
        (
            "Lưu và khai báo nội dung bằng UTF-8; chuyển văn bản TCVN3, VNI hoặc UTF-16 sang UTF-8 trước khi gửi.",
            "Save and declare the document in UTF-8; convert text in TCVN3, VNI or UTF-16 before sending.",
        ),
        ("Nội dung không phải UTF-8 hợp lệ: {found}.", "The document is not valid UTF-8: {found}."),
    ),
    "xml-version": Text(
        ("Phiên bản XML không được hỗ trợ", "The XML version is not supported"),
        ('Khai báo version="1.0".', 'Declare version="1.0".'),
        ("Phiên bản khai báo: {found}.", "The version declared: {found}."),
    ),
    "dtd-forbidden": Text(
        ("Không được dùng DTD", "A DTD is not allowed"),
        (
            "Bỏ <!DOCTYPE …> và mọi khai báo thực thể khỏi phong bì.",
            "Leave <!DOCTYPE …> and every entity declaration out of the envelope.",
        ),
    ),
    "processing-instruction": Text(
        ("Không được dùng chỉ thị xử lý", "Processing instructions are not allowed"),
        (
            "Bỏ mọi <?…?> trừ khai báo XML ở đầu nội dung.",
            "Leave out every <?…?> but the XML declaration at the beginning.",
        ),
        ("Có chỉ thị xử lý “{found}”.", "There is a processing instruction “{found}”."),
    ),
    "xml-limits": Text(
        ("XML vượt giới hạn cấu trúc", "The XML is beyond the structural limits"),
        (
            "Giảm độ sâu, số phần tử, thuộc tính, khai báo không gian tên hoặc tham chiếu ký tự; thường chỉ cần vài trăm.",
            "Use less depth, fewer elements, attributes, namespace declarations or references; a few hundred are plenty.",
        ),
        ("Vượt giới hạn {limit} ({what}).", "Over the limit of {limit} ({what})."),
    ),
    "namespace": Text(
        ("Tên không gian tên không hợp lệ", "A namespace name is not valid"),
        ("Dùng URI tuyệt đối làm tên không gian tên.", "Use an absolute URI as a namespace name."),
        ("“{found}” không phải URI tuyệt đối.", "“{found}” is not an absolute URI."),
    ),
    "forbidden-namespace": Text(
        ("Không gian tên không được phép", "A namespace is not allowed here"),
        (
            "Bỏ XInclude, XSLT và các thuộc tính xsi:… khỏi phong bì.",
            "Leave XInclude, XSLT and xsi:… attributes out of the envelope.",
        ),
        ("Phong bì dùng {found}.", "The envelope uses {found}."),
    ),
    "duplicate-id": Text(
        ("Giá trị Id bị lặp", "An Id value is given twice"),
        (
            "Cho mỗi phần tử một giá trị Id riêng, hoặc bỏ thuộc tính Id.",
            "Give each element an Id of its own, or leave the Id attributes out.",
        ),
        ("Id “{found}” xuất hiện nhiều lần.", "The Id “{found}” appears more than once."),
    ),
}
