"""The threat model names tests, and they are there."""

import re

from tests.house.pages import ROOT

PAGE = ROOT / "docs" / "explanation" / "threat-model.md"


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text("utf-8"))
    lost = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text("utf-8")
    ]

    assert len(named) > 20
    assert lost == []


def test_every_attack_of_the_threat_model_has_a_test() -> None:
    section = PAGE.read_text("utf-8").partition("## Attacks and what stops them")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]

    assert len(rows) > 20
    assert [row for row in rows if "`tests/" not in row] == []
