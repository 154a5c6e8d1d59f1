"""The files of an accepted envelope come out as they went in, however the envelope is written."""

import base64
import secrets
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import pytest

from hub.spool import Spool
from hub.xml.files import read_files
from hub.xml.names import EDXML
from tests.xml.archives import a_zip

MIB = 1024 * 1024
PDF = b"%PDF-1.7\n" + secrets.token_bytes(2000)


@contextmanager
def fresh() -> Iterator[tuple[Path, BinaryIO]]:
    with TemporaryDirectory() as folder, Spool(Path(folder), 0).file() as made:
        yield made


def read(body: bytes, piece: int = 700) -> list[tuple[str, str, bytes, bytes]]:
    """Name, type, as attached, as meant."""
    pieces = (body[at : at + piece] for at in range(0, len(body), piece))
    return [(f.name, f.content_type, f.packed.read_bytes(), f.content.read_bytes()) for f in read_files(pieces, fresh)]


def reference(cid: str, name: str = "", kind: str = "application/pdf") -> str:
    return (
        f"<Reference><ContentId>{cid}</ContentId><ContentType>{kind}</ContentType>"
        f"<AttachmentName>{name}</AttachmentName></Reference>"
    )


def attachment(cid: str, content: str, name: str = "") -> str:
    return (
        f"<Attachment><ContentTransferEncoded>{content}</ContentTransferEncoded><ContentId>{cid}</ContentId>"
        f"<AttachmentName>{name}</AttachmentName></Attachment>"
    )


def letters(content: bytes) -> str:
    return base64.b64encode(content).decode()


def envelope(*parts: str, manifest: str, is_last: bool = False) -> bytes:
    beside = f"<AttachmentEncoded>{''.join(parts)}</AttachmentEncoded>"
    main = f"<edXMLEnvelope><edXMLBody><edXMLManifest>{manifest}</edXMLManifest></edXMLBody></edXMLEnvelope>"
    inside = beside + main if is_last else main + beside
    return f'<?xml version="1.0"?><edXML xmlns="{EDXML}">{inside}</edXML>'.encode()


@pytest.mark.parametrize("is_last", [False, True], ids=["manifest first", "manifest last"])
def test_files_come_in_the_order_of_the_manifest(is_last: bool) -> None:  # noqa: FBT001
    body = envelope(
        attachment("2", letters(b"second")),
        attachment("cid:1", letters(PDF)),
        manifest=reference("cid:1", "một.pdf") + reference("2", "hai.txt", "text/plain"),
        is_last=is_last,
    )

    assert read(body) == [("một.pdf", "application/pdf", PDF, PDF), ("hai.txt", "text/plain", b"second", b"second")]


def test_a_reference_without_an_id_of_its_own_finds_its_file_by_name() -> None:
    body = envelope(
        attachment("x", letters(b"other"), "b.txt"),
        attachment("y", letters(b"this"), "a.txt"),
        manifest=reference("1", "a.txt") + reference("x", "b.txt"),
    )

    assert [(name, content) for name, _, _, content in read(body)] == [("a.txt", b"this"), ("b.txt", b"other")]


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize(
    "written",
    ["{}", "\n {0} \t", "\u00a0{0}\u00a0", "<!-- x -->{0}<!-- y -->", "<![CDATA[{0}]]>", "&#32;{0}&#13;"],
    ids=["plain", "white space", "no-break spaces", "comments", "CDATA", "references"],
)
def test_a_content_is_decoded_however_it_is_written_and_wherever_it_is_cut(written: str, piece: int) -> None:
    lines = "\r\n".join(letters(PDF)[at : at + 76] for at in range(0, len(letters(PDF)), 76))

    assert read(envelope(attachment("1", written.format(lines)), manifest=reference("1", "a.pdf")), piece) == [
        ("a.pdf", "application/pdf", PDF, PDF)
    ]


@pytest.mark.parametrize("content", ["", "QUJ", "QUJD=", "QU=D", "QUI=QUJD", "QUJD*", "QUJDộ"])
def test_what_is_no_base64_is_no_file(content: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(envelope(attachment("1", content), manifest=reference("1", "a.pdf")))


def test_a_file_is_taken_out_of_the_archive_that_wraps_it_and_what_was_attached_is_kept_beside() -> None:
    packed = a_zip({"0f8e.pdf": PDF})
    both = attachment("1", letters(packed)) + attachment("2", letters(packed))
    body = envelope(both, manifest=reference("1", "a.pdf") + reference("2", "hồ sơ.zip"))

    assert [(p, c) for _, _, p, c in read(body)] == [(packed, PDF), (packed, packed)]


def test_files_are_gone_when_the_next_is_asked_for_or_nobody_goes_on(tmp_path: Path) -> None:
    body = envelope(attachment("1", letters(PDF)), manifest=reference("1", "a.pdf"))

    files = read_files([body], Spool(tmp_path, 0).file)
    path = next(files).content
    assert path.read_bytes() == PDF
    files.close()

    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    inside = a_zip({"a.bin": bytes(30 * MIB) + secrets.token_bytes(3 * MIB)})
    text = letters(inside).encode()
    head, tail = envelope(attachment("1", "|"), manifest=reference("1", "a.pdf")).split(b"|")
    pieces = [head, *(text[at : at + MIB] for at in range(0, len(text), MIB)), tail]

    tracemalloc.start()
    try:
        (file,) = read_files(pieces, Spool(tmp_path, 0).file)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
    assert file.is_zipped
