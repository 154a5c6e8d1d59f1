"""Things broken on purpose: every command says what happened and what to do next in both languages, and never a stack."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey
from typer.testing import CliRunner

from hub.cli import app
from hub.findings import TEXTS
from tests.surface.programs import Said, truc

ROOT = Path(__file__).parents[2]
UNSIGNED = ROOT / "docs" / "tutorial" / "first.edxml"
NOWHERE = "http://127.0.0.1:1"


def told(said: Said, code: str, *words: str, exit_code: int = 1) -> None:
    """A refusal by this code: what, and what to do, in English first and in Vietnamese."""
    vi, en = (fix.split("{")[0] for fix in TEXTS[code].fix)
    assert "Traceback" not in said.err
    assert said.code == exit_code, said.err
    assert f"truc: {code}: " in said.err
    assert f"-> {en}" in said.err
    assert f"-> {vi}" in said.err
    assert [word for word in words if word not in said.err] == []


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


@pytest.fixture(scope="module")
def pems(tmp_path_factory) -> Path:
    """A certificate with its key, another key, and the first one's under a password."""
    folder: Path = tmp_path_factory.mktemp("pems")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=H53", "-days", "9"]
    for name in ("own", "other"):
        command = [*make, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"]
        subprocess.run(command, check=True, capture_output=True)
    hide = [
        "openssl",
        "pkey",
        "-aes256",
        "-passout",
        "pass:x",
        "-in",
        folder / "own.key",
        "-out",
        folder / "hidden.key",
    ]
    subprocess.run(hide, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("command", ["serve", "worker", "agency list"])
def test_a_home_that_is_no_folder(command: str, tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("no folder")

    told(truc(*command.split(), TRUC_HOME=file, TRUC_PORT=0), "file-unusable", str(file))


@pytest.mark.parametrize("command", ["serve", "agency list"])
def test_a_database_file_that_is_none(command: str, tmp_path: Path) -> None:
    (tmp_path / "truc.sqlite3").write_bytes(b"no database at all " * 500)

    told(truc(*command.split(), TRUC_HOME=tmp_path, TRUC_PORT=0), "database-damaged")


@pytest.mark.parametrize("command", ["migrate", "agency list"])
def test_a_database_that_is_down(command: str, tmp_path: Path) -> None:
    url = "postgresql+asyncpg://truc:geheim@127.0.0.1:1/truc"
    said = truc(*command.split(), TRUC_HOME=tmp_path, TRUC_DATABASE_URL=url)

    told(said, "part-down", "the database does not answer")
    assert "geheim" not in said.err


def test_a_broker_that_is_down(tmp_path: Path) -> None:
    said = truc("migrate", TRUC_HOME=tmp_path, TRUC_BUS="kafka", TRUC_KAFKA_BOOTSTRAP="127.0.0.1:1")

    told(said, "part-down", "Kafka at 127.0.0.1:1")


@pytest.mark.parametrize(
    ("name", "value", "vietnamese"),
    [
        ("TRUC_PORT", "99999", "tối đa 65535"),
        ("TRUC_PORT", "abc", "phải là số nguyên"),
        ("TRUC_BUS", "rabbit", "phải là một trong"),
        ("TRUC_DATABASE_URL", "mysql://root@db/truc", "phải là URL bắt đầu bằng"),
        ("TRUC_DATABASE_URL", "db.example", "phải là URL bắt đầu bằng"),
        ("TRUC_DATABASE_URL", "postgresql+asyncpg://truc@db:port/truc", "phải là URL bắt đầu bằng"),
        ("TRUC_ORIGINALS_URL", "ftp://store", "phải là URL bắt đầu bằng"),
        ("TRUC_KAFKA_BOOTSTRAP", "kafka:x:y", "không đúng dạng"),
        ("TRUC_MAX_ENVELOPE_BYTES", "0", "tối thiểu 1"),
        ("TRUC_LEASE_SECONDS", "0", "phải lớn hơn 0"),
        ("TRUC_PDF_SIGNATURES", "maybe", "phải là true hoặc false"),
        ("TRUC_RSA_2048_UNTIL", "soon", "phải là ngày"),
    ],
)
def test_a_setting_that_makes_no_sense(name: str, value: str, vietnamese: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["serve"], env={"TRUC_HOME": str(tmp_path), name: value})

    said = Said(ran.exit_code, ran.stdout, ran.stderr)
    told(said, "setting-invalid", name, vietnamese, exit_code=2)


def test_a_password_in_the_settings_with_every_sort_of_letter_is_no_reason_to_refuse(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://truc:a/b:c@127.0.0.1:1/truc"

    told(truc("agency", "list", TRUC_HOME=tmp_path, TRUC_DATABASE_URL=url), "part-down")


def test_a_settings_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "truc.toml").write_text("port = = 1")

    told(truc("serve", cwd=tmp_path, TRUC_HOME=tmp_path), "settings-file", "line 1", exit_code=2)


def test_the_persons_own_language_comes_first(tmp_path: Path) -> None:
    said = truc("serve", TRUC_HOME=tmp_path, TRUC_PORT="abc", LANG="vi_VN.UTF-8")

    first, *_ = said.err.splitlines()
    assert "phải là số nguyên" in first


def test_a_port_that_is_taken(taken: int, tmp_path: Path) -> None:
    told(truc("serve", TRUC_HOME=tmp_path, TRUC_PORT=taken), "cannot-listen", f"127.0.0.1:{taken}")


@pytest.mark.parametrize("host", ["nohost.invalid", "a..b"])
def test_a_host_that_is_not_here(host: str, tmp_path: Path) -> None:
    told(truc("serve", TRUC_HOME=tmp_path, TRUC_HOST=host, TRUC_PORT=0), "cannot-listen", host)


def _key(kind: str, *, private: bool = True) -> str:
    return json.dumps(OKPKey.generate_key(kind, private=True).as_dict(private=private))


@pytest.mark.parametrize(
    "content", ["{}", "no JSON", _key("Ed25519", private=False), _key("Ed448"), _key("X25519")],
    ids=["nothing", "no JSON", "the public half", "another curve", "a key that signs nothing"],
)  # fmt: skip
def test_a_key_of_the_hub_that_is_damaged(content: str, tmp_path: Path) -> None:
    (tmp_path / "hub-key.json").write_text(content)

    told(truc("serve", TRUC_HOME=tmp_path, TRUC_PORT=0), "hub-key-damaged", "hub-key.json")


@pytest.mark.parametrize("words", ["send FILE", "log head"])
def test_a_hub_that_is_not_there(words: str) -> None:
    command = [str(UNSIGNED) if word == "FILE" else word for word in words.split()]
    settings = {"TRUC_URL": NOWHERE, **({} if command[0] == "log" else {"TRUC_KEY": "trk_x"})}

    told(truc(*command, **settings), "hub-silent", NOWHERE)


@pytest.mark.parametrize("url", ["foo", "http://127.0.0.1:99999"])
def test_an_address_that_is_none(url: str) -> None:
    told(truc("inbox", "--url", url, "--key", "trk_x"), "hub-silent", url)


def test_a_key_with_letters_no_key_has() -> None:
    told(truc("inbox", "--url", NOWHERE, "--key", "khóa"), "hub-silent")


def test_signing_with_a_key_that_is_not_the_certificates(pems: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.edxml"
    words = ("sign", UNSIGNED, "--cert", pems / "own.pem", "--private-key", pems / "other.key", "-o", out)

    told(truc(*words), "key-of-another")
    assert not out.exists()


@pytest.mark.parametrize("key", ["hidden.key", "own.pem"])
def test_signing_with_what_is_no_readable_key(pems: Path, key: str, tmp_path: Path) -> None:
    out = tmp_path / "out.edxml"

    told(truc("sign", UNSIGNED, "--cert", pems / "own.pem", "--private-key", pems / key, "-o", out), "key-unreadable")
    assert not out.exists()


def test_a_file_that_is_not_there_or_cannot_be_written(pems: Path, tmp_path: Path) -> None:
    own = ("--cert", pems / "own.pem", "--private-key", pems / "own.key")
    home = {"TRUC_HOME": str(tmp_path)}

    told(truc("sign", tmp_path / "none", *own, "-o", tmp_path / "out"), "file-unusable", str(tmp_path / "none"))
    told(truc("sign", UNSIGNED, *own, "-o", tmp_path / "no" / "out"), "file-unusable", str(tmp_path / "no" / "out"))
    told(truc("verify", tmp_path, **home), "file-unusable")
    told(truc("agency", "import", tmp_path / "none.csv", **home), "file-unusable", "none.csv")
    told(truc("agency", "export", "-o", tmp_path / "no" / "out.csv", **home), "file-unusable", "out.csv")
    told(truc("trust", "crl", tmp_path / "none.crl", **home), "file-unusable", "none.crl")


@pytest.mark.parametrize("content", ["{}", '{"receipt": {"jws": "a.b.c"}}'])
def test_what_is_no_receipt_is_told_so(content: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(content)
    key = tmp_path / "key.json"
    key.write_text('{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}')

    told(truc("verify", tmp_path / "file", "--key", key, TRUC_HOME=tmp_path), "proof-unreadable")


def test_an_envelope_that_is_not_on_record(tmp_path: Path) -> None:
    told(truc("explain", "../../etc/passwd", TRUC_HOME=tmp_path), "not-found")


def test_a_port_that_is_taken_for_the_kit_turned_round(taken: int) -> None:
    said = truc("conform", NOWHERE, "--as", "H53", "--key", "x", "--listen", taken)

    told(said, "cannot-listen", str(taken))


def test_the_doctor_names_what_is_wrong_and_never_falls_ill_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "truc.sqlite3").write_bytes(b"no database at all " * 500)
    away = {"TRUC_DATABASE_URL": "postgresql+asyncpg://t@127.0.0.1:1/t"}
    nobody = {"TRUC_BUS": "kafka", "TRUC_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    for settings, name in (
        ({"TRUC_HOME": tmp_path / "file"}, "home"),
        ({"TRUC_HOME": tmp_path / "db"}, "database"),
        ({"TRUC_HOME": tmp_path / "new", **away}, "database"),
        ({"TRUC_HOME": tmp_path / "new", **nobody}, "kafka"),
    ):
        said = truc("doctor", "--json", **settings)
        wrong = {check["name"]: check for check in said.json()["checks"] if not check["ok"]}

        assert said.code == 1
        assert "Traceback" not in said.err
        assert wrong[name]["fix"]["vi"]
        assert wrong[name]["fix"]["en"]


def test_the_doctor_points_at_a_setting_that_is_misspelt(tmp_path: Path) -> None:
    said = truc("doctor", "--json", TRUC_HOME=tmp_path, TRUC_DATABSE_URL="x")

    assert [check["detail"] for check in said.json()["checks"] if "TRUC_DATABSE_URL" in check["detail"]]


@pytest.mark.parametrize(
    ("words", "help_of"),
    [
        ("agency add H54 --name X --level hamlet", "truc agency add --help"),
        ("send", "truc send --help"),
        ("nothing", "truc nothing --help"),
        ("conform http://127.0.0.1:1 --as H53 --key x --peer H53.13", "truc conform --help"),
    ],
)
def test_wrong_usage_is_told_in_both_languages_and_ends_with_2(words: str, help_of: str) -> None:
    said = truc(*words.split())

    assert (said.code, said.out) == (2, "")
    assert "vi: Câu lệnh" in said.err
    assert help_of in said.err


def test_the_measures_tell_of_themselves() -> None:
    said = truc("bench", "--help")

    assert (said.code, "--json" in said.out) == (0, True)
