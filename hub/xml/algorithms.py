"""Which algorithms a signature may use. What is not listed is refused; SHA-1 is known, and never enough by itself."""

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from signxml.algorithms import DigestAlgorithm, SignatureMethod

ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
C14N_10: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
C14N_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N: Final = frozenset({C14N_10, C14N_11, C14N_EXCLUSIVE})
BOGUS_C14N: Final = "http://www.w3.org/TR/xml-exc-c14n#"
"""What the SDK in the field writes where it means exclusive canonicalisation; no specification defines it."""

_M = SignatureMethod
RSA: Final = frozenset(
    {
        _M.RSA_SHA256,
        _M.RSA_SHA384,
        _M.RSA_SHA512,
        _M.SHA256_RSA_MGF1,
        _M.SHA384_RSA_MGF1,
        _M.SHA512_RSA_MGF1,
    }
)
ECDSA: Final = frozenset({_M.ECDSA_SHA256, _M.ECDSA_SHA384})
METHODS: Final = RSA | ECDSA
DIGESTS: Final = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
LEGACY_METHODS: Final = frozenset({_M.RSA_SHA1, _M.ECDSA_SHA1})
LEGACY_DIGESTS: Final = frozenset({DigestAlgorithm.SHA1})

METHOD_OF: Final = {method.value: method for method in METHODS | LEGACY_METHODS}
DIGEST_OF: Final = {digest.value: digest for digest in DIGESTS | LEGACY_DIGESTS}
HASH_OF: Final = {digest: getattr(hashlib, digest.name.lower()) for digest in DIGESTS | LEGACY_DIGESTS}
"""Digest to the hash that makes it."""


def _pss(algorithm: hashes.HashAlgorithm) -> padding.PSS:
    """RSA-PSS with a salt as long as the digest (RFC 6931 §2.3.9)."""
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)


_PKCS1: Final = padding.PKCS1v15()
_SHA1, _SHA256, _SHA384, _SHA512 = hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()  # noqa: S303
RSA_OF: Final[dict[SignatureMethod, tuple[padding.AsymmetricPadding, hashes.HashAlgorithm]]] = {
    _M.RSA_SHA1: (_PKCS1, _SHA1),
    _M.RSA_SHA256: (_PKCS1, _SHA256),
    _M.RSA_SHA384: (_PKCS1, _SHA384),
    _M.RSA_SHA512: (_PKCS1, _SHA512),
    _M.SHA256_RSA_MGF1: (_pss(_SHA256), _SHA256),
    _M.SHA384_RSA_MGF1: (_pss(_SHA384), _SHA384),
    _M.SHA512_RSA_MGF1: (_pss(_SHA512), _SHA512),
}
"""How `cryptography` verifies each RSA method: padding and hash."""
ECDSA_OF: Final[dict[SignatureMethod, ec.ECDSA]] = {
    _M.ECDSA_SHA1: ec.ECDSA(_SHA1),
    _M.ECDSA_SHA256: ec.ECDSA(_SHA256),
    _M.ECDSA_SHA384: ec.ECDSA(_SHA384),
}
