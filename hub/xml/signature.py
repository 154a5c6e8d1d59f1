"""What an envelope's signature is worth. Believe an envelope only when all of this holds.

 1. It has exactly one element named Signature, in any namespace (`signature-missing`, `signature-count`).
 2. That is a child of edXMLHeader or of the root (`signature-location`).
 3. It is an XML Signature (`signature-namespace`: the SDK writes it in the edXML namespace, which nobody can verify).
 4. It consists of SignedInfo, SignatureValue and KeyInfo, once each, without Object or comment, and fits the W3C
    schema (`signature-structure`).
 5. It has one Reference (`reference-count`), to the whole document: URI="" (`reference-uri`). An inner element signed
    by its Id can be moved; the document cannot.
 6. Its transforms are enveloped-signature and at most one canonicalisation (`transform`, `c14n`), nothing executable.
 7. Its algorithms are on the list (`algorithm`), SHA-1 only where dated policy says so, and the key fits them.
 8. It carries the certificate (`keyinfo`, `certificate`), whose key is strong enough (`key-size`) and whose profile
    is that of a signer (`certificate-usage`).
 9. The signature over SignedInfo is right under that certificate's key (`signature-invalid`).
10. The digest is that of the document without the Signature and without comments (`digest-mismatch`).
11. The certificate is one of those bound to the calling agency, by itself, by its key, or by issuer and number
    (`untrusted-certificate`), and valid at the hub's time (`certificate-time`).
12. What is read afterwards is the very tree whose digest was taken, and the very contents of attachments that were
    taken out of it. (Chain and revocation: `hub.trust`.)

Points 4 to 8 are looked at by `plain` in one glance where the Signature has the form nearly all have, else by `profile`
and the schema, which also say what is wrong.

A deviation makes a `Verdict`, never an exception; what follows from it is policy. `unverifiable` is kept for what
existing software in the field writes in good faith: the wrong namespace, a made-up transform, a certificate that is
cut short or left out, SHA-1.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hub.domain.agency import BoundCertificate
from hub.domain.trust import Judgement, Verdict
from hub.findings import Finding, finding
from hub.xml.canonical import Contents
from hub.xml.certificates import Leaf, pick_leaf, read_bound_leaf, read_leaf
from hub.xml.engine import check, detach
from hub.xml.names import EDXML, SIGNATURE_PATH, dsig, edxml
from hub.xml.plain import read_plain
from hub.xml.profile import Shape, Unfit, check_shape

_AT_ROOT: Final = [edxml("edXML")]
_IN_HEADER: Final = [edxml("edXMLHeader"), edxml("edXMLEnvelope"), edxml("edXML")]
_SIGNATURE: Final = dsig("Signature")


class Found(NamedTuple):
    """The one Signature of a document; `plain` is its shape where it is of the form that is known to the letter."""

    element: etree._Element
    plain: Shape | None


def find_signature(root: etree._Element) -> tuple[Found | None, list[Finding]]:
    """Find the one Signature where it belongs, None when there is none; else what is wrong with where they stand."""
    found = list(root.iter("{*}Signature"))
    if not found:
        return None, []
    if len(found) > 1:
        line = found[1].sourceline
        return None, [finding("signature-count", SIGNATURE_PATH, line, found=len(found))]
    signature = found[0]
    place = [above.tag for above in signature.iterancestors()]
    if place not in (_IN_HEADER, _AT_ROOT):
        return None, [finding("signature-location", SIGNATURE_PATH, signature.sourceline)]
    return Found(signature, _recognise(signature)), []


def _recognise(signature: etree._Element) -> Shape | None:
    try:
        return read_plain(signature) if signature.tag == _SIGNATURE else None
    except Exception:  # noqa: BLE001  whatever a library makes of it, the long way makes it again and tells
        return None


def judge(
    root: etree._Element,
    signature: Found | None,
    contents: Contents,
    certificates: tuple[BoundCertificate, ...],
    now: datetime,
    *,
    accept_sha1: bool,
) -> Verdict:
    """Judge `signature` and leave `root` without it.

    `contents` are those taken out of `root`; `certificates` those bound to the caller that hold now.
    """
    if signature is None:
        return Verdict(Judgement.ABSENT, "signature-missing")
    line = signature.element.sourceline
    try:
        verdict = _judge(root, signature, contents, certificates, now, accept_sha1=accept_sha1)
    except Unfit as unfit:
        verdict = Verdict(unfit.judgement, unfit.reason, unfit.detail, line=line)
    except Exception as error:  # noqa: BLE001  whatever a library makes of hostile input, it is not a valid signature
        verdict = Verdict(Judgement.BROKEN, "signature-structure", type(error).__name__, line=line)
    detach(signature.element)
    return verdict


def _judge(
    root: etree._Element,
    signature: Found,
    contents: Contents,
    certificates: tuple[BoundCertificate, ...],
    now: datetime,
    *,
    accept_sha1: bool,
) -> Verdict:
    element = signature.element
    if element.tag != _SIGNATURE:
        namespace = etree.QName(element).namespace
        judgement = Judgement.UNVERIFIABLE if namespace == EDXML else Judgement.BROKEN
        raise Unfit("signature-namespace", namespace or "", judgement)
    shape = signature.plain or check_shape(element)
    leaf, is_bound = _find_leaf(shape, certificates)
    marks = () if is_bound else _marks(leaf)
    unrecorded = any(bound.covers(marks) for bound in certificates)
    is_bound = is_bound or unrecorded
    judgement = Judgement.VALID_LEGACY if shape.is_legacy else Judgement.VALID
    der = leaf.certificate.public_bytes(Encoding.DER) if unrecorded else b""
    verdict = Verdict(
        judgement, "", "", leaf.subject, leaf.fingerprint, shape.name, element.sourceline, marks, unrecorded=der
    )
    try:
        _check_policy(shape, accept_sha1=accept_sha1)
        _check_signer(shape, leaf, is_bound=is_bound)
        _check_mathematics(root, element, shape, leaf, contents)
        _check_binding(leaf, now, is_bound=is_bound)
    except Unfit as unfit:
        return replace(verdict, judgement=unfit.judgement, reason=unfit.reason, detail=unfit.detail)
    return verdict


def _check_policy(shape: Shape, *, accept_sha1: bool) -> None:
    """Stop at SHA-1 unless the sender's dated policy takes it."""
    if shape.is_legacy and not accept_sha1:
        raise Unfit("algorithm", shape.name, Judgement.UNVERIFIABLE)


def _check_signer(shape: Shape, leaf: Leaf, *, is_bound: bool) -> None:
    """Check that the certificate may have made such a signature.

    A self-signed certificate that nobody bound is not looked at closely: that it is not trusted says more.
    """
    if not shape.fits(leaf.key):
        raise Unfit("algorithm", shape.name)
    if leaf.fault and (is_bound or not leaf.is_self_issued):
        raise Unfit(leaf.fault)


def _check_mathematics(
    root: etree._Element, signature: etree._Element, shape: Shape, leaf: Leaf, contents: Contents
) -> None:
    """Check signature value and digest."""
    if leaf.key is None:  # `_check_signer` has let a stranger's certificate with such a key go by
        raise Unfit("algorithm")
    if reason := check(root, signature, shape, leaf.key, contents):
        raise Unfit(reason)


def _check_binding(leaf: Leaf, now: datetime, *, is_bound: bool) -> None:
    """Check whose certificate made a signature that is right."""
    if not is_bound:
        raise Unfit("untrusted-certificate", leaf.fingerprint, Judgement.UNTRUSTED)
    if not leaf.is_valid_at(now):
        period = f"{leaf.valid_from.isoformat()} … {leaf.valid_to.isoformat()}"
        raise Unfit("certificate-time", period, Judgement.EXPIRED)


def _find_leaf(shape: Shape, certificates: tuple[BoundCertificate, ...]) -> tuple[Leaf, bool]:
    """Find the signer's certificate and whether it is on record as bound to the caller."""
    for der in shape.certificates:
        for bound in certificates:
            if bound.der == der and (leaf := read_bound_leaf(bound.der)).fingerprint == bound.fingerprint:
                return leaf, True
    try:
        return pick_leaf([read_leaf(der) for der in shape.certificates]), False
    except Exception as error:  # noqa: BLE001  cryptography raises more than it says
        raise Unfit("certificate", str(error), Judgement.UNVERIFIABLE) from None


def _marks(leaf: Leaf) -> tuple[str, ...]:
    """What a certificate that is not on record may be bound by; nothing, where it cannot be told."""
    try:
        return leaf.marks
    except Exception:  # noqa: BLE001  cryptography raises more than it says
        return ()
