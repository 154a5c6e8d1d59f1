"""`truc report`, as somebody at a shell meets it, on the embedded database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from tests.parts.sqlite import lay_in

Truc = Callable[..., Result]


@pytest.fixture
def truc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Truc:
    monkeypatch.chdir(tmp_path)
    lay_in(tmp_path / "var")
    runner = CliRunner(env={"TRUC_HOME": str(tmp_path / "var"), "LANG": "C.UTF-8", "LC_ALL": ""})
    assert (
        runner.invoke(app, ["agency", "add", "H53", "--name", "UBND tỉnh Tây Ninh", "--level", "province"]).exit_code
        == 0
    )
    return lambda *arguments: runner.invoke(
        app, arguments if arguments[0] == "subscription" else ["report", *arguments]
    )


def test_a_report_is_printed_beside_one_by_its_name_or_where_it_is_told_to(truc: Truc, tmp_path: Path) -> None:
    by_name = truc("connection", "--period", "2026-Q3", "--pdf")
    told = truc("connection", "--period", "2026-Q3", "-o", "báo cáo.pdf")

    assert (by_name.exit_code, by_name.stdout) == (0, "connection-2026-Q3.pdf\n")
    assert told.exit_code == 0
    printed = (tmp_path / "connection-2026-Q3.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert printed == (tmp_path / "báo cáo.pdf").read_bytes()


def test_a_report_as_json_names_its_agencies_and_is_what_the_file_was_made_of(truc: Truc) -> None:
    answer = truc("connection", "--period", "2026-Q3", "--json")

    assert json.loads(answer.stdout)["rows"] == [
        {"level": "province", "agencies": 1, "connected": 0, "share_connected": 0.0}
    ]


@pytest.mark.parametrize("arguments", [("-o", "x.doc"), ("--pdf", "-o", "x.xlsx")])
def test_a_name_of_another_kind_of_file_is_refused_with_what_there_is(truc: Truc, arguments: tuple[str, ...]) -> None:
    answer = truc("signed", "--period", "2026-Q3", *arguments)

    assert answer.exit_code == 2
    assert ".pdf" in answer.stderr


def test_reports_by_mail_are_subscribed_to_listed_and_ended(truc: Truc) -> None:
    why = ("--reason", "BC 15")
    made = truc(
        "subscription", "add", "signed", "--every", "week", "--to", "vp@cp.vn", "--agency", "H53", "--below", *why
    )
    wrong = truc("subscription", "add", "signed", "--every", "hour", "--to", "nobody", *why)
    listed = json.loads(truc("subscription", "list", "--json").stdout)["items"]
    ended = truc("subscription", "end", "1", *why)
    again = truc("subscription", "end", "1", *why)

    assert made.exit_code == 0, made.stderr
    assert (wrong.exit_code, "every" in wrong.stderr, "addresses" in wrong.stderr) == (1, True, True)
    assert [(one["kind"], one["every"], one["scope"], one["forms"]) for one in listed] == [
        ("signed", "week", "H53/", "pdf")
    ]
    assert (ended.exit_code, again.exit_code) == (0, 1)
    assert "ended" in truc("subscription", "list").stdout
