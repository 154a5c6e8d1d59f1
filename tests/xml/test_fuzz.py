"""Whatever comes in, a message or a refusal comes out, and nothing is believed that was not signed."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.xml.open import Opened
from tests.xml.builders import SENDER, a_body, open_as, sign_as, without_signature
from tests.xml.test_status import BODY as STATUS

SIGNED = sign_as(a_body(), SENDER)
CANONICAL = etree.tostring(without_signature(SIGNED), method="c14n", exclusive=True, with_comments=False)
PIECES = [
    b"<!-- x -->",
    b"<x/>",
    b"&amp;",
    b"&#13;",
    b"<![CDATA[x]]>",
    b" ",
    b"\r\n",
    b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
    b"<edXML:To><edXML:OrganId>G01</edXML:OrganId></edXML:To>",
    b' xmlns=""',
    b' Id="x"',
    b"\xff",
    b"]]>",
    "MẬT".encode(),
]


@st.composite
def mutants(draw: st.DrawFn, body: bytes) -> bytes:
    """`body` after a few cuts, copies, insertions and changed bytes."""
    for _ in range(draw(st.integers(1, 4))):
        at, to = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        to = min(to, at + draw(st.sampled_from([0, 1, 4, 40, 400])))
        new = draw(
            st.one_of(
                st.sampled_from(PIECES),
                st.binary(max_size=4),
                st.just(body[at:to] * 2),
                st.just(b""),
                st.integers(0, max(0, len(body) - 50)).map(lambda start, body=body: body[start : start + 50]),  # type: ignore[misc]
            )
        )
        body = body[:at] + new + body[to:]
    return body


@settings(max_examples=400, deadline=None)
@given(mutants(SIGNED))
def test_a_mutant_of_a_signed_envelope_is_valid_only_if_what_was_signed_is_unchanged(body: bytes) -> None:
    opened = _open(body)

    if opened is not None and opened.verdict.judgement == Judgement.VALID:
        assert etree.tostring(without_signature(body), method="c14n", exclusive=True, with_comments=False) == CANONICAL


@settings(max_examples=150, deadline=None)
@given(mutants(STATUS))
def test_a_mutant_of_a_status_message_is_read_or_refused(body: bytes) -> None:
    _open(body)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else(body: bytes) -> None:
    assert _open(body) is None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.binary(min_size=1, max_size=40))
def test_changing_the_signature_itself_never_makes_another_document_valid(at: int, noise: bytes) -> None:
    start, end = SIGNED.index(b"<SignatureValue>") + 16, SIGNED.index(b"</SignatureValue>")
    value = bytearray(base64.b64decode(SIGNED[start:end]))
    at %= len(value)
    value[at : at + len(noise)] = noise[: len(value) - at]
    body = SIGNED[:start] + base64.b64encode(value) + SIGNED[end:]

    opened = _open(body)

    assert opened is not None
    assert (opened.verdict.judgement == Judgement.VALID) == (body == SIGNED)


def _open(body: bytes) -> Opened | None:
    try:
        return open_as(body)
    except Rejected:
        return None
