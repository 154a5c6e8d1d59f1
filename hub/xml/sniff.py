"""What a file is by its first bytes, against what it is said to be. Odd is a warning; a disguise is an error.

Field software declares ZIPs as PDF or plain text, and the recipient's software is used to it: the content travels as
it is. A program or a web page under the name of a document is another matter.
"""

import re
from typing import Final

from lxml import etree

from hub.xml.faults import Faults

_PROGRAMS: Final = ((b"MZ", "EXE"), (b"\x7fELF", "ELF"), (b"\xcf\xfa\xed\xfe", "Mach-O"), (b"\xca\xfe\xba\xbe", "Java"))
_PAGE: Final = re.compile(rb"[\xef\xbb\xbf \t\r\n]*+<(?:!doctype html|html|script)", re.IGNORECASE)
_DOCUMENTS: Final = (
    (b"%PDF-", "PDF", ("pdf",)),
    (b"PK\x03\x04", "ZIP", ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "openxml", "opendocument", "ooxml")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft Office", ("doc", "xls", "ppt", "msword", "excel", "powerpoint")),
)
_HONEST_PROGRAMS: Final = ("exe", "dll", "msi", "jar", "class", "x-msdownload", "x-dosexec", "java-archive")
_ODD: Final = re.compile("[/\\\\\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_MAGIC: Final = tuple(row[0] for row in (*_PROGRAMS, *_DOCUMENTS))
_SAYS_NOTHING: Final = ("octet-stream", "binary", "unknown")


def check_content(name: str, content_type: str, head: bytes, element: etree._Element, faults: Faults) -> None:
    """Compare the first bytes of an attachment with its name and declared type."""
    declared = content_type.lower()
    extension = name.rpartition(".")[2].lower()
    if not head.startswith(_MAGIC) and not _PAGE.match(head):
        return
    for magic, label in _PROGRAMS:
        if head.startswith(magic) and extension not in _HONEST_PROGRAMS and not _says(declared, _HONEST_PROGRAMS):
            faults.refuse("content-type-mismatch", element, name=name, found=label)
            return
    if _PAGE.match(head) and not _says(declared, ("html", "xml")) and extension not in {"html", "htm", "xhtml"}:
        faults.refuse("content-type-mismatch", element, name=name, found="HTML")
        return
    for magic, label, words in _DOCUMENTS:
        if head.startswith(magic):
            if declared and not _says(declared, words) and not _says(declared, _SAYS_NOTHING):
                faults.warn("content-type-odd", element, name=name, declared=content_type, found=label)
            return


def check_name(name: str, element: etree._Element, faults: Faults) -> None:
    """Warn of file names that could mislead a person or a program; they travel unchanged and are never paths."""
    if _ODD.search(name):
        faults.warn("attachment-name", element, name=name)


def _says(declared: str, words: tuple[str, ...]) -> bool:
    return any(word in declared for word in words)
