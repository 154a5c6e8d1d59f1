"""`truc group`, as somebody at a shell meets it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli import app
from tests.parts.sqlite import lay_in


@pytest.fixture
def truc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    lay_in(tmp_path / "var")
    runner = CliRunner(env={"TRUC_HOME": str(tmp_path / "var"), "LANG": "C.UTF-8", "LC_ALL": ""})
    return lambda *arguments: runner.invoke(app, list(arguments))


def told(result: Any) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_group_is_filled_from_the_directory_and_changes_from_a_day_on(truc: Any) -> None:
    truc("agency", "add", "H53", "--name", "UBND tỉnh Tây Ninh", "--level", "province")
    truc("agency", "add", "H53.9", "--name", "Sở", "--level", "province", "--parent", "H53")
    for code, parent in (("H53.1", "H53"), ("H53.2", "H53.9")):
        truc("agency", "add", code, "--name", f"Xã {code}", "--level", "commune", "--parent", parent)

    assert told(truc("group", "add", "h53-xa", "--name", "Mọi xã", "--json"))["code"] == "H53-XA"
    filled = told(truc("group", "member", "H53-XA", "--below", "H53", "--on", "2025-07-01", "--json"))
    truc("group", "member", "H53-XA", "H53.2", "--remove", "--on", "2026-01-01")

    assert (filled["members"], filled["changed"]) == (["H53.1", "H53.2"], 2)
    assert told(truc("group", "list", "H53-XA", "--on", "2025-12-31", "--json"))["members"] == ["H53.1", "H53.2"]
    assert told(truc("group", "list", "H53-XA", "--on", "2026-01-01", "--json"))["members"] == ["H53.1"]
    assert [each["code"] for each in told(truc("group", "list", "--json"))["items"]] == ["H53-XA"]


def test_a_group_that_is_not_there_and_members_nobody_knows_are_refused(truc: Any) -> None:
    unknown = truc("group", "member", "KHONG-CO", "H53")
    assert (unknown.exit_code, "unknown-agency" in unknown.stderr) == (1, True)
    missing = truc("group", "list", "KHONG-CO")
    assert (missing.exit_code, "unknown-group" in missing.stderr) == (1, True)
    assert truc("group", "member", "KHONG-CO").exit_code == 2
