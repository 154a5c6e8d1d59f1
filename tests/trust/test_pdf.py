"""Every signature in a PDF gets a verdict, and no PDF can take more than its process is given."""

import asyncio
import os
import signal
import time
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from hub.trust import pdf, pdf_process
from hub.trust.pdf_facts import Anchors
from hub.trust.pdf_process import Limits, examine_apart
from tests.pki import NOW, issue, make_ca, make_crl
from tests.trust.papers import a_pdf, encrypted, signed, with_page_replaced

ROOT = make_ca("PDF Root CA")
BETWEEN = make_ca("PDF Issuing CA", "p-256", ROOT)
LEADER = issue(BETWEEN, "Nguyễn Văn Mẫu", "p-256")
SEAL = issue(BETWEEN, "UBND tỉnh Mẫu", "rsa-2048")
CRLS = (make_crl(ROOT), make_crl(BETWEEN))
TRUSTED = Anchors((ROOT.der,), (BETWEEN.der,), CRLS)


@lru_cache
def once() -> bytes:
    return signed(a_pdf(), LEADER, "Lanh dao", [BETWEEN])


def examined(content: bytes, anchors: Anchors = TRUSTED, at: datetime = NOW) -> dict[str, Any]:
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return asyncio.run(examine_apart(Path(file.name), anchors, at, Limits()))


def verdicts(content: bytes, anchors: Anchors = TRUSTED, at: datetime = NOW) -> list[str]:
    return [each["verdict"] for each in (examined(content, anchors, at))["signatures"]]


def test_a_good_signature_says_who_when_and_how_much() -> None:
    [found] = (examined(once()))["signatures"]

    assert found["verdict"] == "valid"
    assert found["signer"] == "CN=Nguyễn Văn Mẫu,C=VN"
    assert found["issuer"] == "CN=PDF Issuing CA,C=VN"
    assert (found["coverage"], found["changes"]) == ("entire-file", "none")
    assert datetime.fromisoformat(found["signed_at"]).tzinfo


def test_each_of_several_signatures_is_judged_and_the_first_covers_its_revision() -> None:
    answer = examined(signed(once(), SEAL, "Con dau"))

    assert [(s["verdict"], s["coverage"]) for s in answer["signatures"]] == [
        ("valid", "entire-revision"),
        ("valid", "entire-file"),
    ]


def test_the_pdf_may_bring_its_intermediates() -> None:
    assert verdicts(once(), Anchors((ROOT.der,), (), CRLS)) == ["valid"]


def test_a_changed_byte_breaks_a_signature() -> None:
    assert verdicts(once().replace(b"so 12)", b"so 13)")) == ["broken"]


def test_a_page_replaced_after_signing_is_a_modification() -> None:
    answer = examined(with_page_replaced(once()))

    assert [(s["verdict"], s["changes"]) for s in answer["signatures"]] == [("modified", "other")]


def test_bytes_after_the_end_are_not_covered() -> None:
    [found] = (examined(once() + b"\nthem"))["signatures"]

    assert found["coverage"] == "entire-revision"


STRANGER = make_ca("Somebody else")


@pytest.mark.parametrize(
    ("anchors", "at", "verdict"),
    [
        (Anchors(), NOW, "untrusted"),
        (Anchors((STRANGER.der,), (), (make_crl(STRANGER),)), NOW, "untrusted"),
        (TRUSTED, NOW + timedelta(days=300), "expired"),
        (Anchors((ROOT.der,), (BETWEEN.der,), (CRLS[0], make_crl(BETWEEN, [LEADER]))), NOW, "revoked"),
        (Anchors((ROOT.der,), (BETWEEN.der,), (CRLS[0],)), NOW, "unverifiable"),
    ],
    ids=["no root", "another root", "expired", "revoked", "no word of revocation"],
)
def test_a_good_signature_is_worth_what_its_chain_is(anchors: Anchors, at: datetime, verdict: str) -> None:
    assert verdicts(once(), anchors, at) == [verdict]


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (a_pdf(), "unsigned"),
        (b"%PDF-1.7 /ByteRange nothing", "unreadable"),
        (encrypted("mat khau"), "encrypted"),
        (encrypted(""), "unsigned"),
    ],
    ids=["unsigned", "no PDF", "encrypted", "encrypted against printing"],
)
def test_a_pdf_without_signatures_says_why(content: bytes, state: str) -> None:
    assert (examined(content))["state"] == state


def _hangs(*_given: object) -> None:
    while True:
        pass


def _grows(*_given: object) -> dict[str, Any]:
    kept = [bytes(64 << 20) for _ in range(64)]
    return {"state": f"grown {len(kept)}"}


def _waits(*_given: object) -> None:
    time.sleep(3600)


def _crashes(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _writes(*_given: object) -> dict[str, Any]:
    try:
        with open("/tmp/truc-should-not-be", "wb") as file:  # noqa: PTH123,S108
            file.write(b"x")
            file.flush()
    except OSError as error:
        return {"state": type(error).__name__}
    return {"state": "written"}


BAD: dict[str, Any] = {"hangs": _hangs, "grows": _grows, "waits": _waits, "crashes": _crashes, "writes": _writes}


PATIENT = 600
"""Times the processor's limit that may pass by the clock: so many that on no machine the clock ends what another bound does."""


def _child_that(name: str, wall: int, far: Any, limits: Limits) -> None:
    """The child as it is, with an examination that goes wrong."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    pdf.examine = BAD[name]
    pdf_process._WALL = wall
    pdf_process.child(far, Path(os.devnull), Anchors(), NOW, limits)


@pytest.mark.parametrize(
    ("name", "wall", "why"),
    [
        ("hangs", PATIENT, "processor time used up"),
        ("grows", PATIENT, "memory used up"),
        ("waits", pdf_process._WALL, "no answer in time"),
        ("crashes", PATIENT, f"the examination ended with {-signal.SIGSEGV}"),
    ],
)
def test_an_examination_that_goes_wrong_makes_the_pdf_unreadable_and_nothing_else(
    name: str, wall: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_process, "_WALL", wall)
    answer = pdf_process.run_apart(_child_that, name, wall, limits=Limits(1, 64 << 20))

    assert (answer["state"], answer["reason"]) == ("unreadable", why)
    assert verdicts(once()) == ["valid"]


def test_an_examination_can_write_no_file() -> None:
    assert pdf_process.run_apart(_child_that, "writes", PATIENT, limits=Limits(1, 64 << 20)) == {"state": "OSError"}
