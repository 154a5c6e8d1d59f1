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
