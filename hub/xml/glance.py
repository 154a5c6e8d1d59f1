"""The glance: that the scan would find nothing in a body is mostly known from less than the scan looks at.

The scan (`gate`) has Python look at every start tag, for limits that no ordinary document comes near. The glance has
expat read the same bytes with nothing to tell but what is rare: the declaration, namespaces, and what ends it at once (a
DOCTYPE, an instruction, a comment). Limits are bounded by the distances between `<` and by counting, or left to the
tree, which `Glance.is_odd` asks in C.

It refuses nothing: where it does not know for certain, the scan is made, and says what is wrong in which line. And
nothing passes that expat has not read: well-formed, without DTD or entities, its namespaces allowed, before lxml sees
it. Kept from expat are only long texts, ASCII without a mark of XML in it, from a tag to the next `<`. Whoever
has read the same up to there can read nothing but text in them; a character that no text may have is lxml's to find.
"""

import re
from mmap import ACCESS_READ, mmap
from typing import Final, NamedTuple
from xml.parsers import expat

from lxml import etree

from hub.spool import Body
from hub.xml.gate import (
    ABSOLUTE,
    DEFAULT,
    ID_NAMES,
    KNOWN,
    NEVER_DECLARED,
    NEVER_USED,
    OTHER_ENCODINGS,
    UTF_8,
    is_crowded,
)

_NAMESPACE: Final = 150  # characters of a namespace's name
_STEP: Final = DEFAULT.name - _NAMESPACE  # bytes; what is shorter, from `<` to `<`, has no name or value too long
_LONG: Final = 1 << 14  # bytes of a text that is worth keeping from expat
_TAG: Final = re.compile(
    rb"</?+[\w:.-]{1,100}+(?:\s{1,99}+[\w:.-]{1,100}+\s{0,99}+=\s{0,99}+(?:\"[^\"<]{0,999}+\"|'[^'<]{0,999}+')){0,%d}+"
    rb"\s{0,99}+/?+>" % (DEFAULT.attributes + DEFAULT.namespaces_in_scope)
)
"""A tag of usual measures."""
_QUOTES: Final = 2 * DEFAULT.attributes  # with fewer no element has too many attributes
_SHORTEST: Final = 4  # bytes of a tag
_IS_DEEP: Final = etree.XPath(f"boolean({'/*' * (DEFAULT.depth + 1)})")
_HAS_BROAD: Final = etree.XPath(f"boolean(//*[@*[{DEFAULT.attributes + 1}]])")
_IDS: Final = etree.XPath("count(//@*[" + " or ".join(f"local-name() = '{name}'" for name in sorted(ID_NAMES)) + "])")
_ENDS_OF_IDS: Final = (*(b"%s=" % name.encode() for name in ID_NAMES), b" =", b"\t=", b"\r=", b"\n=")
_USES: Final = [
    etree.XPath(f"boolean(//{nodes}[starts-with(namespace-uri(), '{NEVER_USED}')])") for nodes in ("*", "@*")
]


class Glance(NamedTuple):
    """What is left to ask the tree."""

    has_many: bool  # attributes enough for an element to have too many
    has_ids: bool  # there may be an Id
    watches: bool  # a namespace is declared that must not be used

    def is_odd(self, root: etree._Element) -> bool:
        """Whether there is anything in the tree that the scan might refuse. Ask before whatever could take long."""
        try:
            return (
                bool(_IS_DEEP(root))
                or (self.has_ids and float(_IDS(root)) > 1)
                or (self.has_many and bool(_HAS_BROAD(root)))
                or (self.watches and any(uses(root) for uses in _USES))
            )
        except etree.XPathError:  # it has limits of its own, against millions of nodes
            return True


def glance(body: Body) -> Glance | None:
    """Look at `body`; None where only the scan can tell."""
    if not body:
        return None
    if isinstance(body, bytes):
        return _glance(body)
    with body.path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
        return _glance(whole)


def _glance(body: bytes | mmap) -> Glance | None:
    if body[:4].startswith(OTHER_ENCODINGS) or body.find(b"\0") >= 0:
        return None
    short = _shorten(body)
    if short is None or _may_have_too_many(short) or short.count(b"&") > DEFAULT.references_in(len(body)):
        return None
    has_many = short.count(b'"') + short.count(b"'") > _QUOTES
    if has_many and (short.count(b"xmlns") > DEFAULT.namespaces or is_crowded(short)):
        return None
    seen = _Rare()
    try:
        seen.read(short)
    except (_OddError, expat.ExpatError):
        return None
    return Glance(has_many, not has_many or any(end in short for end in _ENDS_OF_IDS), seen.watches)


def _may_have_too_many(short: bytes) -> bool:
    most = DEFAULT.elements
    return len(short) > _SHORTEST * most and short.count(b"<") > most and short.count(b"<") - short.count(b"</") > most


def _shorten(body: bytes | mmap) -> bytes | None:
    """Take long texts out; None where what may be a tag is of no usual measure."""
    pieces, kept, at, size = [], 0, 0, len(body)
    while at + _STEP < size:
        begin, end = body.rfind(b"<", at, at + _STEP), body.find(b"<", at + _STEP)
        at = size if end < 0 else end
        if at - begin < _STEP:
            continue
        if begin < 0 or (tag := _TAG.match(body, begin)) is None:
            return None
        if at - tag.end() > _LONG and end > 0 and _is_text(body, tag.end(), end):
            pieces.append(body[kept : tag.end()])
            kept = end
    return b"".join([*pieces, body[kept:]])


def _is_text(body: bytes | mmap, start: int, end: int) -> bool:
    return body.find(b"&", start, end) < 0 and body.find(b">", start, end) < 0 and body[start:end].isascii()


class _Rare:
    """What expat tells of, and whether that is fine."""

    def __init__(self) -> None:
        self.watches = False
        self._open = self._all = 0

    def read(self, short: bytes) -> None:
        """Have expat read it; raises what it raises, and `_OddError`."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = parser.CommentHandler = self._odd
        parser.StartNamespaceDeclHandler = self._namespace
        parser.EndNamespaceDeclHandler = self._namespace_ends
        parser.Parse(short, True)

    def _namespace(self, _prefix: str | None, uri: str | None) -> None:
        self._open += 1
        self._all += 1
        if self._open > DEFAULT.namespaces_in_scope or self._all > DEFAULT.namespaces:
            raise _OddError
        if not uri or uri in KNOWN:
            return
        if len(uri) > _NAMESPACE or not ABSOLUTE.match(uri) or uri in NEVER_DECLARED:
            raise _OddError
        self.watches = self.watches or uri == NEVER_USED

    def _namespace_ends(self, _prefix: str | None) -> None:
        self._open -= 1

    def _declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0" or (encoding is not None and encoding.upper() not in UTF_8):
            raise _OddError

    def _odd(self, *_said: object) -> None:
        raise _OddError


class _OddError(Exception):
    """Only the scan can tell."""
