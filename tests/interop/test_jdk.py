"""What the hub signs the JDK verifies, and what the JDK signs the hub finds valid."""

from itertools import product
from pathlib import Path

import pytest

from hub.domain.trust import Judgement
from tests.interop import jdk, ours
from tests.interop.shapes import BODIES, PSS_SHAPE, SHAPES
from tests.xml.builders import swap, verdict_on

pytestmark = pytest.mark.xdist_group("jdk")

JDK_SHAPES = (*SHAPES, PSS_SHAPE)


def test_the_jdk_verifies_what_the_hub_signs_and_refuses_what_was_changed(tmp_path: Path) -> None:
    good, bad = ours.valid(), ours.tampered()

    said = jdk.verify(tmp_path, [*good.values(), *bad.values()])

    assert dict(zip(good, said, strict=False)) == dict.fromkeys(good, "valid")
    assert "valid" not in said[len(good) :]
    assert len(said) == len(good) + len(bad)


def test_the_hub_finds_valid_what_the_jdk_signs(tmp_path: Path) -> None:
    asked = list(product(BODIES, JDK_SHAPES))
    bodies = jdk.sign(tmp_path, [(BODIES[name], shape) for name, shape in asked])

    for (name, shape), body in zip(asked, bodies, strict=True):
        verdict = verdict_on(body, shape.who)
        assert (name, shape.name, verdict.judgement, verdict.reason) == (name, shape.name, Judgement.VALID, "")
        assert verdict_on(swap(body, "Tỉnh Mẫu", "Tỉnh Khác"), shape.who).reason == "digest-mismatch"
