"""`truc trust` and `truc verify`, as somebody at a shell meets them, on the embedded database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from hub.cli import app
from hub.xml.write import sign, write_envelope
from tests.offices import PDF, document
from tests.parts.sqlite import lay_in
from tests.pki import Identity, Usage, issue, make_ca, make_crl, signed_with_sha1

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
ROOT = make_ca("Root")
SUB = make_ca("Sub", above=ROOT)
LEAF = issue(SUB, "H53", "p-256")


@pytest.fixture
def truc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    lay_in(tmp_path / "var")
    runner = CliRunner(env={"TRUC_HOME": str(tmp_path / "var"), "LANG": "C.UTF-8", "LC_ALL": ""})

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file with this content and says where."""

    def write(content: bytes) -> Path:
        path = tmp_path / f"file-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(content)
        return path

    return write


def crl(ca: Identity, *revoked: Identity, number: int | None = 1, **facts: Any) -> bytes:
    facts.setdefault("this_update", NOW - DAY)
    return make_crl(ca, revoked, number, next_update=facts.pop("next_update", NOW + 5 * DAY), **facts)


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(result: Result, code: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"truc: {code}: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_of_several_cas_is_taken_whole(truc, file):
    added = answer(truc("trust", "add", file(ROOT.certificate_pem + SUB.certificate_pem), "--json"))["items"]

    assert [(each["kind"], each["fingerprint"]) for each in added] == [
        ("root", ROOT.fingerprint),
        ("intermediate", SUB.fingerprint),
    ]


def test_a_ca_in_der_is_taken(truc, file):
    assert truc("trust", "add", file(ROOT.der)).exit_code == 0


def test_the_list_shows_cas_and_lists_with_their_state(truc, file):
    truc("trust", "add", file(ROOT.certificate_pem + SUB.certificate_pem))
    truc("trust", "crl", file(crl(ROOT, number=12)))
    truc("trust", "crl", file(crl(SUB, next_update=NOW - timedelta(hours=1))))
    truc("trust", "remove", SUB.fingerprint)

    shown = answer(truc("trust", "list", "--json"))

    assert {each["kind"]: each["state"] for each in shown["anchors"]} == {"root": "active", "intermediate": "removed"}
    assert [(each["number"], each["state"]) for each in shown["revocation_lists"]] == [("12", "fresh"), ("1", "stale")]
    plain = truc("trust", "list").stdout.splitlines()
    assert len(plain) == 4
    assert ROOT.fingerprint in plain[0]


def test_an_empty_store_lists_nothing(truc):
    assert answer(truc("trust", "list", "--json")) == {"anchors": [], "revocation_lists": []}


def test_a_certificate_of_an_agency_is_no_ca(truc, file):
    refused(truc("trust", "add", file(LEAF.certificate_pem)), "not-a-ca")


def test_a_ca_that_may_not_issue_certificates_is_none(truc, file):
    refused(truc("trust", "add", file(make_ca("X", usage=Usage(("crl_sign",), is_ca=True)).der)), "not-a-ca")


def test_one_bad_certificate_spoils_the_file(truc, file):
    refused(truc("trust", "add", file(ROOT.certificate_pem + LEAF.certificate_pem)), "not-a-ca")
    assert answer(truc("trust", "list", "--json"))["anchors"] == []


@pytest.mark.parametrize("key_type", ["rsa-1024", "dsa-2048", "ed25519"])
def test_a_ca_with_a_key_that_is_weak_or_unusual_is_refused(truc, file, key_type):
    made = make_ca(f"CA {key_type}", key_type, above=ROOT)
    refused(truc("trust", "add", file(made.certificate_pem)), "ca-weak")


def test_a_ca_signed_with_sha1_is_refused(truc, file):
    ca = make_ca("Old root", "rsa-2048")
    old = signed_with_sha1(ca, make_ca("Old sub", "p-256", above=ca))
    refused(truc("trust", "add", file(old.certificate_pem)), "ca-weak")


def test_a_ca_that_has_expired_is_taken_with_a_note(truc, file):
    taken = truc("trust", "add", file(make_ca("Gone", valid_to=NOW - DAY).der))
    assert taken.exit_code == 0
    assert "not now" in taken.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a certificate",
        b"\x30\x82\x01\x00",
        ROOT.certificate_pem[:300] + b"\n",
        ROOT.key_pem,
        bytes(2_000_000),
    ],
    ids=["empty", "text", "cut-der", "cut-pem", "private-key", "huge"],
)
def test_a_file_that_is_no_certificate_is_refused_with_a_reason(truc, file, content):
    refused(truc("trust", "add", file(content)), "not-a-certificate")


def test_a_file_that_is_not_there_is_a_sentence(truc, tmp_path):
    for command in ("add", "crl"):
        result = truc("trust", command, tmp_path / "missing")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "cannot read" in result.stderr


def test_a_list_is_taken_in_pem_and_in_der(truc, file):
    truc("trust", "add", file(ROOT.der))
    first = answer(truc("trust", "crl", file(crl(ROOT, SUB, number=1)), "--json"))
    pem = x509.load_der_x509_crl(crl(ROOT, SUB, LEAF, number=2)).public_bytes(Encoding.PEM)
    second = answer(truc("trust", "crl", file(pem), "--json"))

    assert (first["number"], first["revoked"], second["number"], second["revoked"]) == (1, 1, 2, 2)


def test_a_stale_list_is_taken_with_a_note(truc, file):
    truc("trust", "add", file(ROOT.der))
    taken = truc("trust", "crl", file(crl(ROOT, next_update=NOW - timedelta(hours=1))))
    assert taken.exit_code == 0
    assert "stale" in taken.stderr


def test_a_list_by_an_impostor_and_one_that_is_older_are_refused(truc, file):
    truc("trust", "add", file(ROOT.der))
    truc("trust", "crl", file(crl(ROOT, number=5)))

    refused(truc("trust", "crl", file(crl(make_ca("Root", "p-384"), number=6))), "crl-issuer-unknown")
    refused(truc("trust", "crl", file(crl(ROOT, number=4))), "crl-older")


def scoped(**facts: Any) -> x509.IssuingDistributionPoint:
    whole = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**whole, **facts})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a list",
        ROOT.certificate_pem,
        ROOT.der,
        crl(ROOT)[:-10],
        crl(ROOT, extra=[x509.DeltaCRLIndicator(1)]),
        crl(ROOT, extra=[scoped(indirect_crl=True)]),
        crl(ROOT, extra=[scoped(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))]),
        crl(ROOT, this_update=NOW + DAY),
    ],
    ids=["empty", "text", "certificate", "certificate-der", "cut", "delta", "indirect", "some-reasons", "tomorrow's"],
)
def test_a_file_that_is_no_list_to_judge_by_is_refused_with_a_reason(truc, file, content):
    truc("trust", "add", file(ROOT.der))
    refused(truc("trust", "crl", file(content)), "not-a-crl")


def test_lists_for_users_and_for_cas_number_apart(truc, file):
    truc("trust", "add", file(ROOT.der))
    for scope in ({"only_contains_user_certs": True}, {"only_contains_ca_certs": True}):
        assert truc("trust", "crl", file(crl(ROOT, extra=[scoped(**scope)]))).exit_code == 0
    assert len(answer(truc("trust", "list", "--json"))["revocation_lists"]) == 2


def test_removing_the_last_root_must_be_meant(truc, file):
    truc("trust", "add", file(ROOT.der))

    refused(truc("trust", "remove", ROOT.fingerprint), "last-root")
    assert answer(truc("trust", "remove", ROOT.fingerprint, "--last", "--json"))["removed"] == ROOT.fingerprint


def test_removing_what_is_not_there_is_refused(truc):
    refused(truc("trust", "remove", "00" * 32), "anchor-unknown")


@pytest.mark.parametrize(
    ("files", "verdict", "reason", "is_ok"),
    [
        ([], "valid", None, True),
        ([ROOT], "untrusted", "certificate-chain", False),
        ([ROOT, SUB], "unverifiable", "revocation-unavailable", True),
        ([ROOT, SUB, crl(ROOT), crl(SUB)], "valid", None, True),
        ([ROOT, SUB, crl(ROOT), crl(SUB, LEAF)], "revoked", "certificate-revoked", False),
    ],
    ids=["empty-store", "root-alone", "no-lists", "whole", "revoked"],
)
def test_verify_goes_by_the_trust_store_of_its_home(truc, file, files, verdict, reason, is_ok):
    truc("agency", "add", "H53", "--name", "UBND tỉnh Tây Ninh", "--level", "province")
    truc("agency", "cert", "H53", file(LEAF.certificate_pem))
    for each in files:
        command, content = ("add", each.der) if isinstance(each, Identity) else ("crl", each)
        assert truc("trust", command, file(content)).exit_code == 0
    body = write_envelope(document("H53", ["H01"]), [("vb.pdf", "application/pdf", PDF)])
    result = truc("verify", file(sign(body, LEAF.certificate_pem, LEAF.key_pem)), "--json")

    said = json.loads(result.stdout)
    assert (said["verdict"], said["reason"], said["ok"]) == (verdict, reason, is_ok)
    assert result.exit_code == (0 if is_ok else 1)
