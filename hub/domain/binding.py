"""By what a signing certificate is bound to its agency: by itself, by its key, or by its issuer and serial number.

The last two bind certificates that nobody has handed in yet. Each such certificate is met in the first document that it
signs, and is on record like any other from then on.
"""

import hashlib
from enum import StrEnum


class BoundBy(StrEnum):
    """What of a certificate the registrar bound."""

    CERTIFICATE = "certificate"  # this one, byte by byte
    KEY = "key"  # every certificate over this public key
    ISSUER_SERIAL = "issuer-serial"  # the one certificate that this CA issued under this number


def key_mark(key: bytes) -> str:
    """The mark of a public key: SHA-256, hex, of its SubjectPublicKeyInfo (DER), as RFC 7469 pins it."""
    return hashlib.sha256(key).hexdigest()


def number_mark(issuer: str, serial: int) -> str:
    """The mark of a certificate by its issuer's name (RFC 4514) and its serial number: SHA-256, hex."""
    return hashlib.sha256(f"{serial:x} {issuer}".encode()).hexdigest()
