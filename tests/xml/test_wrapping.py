"""Signature wrapping (XSW): a genuine signature kept, and something else put where it will be read.

The attacks are those of Somorovsky et al., "On Breaking SAML", carried over to edXML. The genuine signature refers to
the inner envelope by its Id, as a signer of parts would; then also the hub's own form, URI="", is wrapped.
"""

from collections.abc import Callable
from typing import Final

import pytest
from lxml import etree

from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.xml.names import EDXML
from tests.xml.builders import DS, a_body, sign_as, swap, verdict_on

BELIEVED: Final = {Judgement.VALID, Judgement.VALID_LEGACY}
ENVELOPE: Final = f"{{{EDXML}}}edXMLEnvelope"
HEADER: Final = f"{{{EDXML}}}edXMLHeader"


def _genuine(uri: str) -> etree._Element:
    body = swap(a_body(), "<edXML:edXMLEnvelope ", '<edXML:edXMLEnvelope Id="doc" ')
    signed = sign_as(body, uri=uri, target=lambda root: root if not uri else root[0])
    return etree.fromstring(signed)


def _forge(envelope: etree._Element, *, new_id: str = "evil") -> etree._Element:
    """A copy of the envelope that names another sender and carries no signature."""
    forged = etree.fromstring(etree.tostring(envelope, with_tail=False))
    for signature in list(forged.iter(f"{{{DS}}}Signature")):
        signature.getparent().remove(signature)  # type: ignore[union-attr]
    sender = forged.find(f".//{{{EDXML}}}From/{{{EDXML}}}OrganId")
    assert sender is not None
    sender.text = "G01"
    forged.set("Id", new_id)
    return forged


def _parts(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    envelope = root[0]
    signature = next(root.iter(f"{{{DS}}}Signature"))
    return envelope, signature


def _xsw1(root: etree._Element) -> None:
    """The original goes under the signature, the forgery takes its place."""
    envelope, signature = _parts(root)
    forged = _forge(envelope)
    root.replace(envelope, forged)
    forged.find(HEADER).append(signature)  # type: ignore[union-attr]
    signature.append(envelope)


def _xsw2(root: etree._Element) -> None:
    """The forgery holds the signature, the original stands beside it."""
    envelope, signature = _parts(root)
    forged = _forge(envelope)
    forged.find(HEADER).append(signature)  # type: ignore[union-attr]
    root.insert(1, forged)


def _xsw3(root: etree._Element) -> None:
    """The forgery stands before the original."""
    root.insert(0, _forge(root[0]))


def _xsw4(root: etree._Element) -> None:
    """The original is nested in the forgery."""
    envelope, _ = _parts(root)
    forged = _forge(envelope)
    root.replace(envelope, forged)
    forged.append(envelope)


def _xsw5(root: etree._Element) -> None:
    """The same Id twice."""
    root.insert(0, _forge(root[0], new_id="doc"))


def _xsw6(root: etree._Element) -> None:
    """The same Id under another spelling of the attribute."""
    forged = _forge(root[0])
    del forged.attrib["Id"]
    forged.set("ID", "doc")
    root.insert(0, forged)


def _xsw7(root: etree._Element) -> None:
    """The original hides in an element nobody knows."""
    envelope, signature = _parts(root)
    forged = _forge(envelope)
    root.replace(envelope, forged)
    forged.find(HEADER).append(signature)  # type: ignore[union-attr]
    etree.SubElement(forged, f"{{{EDXML}}}Extensions").append(envelope)


def _xsw8(root: etree._Element) -> None:
    """The original hides in a ds:Object."""
    envelope, signature = _parts(root)
    forged = _forge(envelope)
    root.replace(envelope, forged)
    forged.find(HEADER).append(signature)  # type: ignore[union-attr]
    etree.SubElement(signature, f"{{{DS}}}Object").append(envelope)


ATTACKS: Final = {f.__name__[1:]: f for f in (_xsw1, _xsw2, _xsw3, _xsw4, _xsw5, _xsw6, _xsw7, _xsw8)}


@pytest.mark.parametrize("uri", ["#doc", ""])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_wrapped_signature_is_never_believed(attack: str, uri: str) -> None:
    root = _genuine(uri)
    ATTACKS[attack](root)

    assert not _is_believed(etree.tostring(root))


@pytest.mark.parametrize("uri", ["#doc", ""])
def test_a_signed_document_inside_a_forged_root_is_never_believed(uri: str) -> None:
    genuine = _genuine(uri)
    forged = etree.fromstring(a_body(subject="Giả mạo"))
    forged.append(genuine)

    assert not _is_believed(etree.tostring(forged))


@pytest.mark.parametrize("part", ["edXMLHeader", "edXMLBody"])
def test_a_signature_over_a_part_is_never_believed(part: str) -> None:
    body = swap(a_body(), f"<edXML:{part}>", f'<edXML:{part} Id="part">')
    find: Callable[[etree._Element], etree._Element] = lambda root: next(root.iter(f"{{{EDXML}}}{part}"))  # noqa: E731

    assert verdict_on(sign_as(body, uri="#part", target=find)).reason == "reference-uri"


def _is_believed(body: bytes) -> bool:
    try:
        return verdict_on(body).judgement in BELIEVED
    except Rejected:
        return False
