"""What the library may say of bytes that are no certificate, no list and no answer.

Most of it are `ValueError`s; a version nobody knows and an extension that is there twice are errors of their own, and are
told late: when a field is first looked at.
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""To be caught where bytes from elsewhere are read: a source on the network, a file, a request."""
