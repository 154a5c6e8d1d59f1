"""Which CAs stand above a certificate, out of many."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature


def ancestors(leaf: bytes, authorities: Iterable[bytes]) -> list[bytes]:
    """The CAs (DER) that issued a certificate, those that issued them, and so on; every way up, nearest first."""
    known = {der: x509.load_der_x509_certificate(der) for der in authorities}
    found: list[bytes] = []
    level = [x509.load_der_x509_certificate(leaf)]
    while level:
        above = [
            der for der, ca in known.items() if der not in found and any(_is_issued_by(below, ca) for below in level)
        ]
        found += above
        level = [known[der] for der in above]
    return found


def subject_of(der: bytes) -> str:
    """A certificate's subject, RFC 4514."""
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def is_root(der: bytes) -> bool:
    """Whether a CA signed itself."""
    certificate = x509.load_der_x509_certificate(der)
    return _is_issued_by(certificate, certificate)


def _is_issued_by(below: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
