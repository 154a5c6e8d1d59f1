"""The enveloped signature the hub wants: over the whole document, last in edXMLHeader, nothing else touched.

SignedInfo is written in canonical form to begin with, so what is signed is what stands there.
"""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from hub.errors import rejected
from hub.xml.algorithms import C14N_EXCLUSIVE, ENVELOPED
from hub.xml.gate import scan
from hub.xml.names import DSIG, EDXML, HEADER_PATH, SIGNATURE_PATH
from hub.xml.read import check_root

_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
_ECDSA_SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"


def sign(body: bytes, certificate_pem: bytes, key_pem: bytes) -> bytes:
    """Sign `body`: every byte of it stays, a Signature comes in before the end tag of edXMLHeader.

    `certificate_pem` holds the signer's certificate, then any intermediates. Raises `Rejected` when the document is
    not edXML or is signed already, ValueError for a key that is not RSA or on P-256 or P-384.
    """
    scan(body)
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    check_root(root)
    if (signed := next(root.iter("{*}Signature"), None)) is not None:
        raise rejected("signature-count", SIGNATURE_PATH, signed.sourceline, found=2)
    digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True, with_comments=False)).digest()
    algorithm, value = _signer(_private_key(key_pem))
    info = _signed_info(algorithm, digest)
    canonical = f'<SignedInfo xmlns="{DSIG}">{info}</SignedInfo>'.encode()
    signature = (
        f'<Signature xmlns="{DSIG}"><SignedInfo>{info}</SignedInfo>'
        f"<SignatureValue>{_base64(value(canonical))}</SignatureValue>"
        f"<KeyInfo><X509Data>{_certificates(certificate_pem)}</X509Data></KeyInfo></Signature>"
    )
    at = _end_of_header(body)
    return body[:at] + signature.encode() + body[at:]


@lru_cache(maxsize=8)
def _private_key(pem: bytes) -> object:
    """Load a key; checking an RSA key takes fifty times as long as signing with it, so the last few are kept."""
    return load_pem_private_key(pem, None)


def _signed_info(algorithm: str, digest: bytes) -> str:
    return (
        f'<CanonicalizationMethod Algorithm="{C14N_EXCLUSIVE}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{algorithm}"></SignatureMethod>'
        f'<Reference URI=""><Transforms><Transform Algorithm="{ENVELOPED}"></Transform>'
        f'<Transform Algorithm="{C14N_EXCLUSIVE}"></Transform></Transforms>'
        f'<DigestMethod Algorithm="{_SHA256}"></DigestMethod>'
        f"<DigestValue>{_base64(digest)}</DigestValue></Reference>"
    )


def _signer(key: object) -> tuple[str, Callable[[bytes], bytes]]:
    if isinstance(key, rsa.RSAPrivateKey):
        return _RSA_SHA256, lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return _ECDSA_SHA256, lambda data: _joined(key, data, hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
        return _ECDSA_SHA384, lambda data: _joined(key, data, hashes.SHA384())
    message = "the key must be RSA, or on the curve P-256 or P-384"
    raise ValueError(message)


def _joined(key: ec.EllipticCurvePrivateKey, data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    """Sign as XML Signature wants ECDSA: r and s, each as wide as the curve (RFC 4050 §3.3)."""
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(algorithm)))
    width = (key.key_size + 7) // 8
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def _certificates(pem: bytes) -> str:
    ders = [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(pem)]
    return "".join(f"<X509Certificate>{_base64(der)}</X509Certificate>" for der in ders)


def _base64(data: bytes) -> str:
    return str(base64.b64encode(data), "ascii")


def _end_of_header(body: bytes) -> int:
    """Find the byte where the end tag of edXMLHeader begins."""
    parser = expat.ParserCreate("utf-8", " ")
    places: list[int] = []
    wanted = f"{EDXML} edXMLHeader"

    def end(name: str) -> None:
        if name == wanted:
            places.append(parser.CurrentByteIndex)

    parser.EndElementHandler = end
    parser.Parse(body, True)
    if len(places) != 1 or not body.startswith(b"</", places[0]):
        raise rejected("missing-element", HEADER_PATH, name="edXMLHeader")
    return places[0]
