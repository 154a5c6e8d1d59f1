"""The gate: a streaming scan, by another parser than the one that reads, that no hostile document gets through.

It sees the bytes before lxml does and refuses whatever could cost time or memory later, or be read two ways: other
encodings than UTF-8, XML 1.1, any DTD or processing instruction, depth, breadth, namespaces by the thousand, relative
namespace names (they make canonicalisation fail), XInclude, XSLT and schema hints, one Id twice, a comment where it
could cut a signed value short. It keeps no text and builds no tree.

Expat works with namespaces switched on, so undeclared prefixes and the same attribute under two prefixes are found at
its own speed. What is done per element is one short function for its start; its end goes straight to a list. Of most
documents even that is not needed (`glance`): the scan is for those with which something is, or may be, the matter.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from typing import Final
from xml.parsers import expat

from hub.errors import Rejected, rejected
from hub.spool import Body, Spooled
from hub.xml.malformed import malformed
from hub.xml.names import DSIG, EDXML, SIGNATURE_PATH

OTHER_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94", b"+/v")
UTF_8: Final = frozenset({"UTF-8", "UTF8"})
ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
NEVER_DECLARED: Final = frozenset(
    {
        "http://www.w3.org/2001/XInclude",
        "http://www.w3.org/2003/XInclude",
        "http://www.w3.org/1999/XSL/Transform",
    }
)
NEVER_USED: Final = "http://www.w3.org/2001/XMLSchema-instance"  # .NET declares it on every root and uses it on none
_SIGNATURE: Final = f"{DSIG} Signature"
KNOWN: Final = frozenset({EDXML, DSIG})
ID_NAMES: Final = frozenset({"id", "Id", "iD", "ID"})
_PIECE: Final = 1 << 20  # bytes handed to expat at a time
_VIEW: Final = 1 << 16  # the same, where a tag in them looks as if it had no end
_STEP: Final = _VIEW // 2
_CROWD: Final = re.compile(rb"""[^<>"']*+(?:(?:"[^"<]*+"|'[^'<]*+')[^<>"']*+){200}""")
"""More values than one start tag may have, twice over: up to 64 attributes and 32 declarations."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each thing one document may have."""

    depth: int = 64
    elements: int = 100_000
    attributes: int = 64  # on one element; canonicalisation sorts them
    namespaces_in_scope: int = 32  # declarations alive at once; canonicalisation looks through them at each element
    namespaces: int = 5_000  # in the whole document: each attachment may declare a prefix anew
    name: int = 1_000  # characters of a name, its namespace included
    value: int = 10_000  # characters of an attribute's value
    token: int = 2 * _PIECE  # bytes of one comment or tag; expat reads an unfinished one again with each piece
    crowd: int = 2 * _VIEW  # the same of a tag with far too many attributes, which expat would sort out before it tells
    comments: int = 10_000  # in the whole document
    references: int = 10_000  # of characters and entities, and one more for every `bytes_a_reference`
    bytes_a_reference: int = 64  # some writers end each line of an attachment, of 64 or 76 characters, with one

    def references_in(self, size: int) -> int:
        """How many references a document of so many bytes may have."""
        return self.references + size // self.bytes_a_reference


DEFAULT: Final = Limits()


def scan(body: Body, limits: Limits = DEFAULT) -> bool:
    """Read `body` once and raise `Rejected` with the first thing that keeps it from being parsed at all.

    Says whether there are comments in it. Of a body in a file no more than a piece is in memory at a time.
    """
    if not body:
        raise rejected("empty-body")
    if _is_otherwise_encoded(body):
        raise rejected("encoding", line=1, found="UTF-16, UTF-32, NUL")
    parser = expat.ParserCreate("utf-8", " ")
    state = _Scan(parser, limits)
    try:
        references = _feed(parser, body, limits)
    except expat.ExpatError as error:
        if isinstance(body, Spooled):
            with body.path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
                raise malformed(whole, error, state.declared()) from None
        raise malformed(body, error, state.declared()) from None
    finally:
        state.let_go()
    if references > (most := limits.references_in(len(body))):
        raise rejected("xml-limits", what="references", limit=most)
    if state.comment_at:
        raise rejected("signature-structure", SIGNATURE_PATH, state.comment_at)
    return state.comments > 0


def _is_otherwise_encoded(body: Body) -> bool:
    is_first = True
    for piece in _pieces(body):
        if b"\0" in piece or (is_first and piece.startswith(OTHER_ENCODINGS)):
            return True
        is_first = False
    return False


def _pieces(body: Body) -> Iterator[bytes]:
    if isinstance(body, bytes):
        yield from (body,) if len(body) <= _PIECE else (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))
        return
    with body.path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _feed(parser: expat.XMLParserType, body: Body, limits: Limits) -> int:
    """Have it read, and count what begins as a reference does."""
    end = references = 0
    for piece in _pieces(body):
        references += piece.count(b"&")
        crowded = is_crowded(piece)
        most = limits.crowd if crowded else limits.token
        for start in range(0, len(piece), _VIEW) if crowded else (0,):
            part = piece[start : start + _VIEW] if crowded else piece
            end += len(part)
            parser.Parse(part, end == len(body))
            if end - parser.CurrentByteIndex > most:
                raise _over(parser, "attributes" if crowded else "token", limits.attributes if crowded else most)
    return references


def is_crowded(piece: bytes) -> bool:
    """Whether there may be a start tag of tens of kilobytes with far too many attributes in it.

    A tag has no `<` inside, so only long stretches without one are looked at: one look every `_STEP` bytes finds them.
    """
    begin, at = -1, _STEP
    while at < len(piece):
        begin = piece.rfind(b"<", max(begin, 0), at)
        end = piece.find(b"<", at)
        end = len(piece) if end < 0 else end
        if end - begin > _STEP and _has_quotes(piece, begin, end) and _CROWD.match(piece, begin + 1):
            return True
        at = max(at + _STEP, end + 1)
    return False


def _has_quotes(piece: bytes, begin: int, end: int) -> bool:
    """Whether there are any at all: in an attachment, which is most of any document, there are none, and that is soon seen."""
    return piece.find(b'"', begin, end) >= 0 or piece.find(b"'", begin, end) >= 0


def _over(parser: expat.XMLParserType, what: str, limit: int) -> Rejected:
    return rejected("xml-limits", line=parser.CurrentLineNumber, what=what, limit=limit)


class _Scan:
    """The handlers of one scan and what they remember."""

    def __init__(self, parser: expat.XMLParserType, limits: Limits) -> None:
        self._parser = parser
        self._limits = limits
        self._started: list[str] = []
        self._ended: list[str] = []
        self._counted = [0, 0]
        self._signatures_open = 0
        self._ids: set[str] = set()
        self._scope: list[str | None] = []
        self._namespaces = 0
        self._watching = False
        self.comments = 0
        self.comment_at = 0  # the line of a comment inside a Signature; said last, it hides no other fault
        parser.ordered_attributes = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.CommentHandler = self._comment
        parser.StartNamespaceDeclHandler = self._namespace
        parser.EndNamespaceDeclHandler = self._namespace_ends
        self._start = parser.StartElementHandler = self._starter()
        parser.EndElementHandler = self._ended.append

    def declared(self) -> frozenset[str]:
        """Name the prefixes in scope where the scan stands."""
        return frozenset(prefix for prefix in self._scope if prefix)

    def let_go(self) -> None:
        """Break the circle of parser and handlers, so that memory goes back at once."""
        del self._parser, self._start

    def _starter(self) -> Callable[[str, list[str]], None]:
        """Make the handler of start tags: the one place where each nanosecond is paid for every element."""
        started, push, ended = self._started, self._started.append, self._ended
        elements, depth, longest = self._limits.elements, self._limits.depth, self._limits.name

        def start(name: str, attributes: list[str]) -> None:
            push(name)
            count = len(started)
            if count > elements:
                raise self._over("elements", elements)
            if count - len(ended) > depth:
                raise self._over("depth", depth)
            if len(name) > longest:
                raise self._over("name", longest)
            if attributes:
                self._attributes(attributes)

        return start

    def _watcher(self, start: Callable[[str, list[str]], None]) -> Callable[[str, list[str]], None]:
        """`start`, with an eye on a namespace that may be declared and must not be used."""

        def watch(name: str, attributes: list[str]) -> None:
            if name.startswith(NEVER_USED) or any(attribute.startswith(NEVER_USED) for attribute in attributes[::2]):
                raise self._forbidden(NEVER_USED)
            start(name, attributes)

        return watch

    def _attributes(self, attributes: list[str]) -> None:
        limits = self._limits
        if len(attributes) > 2 * limits.attributes:
            raise self._over("attributes", limits.attributes)
        for at in range(0, len(attributes), 2):
            name, value = attributes[at], attributes[at + 1]
            if len(name) > limits.name:
                raise self._over("name", limits.name)
            if len(value) > limits.value:
                raise self._over("value", limits.value)
            if name[-2:] in ID_NAMES and name.rpartition(" ")[2] in ID_NAMES:
                self._id(value.strip())

    def _id(self, value: str) -> None:
        if value in self._ids:
            raise rejected("duplicate-id", line=self._parser.CurrentLineNumber, found=value)
        self._ids.add(value)

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._scope.append(prefix)
        self._namespaces += 1
        if len(self._scope) > self._limits.namespaces_in_scope:
            raise self._over("namespaces_in_scope", self._limits.namespaces_in_scope)
        if self._namespaces > self._limits.namespaces:
            raise self._over("namespaces", self._limits.namespaces)
        if not uri or uri in KNOWN:
            return
        if len(uri) > self._limits.name:
            raise self._over("name", self._limits.name)
        if not ABSOLUTE.match(uri):
            raise rejected("namespace", line=self._parser.CurrentLineNumber, found=uri)
        if uri in NEVER_DECLARED:
            raise self._forbidden(uri)
        if uri == NEVER_USED and not self._watching:
            self._watching = True
            self._parser.StartElementHandler = self._watcher(self._start)

    def _namespace_ends(self, _prefix: str | None) -> None:
        self._scope.pop()

    def _comment(self, _text: str) -> None:
        """Note a comment, and whether it stands in a Signature: more of them started than ended so far."""
        self.comments += 1
        if self.comments > self._limits.comments:
            raise self._over("comments", self._limits.comments)
        if self._counted != [len(self._started), len(self._ended)]:
            for side, (names, sign) in enumerate(((self._started, 1), (self._ended, -1))):
                self._signatures_open += sign * names[self._counted[side] :].count(_SIGNATURE)
                self._counted[side] = len(names)
        if self._signatures_open and not self.comment_at:
            self.comment_at = self._parser.CurrentLineNumber

    def _declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            raise rejected("xml-version", line=1, found=version)
        if encoding is not None and encoding.upper() not in UTF_8:
            raise rejected("encoding", line=1, found=encoding)

    def _doctype(self, *_declared: object) -> None:
        raise rejected("dtd-forbidden", line=self._parser.CurrentLineNumber)

    def _instruction(self, target: str, _data: str) -> None:
        raise rejected("processing-instruction", line=self._parser.CurrentLineNumber, found=target)

    def _forbidden(self, uri: str) -> Rejected:
        return rejected("forbidden-namespace", line=self._parser.CurrentLineNumber, found=uri)

    def _over(self, what: str, limit: int) -> Rejected:
        return _over(self._parser, what, limit)
