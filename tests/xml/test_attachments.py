"""The manifest and the attachments are one list, and what is attached can be decoded."""

# ruff: noqa: E501  a case is a line, so that the tables can be read

import base64
import binascii

import pytest

from hub.domain.envelope import Attachment, Envelope
from hub.xml.attachments import ATTACHMENTS_AT_MOST
from hub.xml.encoded import decoded_size
from hub.xml.names import EDXML
from hub.xml.write import write_envelope
from tests.xml.archives import a_zip
from tests.xml.builders import a_body, an_envelope, codes_in, findings_in, open_as, swap, warnings_in

BODY = a_body()
PDF = b"%PDF-1.4 noi dung"
ENCODED = f'<edXML:ContentTransferEncoded xmlns:edXML="{EDXML}">'
CONTENT = base64.b64encode(PDF).decode()


def _start(tag: str) -> int:
    return BODY.index(f"<{tag}>".encode())


def _cut(tag: str) -> bytes:
    end = f"</{tag}>".encode()
    return BODY[: _start(tag)] + BODY[BODY.index(end) + len(end) :]


def _with(content: bytes, name: str = "a.pdf", media: str = "application/pdf") -> bytes:
    return write_envelope(an_envelope(), [(name, media, content)])


def _read(body: bytes) -> tuple[Attachment, ...]:
    message = open_as(body).message
    assert isinstance(message, Envelope)
    return message.attachments


REFUSED: list[tuple[str, bytes, str]] = [
    ("B162 the attachment is missing", _cut("Attachment"), "attachment-missing"),
    ("B163 not in the manifest", _cut("edXML:Reference"), "attachment-unlisted"),
    ("B165 wrong alphabet", swap(BODY, CONTENT, "****"), "base64"),
    ("B165 URL-safe alphabet", swap(BODY, CONTENT, "_-_-"), "base64"),
    ("B165 bad padding", swap(BODY, CONTENT, CONTENT.rstrip("=")), "base64"),
    ("B165 too much padding", swap(BODY, CONTENT, CONTENT + "="), "base64"),
    ("B165 padding inside", swap(BODY, CONTENT, "QQ==QUJD"), "base64"),
    ("D13 a template left unfilled", swap(BODY, CONTENT, "${__StringFromFile(test.txt,,,)}"), "base64"),
    ("full-width letters", swap(BODY, CONTENT, "ＱＵＪＤ"), "base64"),
    ("B167 empty", swap(BODY, CONTENT, ""), "attachment-empty"),
    ("B167 white space", swap(BODY, CONTENT, " \n "), "attachment-empty"),
    ("no ContentTransferEncoded", swap(swap(BODY, f"{ENCODED}{CONTENT}", ""), "</edXML:ContentTransferEncoded>", ""), "attachment-empty"),
    ("B168 a program called pdf", _with(b"MZ\x90\x00 program"), "content-type-mismatch"),
    ("B168 a page called pdf", _with(b"<!DOCTYPE html><html></html>"), "content-type-mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_attachments_that_are_not_what_the_manifest_says_are_refused(body: bytes, code: str) -> None:
    assert codes_in(body) == {code}


def test_the_attachment_at_fault_is_named() -> None:
    [finding] = findings_in(swap(BODY, CONTENT, "****"))

    assert "bao-cao.pdf" in finding.message[0]
    assert finding.path == "edXML/AttachmentEncoded/Attachment/ContentTransferEncoded"


def test_a_content_id_used_twice_is_refused() -> None:
    body = write_envelope(
        an_envelope(attachments=(Attachment("a.pdf", "1"), Attachment("b.pdf", "1"))),
        [("a.pdf", "", PDF), ("b.pdf", "", PDF)],
    )

    assert "attachment-duplicate" in codes_in(body)


def test_as_many_attachments_as_the_limit_are_taken_and_one_more_is_not() -> None:
    files = [(f"{n}.pdf", "application/pdf", PDF) for n in range(ATTACHMENTS_AT_MOST)]

    assert len(_read(write_envelope(an_envelope(), files))) == ATTACHMENTS_AT_MOST
    assert codes_in(write_envelope(an_envelope(), [*files, files[0]])) == {"too-many-attachments"}


def test_an_attachment_is_read_with_its_decoded_size_and_without_cid() -> None:
    assert _read(BODY) == (Attachment("bao-cao.pdf", "1", "application/pdf", len(PDF)),)


def test_content_ids_match_with_or_without_cid() -> None:
    assert len(_read(swap(BODY, "<ContentId>cid:1<", "<ContentId>1<"))) == 1


def test_attachments_match_by_name_when_their_ids_do_not() -> None:
    assert len(_read(swap(BODY, "<ContentId>cid:1<", "<ContentId>cid:9<"))) == 1


def test_an_attachment_without_ids_matches_by_name() -> None:
    assert (
        len(_read(swap(swap(BODY, "<ContentId>cid:1</ContentId>", ""), "<edXML:ContentId>cid:1</edXML:ContentId>", "")))
        == 1
    )


def test_an_envelope_may_have_no_attachments() -> None:
    assert _read(write_envelope(an_envelope())) == ()


@pytest.mark.parametrize("size", [1, 2, 3, 100, 786_432, 786_433, 1_600_000])
@pytest.mark.parametrize("width", [0, 76])
def test_base64_is_counted_exactly_whatever_its_line_breaks(size: int, width: int) -> None:
    text = base64.b64encode(bytes(size)).decode()
    if width:
        text = "\r\n ".join(text[at : at + width] for at in range(0, len(text), width))

    assert decoded_size(text) == (size, bytes(min(size, 512)))


@pytest.mark.parametrize("fault", ["=", "*", "é"])
def test_one_wrong_character_in_the_middle_of_megabytes_is_seen(fault: str) -> None:
    text = "A" * 3_000_000

    with pytest.raises(binascii.Error):
        decoded_size(text[:1_500_000] + fault + text[1_500_001:])


def test_b166_a_megabyte_of_white_space_is_taken() -> None:
    assert _read(swap(BODY, CONTENT, CONTENT[:4] + " " * 1_000_000 + CONTENT[4:]))[0].size == len(PDF)


def test_d12_a_zip_declared_as_pdf_is_carried_with_a_warning() -> None:
    wrapped = a_zip({"0f8e.pdf": PDF})

    assert warnings_in(_with(wrapped)) == {"content-type-odd"}
    assert warnings_in(_with(wrapped, media="application/zip")) == set()
    assert _read(_with(wrapped, media="application/zip"))[0].is_zipped


def test_d13_what_begins_like_a_zip_and_does_not_open_is_carried_with_a_warning() -> None:
    assert warnings_in(_with(b"PK\x03\x04 zip", media="application/zip")) == {"archive-unreadable"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\u202efdp.exe", "C:\\x.pdf"])
def test_b173_a_misleading_file_name_is_carried_with_a_warning(name: str) -> None:
    assert "attachment-name" in warnings_in(_with(PDF, name=name))


def test_an_honest_page_and_an_honest_program_are_not_disguises() -> None:
    assert codes_in(_with(b"<html></html>", "a.html", "text/html")) == set()
    assert codes_in(_with(b"MZ", "a.exe", "application/x-msdownload")) == set()
