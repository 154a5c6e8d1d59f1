"""Signing with what `sign_as` has no word for: parameters of canonicalisation, other documents, other mathematics."""

import base64
import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from tests.forgeries.case import BODY, SIGNER, signed
from tests.pki import Identity
from tests.xml.builders import DS, without_signature

WIDTH = 32


def c14n(node: etree._Element, *, exclusive: bool = True, prefixes: list[str] | None = None) -> bytes:
    """Canonicalise `node` as the root of a document of its own, without comments."""
    alone = etree.fromstring(etree.tostring(node, with_tail=False))
    return etree.tostring(
        alone, method="c14n", exclusive=exclusive, with_comments=False, inclusive_ns_prefixes=prefixes
    )


def numbers(who: Identity, data: bytes) -> tuple[int, int]:
    """Sign by ECDSA with SHA-256 and give the two numbers."""
    key = load_pem_private_key(who.key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))


def joined(r: int, s: int, width: int = WIDTH) -> bytes:
    """Write two numbers as XML Signature wants them."""
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def ecdsa(data: bytes, who: Identity = SIGNER) -> bytes:
    """Sign by ECDSA with SHA-256 as XML Signature wants it."""
    return joined(*numbers(who, data))


def seal(
    template: bytes,
    value: Callable[[bytes], bytes] = ecdsa,
    *,
    digested: Callable[[etree._Element], bytes] = c14n,
    info: Callable[[etree._Element], bytes] = c14n,
) -> bytes:
    """Fill in the first DIGEST and VALUE of `template`.

    `digested` makes bytes of the document without its Signature, `info` of SignedInfo, `value` a signature of those.
    """
    hashed = base64.b64encode(hashlib.sha256(digested(without_signature(template))).digest())
    built = template.replace(b"DIGEST<", hashed + b"<", 1)
    signed_info = next(etree.fromstring(built).iter(f"{{{DS}}}SignedInfo"))
    return built.replace(b"VALUE<", base64.b64encode(value(info(signed_info))) + b"<", 1)


def revalue(body: bytes, change: Callable[[bytes], bytes], name: str = "SignatureValue") -> bytes:
    """Change the bytes that stand in base64 in the first element `name`."""
    start = body.index(f"<{name}>".encode()) + len(name) + 2
    end = body.index(b"<", start)
    return body[:start] + base64.b64encode(change(base64.b64decode(body[start:end]))) + body[end:]


def template(body: bytes) -> bytes:
    """Sign `body`, then write DIGEST and VALUE where these stood."""
    text = signed(body).decode()
    for name, word in (("DigestValue", "DIGEST"), ("SignatureValue", "VALUE")):
        start = text.index(f"<{name}>") + len(name) + 2
        text = text[:start] + word + text[text.index(f"</{name}>") :]
    return text.encode()


def signed_large(body: bytes) -> bytes:
    """Sign a document of any size; it is parsed once, and the Signature comes last in edXMLHeader."""
    root = etree.fromstring(body, etree.XMLParser(huge_tree=True))
    hashed = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True, with_comments=False)).digest()
    small = template(BODY)
    start, end = small.index(b"<Signature "), small.index(b"</Signature>") + len(b"</Signature>")
    signature = small[start:end].replace(b"DIGEST<", base64.b64encode(hashed) + b"<")
    value = ecdsa(c14n(etree.fromstring(signature)[0]))
    at = body.rindex(b"</edXML:edXMLHeader>")
    return body[:at] + signature.replace(b"VALUE<", base64.b64encode(value) + b"<") + body[at:]
