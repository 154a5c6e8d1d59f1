"""The quick way to read a Signature and the long one give the same answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from hub.domain.trust import Judgement
from hub.xml.canonical import canonical, read_how
from hub.xml.engine import Arbiter
from hub.xml.plain import read_plain
from hub.xml.profile import Shape, Unfit, check_shape
from tests.xml.builders import DS, EXCLUSIVE, SHA256, a_body, sign_as, swap, verdict_on
from tests.xml.test_signature import HONEST, WRONG

PLAIN = [
    "without a prefix, exclusive",
    "with the prefix ds",
    "indented",
    "enveloped alone",
    "ECDSA P-256",
    "PSS SHA-512",
]


def _signature(body: bytes) -> etree._Element:
    return next(etree.fromstring(body).iter(f"{{{DS}}}Signature"))


def _long_way(signature: etree._Element) -> Shape | None:
    """What profile and schema make of it together."""
    try:
        shape = check_shape(signature)
        Arbiter().validate_schema(signature)  # type: ignore[no-untyped-call]
    except (Unfit, etree.DocumentInvalid):
        return None
    return shape


def _agree(body: bytes) -> bool:
    """Whether the quick way passes on, or says what the long way says."""
    signature = _signature(body)
    quick = read_plain(signature)
    if quick is None:
        return True
    alone = etree.fromstring(etree.tostring(signature[0], with_tail=False))
    assert quick.info is None or quick.info == canonical(alone, read_how(alone[0]))
    return replace(quick, is_exact=False, info=None) == _long_way(signature)


@pytest.mark.parametrize("variant", PLAIN)
def test_the_plain_form_is_recognised(variant: str) -> None:
    body, _ = HONEST[variant]()

    assert read_plain(_signature(body)) is not None


@pytest.mark.parametrize("variant", HONEST)
def test_both_ways_read_the_same_of_an_honest_signature(variant: str) -> None:
    body, _ = HONEST[variant]()

    assert _agree(body)


SIGNED_WRONG = [row for row in WRONG if not row[0].startswith(("B180", "B181", "a made-up"))]


@pytest.mark.parametrize("make", [row[1] for row in SIGNED_WRONG], ids=[row[0] for row in SIGNED_WRONG])
def test_what_the_long_way_refuses_the_quick_way_does_not_recognise(make: Callable[[], bytes]) -> None:
    assert _agree(make())


@pytest.mark.parametrize("spot", range(0, 2600, 13))
def test_both_ways_agree_on_a_signature_with_one_letter_changed(spot: int) -> None:
    body = sign_as(a_body(), gap="\n ")
    start, end = body.index(b"<Signature"), body.index(b"</Signature>")
    at = start + spot % (end - start)
    mutant = body[:at] + b"B" + body[at + 1 :]
    try:
        changed = [etree.fromstring(mutant).find(f".//{{{DS}}}Signature")]
    except etree.XMLSyntaxError:
        return

    assert changed == [None] or _agree(mutant)


ODD = {
    "text beside a step": f'Algorithm="{SHA256}">x</DigestMethod>',
    "an Id on a part": f'Id="d" Algorithm="{SHA256}"/>',
    "an element inside": f'Algorithm="{SHA256}"><x xmlns="urn:x"/></DigestMethod>',
}


@pytest.mark.parametrize("odd", ODD)
def test_what_has_anything_besides_goes_the_long_way(odd: str) -> None:
    body = sign_as(a_body(), mangle=lambda s: s.replace(f'Algorithm="{SHA256}"/>', ODD[odd]))

    assert read_plain(_signature(body)) is None
    assert _agree(body)


def test_an_element_under_another_prefix_of_the_same_namespace_goes_the_long_way() -> None:
    body = sign_as(
        a_body(),
        mangle=lambda s: s.replace("<KeyInfo>", f'<k:KeyInfo xmlns:k="{DS}">').replace("</KeyInfo>", "</k:KeyInfo>"),
    )

    assert read_plain(_signature(body)) is None
    assert verdict_on(body).judgement == Judgement.VALID


def test_unused_bits_of_base64_that_are_not_zero_are_refused_as_the_schema_does() -> None:
    body = sign_as(a_body())
    digest = body[body.index(b"<DigestValue>") + 13 : body.index(b"</DigestValue>")].decode()
    loose = swap(body, digest, digest[:-2] + chr(ord(digest[-2]) + 1) + "=")

    assert read_plain(_signature(loose)) is None
    assert verdict_on(loose).reason == "signature-structure"


def test_inclusive_prefixes_go_the_long_way_and_are_valid() -> None:
    listed = f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="none"/>'
    body = sign_as(
        a_body(),
        mangle=lambda s: s.replace(
            f'<Transform Algorithm="{EXCLUSIVE}"/>', f'<Transform Algorithm="{EXCLUSIVE}">{listed}</Transform>'
        ),
    )

    assert read_plain(_signature(body)) is None
    assert verdict_on(body).judgement == Judgement.VALID
