"""The signer's certificate: what can be said of it without asking anybody else.

Profile (which keys, which usages): be no stricter than the certificates agencies really hold. A usage extension that
is absent restricts nothing (RFC 5280 §4.2.1.3, §4.2.1.12). Chain and revocation are judged in `hub.trust`.
"""

import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku

from hub.domain.binding import key_mark, number_mark

_SIGNING: Final = frozenset(
    {
        Eku.ANY_EXTENDED_KEY_USAGE,
        Eku.EMAIL_PROTECTION,
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # id-kp-documentSigning, RFC 9336
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft document signing
        x509.ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe authentic documents
    }
)
_RSA_BITS: Final = range(2048, 8193)  # longer keys cost milliseconds and buy nothing
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate that may have signed; `fault` is the code of what forbids it to, "" when nothing does."""

    certificate: x509.Certificate
    fingerprint: str
    subject: str
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | None
    valid_from: datetime
    valid_to: datetime
    fault: str

    @property
    def is_self_issued(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.certificate.issuer == self.certificate.subject

    @property
    def marks(self) -> tuple[str, ...]:
        """What it may be bound by besides its bytes: its key, its issuer with its number. Raises ValueError."""
        key = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        number = number_mark(self.certificate.issuer.rfc4514_string(), self.certificate.serial_number)
        return key_mark(key), number

    def is_valid_at(self, now: datetime) -> bool:
        """Whether `now` lies within its period of validity."""
        return self.valid_from <= now <= self.valid_to


def fingerprint_of(der: bytes) -> str:
    """Give the SHA-256 of a certificate's DER, lower-case hex."""
    return hashlib.sha256(der).hexdigest()


def decode(text: str | None) -> bytes:
    """Decode the base64 of an XML element strictly, white space apart; raises ValueError."""
    joined = "".join((text or "").split())
    if not joined:
        raise binascii.Error
    return binascii.a2b_base64(joined, strict_mode=True)


def read_leaf(der: bytes) -> Leaf:
    """Read one certificate and judge its profile; raises ValueError when it cannot be read."""
    certificate = x509.load_der_x509_certificate(der)
    key = certificate.public_key()
    known = key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None
    try:
        subject = certificate.subject.rfc4514_string()
    except ValueError:
        subject = ""
    return Leaf(
        certificate,
        fingerprint_of(der),
        subject,
        known,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _fault(certificate, known),
    )


@lru_cache(maxsize=1024)
def read_bound_leaf(der: bytes) -> Leaf:
    """As `read_leaf`, remembered: only for certificates of the directory, which are few and come again and again."""
    return read_leaf(der)


def pick_leaf(leaves: list[Leaf]) -> Leaf:
    """Pick the one of several certificates that issued none of the others; the first where that is not just one."""
    issuers = {leaf.certificate.issuer for leaf in leaves if not leaf.is_self_issued}
    ends = [leaf for leaf in leaves if leaf.certificate.subject not in issuers]
    return ends[0] if ends else leaves[0]


def _fault(certificate: x509.Certificate, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | None) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size not in _RSA_BITS:
            return "key-size"
    elif key is None:
        return "algorithm"
    elif not isinstance(key.curve, _CURVES):
        return "key-size"
    return "" if _may_sign(certificate.extensions) else "certificate-usage"


def _may_sign(extensions: x509.Extensions) -> bool:
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            return False
        if isinstance(value, x509.KeyUsage) and not (value.digital_signature or value.content_commitment):
            return False
        if isinstance(value, x509.ExtendedKeyUsage) and _SIGNING.isdisjoint(value):
            return False
    return True
