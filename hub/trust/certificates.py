"""Reading the certificate file a registrar is given: the agency's own certificate, out of whatever came with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from hub.domain.binding import key_mark
from hub.errors import rejected
from hub.trust.reading import UNREADABLE

_FILE_AT_MOST: Final = 1_000_000  # bytes; a certificate has two thousand, a chain ten
_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"
_DER_SEQUENCE: Final = b"\x30"
_HEX: Final = frozenset("0123456789abcdef")
_SERIAL_AT_MOST: Final = 42  # digits: 20 octets (RFC 5280 §4.1.2.2), and a leading zero octet some tools print
_MARK: Final = 64
_NAMES: Final = {  # as OpenSSL and Windows write what RFC 4514 has no short name for
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "title": NameOID.TITLE,
    "T": NameOID.TITLE,
    "GN": NameOID.GIVEN_NAME,
    "SN": NameOID.SURNAME,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself; nothing is believed yet. `fingerprint`: SHA-256 of the DER, lower-case hex."""

    fingerprint: str
    der: bytes
    subject: str  # RFC 4514
    issuer: str
    serial: str  # hex
    not_before: datetime
    not_after: datetime
    is_ca: bool
    key: str = ""  # `hub.domain.binding.key_mark`; "" when it is of a kind nobody here can use


def describe(pem: bytes) -> CertificateFacts:
    """Describe the leaf in a PEM file (or a single certificate in DER); `Rejected` says why a file is none.

    In a file with its chain the leaf is the one that issued none of the others.
    """
    return _facts(read_file(pem))


def read_file(pem: bytes) -> list[x509.Certificate]:
    """Read every certificate of a PEM file (or one in DER); `Rejected` says why a file holds none."""
    if len(pem) > _FILE_AT_MOST:
        raise rejected("not-a-certificate", problem=("Tệp quá lớn", "The file is too large"))
    try:
        if _BEGIN in pem:
            return x509.load_pem_x509_certificates(pem)
        if pem.startswith(_DER_SEQUENCE):
            return [x509.load_der_x509_certificate(pem)]
    except UNREADABLE:
        raise rejected(
            "not-a-certificate",
            problem=(
                "Chứng thư trong tệp bị hỏng hoặc bị cắt ngắn",
                "The certificate in the file is damaged or cut short",
            ),
        ) from None
    if b"PRIVATE KEY-----" in pem:
        raise rejected(
            "not-a-certificate",
            problem=(
                "Tệp chứa khóa riêng, không phải chứng thư; khóa riêng không bao giờ rời khỏi cơ quan",
                "The file holds a private key, not a certificate; a private key never leaves its agency",
            ),
        )
    if b"CERTIFICATE REQUEST-----" in pem:
        raise rejected(
            "not-a-certificate",
            problem=(
                "Tệp là yêu cầu cấp chứng thư (CSR), chưa phải chứng thư",
                "The file is a request for a certificate (CSR), not a certificate yet",
            ),
        )
    raise rejected(
        "not-a-certificate",
        problem=("Không có chứng thư nào trong tệp", "There is no certificate in the file"),
    )


def _leaf(certificates: list[x509.Certificate]) -> x509.Certificate:
    issuers = {c.issuer for c in certificates if c.issuer != c.subject}
    ends = [c for c in certificates if c.subject not in issuers]
    return ends[0] if ends else certificates[0]


def _facts(certificates: list[x509.Certificate]) -> CertificateFacts:
    try:  # fields are read when they are asked for, and only then found to be unreadable
        certificate = _leaf(certificates)
        return CertificateFacts(
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            der=certificate.public_bytes(Encoding.DER),
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial=f"{certificate.serial_number:x}",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            is_ca=is_ca(certificate),
            key=_key(certificate),
        )
    except UNREADABLE:
        raise rejected(
            "not-a-certificate",
            problem=("Các trường của chứng thư không đọc được", "The fields of the certificate cannot be read"),
        ) from None


def _key(certificate: x509.Certificate) -> str:
    try:
        return key_mark(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    except UnsupportedAlgorithm:
        return ""


def read_name(written: str) -> str:
    """An issuer's name as certificates are known by it, from how a registrar writes it (RFC 4514); `Rejected`."""
    try:
        name = x509.Name.from_rfc4514_string(written.strip(), _NAMES)
    except ValueError as error:
        raise rejected("invalid-parameter", "issuer", name="issuer", problem=f"RFC 4514: {error}") from None
    if not list(name):
        raise rejected("invalid-parameter", "issuer", name="issuer", problem="RFC 4514: empty")
    return name.rfc4514_string()


def read_serial(written: str) -> int:
    """A serial number from hex, as `openssl x509 -serial` prints it, with or without colons; `Rejected`."""
    digits = written.strip().lower().replace(":", "").replace(" ", "").removeprefix("0x")
    if not digits or len(digits) > _SERIAL_AT_MOST or not set(digits) <= _HEX or not int(digits, 16):
        raise rejected("invalid-parameter", "serial", name="serial", problem="hex, ≤ 20 byte")
    return int(digits, 16)


def read_key_mark(written: str) -> str:
    """The SHA-256 of a public key as a registrar writes it, hex with or without colons; `Rejected`."""
    digits = written.strip().lower().replace(":", "")
    if len(digits) != _MARK or not set(digits) <= _HEX:
        raise rejected("invalid-parameter", "key_sha256", name="key_sha256", problem="SHA-256, hex")
    return digits


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether it says of itself that it is a CA's. Raises ValueError when its extensions cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
