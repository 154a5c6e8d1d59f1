"""Each example in `schemas/examples` is what its name says, and the good ones fit the published schemas."""

import base64
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lxml import etree

import schemas
from hub.domain.agency import BoundCertificate
from hub.domain.envelope import StatusMessage
from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.findings import TEXTS
from hub.xml.open import Opened, open_document

WRITTEN = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
"""When the examples were: their certificates end."""
FOLDER = Path(str(schemas.path("examples")))
FILES = sorted(path.stem for path in FOLDER.glob("*.edxml"))


def _certificates(body: bytes) -> tuple[BoundCertificate, ...]:
    """The certificate an example carries, as if it were bound to its sender; none where it is no certificate."""
    start = body.find(b"X509Certificate>") + len(b"X509Certificate>")
    try:
        der = base64.b64decode(body[start : body.index(b"<", start)])
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return ()
    return (BoundCertificate(certificate.fingerprint(hashes.SHA256()).hex(), der),)


def _open(name: str) -> Opened:
    body = (FOLDER / f"{name}.edxml").read_bytes()
    return open_document(body, _certificates(body), WRITTEN)


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(schemas.path(name)))


@pytest.mark.parametrize("name", FILES)
def test_an_example_is_what_its_name_says(name: str) -> None:
    outcome, _, reason = name.partition("--")[0].partition("-")

    if outcome == "refused":
        with pytest.raises(Rejected) as refusal:
            _open(name)
        assert {finding.code for finding in refusal.value.findings} == {reason}
        return
    opened = _open(name)
    if outcome == "warned":
        assert {warning.code for warning in opened.warnings} == {reason}
        return
    assert opened.warnings == ()
    expected = Judgement.ABSENT if outcome == "accepted" else Judgement(outcome)
    assert opened.verdict.judgement == expected
    assert outcome == "accepted" or opened.verdict.reason == reason


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(("accepted-", "valid-"))])
def test_a_good_example_fits_the_schema(name: str) -> None:
    schema = "edxml-status.xsd" if isinstance(_open(name).message, StatusMessage) else "edxml.xsd"

    assert _schema(schema).validate(etree.parse(FOLDER / f"{name}.edxml")), _schema(schema).error_log


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("unverifiable-signature-namespace")])
def test_what_the_sdk_writes_fits_the_schema_though_nobody_can_verify_it(name: str) -> None:
    assert _schema("edxml.xsd").validate(etree.parse(FOLDER / f"{name}.edxml")), _schema("edxml.xsd").error_log


def test_the_readme_lists_every_example_and_no_other() -> None:
    listed = {
        line.split("](")[0].removeprefix("| [")
        for line in (FOLDER / "README.md").read_text().splitlines()
        if line.startswith("| [")
    }

    assert listed == set(FILES)


def test_every_code_in_a_name_is_a_code_of_the_hub() -> None:
    reasons = {name.partition("--")[0].partition("-")[2] for name in FILES} - {""}

    assert reasons <= set(TEXTS)
