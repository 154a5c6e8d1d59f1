"""The digest of a document whose contents were taken out is the digest of the document."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.domain.trust import Judgement
from hub.xml.algorithms import C14N_10, C14N_EXCLUSIVE
from hub.xml.canonical import How, canonical, digest, take_contents
from tests.xml.builders import a_body, codes_in, open_as, sign_as, swap, verdict_on

LONG = 20_000
CONTENT = "</edXML:ContentTransferEncoded>"
MARK = "\U0010fffd"


def _with_content(written: str) -> bytes:
    body = a_body()
    end = body.index(CONTENT.encode())
    start = body.rindex(b">", 0, end) + 1
    return body[:start] + written.encode() + body[end:]


def _twice(body: bytes, how: How) -> tuple[bytes, bytes, int]:
    """The digest with contents taken out, the digest of the whole, and how many were taken."""
    root = etree.fromstring(body)
    contents = take_contents(root)
    taken = len(contents)
    whole = hashlib.sha256(canonical(etree.fromstring(body), how)).digest()
    return digest(root, contents, how, hashlib.sha256), whole, taken


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from(f"Aa0+/=\n\t ậ>{MARK}"), min_size=1, max_size=40),
    st.sampled_from(["", "&amp;", "&#13;", "&lt;", "<!-- x -->", "<![CDATA[<]]>", "<x/>"]),
    st.sampled_from([C14N_EXCLUSIVE, C14N_10]),
)
def test_whatever_the_content_the_digest_is_that_of_the_whole(piece: str, odd: str, algorithm: str) -> None:
    written = (piece * LONG)[:LONG].replace("]]>", "") + odd + piece.replace("]]>", "")

    found, whole, _ = _twice(_with_content(written), How(algorithm))

    assert found == whole


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("A" * LONG, 1),
        ("A" * 100, 0),
        ("A" * LONG + "&amp;", 0),
        ("A" * LONG + "&#13;", 0),
        ("A" * LONG + "<!-- x -->A", 0),
        ("A" * LONG + "<x/>", 0),
    ],
)
def test_only_long_contents_that_are_written_as_they_stand_are_taken_out(written: str, taken: int) -> None:
    assert _twice(_with_content(written), How(C14N_EXCLUSIVE))[2] == taken


@pytest.mark.parametrize("place", ["<edXML:Subject>", "<AttachmentName>"])
def test_a_sender_who_writes_the_mark_changes_nothing(place: str) -> None:
    body = sign_as(swap(_with_content("A" * LONG), place, place + MARK))

    opened = open_as(body)

    assert opened.verdict.judgement == Judgement.VALID
    assert opened.message.attachments[0].size == LONG * 3 // 4  # type: ignore[union-attr]


def test_a_long_content_is_part_of_what_is_signed() -> None:
    body = sign_as(_with_content("A" * LONG))

    assert verdict_on(body).judgement == Judgement.VALID
    assert verdict_on(body.replace(b"AAAA", b"AAAB", 1)).reason == "digest-mismatch"
    assert open_as(body).message.attachments[0].size == LONG * 3 // 4  # type: ignore[union-attr]


def test_a_content_that_is_only_the_mark_is_not_base64() -> None:
    assert "base64" in codes_in(sign_as(_with_content(MARK)))
    assert "base64" in codes_in(_with_content(MARK * LONG))


def test_a_long_text_elsewhere_is_never_taken_out_of_the_readers_sight() -> None:
    hidden = "<edXML:X><ContentTransferEncoded>TUYỆT MẬT " + "A" * LONG + "</ContentTransferEncoded></edXML:X>"
    body = swap(a_body(), "<edXML:Subject>", hidden + "<edXML:Subject>")

    assert "classified-not-allowed" in codes_in(sign_as(body))
