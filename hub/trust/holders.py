"""What a bound certificate says of its holder: the public key, and when it may be used."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hub.trust.certificates import read_file
from hub.trust.reading import UNREADABLE


@lru_cache(maxsize=4096)
def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def public_key(der: bytes) -> Any:
    """The key of a certificate; None when it is of a kind nobody here can use."""
    try:
        return _certificate(der).public_key()
    except UNREADABLE:
        return None


def is_current(der: bytes, now: datetime) -> bool:
    """Whether `now` is within what the certificate says of its own time."""
    found = _certificate(der)
    return found.not_valid_before_utc <= now <= found.not_valid_after_utc


def fingerprint_of(pem: bytes) -> str:
    """SHA-256 (hex) of the first certificate in a PEM, or `Rejected`."""
    return read_file(pem)[0].fingerprint(hashes.SHA256()).hex()
