"""What the hub signs xmlsec1 verifies, and what xmlsec1 signs the hub finds valid."""

from pathlib import Path

import pytest

from hub.domain.trust import Judgement
from tests.interop import ours, xmlsec
from tests.interop.shapes import BODIES, SHAPES, Shape
from tests.xml.builders import a_body, swap, verdict_on

VALID = ours.valid()
TAMPERED = ours.tampered()
SIGNED_BY_XMLSEC = {
    **BODIES,
    # the nearest counts (Canonical XML 1.0 §2.4); the JDK takes another, so it is not asked
    "xml:lang twice": swap(
        swap(a_body(), "<edXML ", '<edXML xml:lang="en" '), "<edXML:edXMLHeader>", '<edXML:edXMLHeader xml:lang="vi">'
    ),
    **{  # joined by the rules of C14N 1.1, replaced by those of 1.0
        f"xml:base {above!r} and {below!r}": swap(
            swap(a_body(), "<edXML ", f'<edXML xml:base="{above}" '),
            "<edXML:edXMLHeader>",
            f'<edXML:edXMLHeader xml:base="{below}">',
        )
        for above, below in (
            ("http://mau.vn/a/b", "../c/"),
            ("http://mau.vn", "./d//e"),
            ("http://mau.vn/a;p?q", "../../?x=&amp;y#z"),
            ("/a/b", "c"),
            ("http://mau.vn/a/", "https://khac.vn/%20"),
        )
    },
}


@pytest.mark.parametrize("name", VALID)
def test_xmlsec_verifies_what_the_hub_signs(name: str, tmp_path: Path) -> None:
    body, who = VALID[name]

    assert verdict_on(body, who).judgement == Judgement.VALID
    assert xmlsec.verifies(tmp_path, body, who)


@pytest.mark.parametrize("name", TAMPERED)
def test_xmlsec_and_the_hub_refuse_the_same(name: str, tmp_path: Path) -> None:
    body, who = TAMPERED[name]

    assert verdict_on(body, who).judgement != Judgement.VALID
    assert not xmlsec.verifies(tmp_path, body, who)


@pytest.mark.parametrize("name", SIGNED_BY_XMLSEC)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_hub_finds_valid_what_xmlsec_signs(shape: Shape, name: str, tmp_path: Path) -> None:
    body = xmlsec.sign(tmp_path, SIGNED_BY_XMLSEC[name], shape)

    verdict = verdict_on(body, shape.who)

    assert (verdict.judgement, verdict.reason) == (Judgement.VALID, "")
    assert verdict_on(swap(body, "Tỉnh Mẫu", "Tỉnh Khác"), shape.who).reason == "digest-mismatch"


def test_an_xml_base_put_elsewhere_is_seen_though_it_comes_to_the_same(tmp_path: Path) -> None:
    based = swap(a_body(), "<edXML ", '<edXML xml:base="http://mau.vn/a/" ')
    based = swap(based, "<edXML:edXMLHeader>", '<edXML:edXMLHeader xml:base="b/">')
    shape = next(shape for shape in SHAPES if shape.name == "prefixed, C14N 1.1")
    body = xmlsec.sign(tmp_path, based, shape)

    moved = swap(swap(body, '"http://mau.vn/a/"', '"http://mau.vn/"'), 'xml:base="b/"', 'xml:base="a/b/"')
    other = swap(body, 'xml:base="b/"', 'xml:base="c/"')

    assert verdict_on(body, shape.who).judgement == Judgement.VALID
    assert verdict_on(moved, shape.who).reason == "digest-mismatch"
    assert verdict_on(other, shape.who).reason == "signature-invalid"


def test_a_default_namespace_in_a_list_is_signed_as_it_was_in_scope(tmp_path: Path) -> None:
    shape = next(shape for shape in SHAPES if shape.name == "prefixed, the default among the prefixes")
    body = xmlsec.sign(tmp_path, BODIES["a plain document"], shape)

    undeclared = swap(body, "<edXML:edXMLHeader>", '<edXML:edXMLHeader xmlns="">')

    assert verdict_on(body, shape.who).judgement == Judgement.VALID
    assert verdict_on(undeclared, shape.who).reason == "signature-invalid"
    assert not xmlsec.verifies(tmp_path, undeclared, shape.who)
