"""The files of an envelope that was accepted, one after the other: decoded, and taken out of the archive that wraps them."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from hub.domain.archive import unwrap
from hub.xml.canonical import CONTENT
from hub.xml.encoded import decode, decoded_size
from hub.xml.names import edxml
from hub.xml.open import parse
from hub.xml.sniff import PDF


@dataclass(frozen=True, slots=True)
class File:
    """One file. `packed`: as it was attached; `content`: what it is, out of the archive that only wraps it."""

    name: str
    content_type: str
    packed: bytes
    content: bytes

    @property
    def is_zipped(self) -> bool:
        """Whether an archive wrapped it."""
        return self.packed is not self.content

    @property
    def is_pdf(self) -> bool:
        """Whether it begins like a PDF."""
        return self.content.startswith(PDF)


def read_files(body: bytes) -> Iterator[File]:
    """Read the files in the order of the manifest. Only for what the reader has let through; a file at a time."""
    root = parse(body)
    parts = {_id(part): part for part in root.iterfind(f"{edxml('AttachmentEncoded')}/{edxml('Attachment')}")}
    for reference in root.iterfind(f"{edxml('edXMLEnvelope')}/{edxml('edXMLBody')}/{edxml('edXMLManifest')}/*"):
        name = _text(reference, "AttachmentName")
        part = parts.pop(_id(reference), None)
        if part is None:
            part = next((each for each in parts.values() if name and _text(each, "AttachmentName") == name), None)
        if part is not None:
            yield _file(name or _text(part, "AttachmentName"), _text(reference, "ContentType"), part)


def _file(name: str, content_type: str, part: etree._Element) -> File:
    element = next(part.iterchildren(CONTENT), None)
    written = "" if element is None else "".join(element.itertext()).strip()  # a comment may stand in it
    decoded_size(written)  # raises ValueError for what is no base64
    packed = decode(written)
    return File(name, content_type or _text(part, "ContentType"), packed, unwrap(packed, name) or packed)


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(edxml(name)) or "").strip()


def _id(element: etree._Element) -> str:
    written = _text(element, "ContentId")
    return written[4:].strip() if written[:4].lower() == "cid:" else written
