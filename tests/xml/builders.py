"""Envelopes to begin with, and a signer that will sign anything, in any way: forgeries need one."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from hub.domain.envelope import Address, Envelope, Kind, Message, Staff, StatusMessage
from hub.domain.trust import Verdict
from hub.errors import Rejected
from hub.findings import Finding
from hub.xml.open import Opened, open_document
from hub.xml.write import write_envelope
from tests.pki import NOW, Identity, issue, make_ca

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
ENC: Final = "http://www.w3.org/2001/04/xmlenc#"
C14N_10: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = f"{DS}enveloped-signature"
RSA_SHA256: Final = f"{MORE}rsa-sha256"
SHA256: Final = f"{ENC}sha256"

_HASHES: Final[dict[str, Any]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "md5": hashes.MD5,
}

ROOT: Final = make_ca()
SENDER: Final = issue(ROOT, "Sở Nội vụ tỉnh Mẫu")
"""The certificate bound to the calling agency, unless a test says otherwise."""


def an_envelope(**changes: Any) -> Envelope:
    """A good new document from H53.13 to G22, with one PDF."""
    envelope = Envelope(
        kind=Kind.NEW,
        sender=Address("H53.13", "Sở Nội vụ tỉnh Mẫu"),
        recipients=(Address("G22", "Cơ quan trung ương Mẫu"),),
        document_id="H53.13,2026/11/20,12/SNV-VP",
        code_number="12",
        code_notation="SNV-VP",
        promulgated_on=date(2026, 11, 20),
        subject="V/v báo cáo tình hình gửi, nhận văn bản điện tử",
        place="Tỉnh Mẫu",
        content="Báo cáo tình hình gửi, nhận văn bản điện tử quý III",
        type_name="Công văn",
        signer_name="Nguyễn Văn Mẫu",
        staff=Staff("Trần Thị Mẫu", "Văn thư", "vanthu@mau.example", "0900000000"),
    )
    return replace(envelope, **changes)


def a_body(**changes: Any) -> bytes:
    """The bytes of `an_envelope`."""
    return write_envelope(an_envelope(**changes), [("bao-cao.pdf", "application/pdf", b"%PDF-1.4 noi dung")])


def open_as(body: bytes, *identities: Identity, accept_sha1: bool = False, now: datetime = NOW) -> Opened:
    """Open `body` at `now` for an agency to which these certificates are bound (`SENDER` when none is named)."""
    bound = tuple(identity.bound for identity in identities or (SENDER,))
    return open_document(body, bound, now, accept_sha1=accept_sha1)


def verdict_on(body: bytes, *identities: Identity, accept_sha1: bool = False) -> Verdict:
    """The verdict on `body`."""
    return open_as(body, *identities, accept_sha1=accept_sha1).verdict


def findings_in(body: bytes) -> tuple[Finding, ...]:
    """What refuses `body`; none when it is taken."""
    try:
        open_as(body)
    except Rejected as refusal:
        return refusal.findings
    return ()


def codes_in(body: bytes) -> set[str]:
    """The codes of what refuses `body`."""
    return {finding.code for finding in findings_in(body)}


def warnings_in(body: bytes, now: datetime = NOW) -> set[str]:
    """The codes of the warnings on `body`, which is taken."""
    return {finding.code for finding in open_as(body, now=now).warnings}


def swap(body: bytes, old: str, new: str) -> bytes:
    """`body` with the first `old` made `new`; `old` must be there."""
    assert old.encode() in body, old
    return body.replace(old.encode(), new.encode(), 1)


def without_lines(message: Message) -> Message:
    """`message` without the lines its addresses stand on, which depend on how it was written."""
    sender = message.sender._replace(line=None)
    if isinstance(message, StatusMessage):
        return replace(message, sender=sender, addressee=message.addressee._replace(line=None))
    recipients = tuple(recipient._replace(line=None) for recipient in message.recipients)
    return replace(message, sender=sender, recipients=recipients)


def sign_as(
    body: bytes,
    who: Identity = SENDER,
    *,
    method: str = RSA_SHA256,
    digest: str = SHA256,
    c14n: str = EXCLUSIVE,
    transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE),
    uri: str | None = "",
    prefix: str = "",
    before: str = "</edXML:edXMLHeader>",
    gap: str = "",
    key_info: str | None = None,
    mangle: Callable[[str], str] = lambda signature: signature,
    target: Callable[[etree._Element], etree._Element] = lambda root: root,
) -> bytes:
    """Sign `body` in any way, right or wrong; the mathematics are always right for what was built.

    `mangle` changes the Signature's text before digest and value are computed; `target` picks what is digested.
    """
    p = f"{prefix}:" if prefix else ""
    named = f'xmlns:{prefix}="{DS}"' if prefix else f'xmlns="{DS}"'
    steps = "".join(f'<{p}Transform Algorithm="{step}"/>' for step in transforms)
    reference = "" if uri is None else f' URI="{uri}"'
    carried = key_info or f"<{p}X509Data><{p}X509Certificate>{pem_body(who)}</{p}X509Certificate></{p}X509Data>"
    signature = mangle(
        f'<{p}Signature {named}>{gap}<{p}SignedInfo>{gap}<{p}CanonicalizationMethod Algorithm="{c14n}"/>{gap}'
        f'<{p}SignatureMethod Algorithm="{method}"/>{gap}<{p}Reference{reference}>{gap}'
        f"<{p}Transforms>{steps}</{p}Transforms>{gap}"
        f'<{p}DigestMethod Algorithm="{digest}"/>{gap}<{p}DigestValue>DIGEST</{p}DigestValue>{gap}</{p}Reference>{gap}'
        f"</{p}SignedInfo>{gap}<{p}SignatureValue>VALUE</{p}SignatureValue>{gap}"
        f"<{p}KeyInfo>{carried}</{p}KeyInfo>{gap}</{p}Signature>"
    )
    at = body.rindex(before.encode())
    built = body[:at] + signature.encode() + body[at:]
    algorithm = transforms[-1] if transforms and "c14n" in transforms[-1] else C14N_10
    hashed = hashlib.new(digest.rpartition("#")[2], _canonical(target(without_signature(built)), algorithm)).digest()
    built = built.replace(b"DIGEST<", base64.b64encode(hashed) + b"<", 1)
    info = next(etree.fromstring(built).iter(f"{{{DS}}}SignedInfo"))
    value = _value(who, method, _canonical(info, c14n))
    return built.replace(b"VALUE<", base64.b64encode(value) + b"<", 1)


def without_signature(body: bytes) -> etree._Element:
    """The tree of `body` without its first Signature, written here once more so as not to trust the code under test."""
    root = etree.fromstring(body)
    signature = next(root.iter(f"{{{DS}}}Signature"))
    parent, before, tail = signature.getparent(), signature.getprevious(), signature.tail or ""
    assert parent is not None
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(signature)
    return root


def pem_body(who: Identity) -> str:
    """The base64 of a certificate, without its PEM lines."""
    return base64.b64encode(who.certificate.public_bytes(Encoding.DER)).decode()


def chain_of(*identities: Identity) -> str:
    """An X509Data with these certificates, in this order."""
    certificates = "".join(f"<X509Certificate>{pem_body(one)}</X509Certificate>" for one in identities)
    return f"<X509Data>{certificates}</X509Data>"


def _canonical(node: etree._Element, algorithm: str) -> bytes:
    alone = etree.fromstring(etree.tostring(node, with_tail=False))
    return etree.tostring(
        alone,
        method="c14n",
        exclusive="exc-c14n" in algorithm,
        with_comments=algorithm.endswith("WithComments"),
    )


def _value(who: Identity, method: str, data: bytes) -> bytes:
    key = load_pem_private_key(who.key_pem, None)
    name = method.rpartition("#")[2]
    chosen = next((_HASHES[word]() for word in _HASHES if word in name), hashes.SHA256())
    if isinstance(key, rsa.RSAPrivateKey):
        if "MGF1" in name:
            return key.sign(data, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
        return key.sign(data, padding.PKCS1v15(), chosen)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(chosen)))
        width = (key.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")
    return b"\0" * 64
