"""Findings about signature: why an envelope's signature is not taken. None of the causes needs a detail filled in."""

from typing import Final

from hub.findings.text import Text

_ALLOWED = "RSA-SHA256/384/512, RSA-PSS (MGF1) SHA-256/384/512, ECDSA-SHA256/384; digest SHA-256/384/512"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

TEXTS: Final[dict[str, Text]] = {
    "signature-missing": Text(
        ("Phong bì chưa được ký", "The envelope is not signed"),
        (
            "Ký phong bì bằng chứng thư đã đăng ký; có thể dùng lệnh truc sign.",
            "Sign the envelope with a registered certificate; the command truc sign does it.",
        ),
    ),
    "signature-count": Text(
        ("Có nhiều hơn một chữ ký", "There is more than one signature"),
        ("Giữ đúng một phần tử Signature.", "Keep exactly one Signature element."),
        ("Có {found} phần tử Signature.", "There are {found} Signature elements."),
    ),
    "signature-location": Text(
        ("Chữ ký đặt sai chỗ", "The signature is in the wrong place"),
        (
            "Đặt Signature là phần tử con của edXMLHeader (hoặc của edXML).",
            "Make Signature a child of edXMLHeader (or of edXML).",
        ),
    ),
    "signature-namespace": Text(
        ("Chữ ký không thuộc không gian tên XML Signature", "The signature is not in the XML Signature namespace"),
        (
            'Viết <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"> và không định dạng lại sau khi ký.',
            'Write <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"> and do not re-indent it after signing.',
        ),
        (
            "Signature nằm trong không gian tên khác nên không thể kiểm tra.",
            "The Signature is in another namespace, so it cannot be verified.",
        ),
    ),
    "signature-structure": Text(
        ("Cấu trúc chữ ký không được chấp nhận", "The structure of the signature is not accepted"),
        (
            "Chữ ký chỉ gồm SignedInfo, SignatureValue, KeyInfo, mỗi phần một lần, không Object, không chú thích.",
            "A signature has SignedInfo, SignatureValue and KeyInfo, once each; no Object, no comment.",
        ),
    ),
    "reference-count": Text(
        ("Số Reference trong chữ ký không đúng", "The signature does not have exactly one Reference"),
        ('Dùng đúng một Reference với URI="".', 'Use exactly one Reference, with URI="".'),
    ),
    "reference-uri": Text(
        ("Chữ ký không bao trùm toàn bộ phong bì", "The signature does not cover the whole envelope"),
        (
            'Đặt Reference URI="" để ký toàn bộ phong bì, kể cả tệp đính kèm.',
            'Set Reference URI="" so that all of the envelope is signed, attachments included.',
        ),
    ),
    "transform": Text(
        ("Phép biến đổi trong chữ ký không được hỗ trợ", "A transform of the signature is not supported"),
        (
            f"Dùng đúng thứ tự: enveloped-signature, rồi (nếu cần) {_EXCLUSIVE} hoặc Canonical XML 1.0/1.1.",
            f"Use enveloped-signature, then (if you need one) {_EXCLUSIVE} or Canonical XML 1.0/1.1, in this order.",
        ),
    ),
    "c14n": Text(
        ("Phép chuẩn hóa không được hỗ trợ", "The canonicalisation is not supported"),
        (
            "Dùng Canonical XML 1.0, 1.1 hoặc Exclusive 1.0, không kèm chú thích.",
            "Use Canonical XML 1.0, 1.1 or Exclusive 1.0, without comments.",
        ),
    ),
    "algorithm": Text(
        ("Thuật toán ký không được chấp nhận", "The signature's algorithm is not accepted"),
        (f"Ký lại bằng một trong: {_ALLOWED}.", f"Sign again with one of: {_ALLOWED}."),
    ),
    "key-size": Text(
        ("Khóa ký quá yếu hoặc không được hỗ trợ", "The signing key is too weak or not supported"),
        (
            "Dùng khóa RSA từ 2048 đến 8192 bit, hoặc ECDSA P-256, P-384.",
            "Use an RSA key of 2048 to 8192 bits, or ECDSA P-256 or P-384.",
        ),
    ),
    "keyinfo": Text(
        ("Chữ ký không kèm chứng thư", "The signature does not carry its certificate"),
        (
            "Đặt chứng thư ký trong KeyInfo/X509Data/X509Certificate, không dùng KeyValue hay KeyName.",
            "Put the certificate into KeyInfo/X509Data/X509Certificate; no KeyValue, KeyName or RetrievalMethod.",
        ),
        (
            "KeyInfo phải có đúng một X509Data với chứng thư ký.",
            "KeyInfo must have exactly one X509Data with the signer's certificate.",
        ),
    ),
    "certificate": Text(
        ("Không đọc được chứng thư trong chữ ký", "The certificate in the signature cannot be read"),
        (
            "Đặt toàn bộ chứng thư (DER mã hóa base64) vào X509Certificate, không cắt ngắn.",
            "Put the whole certificate (DER in base64) into X509Certificate, not a part of it.",
        ),
    ),
    "untrusted-certificate": Text(
        ("Chứng thư ký chưa được đăng ký cho cơ quan gửi", "The signing certificate is not bound to the sender"),
        (
            "Đăng ký chứng thư này với người quản trị danh bạ, hoặc ký bằng chứng thư đã đăng ký.",
            "Have this certificate bound by the registrar, or sign with one that is bound.",
        ),
    ),
    "certificate-time": Text(
        ("Chứng thư ký hết hạn hoặc chưa có hiệu lực", "The signing certificate is expired or not yet valid"),
        (
            "Ký lại bằng chứng thư còn hiệu lực; kiểm tra đồng hồ máy chủ.",
            "Sign again with a certificate that is valid now; check the server's clock.",
        ),
    ),
    "certificate-revoked": Text(
        ("Chứng thư ký đã bị thu hồi", "The signing certificate is revoked"),
        (
            "Ngừng dùng chứng thư này và ký lại bằng chứng thư khác.",
            "Stop using this certificate and sign again with another.",
        ),
    ),
    "certificate-usage": Text(
        ("Chứng thư không dùng để ký văn bản", "The certificate is not for signing documents"),
        (
            "Dùng chứng thư ký (digitalSignature hoặc nonRepudiation), không dùng chứng thư máy chủ hay CA.",
            "Use the agency's signing certificate (digitalSignature or nonRepudiation), not a server's or a CA's.",
        ),
    ),
    "certificate-chain": Text(
        ("Chuỗi chứng thư không được chấp nhận", "The chain of the certificate is not accepted"),
        (
            "Gửi chứng thư ký và các CA trung gian, nhiều nhất 5 chứng thư; báo đơn vị vận hành nếu thiếu CA.",
            "Send the certificate and its intermediate CAs, five at most; tell the operators if a CA is missing.",
        ),
    ),
    "revocation-unavailable": Text(
        ("Chưa kiểm tra được tình trạng thu hồi chứng thư", "Revocation of the certificate cannot be checked now"),
        (
            "Gửi lại sau số giây ghi trong Retry-After; chưa có gì được ghi nhận.",
            "Send again after the seconds in Retry-After; nothing was taken.",
        ),
    ),
    "digest-mismatch": Text(
        ("Nội dung đã thay đổi sau khi ký", "The content changed after it was signed"),
        (
            "Ký là bước cuối cùng: không định dạng lại, không thêm TraceHeader, không sửa tệp đính kèm sau khi ký.",
            "Sign last: no re-indenting, no further TraceHeader, no change of attachments afterwards.",
        ),
    ),
    "signature-invalid": Text(
        ("Giá trị chữ ký sai", "The signature value is wrong"),
        (
            "Ký lại bằng đúng khóa riêng của chứng thư kèm theo; ECDSA phải viết r và s nối nhau, không phải DER.",
            "Sign again with the private key of the certificate sent; ECDSA values are r and s joined, not DER.",
        ),
    ),
}
