"""What is signed: the envelope by the office, the receipt by the hub. Nothing here speaks to anybody."""

import base64
import hashlib
import json
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DSIG + "enveloped-signature"


def sign(body: bytes, certificate_pem: bytes, key_pem: bytes) -> bytes:
    """Sign an envelope in UTF-8 by a key that is RSA or on P-256; every byte stays, a Signature comes in."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True, with_comments=False)).digest()
    key = load_pem_private_key(key_pem, None)
    if isinstance(key, rsa.RSAPrivateKey):
        method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    elif isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    else:
        raise ValueError("the key must be RSA or on P-256")  # noqa: TRY004 - it is the wrong kind of key, not of object
    info = (
        f'<CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{method}"></SignatureMethod>'
        f'<Reference URI=""><Transforms><Transform Algorithm="{ENVELOPED}"></Transform>'
        f'<Transform Algorithm="{C14N}"></Transform></Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>'
        f"<DigestValue>{_base64(digest)}</DigestValue></Reference>"
    )
    canonical = f'<SignedInfo xmlns="{DSIG}">{info}</SignedInfo>'.encode()
    if isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(canonical, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(canonical, ec.ECDSA(hashes.SHA256())))
        value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    chain = x509.load_pem_x509_certificates(certificate_pem)
    carried = "".join(f"<X509Certificate>{_base64(c.public_bytes(Encoding.DER))}</X509Certificate>" for c in chain)
    signature = (
        f'<Signature xmlns="{DSIG}"><SignedInfo>{info}</SignedInfo><SignatureValue>{_base64(value)}</SignatureValue>'
        f"<KeyInfo><X509Data>{carried}</X509Data></KeyInfo></Signature>"
    )
    at = body.rindex(b"edXMLHeader>")
    at = body.rindex(b"</", 0, at)
    return body[:at] + signature.encode() + body[at:]


def verify_receipt(receipt: str, keys: list[dict[str, Any]], body: bytes) -> dict[str, Any]:
    """Check that the hub signed this receipt and that it is for these bytes; answers its claims, else ValueError."""
    head, payload, signature = receipt.split(".")
    header = json.loads(_unbase64(head))
    if header.get("alg") != "Ed25519" or header.get("typ") != "truc-receipt+jws":
        raise ValueError("not a receipt")
    key = next((key for key in keys if key.get("kid") == header["kid"]), None)
    if key is None:
        raise ValueError(f"signed by the key {header['kid']}, which is none of the hub's")
    try:
        Ed25519PublicKey.from_public_bytes(_unbase64(key["x"])).verify(
            _unbase64(signature), f"{head}.{payload}".encode()
        )
    except InvalidSignature as error:
        raise ValueError("the receipt was changed") from error
    claims: dict[str, Any] = json.loads(_unbase64(payload))
    if claims["sha256"] != hashlib.sha256(body).hexdigest():
        raise ValueError("a receipt for other bytes")
    return claims


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
