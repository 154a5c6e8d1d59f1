"""The command `truc` as scripts call it: names, options, members of its JSON, exit codes, what goes to which stream."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.surface.conftest import Hub
from tests.surface.papers import Paper
from tests.surface.programs import Said, truc

pytestmark = pytest.mark.xdist_group("surface")  # one process sets the hub up, once


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A hub that was never started."""
    folder: Path = tmp_path_factory.mktemp("home")
    assert truc("migrate", TRUC_HOME=folder).code == 0
    return folder


def told(said: Said, *members: str) -> Any:
    assert said.code == 0, said.err
    found = said.json()
    assert set(members) <= set(found), found
    return found


@pytest.mark.parametrize("level", ["central", "district"])
def test_an_agency_is_added_with_every_option(home: Path, level: str) -> None:
    code = f"T{level[:3].upper()}.01"
    options = (
        "--kind",
        "enterprise",
        "--alias",
        f"000.01.{code}",
        "--alias",
        f"{code}-A",
        "--signature",
        "report-only",
    )

    said = told(
        truc("agency", "add", code, "--name", "Tên", "--level", level, *options, "--json", TRUC_HOME=home),
        *("code", "name", "level", "aliases", "signature", "api_key"),
    )

    assert (said["code"], said["level"], said["signature"]) == (code, level, "report-only")
    assert set(said["aliases"]) == {f"000.01.{code}", f"{code}-A"}
    assert said["api_key"] not in truc("agency", "show", code, "--json", TRUC_HOME=home).out


def test_a_body_above_that_is_not_there_yet_is_told_and_may_come_later(home: Path) -> None:
    words = ("agency", "add", "T9.01", "--name", "Xã", "--level", "commune", "--parent", "T9", "--json")
    early = truc(*words, TRUC_HOME=home)
    above = truc("agency", "add", "T9", "--name", "Tỉnh", "--level", "province", "--json", TRUC_HOME=home)
    late = truc(*(word.replace("T9.01", "T9.02") for word in words), TRUC_HOME=home)

    assert early.json()["code"] == "T9.01"
    assert "T9" in early.err.replace("T9.01", "")
    assert (above.code, late.code, late.err) == (0, 0, "")


@pytest.mark.parametrize("code", ["vxp.saas.03", "0" * 35])
def test_a_code_is_one_to_thirty_five_characters_without_white_space(home: Path, code: str) -> None:
    assert (
        truc("agency", "add", code, "--name", "N", "--level", "commune", "--json", TRUC_HOME=home).json()["code"]
        == code
    )


@pytest.mark.parametrize("code", ["a b", "0" * 36])
def test_what_is_no_code_is_refused(home: Path, code: str) -> None:
    said = truc("agency", "add", code, "--name", "N", "--level", "commune", "--json", TRUC_HOME=home)

    assert (said.code, said.out) == (1, "")


def test_the_policy_follows_the_certificate_unless_it_is_said(hub: Hub) -> None:
    policies = {
        code: told(truc("agency", "show", code, "--json", TRUC_HOME=hub.home), "signature")["signature"]
        for code in ("H53", "H53.13", "G22", "H53.32.21")
    }

    assert policies == {
        "H53": "required",
        "H53.13": "verify-if-present",
        "G22": "report-only",
        "H53.32.21": "verify-if-present",
    }


def test_the_life_of_an_agency_in_commands(home: Path) -> None:
    def run(*words: str) -> Said:
        said = truc("agency", *words, TRUC_HOME=home)
        assert said.code == 0, said.err
        return said

    for code in ("L1", "L2", "L3", "L4", "L5"):
        run("add", code, "--name", code, "--level", "commune")
    secret = told(run("vxp", "L1", "--json"), "systemid", "secret")["secret"]
    key = told(run("key", "L1", "--json"), "api_key")["api_key"]
    assert secret not in run("show", "L1").out
    assert key not in run("show", "L1").out
    assert told(run("suspend", "L1", "--json"), "state")["state"] == "suspended"
    assert told(run("resume", "L1", "--json"), "state")["state"] == "active"
    assert told(run("rename", "L1", "--name", "Tên mới", "--on", "2025-03-01", "--json"), "name")["name"] == "Tên mới"
    closed = told(run("close", "L1", "--on", "2025-07-01", "--successor", "L2", "--grace", "5", "--json"), "state")
    assert (closed["state"], closed["valid_to"], closed["successors"], closed["grace_days"]) == (
        *("closed", "2025-07-01"),
        *(["L2"], 5),
    )
    run("merge", "L2", "--into", "L3", "--on", "2025-08-01")
    run("split", "L3", "--into", "L4", "--into", "L5", "--on", "2025-09-01")
    rows = list(csv.DictReader(io.StringIO(run("export").out)))
    assert list(rows[0])[:10] == [
        "code",
        "name",
        "level",
        "kind",
        "parent",
        "aliases",
        "signature",
        "valid_from",
        "valid_to",
        "successors",
    ]
    assert {row["code"]: row["successors"] for row in rows}["L1"] == "L2"


def test_a_directory_file_is_taken_in_with_keys(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(
        "code,name,level,kind,parent,aliases,signature,valid_from,valid_to,successors\n"
        "I1,Một,province,government,,000.00.00.I01;I1-CU,required,,,\n"
        "I2,Hai,commune,enterprise,I1,,,,2025-07-01,I1\n",
        "utf-8",
    )

    said = told(truc("agency", "import", file, "--with-keys", "--json", TRUC_HOME=home))

    assert "trk_" in str(said)
    shown = truc("agency", "show", "I1-CU", "--json", TRUC_HOME=home).json()
    assert (shown["code"], shown["signature"]) == ("I1", "required")
    assert truc("agency", "show", "I2", "--json", TRUC_HOME=home).json()["successors"] == ["I1"]


@pytest.mark.parametrize("role", ["observer", "registrar"])
def test_people_get_a_token_and_a_password(home: Path, role: str) -> None:
    said = told(
        truc("user", "add", f"u-{role}", "--role", role, "--json", TRUC_HOME=home), "name", "role", "token", "password"
    )

    assert (said["name"], said["role"]) == (f"u-{role}", role)


def test_every_command_of_data_says_one_json_document_and_nothing_else(home: Path) -> None:
    told(truc("agency", "add", "S1", "--name", "S1", "--level", "commune", "--json", TRUC_HOME=home))

    for words in (
        *("agency list", "agency show S1", "trust list", "doctor", "user list", "ledger"),
        *("report exchange --period 2026-Q3", "calendar show --year 2026", "audit check", "quarantine list"),
    ):
        said = truc(*words.split(), "--json", TRUC_HOME=home)

        assert said.code == 0, (words, said.err)
        assert said.json() is not None, words


def test_the_doctor_shows_the_settings_by_name_and_hides_secrets(home: Path) -> None:
    said = truc("doctor", "--json", TRUC_HOME=home, TRUC_DATABASE_URL="postgresql+asyncpg://u:geheim@127.0.0.1:1/x")

    found = said.json()["settings"]
    names = [
        "HOME",
        "DATABASE_URL",
        "BUS",
        "KAFKA_BOOTSTRAP",
        "TOPIC_PREFIX",
        "ORIGINALS_URL",
        "HOST",
        "PORT",
        "MAX_ENVELOPE_BYTES",
    ]
    assert {f"TRUC_{name}" for name in names} <= set(found)
    assert "geheim" not in said.out + said.err
    assert (found["TRUC_BUS"], found["TRUC_PORT"], found["TRUC_HOST"]) == ("memory", 8080, "127.0.0.1")
    assert found["TRUC_MAX_ENVELOPE_BYTES"] == 100 * 1024 * 1024


def test_a_settings_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "truc.toml").write_text('port = 1234\nbus = "kafka"\n')

    found = truc("doctor", "--json", cwd=tmp_path, TRUC_HOME=tmp_path, TRUC_BUS="memory").json()["settings"]

    assert (found["TRUC_PORT"], found["TRUC_BUS"]) == (1234, "memory")


def test_what_commands_change_holds_in_a_running_hub_within_two_seconds(hub: Hub) -> None:
    home = {"TRUC_HOME": hub.home}
    key = truc("agency", "add", "NEW.1", "--name", "Mới", "--level", "commune", "--json", **home).json()["api_key"]
    for _ in range(200):
        if hub.http.get("/v1/inbox", headers={"Authorization": f"Bearer {key}"}).status_code == 200:
            break
    hub.keys["NEW.1"] = key
    sent = hub.sent(Paper("H53.13", ("NEW.1",)))

    assert hub.item("NEW.1", sent["id"])["sender"] == "H53.13"
    assert truc("agency", "suspend", "NEW.1", **home).code == 0
    for _ in range(200):
        answer = hub.post("NEW.1", Paper("NEW.1", ("G22",)).plain(), "?dry_run=true")
        if answer.status_code == 403:
            break
    assert answer.json()["code"] == "agency-suspended"


def test_explain_says_what_a_code_means(tmp_path: Path) -> None:
    said = truc("explain", "digest-mismatch", TRUC_HOME=tmp_path)
    vi, _, en, fix = said.out.splitlines()

    assert (vi, en) == ("Nội dung đã thay đổi sau khi ký", "The content changed after it was signed")
    assert fix.startswith("  -> Sign last")
    assert truc("explain", "digest-mismatch", "--json", TRUC_HOME=tmp_path).json()["vi"]["title"] == vi
