"""What is inside an attachment is looked at before acceptance, and nothing it holds can make that expensive."""

import base64
import tracemalloc
from io import BytesIO

import pytest

from hub.domain import archive
from hub.domain.envelope import Attachment, Envelope
from hub.xml.encoded import aligned, decode, decoded_size, mentions, tail
from hub.xml.write import write_envelope
from tests.xml.archives import PDF, a_zip, encrypted, lying, nested, overlapping, with_link
from tests.xml.builders import an_envelope, codes_in, findings_in, open_as, warnings_in

LONG = bytes(range(256)) * 8192


def _with(content: bytes, name: str = "ho-so.zip", media: str = "application/zip") -> bytes:
    return write_envelope(an_envelope(), [(name, media, content)])


def _read(body: bytes) -> Attachment:
    message = open_as(body).message
    assert isinstance(message, Envelope)
    return message.attachments[0]


REFUSED = [
    ("B170 a bomb", a_zip({"a.txt": bytes(30 << 20)}), "archive-limits"),
    ("B170 entries that share bytes", overlapping(200), "archive-limits"),
    ("B170 archives within archives", nested(3), "archive-limits"),
    ("B170 a wrapped archive within archives", a_zip({"x.zip": nested(3)}), "archive-limits"),
    ("B170 a table of sixty thousand entries", lying(60_000), "archive-limits"),
    ("B170 more entries than the limit", a_zip({f"{n}": b"" for n in range(archive.ENTRIES_AT_MOST + 1)}), "archive-limits"),
    ("B171 a way out", a_zip({"../../etc/passwd": b"x", "a": b"y"}), "archive-path"),
    ("B171 a way out, written in Windows", a_zip({"..\\..\\x.dll": b"x", "a": b"y"}), "archive-path"),
    ("B171 an absolute path", a_zip({"/etc/passwd": b"x", "a": b"y"}), "archive-path"),
    ("B171 a drive", a_zip({"C:/x.txt": b"x", "a": b"y"}), "archive-path"),
    ("B171 a link", with_link("a", "/etc/passwd"), "archive-path"),
    ("B172 encrypted", encrypted(), "encrypted-attachment"),
]  # fmt: skip


def unwrapped(content: bytes, name: str) -> bytes | None:
    inside = BytesIO()
    return inside.getvalue() if archive.unwrap(BytesIO(content), name, inside) else None


@pytest.mark.parametrize(("content", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
@pytest.mark.parametrize("name", ["ho-so.zip", "cong-van.pdf"])
def test_an_archive_that_could_harm_who_unpacks_it_is_refused(content: bytes, code: str, name: str) -> None:
    assert codes_in(_with(content, name)) == {code}


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    content = a_zip({f"{n}.bin": bytes(30 << 20) for n in range(8)})
    tracemalloc.start()
    try:
        assert archive.look(content, "x.zip").fault == "archive-limits"
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        nested(2),
        a_zip({"to-trinh.docx": a_zip({"word/document.xml": b"<x/>", "word/embeddings/b.xlsx": a_zip({"a": b"b"})})}),
        a_zip({"a/": b"", "a/b.pdf": PDF, "a..b.pdf": PDF}),
        a_zip({}),
    ],
    ids=["an archive in an archive", "a document with a table in it", "a folder", "empty"],
)
def test_an_archive_that_harms_nobody_is_carried(content: bytes) -> None:
    assert codes_in(_with(content)) == set()


def test_a_document_may_hold_archives_as_deep_as_it_likes() -> None:
    table = a_zip({"xl/sheet.xml": b"<x/>", "xl/embeddings/x.zip": nested(2)})

    assert codes_in(_with(a_zip({"word/a.xml": b"", "word/b.xlsx": table}), "a.docx", "")) == set()


@pytest.mark.parametrize(
    ("name", "is_wrapping"), [("cong-van.pdf", True), ("vb", True), ("ho-so.zip", False), ("bang.XLSX", False)]
)
def test_an_archive_with_one_entry_is_that_entry_unless_its_name_says_archive(name: str, is_wrapping: bool) -> None:  # noqa: FBT001
    content = a_zip({"0f8e.edxml": PDF})

    assert archive.look(content, name).wraps is is_wrapping
    assert unwrapped(content, name) == (PDF if is_wrapping else None)
    assert _read(_with(content, name)).is_zipped is is_wrapping


def test_a_program_wrapped_in_an_archive_under_the_name_of_a_document_is_refused() -> None:
    assert codes_in(_with(a_zip({"0f8e.pdf": b"MZ\x90\x00"}), "cong-van.pdf")) == {"content-type-mismatch"}


def test_only_the_wrapped_file_that_is_safe_is_unwrapped() -> None:
    assert unwrapped(encrypted(), "a.pdf") is None
    assert unwrapped(b"PK\x03\x04 zip", "a.pdf") is None
    assert unwrapped(PDF, "a.pdf") is None


@pytest.mark.parametrize("packing", [b"\x09\x00", b"\x63\x00"], ids=["deflate64", "none that exists"])
def test_an_entry_packed_in_an_unknown_way_is_carried_as_it_is(packing: bytes) -> None:
    content = a_zip({"a": b"x" * 40, "b": b"y" * 40}).replace(
        b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00" + packing
    )

    assert codes_in(_with(content)) == set()


SECRET = "TỐI MẬT ke hoach.pdf"


def test_the_names_inside_an_archive_are_guarded_and_not_repeated() -> None:
    body = _with(a_zip({f"thu muc/{SECRET}": PDF, "a.pdf": PDF}))
    [found] = findings_in(body)

    assert found.code == "classified-not-allowed"
    assert "ke hoach" not in str(found.explained())


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n" + bytes(5000) + b"trailer << /Size 9 /Encrypt 8 0 R /Root 1 0 R >>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n" + bytes(5000) + b"trailer << /Encrypt << /V 2 >> >>\n%%EOF",
        b"%PDF-1.7\n9 0 obj << /Type /XRef /Encrypt 8 0 R >>" + bytes(5000),
    ],
)
def test_b172_an_encrypted_pdf_is_refused(content: bytes) -> None:
    assert codes_in(_with(content, "a.pdf", "application/pdf")) == {"encrypted-attachment"}


def test_b172_an_encrypted_office_file_is_refused() -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le") + bytes(200)

    assert codes_in(_with(content, "a.docx", "")) == {"encrypted-attachment"}
    assert codes_in(_with(content, "a.doc", "")) == set()


def test_b169_a_pdf_that_opens_as_an_archive_as_well_is_refused() -> None:
    assert codes_in(_with(b"%PDF-1.7\n%%EOF\n" + a_zip({"x.exe": b"MZ"}), "a.pdf", "")) == {"content-type-mismatch"}


DISGUISES = [
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut"),
    (b"#!/bin/sh\nrm", "a script"),
    (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", "Java"),
    (b"\xef\xbb\xbf  <SCRIPT>", "a script in a page"),
]


@pytest.mark.parametrize("content", [row[0] for row in DISGUISES], ids=[row[1] for row in DISGUISES])
def test_b168_what_runs_is_refused_under_the_name_of_a_document(content: bytes) -> None:
    assert codes_in(_with(content, "a.pdf", "application/pdf")) == {"content-type-mismatch"}


@pytest.mark.parametrize(
    ("content", "media", "odd"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "application/pdf", True),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "application/pdf", True),
        (b"Rar!\x1a\x07\x01\x00", "application/pdf", True),
        (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "application/octet-stream", False),
        ("Kính gửi".encode(), "text/plain", False),
        (bytes(range(128, 256)), "application/pdf", False),
    ],
)
def test_a_declared_type_that_the_bytes_contradict_is_odd_and_one_nobody_can_tell_is_not(
    content: bytes,
    media: str,
    odd: bool,  # noqa: FBT001
) -> None:
    assert ("content-type-odd" in warnings_in(_with(content, "tep", media))) is odd


@pytest.mark.parametrize("before", range(9))
@pytest.mark.parametrize("width", [0, 64])
def test_a_pdf_with_a_signature_is_known_wherever_the_word_falls(before: int, width: int) -> None:
    content = PDF + b" " * before + b"/ByteRange [0 1 2 3]"

    read = _read(_with(content, "a.pdf", "application/pdf"))

    assert read.is_signed
    text = _text(bytes(1 << 20) + content, width)
    assert mentions(text, aligned(b"/ByteRange"))
    assert not mentions(text, aligned(b"/BiteRange"))


def test_a_pdf_without_a_signature_is_not_called_signed() -> None:
    assert not _read(_with(PDF, "a.pdf", "application/pdf")).is_signed


@pytest.mark.parametrize("size", [1, 2, 3, 1023, 1024, 1025, 786_431, 786_432, 2_000_000])
@pytest.mark.parametrize("width", [0, 76])
def test_decoding_in_pieces_gives_every_byte(size: int, width: int) -> None:
    content = LONG[:size]
    text = _text(content, width)

    assert decoded_size(text)[0] == size
    assert decode(text) == content
    assert content.endswith(tail(text))
    assert len(tail(text)) >= min(size, 500)


def _text(content: bytes, width: int) -> str:

    text = base64.b64encode(content).decode()
    return "\r\n".join(text[at : at + width] for at in range(0, len(text), width)) if width else text
