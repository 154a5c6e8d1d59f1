"""The quick engine and stock signxml (with its canonicalisation mended) say the same of every document."""

from collections.abc import Callable

import pytest
from signxml.verifier import SignatureConfiguration

from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.xml.algorithms import DIGESTS, METHODS
from hub.xml.engine import Arbiter
from hub.xml.names import EDXML
from tests.pki import NOW, Identity
from tests.xml.builders import SENDER, sign_as, verdict_on
from tests.xml.test_signature import BODY, BOUND, HONEST, WRONG

STRICTER = {
    "transform",  # signxml ignores transforms it does not know, and their order
    "c14n",
    "reference-uri",
    "signature-structure",
    "keyinfo",
    "certificate",  # signxml is given the certificate, and does not look at those inside
    "certificate-chain",
    "certificate-usage",
    "certificate-time",
    "key-size",
}
"""Reasons for which the hub may refuse what signxml, left to itself, accepts. The reverse never happens."""


def arbiter_accepts(body: bytes, who: Identity) -> bool:
    """Whether stock signxml, told the place, the certificate and the algorithms, accepts `body`."""
    in_header = f"./{{{EDXML}}}edXMLEnvelope/{{{EDXML}}}edXMLHeader/"
    root_form = b"</Signature></edXML>" in body
    config = SignatureConfiguration(
        location="./" if root_form else in_header,
        signature_methods=METHODS,
        digest_algorithms=DIGESTS,
        verification_time=NOW,
    )
    try:
        Arbiter().verify(body, x509_cert=who.certificate, expect_config=config)
    except Exception:  # noqa: BLE001  signxml raises whatever its libraries raise
        return False
    return True


@pytest.mark.parametrize("variant", HONEST)
def test_the_arbiter_accepts_what_the_hub_calls_valid(variant: str) -> None:
    body, who = HONEST[variant]()

    assert arbiter_accepts(body, who)


@pytest.mark.parametrize(("make", "judgement", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_where_the_hub_refuses_and_the_arbiter_accepts_it_is_by_a_stricter_rule(
    make: Callable[[], bytes], judgement: Judgement, reason: str
) -> None:
    body = make()

    assert judgement != Judgement.VALID
    assert not arbiter_accepts(body, SENDER) or reason in STRICTER


@pytest.mark.parametrize(("who", "judgement", "reason"), [row[1:] for row in BOUND], ids=[row[0] for row in BOUND])
def test_what_is_wrong_with_a_certificate_is_found_whatever_the_arbiter_says(
    who: Identity, judgement: Judgement, reason: str
) -> None:
    body = sign_as(BODY, who)

    assert verdict_on(body, who).judgement == judgement
    assert not arbiter_accepts(body, who) or reason in STRICTER


@pytest.mark.parametrize("spot", range(0, 4000, 173))
def test_both_refuse_one_changed_letter_wherever_it_is(spot: int) -> None:
    signed = sign_as(BODY)
    at = 60 + spot % (len(signed) - 80)
    letter = signed[at : at + 1]
    mutant = signed[:at] + (b"a" if letter != b"a" else b"b") + signed[at + 1 :]

    try:
        believed = verdict_on(mutant).judgement == Judgement.VALID
    except Rejected:
        believed = False

    assert not believed
    assert not arbiter_accepts(mutant, SENDER) or _is_in_certificate(signed, at)


def _is_in_certificate(signed: bytes, at: int) -> bool:
    """Whether the place is inside KeyInfo, which is not signed and which the arbiter, given the key, does not read."""
    return signed.index(b"<KeyInfo>") < at < signed.index(b"</KeyInfo>")
