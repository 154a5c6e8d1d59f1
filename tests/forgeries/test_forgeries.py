"""Every forgery is called what it is, and every honest variant is valid."""

import pytest
from signxml.verifier import SignatureConfiguration

from hub.domain.trust import Judgement
from hub.xml.algorithms import DIGESTS, METHODS
from hub.xml.engine import Arbiter
from hub.xml.names import EDXML
from tests.forgeries.case import VALID, Judged, outcome_of
from tests.forgeries.make import FORGERIES, HONEST
from tests.pki import NOW, Identity

OF_KEYS = ("key: ", "certificate: ")
"""Families that are about KeyInfo, which stock signxml, being given the certificate, does not read."""
OF_CONTENT = {"digest-mismatch", "signature-invalid", "signature-missing", "signature-namespace"}
"""Reasons that are about what was signed, not about how strict one wants to be."""
PLACES = (f"./{{{EDXML}}}edXMLEnvelope/{{{EDXML}}}edXMLHeader/", "./")


def arbiter_accepts(body: bytes, who: Identity) -> bool:
    """Whether stock signxml accepts `body` under the certificate of `who`, at either place for a Signature."""
    for place in PLACES:
        config = SignatureConfiguration(
            location=place, signature_methods=METHODS, digest_algorithms=DIGESTS, verification_time=NOW
        )
        try:
            Arbiter().verify(body, x509_cert=who.certificate, expect_config=config)
        except Exception:  # noqa: BLE001, S112  signxml raises whatever its libraries raise
            continue
        return True
    return False


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_is_called_what_it_is(name: str) -> None:
    case = FORGERIES[name]

    assert outcome_of(case.make(), case.bound()) == case.outcome


@pytest.mark.parametrize("name", HONEST)
def test_every_honest_variant_is_valid(name: str) -> None:
    case = HONEST[name]

    assert outcome_of(case.make(), case.bound()) == VALID


def _broken_by_content() -> list[str]:
    return [
        name
        for name, case in FORGERIES.items()
        if isinstance(case.outcome, Judged)
        and not name.startswith(OF_KEYS)
        and case.outcome.judgement in {Judgement.BROKEN, Judgement.ABSENT, Judgement.UNVERIFIABLE}
        and case.outcome.reason in OF_CONTENT
    ]


@pytest.mark.parametrize("name", _broken_by_content())
def test_stock_signxml_never_accepts_what_is_broken_in_its_content(name: str) -> None:
    case = FORGERIES[name]
    body = case.make()

    assert not any(arbiter_accepts(body, who) for who in case.bound())


def test_there_are_forgeries_enough() -> None:
    assert len(FORGERIES) > 250
    assert len({str(case.outcome) for case in FORGERIES.values()}) > 25
