"""The dashboard and the alert rules ask for metrics that there are, by labels that they have."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

from hub import metrics

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "truc.rules.yaml"
BOARD = ROOT / "deploy" / "grafana" / "truc.json"


def asked() -> dict[str, str]:
    """Every expression, by what it is for."""
    rules = [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]
    panels = json.loads(BOARD.read_text("utf-8"))["panels"]
    found = {rule["alert"]: rule["expr"] for rule in rules}
    return found | {f"{p['title']} {t['refId']}": t["expr"] for p in panels for t in p["targets"]}


def samples() -> set[str]:
    """Every name that /metrics can say."""
    assert metrics.UP
    found = set()
    for family in REGISTRY.collect():
        if family.name.startswith("truc_"):
            suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
            found |= {family.name + suffix for suffix in suffixes}
    return found


@pytest.mark.parametrize(("purpose", "expression"), asked().items())
def test_what_is_asked_for_is_measured(purpose: str, expression: str) -> None:
    names = set(re.findall(r"\btruc_[a-z_]+", expression))

    assert names, purpose
    assert names <= samples()


def test_every_alert_rule_says_what_to_do() -> None:
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["fix"]
            assert rule["labels"]["severity"] in ("page", "ticket")


def test_the_dashboard_is_what_its_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("make", BOARD.with_name("make.py"))
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)

    assert BOARD.read_text("utf-8") == made.text()
