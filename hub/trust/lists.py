"""Reading a revocation list (CRL): a complete and direct one, so that a certificate that is not on it is not revoked."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.errors import Rejected, rejected
from hub.trust.reading import UNREADABLE

_FILE_AT_MOST: Final = 64 * 1024 * 1024  # bytes; a CA of a whole country stays below
_WEAK: Final = frozenset({"md5", "sha1", "sha224"})


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What a CRL says of itself; `series_under` asks a CA's certificate whether it is true."""

    fingerprint: str  # SHA-256 of the DER, lower-case hex
    der: bytes
    issuer: str  # RFC 4514
    number: int | None
    this_update: datetime
    next_update: datetime
    revoked: int  # how many certificates it names
    parsed: x509.CertificateRevocationList

    def series_under(self, ca: bytes) -> str:
        """The series this list belongs to, if the CA with this certificate (DER) signed it; else "".

        A series is what numbers count up in: one CA's name and key, and one scope (the list's distribution point).
        """
        certificate = x509.load_der_x509_certificate(ca)
        key = certificate.public_key()
        if certificate.subject != self.parsed.issuer or not isinstance(
            key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey
        ):
            return ""
        try:
            if not _may_revoke(certificate) or not self.parsed.is_signature_valid(key):
                return ""
        except (*UNREADABLE, InvalidSignature):
            return ""
        digest = hashlib.sha256(certificate.subject.public_bytes())
        digest.update(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        digest.update(_scope(self.parsed))
        return digest.hexdigest()


def read_list(content: bytes, now: datetime) -> RevocationList:
    """Read a CRL in PEM or DER; `Rejected` says why a file is none to judge by. Its signature is not looked at yet."""
    if len(content) > _FILE_AT_MOST:
        raise _refused("Tệp quá lớn", "The file is too large")
    try:
        parsed = _parse(content)
        return _facts(parsed, now)
    except UNREADABLE as error:
        raise _refused(f"Tệp không đọc được ({error})", f"The file cannot be read ({error})") from None


def _parse(content: bytes) -> x509.CertificateRevocationList:
    if b"-----BEGIN X509 CRL-----" in content:
        return x509.load_pem_x509_crl(content)
    if b"-----BEGIN " in content:
        raise _refused("Tệp PEM này không chứa CRL", "This PEM file holds no CRL")
    return x509.load_der_x509_crl(content)


def _facts(parsed: x509.CertificateRevocationList, now: datetime) -> RevocationList:
    extensions = parsed.extensions
    if any(isinstance(e.value, x509.DeltaCRLIndicator) for e in extensions):
        raise _refused("Đây là CRL phần thay đổi (delta)", "It is a delta CRL")
    for extension in extensions:
        point = extension.value
        if isinstance(point, x509.IssuingDistributionPoint) and (point.indirect_crl or point.only_some_reasons):
            raise _refused(
                "CRL gián tiếp hoặc chỉ gồm một số lý do thu hồi không dùng được",
                "An indirect CRL, or one for some reasons only, cannot be used",
            )
    if parsed.next_update_utc is None:
        raise _refused("CRL không ghi hạn (nextUpdate)", "It does not say until when it holds (nextUpdate)")
    if parsed.last_update_utc > now:
        raise _refused(
            f"CRL chưa có hiệu lực (từ {parsed.last_update_utc})", f"It does not hold before {parsed.last_update_utc}"
        )
    algorithm = parsed.signature_hash_algorithm
    if algorithm is not None and algorithm.name in _WEAK:
        raise _refused(f"CRL ký bằng {algorithm.name.upper()}", f"It is signed with {algorithm.name.upper()}")
    numbers = [e.value.crl_number for e in extensions if isinstance(e.value, x509.CRLNumber)]
    return RevocationList(
        parsed.fingerprint(hashes.SHA256()).hex(),
        parsed.public_bytes(Encoding.DER),
        parsed.issuer.rfc4514_string(),
        numbers[0] if numbers else None,
        parsed.last_update_utc,
        parsed.next_update_utc,
        len(parsed),
        parsed,
    )


def _scope(parsed: x509.CertificateRevocationList) -> bytes:
    try:
        return parsed.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value.public_bytes()
    except x509.ExtensionNotFound:
        return b""


def _may_revoke(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _refused(vi: str, en: str) -> Rejected:
    return rejected("not-a-crl", problem=(vi, en))
