"""What a file is by its first bytes, against what it is said to be. Odd is a warning; a disguise is an error.

Field software declares ZIPs as PDF or plain text, and the recipient's software is used to it: the content travels as
it is. A program or a web page under the name of a document is another matter.

What nearly all attachments are is known at a glance. Everything else is named by `puremagic`, which takes 0.2 ms for
it and knows what the faster libraries do not: pages, programs, shortcuts, old Office files.
"""

import re
from typing import Final

import puremagic
from lxml import etree

from hub.domain.archive import extension as extension_of
from hub.xml.faults import Faults

PDF: Final = b"%PDF-"
RANGES: Final = b"/ByteRange"  # what no signature in a PDF can do without
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROGRAMS: Final = (
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"\xca\xfe\xba\xbe", "Java"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "LNK"),
    (b"#!", "script"),
)
_PAGE: Final = re.compile(rb"[\xef\xbb\xbf \t\r\n]*+<(?:!doctype html|html|script)", re.IGNORECASE)
_DOCUMENTS: Final = (
    (PDF, "PDF", ("pdf",)),
    (
        b"PK\x03\x04",
        "ZIP",
        ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "openxml", "opendocument", "ooxml", "ofd", "epub"),
    ),
    (OLE, "Microsoft Office", ("doc", "xls", "ppt", "msword", "excel", "powerpoint", "msg", "outlook", "visio")),
    (b"\x89PNG\r\n\x1a\n", "PNG", ("png",)),
    (b"\xff\xd8\xff", "JPEG", ("jpg", "jpeg")),
    (b"II*\x00", "TIFF", ("tif",)),
    (b"MM\x00*", "TIFF", ("tif",)),
    (b"{\\rtf", "RTF", ("rtf", "msword")),
)
_PROGRAM_NAMES: Final = frozenset({"exe", "dll", "msi", "jar", "class", "lnk", "sh", "py", "pl"})
_PROGRAM_TYPES: Final = ("x-msdownload", "x-dosexec", "java-archive", "x-executable", "x-sh", "text/x-")
_ODD: Final = re.compile("[/\\\\\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_MAGIC: Final = tuple(row[0] for row in (*_PROGRAMS, *_DOCUMENTS))
_SAYS_NOTHING: Final = ("octet-stream", "binary", "unknown")
_TELLING: Final = 3  # bytes that a signature must have to count: shorter ones turn up by chance


def check_content(name: str, content_type: str, head: bytes, element: etree._Element, faults: Faults) -> str:
    """Compare the first bytes of an attachment with its name and declared type; answer what it is if that is odd."""
    declared = content_type.lower()
    if head.startswith(_MAGIC) or _PAGE.match(head):
        return _check_known(name, declared, head, element, faults)
    found = _named(head) if declared and not _says(declared, _SAYS_NOTHING) and not _is_text(head) else ()
    if not found or any(_agrees(kind, name, declared) for kind in found):
        return ""
    faults.warn("content-type-odd", element, name=name, declared=content_type, found=found[0].name)
    return str(found[0].name)


def _check_known(name: str, declared: str, head: bytes, element: etree._Element, faults: Faults) -> str:
    extension = extension_of(name)
    for magic, label in _PROGRAMS:
        if head.startswith(magic) and extension not in _PROGRAM_NAMES and not _says(declared, _PROGRAM_TYPES):
            faults.refuse("content-type-mismatch", element, name=name, found=label)
            return label
    if _PAGE.match(head) and not _says(declared, ("html", "xml")) and extension not in {"html", "htm", "xhtml"}:
        faults.refuse("content-type-mismatch", element, name=name, found="HTML")
        return "HTML"
    for magic, label, words in _DOCUMENTS:
        if head.startswith(magic):
            if declared and not _says(declared, words) and not _says(declared, _SAYS_NOTHING):
                faults.warn("content-type-odd", element, name=name, declared=declared, found=label)
                return label
            return ""
    return ""


def check_name(name: str, element: etree._Element, faults: Faults) -> None:
    """Warn of file names that could mislead a person or a program; they travel unchanged and are never paths."""
    if _ODD.search(name):
        faults.warn("attachment-name", element, name=name)


def _named(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    """What the library makes of it: several kinds where they begin alike."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    return [kind for kind in found if len(kind.byte_match) >= _TELLING]


def _agrees(kind: puremagic.PureMagicWithConfidence, name: str, declared: str) -> bool:
    extension = kind.extension.lstrip(".").lower()
    return bool(extension) and (extension == extension_of(name) or extension in declared or kind.mime_type == declared)


def _is_text(head: bytes) -> bool:
    """Whether it reads as text; a letter cut in two at the end does not matter."""
    try:
        text = head.decode("utf-8", errors="ignore" if len(head) > 500 else "strict")  # noqa: PLR2004
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c in "\r\n\t\f" for c in text)


def _says(declared: str, words: tuple[str, ...]) -> bool:
    return any(word in declared for word in words)
