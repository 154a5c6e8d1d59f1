"""Reading the file of a CA that is to be trusted, or to lead to one that is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from hub.errors import Rejected, rejected
from hub.findings import Finding, finding
from hub.trust.certificates import is_ca, read_file
from hub.trust.reading import UNREADABLE

_WEAK: Final = frozenset({"md5", "sha1", "sha224"})
_RSA_BITS: Final = 2048
_CURVE_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA as the trust store keeps it. `fingerprint`: SHA-256 of the DER, lower-case hex; `kind`: root, intermediate."""

    fingerprint: str
    der: bytes
    kind: str
    subject: str  # RFC 4514
    not_before: datetime
    not_after: datetime


def read_authorities(content: bytes) -> list[Authority]:
    """Read the CAs of a file (PEM, one or several; or one in DER). `Rejected` names everything that is none."""
    found = [_look(certificate) for certificate in read_file(content)]
    if errors := [each for each in found if isinstance(each, Finding)]:
        raise Rejected(errors)
    if not found:
        raise rejected(
            "not-a-certificate",
            problem=("Không có chứng thư nào trong tệp", "There is no certificate in the file"),
        )
    return [each for each in found if isinstance(each, Authority)]


def _look(certificate: x509.Certificate) -> Authority | Finding:
    try:
        subject = certificate.subject.rfc4514_string()
        if not is_ca(certificate) or not _may_issue(certificate):
            return finding("not-a-ca", subject=subject)
        if problem := _weakness(certificate):
            return finding("ca-weak", subject=subject, problem=problem)
    except UNREADABLE as error:
        # cryptography reads fields late, and says here what it cannot read
        return finding("not-a-certificate", problem=(f"Không đọc được: {error}", f"Unreadable: {error}"))
    return Authority(
        certificate.fingerprint(hashes.SHA256()).hex(),
        certificate.public_bytes(Encoding.DER),
        "root" if _is_self_signed(certificate) else "intermediate",
        subject,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _weakness(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is not None and algorithm.name in _WEAK:
        return f"chữ ký / signature {algorithm.name.upper()}"
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size} bit" if key.key_size < _RSA_BITS else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {key.key_size} bit" if key.key_size < _CURVE_BITS else ""
    return f"khóa / key {type(key).__name__.strip('_')}"


def _is_self_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True
