"""Signature wrapping: a genuine signature is kept and something else put where it will be read.

The eight attacks of Somorovsky et al., "On Breaking SAML", in edXML's clothes, each on a signer of the part (by Id)
and on a signer of the whole (URI=""), and the genuine document put whole into a forged one.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from lxml import etree

from hub.xml.names import EDXML
from tests.forgeries.case import BODY, Case, Family, Outcome, Refused, broken, signed
from tests.xml.builders import DS, a_body, swap

Attack = Callable[[etree._Element], None]
_HEADER: Final = f"{{{EDXML}}}edXMLHeader"


def genuine(uri: str) -> etree._Element:
    """The genuine document, its envelope signed by Id, or all of it."""
    body = swap(BODY, "<edXML:edXMLEnvelope ", '<edXML:edXMLEnvelope Id="doc" ')
    return etree.fromstring(signed(body, uri=uri, target=lambda root: root[0] if uri else root))


def _forged(envelope: etree._Element, new_id: str = "evil") -> etree._Element:
    forged = etree.fromstring(etree.tostring(envelope, with_tail=False))
    for signature in list(forged.iter(f"{{{DS}}}Signature")):
        above = signature.getparent()
        assert above is not None
        above.remove(signature)
    subject = forged.find(f".//{{{EDXML}}}Subject")
    assert subject is not None
    subject.text = "Giả mạo"
    forged.set("Id", new_id)
    return forged


def _header(envelope: etree._Element) -> etree._Element:
    header = envelope.find(_HEADER)
    assert header is not None
    return header


def _signature(root: etree._Element) -> etree._Element:
    return next(root.iter(f"{{{DS}}}Signature"))


def _replaced(root: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element]:
    """Put a forgery in the genuine envelope's place, with the genuine signature in it."""
    envelope, signature = root[0], _signature(root)
    forged = _forged(envelope)
    root.replace(envelope, forged)
    _header(forged).append(signature)
    return envelope, signature, forged


def _under_the_signature(root: etree._Element) -> None:
    envelope, signature, _ = _replaced(root)
    signature.append(envelope)


def _beside_after(root: etree._Element) -> None:
    envelope, signature = root[0], _signature(root)
    forged = _forged(envelope)
    _header(forged).append(signature)
    root.insert(1, forged)


def _beside_before(root: etree._Element) -> None:
    root.insert(0, _forged(root[0]))


def _nested(root: etree._Element) -> None:
    envelope, _, forged = _replaced(root)
    forged.append(envelope)


def _same_id(root: etree._Element) -> None:
    root.insert(0, _forged(root[0], "doc"))


def _same_id_otherwise_spelt(root: etree._Element) -> None:
    forged = _forged(root[0])
    del forged.attrib["Id"]
    forged.set("ID", "doc")
    root.insert(0, forged)


def _in_extensions(root: etree._Element) -> None:
    envelope, _, forged = _replaced(root)
    etree.SubElement(forged, f"{{{EDXML}}}Extensions").append(envelope)


def _in_object(root: etree._Element) -> None:
    envelope, signature, _ = _replaced(root)
    etree.SubElement(signature, f"{{{DS}}}Object").append(envelope)


def _in_key_info(root: etree._Element) -> None:
    envelope, signature, _ = _replaced(root)
    signature[2].append(envelope)


def _in_message_header(root: etree._Element) -> None:
    envelope, _, forged = _replaced(root)
    _header(forged)[0].append(envelope)


def _in_trace_list(root: etree._Element) -> None:
    envelope, _, forged = _replaced(root)
    _header(forged)[1].append(envelope)


def _in_attachments(root: etree._Element) -> None:
    envelope, _, _ = _replaced(root)
    root[1].append(envelope)


def _signature_moved_to_root(root: etree._Element) -> None:
    envelope, signature, forged = _replaced(root)
    root.append(signature)
    forged.append(envelope)


_REPEATED: Final = Refused("repeated-element")
_COUNT: Final = Refused("signature-count")
_UNKNOWN: Final = Refused("unknown-element")
_PLACE: Final = Refused("signature-location")
_TWICE: Final = Refused("duplicate-id")
_STRUCTURE: Final = broken("signature-structure")
_URI: Final = broken("reference-uri")

ATTACKS: Final[dict[str, tuple[Attack, Outcome, Outcome]]] = {
    "XSW1 under the signature": (_under_the_signature, _STRUCTURE, _STRUCTURE),
    "XSW2 beside, after": (_beside_after, _REPEATED, _REPEATED),
    "XSW3 beside, before": (_beside_before, _REPEATED, _REPEATED),
    "XSW4 nested": (_nested, _UNKNOWN, _UNKNOWN),
    "XSW5 the same Id": (_same_id, _TWICE, _TWICE),
    "XSW6 the same Id as ID": (_same_id_otherwise_spelt, _TWICE, _TWICE),
    "XSW7 in Extensions": (_in_extensions, _UNKNOWN, _UNKNOWN),
    "XSW8 in Object": (_in_object, _STRUCTURE, _STRUCTURE),
    "in KeyInfo": (_in_key_info, _URI, broken("keyinfo")),
    "in MessageHeader, where the unknown is kept": (_in_message_header, _URI, broken("digest-mismatch")),
    "in TraceHeaderList, where the unknown is kept": (_in_trace_list, _URI, broken("digest-mismatch")),
    "in AttachmentEncoded": (_in_attachments, _UNKNOWN, _UNKNOWN),
    "the signature at the root": (_signature_moved_to_root, _UNKNOWN, _UNKNOWN),
}


def _attacked(attack: Attack, uri: str) -> bytes:
    root = genuine(uri)
    attack(root)
    return etree.tostring(root)


WHOLE: Final[dict[str, tuple[str, Outcome]]] = {
    "in the root, last": ("</edXML>", _PLACE),
    "in the header": ("</edXML:edXMLHeader>", _PLACE),
    "in MessageHeader": ("</edXML:MessageHeader>", _PLACE),
    "in Subject": ("</edXML:Subject>", _PLACE),
    "in the manifest": ("</edXML:edXMLManifest>", _PLACE),
    "in TraceHeaderList": ("</edXML:TraceHeaderList>", _PLACE),
    "in AttachmentEncoded": ("</AttachmentEncoded>", _PLACE),
    "in an attachment": ("</Attachment>", _PLACE),
}


def _whole(place: str, uri: str) -> bytes:
    inner = etree.tostring(genuine(uri), encoding="unicode")
    return swap(a_body(subject="Giả mạo"), place, inner + place)


def _whole_with_signature_lifted(uri: str, place: str) -> bytes:
    """The genuine document inside a forged one, whose own place for a Signature holds the genuine Signature."""
    root = genuine(uri)
    signature = _signature(root)
    text = etree.tostring(signature, encoding="unicode", with_tail=False)
    above = signature.getparent()
    assert above is not None
    above.remove(signature)
    inner = etree.tostring(root, encoding="unicode")
    outer = swap(a_body(subject="Giả mạo"), "</edXML:edXMLHeader>", text + "</edXML:edXMLHeader>")
    return swap(outer, place, inner + place)


def _two_roots() -> bytes:
    first = signed()
    return first + first[first.index(b"<edXML ") :]


def family() -> Family:
    """Every wrapping."""
    for name, (attack, by_id, whole) in ATTACKS.items():
        yield Case(f"{name}, signed by Id", partial(_attacked, attack, "#doc"), by_id)
        yield Case(f"{name}, signed whole", partial(_attacked, attack, ""), whole)
    for name, (place, outcome) in WHOLE.items():
        yield Case(f"the whole document {name}, signed by Id", partial(_whole, place, "#doc"), outcome)
        yield Case(f"the whole document {name}, signed whole", partial(_whole, place, ""), outcome)
    lifted = {
        "kept in MessageHeader": ("</edXML:MessageHeader>", _URI, broken("digest-mismatch")),
        "kept in TraceHeaderList": ("</edXML:TraceHeaderList>", _URI, broken("digest-mismatch")),
        "in the body": ("</edXML:edXMLBody>", _UNKNOWN, _UNKNOWN),
    }
    for name, (place, by_id, whole) in lifted.items():
        yield Case(
            f"the document {name}, its signature lifted, by Id",
            partial(_whole_with_signature_lifted, "#doc", place),
            by_id,
        )
        yield Case(
            f"the document {name}, its signature lifted, whole", partial(_whole_with_signature_lifted, "", place), whole
        )
    yield Case("two documents in one body", _two_roots, Refused("not-well-formed"))
