"""Canonical bytes of a document, and its digest, without carrying the attachments through canonicalisation.

Canonical XML writes a text as it stands but for `&`, `<`, `>` and carriage return (Canonical XML 1.0 §2.3, Exclusive
§1.1 the same). The content of an attachment has none of them, and is nearly all of a large document. So long contents
are taken out of the tree and a mark left in their place; the tree is canonicalised, cut at the marks, and the digest
taken over pieces and contents in turn: the very bytes that canonicalising the whole would have given. Nothing depends
on the mark being rare: where the sender uses it too there are more marks than contents, and everything is put back.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from lxml import etree

from hub.xml.algorithms import C14N_EXCLUSIVE
from hub.xml.names import EXC_C14N, edxml

_MARK: Final = "\U0010fffd"  # the last character of the private planes
_MARK_BYTES: Final = _MARK.encode()
LONG: Final = 16_384  # characters; below it taking out costs what it saves
_CHANGED: Final = ("&", "<", ">", "\r")
_ENCODED: Final = edxml("AttachmentEncoded")
_ATTACHMENT: Final = edxml("Attachment")
CONTENT: Final = "{*}ContentTransferEncoded"

DEFAULT: Final = "#default"
"""The default namespace in a list of prefixes (Exclusive XML Canonicalization §4)."""

Contents = dict[etree._Element, str]  # noqa: SLF001  lxml has no other name for it
"""Contents that were taken out of their elements, in document order. It keeps the elements from being made anew."""


class _Hash(Protocol):
    """What is used of a hash of hashlib's."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class How(NamedTuple):
    """A canonicalisation: its algorithm's URI, and the prefixes an exclusive one treats inclusively."""

    algorithm: str
    prefixes: list[str] | None = None


def read_how(method: etree._Element) -> How:
    """Read a CanonicalizationMethod, or a Transform that is one."""
    inclusive = method.find(f"{{{EXC_C14N}}}InclusiveNamespaces") if len(method) else None
    prefixes = None if inclusive is None else (inclusive.get("PrefixList") or "").split()
    return How(str(method.get("Algorithm")), prefixes)


def canonical(node: etree._Element, how: How) -> bytes:
    """Canonicalise a document by its root, without comments."""
    if how.prefixes and DEFAULT in how.prefixes:
        know_default()
    return etree.tostring(
        node,
        method="c14n",
        exclusive=how.algorithm == C14N_EXCLUSIVE,
        with_comments=False,
        inclusive_ns_prefixes=how.prefixes,
    )


def know_default() -> None:
    """Make lxml hand `#default` on to libxml2, in documents that this thread parses.

    lxml leaves out of a list of prefixes whatever is no name in any document of the thread, and this can be none. What
    a parser is told to look for is kept with the names.
    """
    parser = etree.XMLPullParser(events=("start",), tag=DEFAULT)
    parser.feed(b"<x/>")
    parser.close()


def take_contents(root: etree._Element) -> Contents:
    """Take the long contents of attachments out of the tree, where canonicalisation would leave them as they are.

    Only those the reader reads as contents: no text that somebody looks into is ever missing from the tree.
    """
    taken: Contents = {}
    for encoded in root.iterchildren(_ENCODED):
        for attachment in encoded.iterchildren(_ATTACHMENT):
            content = next(attachment.iterchildren(CONTENT), None)
            if content is None or len(content):
                continue
            text = content.text or ""
            if len(text) >= LONG and not any(character in text for character in _CHANGED):
                taken[content] = text
                content.text = _MARK
    return taken


def digest(root: etree._Element, contents: Contents, how: How, new: Callable[[bytes], _Hash]) -> bytes:
    """Give the digest, by a hash of hashlib's, of the canonical document with its contents in their places."""
    first, *others = canonical(root, how).split(_MARK_BYTES) if contents else [canonical(root, how)]
    if len(others) != len(contents):
        for element, text in contents.items():
            element.text = text
        contents.clear()
        first, others = canonical(root, how), []
    total = new(first)
    for text, piece in zip(contents.values(), others, strict=True):
        total.update(text.encode())
        total.update(piece)
    return total.digest()
