"""`truc agency` and `truc user`, as somebody at a shell meets them, on the embedded database."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from hub.store.migrate import migrate
from tests import pki
from tests.parts.sqlite import lay_in

Truc = Callable[..., Result]
PROVINCE = ("agency", "add", "H53", "--name", "UBND tỉnh Tây Ninh", "--level", "province")


@pytest.fixture
def truc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Truc:
    monkeypatch.chdir(tmp_path)
    lay_in(tmp_path / "var")
    runner = CliRunner(env={"TRUC_HOME": str(tmp_path / "var"), "LANG": "C.UTF-8", "LC_ALL": ""})

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(result: Result, code: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert code in result.stderr
    assert "Traceback" not in result.stderr


def test_an_agency_is_added_before_the_hub_ever_started(truc, tmp_path):
    (tmp_path / "var" / "truc.sqlite3").unlink()
    made = answer(truc(*PROVINCE, "--alias", "000.00.00.H53", "--alias", "10.H53", "--json"))

    key = made.pop("api_key")
    assert made == {
        "code": "H53",
        "name": "UBND tỉnh Tây Ninh",
        "level": "province",
        "aliases": ["000.00.00.H53", "10.H53"],
        "signature": "verify-if-present",
    }
    assert key.startswith("trk_")


def test_the_key_is_shown_once_and_never_again(truc):
    key = answer(truc(*PROVINCE, "--json"))["api_key"]

    shown = truc("agency", "show", "H53", "--json")

    assert key.split("_", 2)[2] not in shown.stdout
    assert [each["id"] for each in answer(shown)["keys"]] == [key.split("_")[1]]


@pytest.mark.parametrize("code", ["vxp.saas.03", "000.1137.H53", "020100107370", "A" * 35])
def test_a_code_of_no_published_grammar_is_taken_as_it_is(truc, code):
    assert answer(truc("agency", "add", code, "--name", "x", "--level", "central", "--json"))["code"] == code


@pytest.mark.parametrize("code", ["", " ", "H 53", "A" * 36])
def test_what_cannot_be_a_code_is_refused_with_a_reason(truc, code):
    refused(truc("agency", "add", code, "--name", "x", "--level", "central"), "code-impossible")


def test_a_code_that_is_taken_is_refused(truc):
    truc(*PROVINCE)

    refused(truc(*PROVINCE, "--json"), "code-taken")


@pytest.mark.parametrize(
    "arguments",
    [
        ("agency", "add", "H53", "--name", "x"),
        ("agency", "add", "H53", "--name", "x", "--level", "village"),
        ("agency", "add", "H53", "--name", "x", "--level", "province", "--signature", "maybe"),
        ("agency", "close", "H53", "--on", "tomorrow"),
        ("agency", "close", "H53", "--grace", "-1"),
        ("agency", "rename", "H53"),
        ("agency", "cert", "H53"),
        ("agency", "merge", "H53"),
        ("agency", "show"),
        ("user", "add", "lan"),
        ("user", "add", "lan", "--role", "king"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(truc, arguments):
    result = truc(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage" in result.stderr


def test_every_command_is_named_as_the_manual_names_it(truc):
    listed = truc("agency", "--help").stdout

    names = ["add", "suspend", "resume", "key", "show", "list", "import", "export", "cert", "close", "rename", "merge"]
    for name in [*names, "split"]:
        assert f" {name} " in listed


def test_an_unknown_agency_is_a_sentence_with_codes_alike(truc):
    truc(*PROVINCE)

    result = truc("agency", "suspend", "H35")

    refused(result, "unknown-agency")
    assert "H53" in result.stderr


def test_an_agency_is_suspended_and_resumed(truc):
    truc(*PROVINCE)

    assert answer(truc("agency", "suspend", "H53", "--json"))["state"] == "suspended"
    assert answer(truc("agency", "resume", "H53", "--json"))["state"] == "active"


def test_a_further_key_is_another_key_and_can_be_revoked(truc):
    first = answer(truc(*PROVINCE, "--json"))["api_key"]
    second = answer(truc("agency", "key", "H53", "--json"))["api_key"]
    assert first != second

    key_id = first.split("_")[1]
    assert answer(truc("agency", "key", "H53", "--revoke", key_id, "--json")) == {"code": "H53", "revoked": key_id}

    keys = {each["id"]: each["revoked_at"] for each in answer(truc("agency", "show", "H53", "--json"))["keys"]}
    assert keys[key_id] is not None
    assert keys[second.split("_")[1]] is None


def test_a_code_is_closed_in_the_past_with_a_successor(truc):
    truc(*PROVINCE)
    truc("agency", "add", "H39", "--name", "UBND tỉnh Long An", "--level", "province")

    closed = answer(
        truc("agency", "close", "H39", "--on", "2025-07-01", "--successor", "h53", "--grace", "30", "--json")
    )

    assert (closed["state"], closed["valid_to"], closed["successors"], closed["grace_days"]) == (
        "closed",
        "2025-07-01",
        ["H53"],
        30,
    )
    assert answer(truc("agency", "show", "H39", "--on", "2025-06-30", "--json"))["state"] == "active"


def test_a_successor_nobody_knows_is_refused(truc):
    truc(*PROVINCE)

    refused(truc("agency", "close", "H53", "--successor", "H99"), "successor-unknown")


def test_a_name_changes_from_a_day_on(truc):
    truc("agency", "add", "H57", "--name", "UBND tỉnh Thừa Thiên Huế", "--level", "province")

    renamed = answer(truc("agency", "rename", "H57", "UBND thành phố Huế", "--on", "2025-01-01", "--json"))

    assert renamed["name"] == "UBND thành phố Huế"
    before = answer(truc("agency", "show", "H57", "--on", "2024-12-31", "--json"))
    assert before["name"] == "UBND tỉnh Thừa Thiên Huế"


def test_a_merger_and_a_split_lead_where_they_say(truc):
    for code in ("H36", "H11", "H16", "H77"):
        truc("agency", "add", code, "--name", code, "--level", "province")

    merged = answer(truc("agency", "merge", "H11", "H16", "--into", "H36", "--on", "2025-07-01", "--json"))

    assert merged == {"into": "H36", "closed": ["H11", "H16"]}
    refused(truc("agency", "split", "H36", "--into", "H77"), "successors-few")
    truc("agency", "add", "H78", "--name", "x", "--level", "province")
    split = answer(truc("agency", "split", "H36", "--into", "H77", "--into", "H78", "--on", "2026-01-01", "--json"))
    assert split["successors"] == ["H77", "H78"]


def test_the_list_is_searched_and_narrowed(truc):
    truc(*PROVINCE)
    truc("agency", "add", "H53.21", "--name", "UBND xã An Bình", "--level", "commune", "--parent", "H53")

    def codes(*filters: str) -> list[str]:
        return [each["code"] for each in answer(truc("agency", "list", *filters, "--json"))["items"]]

    assert codes() == ["H53", "H53.21"]
    assert codes("--q", "tay ninh") == ["H53"]
    assert codes("--level", "commune") == codes("--parent", "H53") == ["H53.21"]
    assert "UBND xã An Bình" in truc("agency", "list").stdout


# -- files -------------------------------------------------------------------------------------------------------


def test_a_file_is_taken_in_with_its_faults_named(truc, tmp_path):
    file = tmp_path / "agencies.csv"
    file.write_text(
        "code,name,level,source\nG12,Bộ Tài chính,central,x\nG12,lặp,central,x\nH 1,hỏng,province,x\n", "utf-8"
    )

    said = answer(truc("agency", "import", file, "--with-keys", "--json"))

    assert (said["added"], said["changed"], said["refused"]) == (1, 0, 2)
    assert [(f["line"], f["code"]) for f in said["findings"]] == [(3, "csv-duplicate"), (4, "code-impossible")]
    assert [each["code"] for each in said["keys"]] == ["G12"]
    assert said["keys"][0]["api_key"].startswith("trk_")


def test_a_strict_import_takes_all_or_nothing(truc, tmp_path):
    file = tmp_path / "agencies.csv"
    file.write_text("code,name,level\nG12,Bộ Tài chính,central\nH 1,hỏng,province\n", "utf-8")

    refused(truc("agency", "import", file, "--strict"), "code-impossible")

    assert answer(truc("agency", "list", "--json"))["items"] == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "csv-columns"),
        (b"name\nx\n", "csv-columns"),
        ("code,name,level\nG12,Bộ,central\n".encode("utf-16"), "csv-unreadable"),
        (b"code,name,level\nG12,B\xf4,central\n", "csv-unreadable"),
        (b"code,name,level\n,,\nH 1,x,central\n", "code-impossible"),
    ],
)
def test_a_file_that_gives_nothing_is_refused_with_a_reason(truc, tmp_path, content, code):
    file = tmp_path / "agencies.csv"
    file.write_bytes(content)

    refused(truc("agency", "import", file), code)


def test_a_file_that_is_not_there_is_a_sentence(truc, tmp_path):
    refused(truc("agency", "import", tmp_path / "none.csv"), "none.csv")
    truc(*PROVINCE)
    refused(truc("agency", "cert", "H53", tmp_path / "none.pem"), "none.pem")


def test_what_is_exported_is_imported_again_as_it_was(truc, tmp_path):
    truc(*PROVINCE, "--alias", "000.00.00.H53")
    truc("agency", "add", "X1", "--name", "=HYPERLINK(1)", "--level", "central")
    before = answer(truc("agency", "list", "--json"))
    file = tmp_path / "out.csv"

    assert truc("agency", "export", "-o", file).exit_code == 0
    assert answer(truc("agency", "import", file, "--json"))["changed"] == 2

    assert answer(truc("agency", "list", "--json")) == before
    assert "'=HYPERLINK" in file.read_text("utf-8")
    assert truc("agency", "export").stdout.replace("\r\n", "\n") == file.read_text("utf-8")


# -- certificates ------------------------------------------------------------------------------------------------


def test_a_bound_certificate_is_shown_and_makes_signatures_required(truc, tmp_path):
    truc(*PROVINCE)
    leaf = pki.issue(None, "Tây Ninh")
    file = tmp_path / "cert.pem"
    file.write_bytes(leaf.certificate_pem)

    bound = answer(truc("agency", "cert", "H53", file, "--pinned", "--json"))

    assert (bound["code"], bound["fingerprint"], bound["pinned"]) == ("H53", leaf.fingerprint, True)
    shown = answer(truc("agency", "show", "H53", "--json"))
    assert shown["signature"] == "required"
    assert [each["fingerprint"] for each in shown["certificates"]] == [leaf.fingerprint]

    assert truc("agency", "cert", "H53", "--revoke", leaf.fingerprint).exit_code == 0
    assert answer(truc("agency", "show", "H53", "--json"))["certificates"][0]["revoked_at"]


def test_a_certificate_of_another_agency_is_refused(truc, tmp_path):
    truc(*PROVINCE)
    truc("agency", "add", "G12", "--name", "Bộ Tài chính", "--level", "central")
    file = tmp_path / "cert.pem"
    file.write_bytes(pki.issue(None, "Tây Ninh").certificate_pem)
    truc("agency", "cert", "H53", file)

    refused(truc("agency", "cert", "G12", file), "certificate-taken")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\x30\x82\x01",
        b"-----BEGIN CERTIFICATE-----\nMIIFqTCCBJG\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
    ],
)
def test_a_file_that_is_no_certificate_is_a_sentence_not_a_stack(truc, tmp_path, content):
    truc(*PROVINCE)
    file = tmp_path / "cert.pem"
    file.write_bytes(content)

    refused(truc("agency", "cert", "H53", file), "not-a-certificate")


# -- people ------------------------------------------------------------------------------------------------------


def test_a_person_gets_a_token_and_a_password(truc):
    truc(*PROVINCE)

    made = answer(truc("user", "add", "lan", "--role", "observer", "--scope", "h53", "--json"))

    assert set(made) == {"name", "role", "token", "password", "scope", "reach"}
    assert (made["name"], made["role"], made["scope"]) == ("lan", "observer", "H53")
    assert set(answer(truc("user", "add", "an", "--role", "admin", "--json"))) == {"name", "role", "token", "password"}


def test_an_account_is_listed_and_closed(truc):
    truc("user", "add", "lan", "--role", "operator")

    assert answer(truc("user", "revoke", "lan", "--json"))["state"] == "closed"

    (listed,) = answer(truc("user", "list", "--json"))["items"]
    assert (listed["name"], listed["role"]) == ("lan", "operator")
    assert datetime.fromisoformat(listed["revoked_at"]).tzinfo == UTC
    refused(truc("user", "add", "lan", "--role", "operator"), "person-exists")


def test_a_setting_that_makes_no_sense_is_wrong_usage(truc, monkeypatch):
    monkeypatch.setenv("TRUC_PORT", "many")

    assert truc("agency", "list").exit_code == 2


def test_a_postgresql_without_our_schema_is_left_alone_and_pointed_to_migrate(truc, monkeypatch, postgres_url):
    asyncio.run(migrate(postgres_url, "base"))
    monkeypatch.setenv("TRUC_DATABASE_URL", postgres_url)

    refused(truc("agency", "list"), "truc migrate")


def test_commands_speak_to_a_postgresql_as_to_the_embedded_database(truc, monkeypatch, postgres_url):
    monkeypatch.setenv("TRUC_DATABASE_URL", postgres_url)

    truc(*PROVINCE)

    assert [each["code"] for each in answer(truc("agency", "list", "--json"))["items"]] == ["H53"]


def test_who_watches_an_import_at_a_terminal_sees_how_far_it_is(tmp_path):
    file = tmp_path / "agencies.csv"
    lines = [f"H53.{n},Xã {n},commune" for n in range(3000)]
    file.write_text("code,name,level\n" + "\n".join(lines) + "\n", "utf-8")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TRUC_HOME": str(tmp_path / "var")}

    ended = subprocess.run(
        [sys.executable, "-m", "hub.cli", "agency", "import", str(file), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError), os.fdopen(ours, "rb", buffering=0) as terminal:  # the end of a terminal is an error
        while piece := terminal.read(4096):
            shown += piece

    assert b"100%" in shown
    assert json.loads(ended.stdout)["added"] == 3000
