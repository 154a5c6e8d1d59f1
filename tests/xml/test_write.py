"""What is written can be read, and signing changes nothing but what it adds."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.domain.envelope import (
    Address,
    Attachment,
    Envelope,
    Kind,
    Replacement,
    Staff,
    StatusMessage,
)
from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.xml.write import sign, write_envelope, write_status
from tests.pki import issue
from tests.xml.builders import ROOT, SENDER, a_body, open_as, swap, verdict_on, without_lines

# Text as people write it: no outer white space, nothing XML cannot carry, no secrecy markings.
WORDS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x24F, exclude_characters="\x7f\xad"), min_size=1, max_size=40
).map(lambda text: f"x{''.join(c if c.isprintable() else '-' for c in text)}y")
MAYBE = st.one_of(st.just(""), WORDS)
CODES = st.text("0123456789ABCGHKW.", min_size=1, max_size=35)
DATES = st.dates(date(1950, 1, 1), date(2026, 11, 25))
STAFF = st.builds(Staff, MAYBE, MAYBE, MAYBE, MAYBE)


@st.composite
def envelopes(draw: st.DrawFn) -> tuple[Envelope, list[tuple[str, str, bytes]]]:
    """An envelope and the contents of its attachments."""
    kind = draw(st.sampled_from([Kind.NEW, Kind.RECALL, Kind.UPDATE, Kind.REPLACE]))
    contents = draw(st.lists(st.binary(min_size=1, max_size=50).map(lambda data: b"%PDF-" + data), max_size=3))
    attachments = tuple(
        Attachment(draw(WORDS), f"id{n}", draw(MAYBE), len(content)) for n, content in enumerate(contents)
    )
    replacements = (
        tuple(
            draw(
                st.lists(st.builds(Replacement, WORDS, st.lists(CODES, max_size=3).map(tuple)), min_size=1, max_size=3)
            )
        )
        if kind is Kind.REPLACE
        else ()
    )
    concerns: tuple[str, ...] = ()
    if kind in {Kind.RECALL, Kind.UPDATE}:
        concerns = (draw(WORDS),)
    elif kind is Kind.REPLACE:
        concerns = tuple(dict.fromkeys(one.document_id for one in replacements))
    envelope = Envelope(
        kind=kind,
        sender=Address(draw(CODES), draw(MAYBE)),
        recipients=tuple(draw(st.lists(st.builds(Address, CODES, MAYBE, st.none()), min_size=1, max_size=4))),
        document_id=draw(WORDS),
        code_number=draw(WORDS),
        code_notation=draw(WORDS),
        promulgated_on=draw(DATES),
        subject=draw(WORDS),
        place=draw(MAYBE),
        content=draw(MAYBE),
        type_name=draw(MAYBE),
        signer_name=draw(MAYBE),
        priority=draw(st.integers(0, 4)),
        due_on=draw(st.one_of(st.none(), DATES)),
        reason=draw(MAYBE),
        concerns=concerns,
        replacements=replacements,
        receiver_changes=tuple(draw(st.lists(st.tuples(CODES, st.booleans()), max_size=3))),
        attachments=attachments,
        paper=draw(st.booleans()),
        staff=draw(STAFF),
    )
    return envelope, [(one.name, one.content_type, content) for one, content in zip(attachments, contents, strict=True)]


@settings(deadline=None)
@given(envelopes())
def test_an_envelope_that_is_written_reads_the_same(
    written: tuple[Envelope, list[tuple[str, str, bytes]]],
) -> None:
    envelope, contents = written

    read = open_as(write_envelope(envelope, contents)).message

    assert isinstance(read, Envelope)
    declared = tuple(Attachment(a.name, a.content_id, a.content_type, a.size) for a in read.attachments)
    assert replace(without_lines(read), attachments=declared) == envelope  # what was found inside is the reader's own


@settings(deadline=None)
@given(
    st.builds(
        StatusMessage,
        st.builds(Address, CODES, MAYBE, st.none()),
        st.builds(Address, CODES, st.just(""), st.none()),
        WORDS,
        MAYBE,
        st.one_of(st.none(), DATES),
        st.integers(1, 99).map(lambda code: f"{code:02d}"),
        MAYBE,
        STAFF,
        st.one_of(st.just(""), st.just("2026/11/25 08:00:00")),
    )
)
def test_a_status_message_that_is_written_reads_the_same(message: StatusMessage) -> None:
    assert without_lines(open_as(write_status(message)).message) == message


@pytest.mark.parametrize("key_type", ["rsa-2048", "p-256", "p-384"])
@pytest.mark.parametrize("make", [a_body, lambda: b"\xef\xbb\xbf" + a_body(), lambda: a_body().replace(b"\n", b"\r\n")])
def test_signing_only_adds_the_signature_and_the_hub_believes_it(key_type: str, make: object) -> None:
    body = make()  # type: ignore[operator]
    who = issue(ROOT, f"Signer {key_type}", key_type)

    signed = sign(body, who.certificate_pem, who.key_pem)

    start, end = signed.index(b"<Signature "), signed.index(b"</Signature>") + len(b"</Signature>")
    assert signed[:start] + signed[end:] == body
    assert signed[end:].startswith(b"</edXML:edXMLHeader>")
    assert verdict_on(signed, who).judgement == Judgement.VALID


def test_a_chain_travels_with_the_signature() -> None:
    signed = sign(a_body(), SENDER.certificate_pem + ROOT.certificate_pem, SENDER.key_pem)

    assert signed.count(b"<X509Certificate>") == 2
    assert verdict_on(signed).judgement == Judgement.VALID


def test_a_signed_document_is_not_signed_again() -> None:
    with pytest.raises(Rejected):
        sign(sign(a_body(), SENDER.certificate_pem, SENDER.key_pem), SENDER.certificate_pem, SENDER.key_pem)


@pytest.mark.parametrize(
    "body", [b"<x/>", b"no xml", swap(a_body(), "<edXML:edXMLHeader>", "<edXML:edXMLHeader><edXML:edXMLHeader/>")]
)
def test_what_is_not_an_envelope_is_not_signed(body: bytes) -> None:
    with pytest.raises(Rejected):
        sign(body, SENDER.certificate_pem, SENDER.key_pem)


def test_a_key_nobody_may_sign_with_is_refused() -> None:
    who = issue(ROOT, "P-521 signer", "p-521")

    with pytest.raises(ValueError, match="P-256"):
        sign(a_body(), who.certificate_pem, who.key_pem)


def test_what_is_written_is_in_the_order_of_the_sdk() -> None:
    root = etree.fromstring(a_body())
    names = [etree.QName(child).localname for child in next(root.iter("{*}MessageHeader"))]

    assert names == [
        "From",
        "To",
        "DocumentId",
        "Code",
        "PromulgationInfo",
        "DocumentType",
        "Subject",
        "Content",
        "SignerInfo",
        "OtherInfo",
    ]
