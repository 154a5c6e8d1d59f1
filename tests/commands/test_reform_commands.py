"""`truc agency` in time, at a shell: two persons, a dry run, a file of changes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from tests.parts.sqlite import lay_in

Truc = Callable[..., Result]
LATER = (datetime.now(UTC).date() + timedelta(days=40)).isoformat()


@pytest.fixture
def truc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Truc:
    monkeypatch.chdir(tmp_path)
    lay_in(tmp_path / "var")
    runner = CliRunner(env={"TRUC_HOME": str(tmp_path / "var"), "LANG": "C.UTF-8", "LC_ALL": ""})

    def run(*arguments: object, by: str = "") -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments], env={"SUDO_USER": by})

    for code, level in (("H53", "province"), ("H39", "province")):
        assert run("agency", "add", code, "--name", f"UBND {code}", "--level", level).exit_code == 0
    for code in ("H53.1", "H53.2"):
        assert run("agency", "add", code, "--name", code, "--level", "commune", "--parent", "H53").exit_code == 0
    return run


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_dry_run_says_what_would_follow_and_keeps_nothing(truc):
    shown = truc("agency", "merge", "H53", "--into", "H39", "--on", LATER, "--dry-run").stdout

    assert f"would merge H53 -> H39 from {LATER}" in shown
    assert "2 agencies below: H53.1, H53.2" in shown
    assert "documents to H53: delivered, H39" in shown
    assert "waits for a second person" in shown
    assert answer(truc("agency", "changes", "--json"))["items"] == []


def test_a_change_of_level_one_is_approved_by_another_person(truc):
    told = answer(truc("agency", "merge", "H39", "--into", "H53", "--on", LATER, "--decree", "202", "--json", by="an"))
    assert (told["closed"], told["change_state"]) == ([], "planned")

    own = truc("agency", "approve", told["change"], by="an")
    assert (own.exit_code, "second-person" in own.stderr) == (1, True)
    (approved,) = answer(truc("agency", "approve", told["change"], "--json", by="binh"))["items"]

    assert (approved["state"], approved["decree"]) == ("approved", "202")
    assert answer(truc("agency", "show", "H39", "--on", LATER, "--json"))["state"] == "closed"
    assert answer(truc("agency", "show", "H39", "--json"))["state"] == "active"


def test_each_kind_of_change_has_its_command(truc):
    truc("agency", "re-parent", "H53.1", "--to", "H39", "--on", LATER)
    truc("agency", "level", "H53.1", "district", "--on", LATER)
    truc("agency", "gso", "H53.1", "25666", "--on", LATER)
    truc("agency", "recode", "H53.2", "H53.25667", "--on", LATER)

    moved = answer(truc("agency", "show", "H53.1", "--on", LATER, "--json"))
    assert (moved["parent"], moved["level"], moved["gso"]) == ("H39", "district", "25666")
    assert answer(truc("agency", "show", "H53.25667", "--on", LATER, "--json"))["continues"] == "H53.2"
    assert [one["kind"] for one in answer(truc("agency", "changes", "--json"))["items"]] == [
        "recode", "gso", "level", "re-parent",
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), [("channel", ["inbox"]), ("contact", ["--name", "Bà An"])])
def test_a_reason_is_kept_with_a_change_that_is_asked_for_without_a_day(truc, kind, words):
    assert truc("agency", kind, "H53.1", *words, "--reason", "dời trụ sở").exit_code == 0

    (change,) = answer(truc("agency", "changes", "--json"))["items"]
    assert (change["kind"], change["state"], change["reason"]) == (kind, "made", "dời trụ sở")


def test_a_file_of_changes_is_planned_whole_or_not_at_all(truc, tmp_path):
    file = tmp_path / "changes.csv"
    good = f"kind,agencies,into,to,on,source\nrename,H53.1,,Xã Một,{LATER},x\nclose,level=commune,,,{LATER},x\n"
    file.write_text(good + f"merge,H99,H53,,{LATER},x\n", "utf-8")
    refused = truc("agency", "plan", file)
    assert (refused.exit_code, "unknown-agency" in refused.stderr) == (1, True)
    assert answer(truc("agency", "changes", "--json"))["items"] == []

    file.write_text(good, "utf-8")
    made = answer(truc("agency", "plan", file, "--json"))["items"]

    assert [(one["kind"], one["agencies"]) for one in made] == [("rename", ["H53.1"]), ("close", ["H53.1", "H53.2"])]
    withdrawn = answer(truc("agency", "withdraw", made[1]["id"], "--reason", "nhầm", "--json"))["items"]
    assert withdrawn[0]["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("agencies\nH53\n", "change-columns"),
        ("kind,agencies\nexplode,H53\n", "csv-value"),
        ("kind,agencies,on\nclose,H53.1,soon\n", "csv-date"),
        ("kind,agencies\nmerge,H53.1\n", "change-incomplete"),
    ],
)
def test_a_bad_file_of_changes_is_refused_with_its_lines(truc, tmp_path, content, code):
    file = tmp_path / "changes.csv"
    file.write_text(content, "utf-8")

    refused = truc("agency", "plan", file)

    assert (refused.exit_code, refused.stdout, code in refused.stderr) == (1, "", True)


@pytest.mark.parametrize(
    ("rule", "on", "state"),
    [
        ("planned", "2025-07-01", "made"),
        ("planned", LATER, "planned"),
        ("always", "2025-07-01", "planned"),
        ("never", LATER, "approved"),
    ],
)
def test_a_setting_says_which_changes_of_level_one_wait_for_a_second_person(truc, monkeypatch, rule, on, state):
    monkeypatch.setenv("TRUC_TWO_PERSONS", rule)

    truc("agency", "merge", "H39", "--into", "H53", "--on", on)

    (change,) = answer(truc("agency", "changes", "--json"))["items"]
    assert change["state"] == state


@pytest.mark.parametrize("option", ["--reason", "--decree"])
@pytest.mark.parametrize("words", [("rename", "H53", "UBND mới"), ("recode", "H53", "H99"), ("close", "H53")])
def test_a_reason_that_is_too_long_is_refused_by_every_command_and_not_cut(truc, words, option):
    result = truc("agency", *words, option, "x" * 2001)

    assert result.exit_code == 2
    assert "2000" in result.stderr
    assert truc("agency", "show", "H53", "--json").exit_code == 0
    assert answer(truc("agency", "show", "H53", "--json"))["name"] == "UBND H53"
