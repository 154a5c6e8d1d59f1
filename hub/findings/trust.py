"""Findings about the trust store: why a file of the operators is not taken into it, or something not out of it."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "not-a-ca": Text(
        ("Đây không phải chứng thư của CA", "This is not the certificate of a CA"),
        (
            "Đưa chứng thư CA (gốc hoặc trung gian); chứng thư của cơ quan thì dùng truc agency cert.",
            "Give the certificate of a CA, root or intermediate; an agency's is bound with truc agency cert.",
        ),
        ("{subject} không được phép cấp chứng thư.", "{subject} may not issue certificates."),
    ),
    "ca-weak": Text(
        ("Chứng thư CA quá yếu", "The CA's certificate is too weak"),
        (
            "Dùng CA có khóa RSA từ 2048 bit hoặc ECDSA từ 256 bit, ký bằng SHA-256 trở lên.",
            "Use a CA with RSA of 2048 bits or more, or ECDSA of 256, signed with SHA-256 or better.",
        ),
        ("{subject}: {problem}.", "{subject}: {problem}."),
    ),
    "anchor-unknown": Text(
        ("Kho tin cậy không có chứng thư này", "The trust store has no such certificate"),
        ("Xem dấu vân tay bằng truc trust list.", "See the fingerprints with truc trust list."),
    ),
    "last-root": Text(
        ("Đây là CA gốc cuối cùng", "This is the last root"),
        (
            "Thêm CA gốc mới trước; nếu thật sự muốn bỏ kiểm tra chuỗi và thu hồi, dùng --last.",
            "Add the new root first; use --last if chains and revocation are really to be checked no more.",
        ),
        (
            "Không còn CA gốc nào thì mọi chứng thư đã đăng ký lại được tin mà không cần chuỗi.",
            "Without any root every bound certificate is believed by itself again.",
        ),
    ),
    "not-a-crl": Text(
        ("Đây không phải danh sách thu hồi dùng được", "This is not a revocation list that can be used"),
        (
            "Tải lại CRL đầy đủ từ CA (PEM hoặc DER) rồi thử lại.",
            "Fetch the CA's complete CRL (PEM or DER) once more and try again.",
        ),
        ("{problem}.", "{problem}."),
    ),
    "crl-issuer-unknown": Text(
        ("Danh sách thu hồi không do CA nào trong kho ký", "No CA of the trust store signed this revocation list"),
        (
            "Thêm CA đã ký bằng truc trust add trước; nếu CA đã có trong kho, tệp này là giả hoặc bị hỏng.",
            "Add the CA that signs it with truc trust add first; if it is there, the file is forged or damaged.",
        ),
        ("Bên ký tự xưng là {issuer}.", "It names {issuer} as its issuer."),
    ),
    "crl-older": Text(
        ("Danh sách thu hồi cũ hơn bản đang có", "The revocation list is older than the one there"),
        ("Tải bản mới nhất từ CA.", "Fetch the latest one from the CA."),
        (
            "Bản này: số {number}, lập lúc {at}; bản đang có: số {number_there}, lập lúc {at_there}.",
            "This one: number {number} of {at}; the one there: number {number_there} of {at_there}.",
        ),
    ),
    "not-an-answer": Text(
        ("Trả lời OCSP không dùng được", "The OCSP answer cannot be used"),
        (
            "Trục sẽ hỏi lại; nếu lặp lại nhiều lần, báo cho CA.",
            "The hub asks again by itself; tell the CA when it keeps happening.",
        ),
        ("{problem}.", "{problem}."),
    ),
    "answer-older": Text(
        ("Trả lời OCSP cũ hơn bản đang có", "The OCSP answer is older than the one there"),
        (
            "Trục giữ bản đang có và sẽ hỏi lại.",
            "The hub keeps the one it has and asks again.",
        ),
        ("Bản này lập lúc {at}; bản đang có lập lúc {at_there}.", "This one: made at {at}; there: {at_there}."),
    ),
    "fetched-root": Text(
        ("CA gốc không được lấy từ mạng", "A root is never taken from the network"),
        (
            "Kiểm tra dấu vân tay của CA gốc rồi thêm bằng truc trust add.",
            "Compare the root's fingerprint with what its CA publishes, then add it with truc trust add.",
        ),
        ("{subject} tự ký.", "{subject} is self-signed."),
    ),
    "source-fault": Text(
        ("Không tải được từ nguồn này", "Nothing usable came from this source"),
        (
            "Kiểm tra địa chỉ, mạng và CA; trục sẽ thử lại.",
            "Check the address, the network and the CA; the hub tries again by itself.",
        ),
        ("{problem}.", "{problem}."),
    ),
    "source-unknown": Text(
        ("Không có nguồn nào có địa chỉ này", "No source has this address"),
        ("Xem các nguồn bằng truc trust sources.", "See the sources with truc trust sources."),
    ),
    "not-a-rotation": Text(
        ("Yêu cầu thay chứng thư không hợp lệ", "The request to replace a certificate is not valid"),
        (
            "Lập lại yêu cầu bằng truc rotate với đúng hai khóa.",
            "Make the request anew with truc rotate and the right two keys.",
        ),
        ("{problem}.", "{problem}."),
    ),
    "certificate-expires": Text(
        ("Chứng thư ký sắp hết hạn", "The signing certificate ends soon"),
        (
            "Xin chứng thư mới và đăng ký trước ngày đó: truc rotate, hoặc người quản trị danh bạ.",
            "Get a new certificate and have it bound before that day: truc rotate, or the registrar.",
        ),
        ("Còn {days} ngày, đến {until}.", "{days} days are left, until {until}."),
    ),
}
