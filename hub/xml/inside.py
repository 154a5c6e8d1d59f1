"""What is inside one attachment, as far as it can be told before acceptance: cheaply, and bounded whatever it is.

A PDF costs a search through its base64 text and the decoding of its last kilobyte. Only ZIPs, and Office files of the
old form under the name of the new one, are decoded; large documents are read off the event loop anyway.
"""

import re
from typing import Final, NamedTuple

from lxml import etree

from hub.domain import archive
from hub.xml.encoded import aligned, decode, decoded_size, may_end_with, mentions, tail
from hub.xml.faults import Faults
from hub.xml.sniff import OLE, PDF, RANGES, check_content

_SIGNED: Final = aligned(RANGES)
_TELLING: Final = aligned(b"/Encrypt") + aligned(b"PK\x05\x06")  # what the end of a PDF is decoded for
_ENCRYPTED: Final = re.compile(rb"/Encrypt(?:\s+\d+\s+\d+\s+R|\s*<<)")
_ENCRYPTED_OFFICE: Final = "EncryptedPackage".encode("utf-16-le")


class Inside(NamedTuple):
    """`found`: what it is, if that is not what it says. `is_signed`: a PDF with signatures to be judged later.

    `is_zipped`: an archive that only wraps the file. `names`: of an archive's entries.
    """

    size: int
    found: str = ""
    is_zipped: bool = False
    is_signed: bool = False
    names: tuple[str, ...] = ()


def look_inside(name: str, content_type: str, text: str, element: etree._Element, faults: Faults) -> Inside:
    """Look into the content of an attachment (base64), and say what is wrong with it. Raises ValueError for no base64."""
    size, head = decoded_size(text)
    found = check_content(name, content_type, head, element, faults)
    if head.startswith(PDF):
        _look_into_pdf(name, text, head, element, faults)
        return Inside(size, found, is_signed=mentions(text, _SIGNED))
    if head.startswith(archive.MAGIC):
        return _look_into_zip(Inside(size, found), name, text, element, faults)
    if head.startswith(OLE) and archive.extension(name) in archive.OFFICE and _ENCRYPTED_OFFICE in decode(text):
        faults.refuse("encrypted-attachment", element, name=name, found="Microsoft Office")
    return Inside(size, found)


def _look_into_pdf(name: str, text: str, head: bytes, element: etree._Element, faults: Faults) -> None:
    end = tail(text) if may_end_with(text, _TELLING) else b""
    if _ENCRYPTED.search(end) or _ENCRYPTED.search(head):
        faults.refuse("encrypted-attachment", element, name=name, found="PDF")
    if archive.ends_as_zip(end):
        faults.refuse("content-type-mismatch", element, name=name, found="PDF + ZIP")


def _look_into_zip(inside: Inside, name: str, text: str, element: etree._Element, faults: Faults) -> Inside:
    seen = archive.look(decode(text), name)
    if seen.fault == "archive-unreadable":
        faults.warn("archive-unreadable", element, name=name)
    elif seen.fault:
        faults.refuse(seen.fault, element, name=name, found=seen.detail)
    elif seen.wraps:
        found = check_content(name, "", seen.head, element, faults) or inside.found
        return inside._replace(found=found, is_zipped=True, is_signed=seen.head.startswith(PDF), names=seen.names)
    return inside._replace(names=seen.names)
