"""The one way in: bytes to an envelope or a status message, with a verdict on its signature.

One gate, one parse, one canonicalisation (`canonical` says what it need not carry), and what is read is what was
signed. A document that cannot be parsed is refused for that alone; after that everything wrong with its structure and
its content is said together.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from hub.domain.agency import BoundCertificate
from hub.domain.envelope import Message
from hub.domain.trust import Verdict
from hub.errors import Rejected, rejected
from hub.findings import Finding
from hub.spool import Body
from hub.xml.canonical import LONG, take_contents
from hub.xml.gate import scan
from hub.xml.glance import glance
from hub.xml.ordinary import read_ordinary
from hub.xml.read import ROOT, check_root, read_thoroughly
from hub.xml.signature import find_signature, judge

_threads: Final = threading.local()


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that can be read, what its signature is worth, and what is odd about it."""

    message: Message
    verdict: Verdict
    warnings: tuple[Finding, ...]


class Faulty(Rejected):
    """A message whose content is refused, with as much of it as could be read: more may be wrong with it elsewhere."""

    def __init__(self, findings: Iterable[Finding], opened: Opened) -> None:
        """Keep both."""
        super().__init__(findings)
        self.opened = opened


def open_document(
    body: Body,
    certificates: tuple[BoundCertificate, ...],
    now: datetime,
    *,
    accept_sha1: bool = False,
) -> Opened:
    """Read `body`, or raise `Rejected` with all that is wrong with it.

    `certificates` are those bound to the calling agency that hold at `now`; nobody else's can make a signature valid.
    """
    entry = _Entry(body)
    root = entry.root
    signature, misplaced = find_signature(root)
    if signature is not None and signature.plain is None:
        entry.prove()
    contents = take_contents(root) if signature is not None and len(body) >= LONG else {}
    verdict = judge(root, signature, contents, certificates, now, accept_sha1=accept_sha1)
    if entry.has_comments:
        etree.strip_tags(root, etree.Comment)
    envelope = read_ordinary(root, now, contents)
    if envelope is not None:
        return _opened(Opened(envelope, verdict, ()), misplaced)
    entry.prove()
    reading = read_thoroughly(root, now, contents)
    if reading.message is None:
        raise Rejected([*misplaced, *reading.errors])
    return _opened(Opened(reading.message, verdict, reading.warnings), [*misplaced, *reading.errors])


def _opened(opened: Opened, errors: list[Finding]) -> Opened:
    if errors:
        raise Faulty(errors, opened)
    return opened


class _Entry:
    """A body on its way past the gate: its tree, and what has yet to be proved of it.

    After a glance three things are open: depth, an Id given twice, a namespace that must not be used. An ordinary
    document in which nothing is read but what is known, with a Signature known to the letter, has none of them. Of any
    other the tree is asked before more is done with it.
    """

    __slots__ = ("_body", "_glanced", "has_comments", "root")

    def __init__(self, body: Body) -> None:
        """Parse what may be parsed; raises `Rejected`."""
        self._body = body
        self._glanced = glance(body)
        self.has_comments = self._glanced is None and scan(body)
        try:
            self.root = parse(body)
            if self._glanced is not None and (self._glanced.has_many or self.root.tag != ROOT):
                self.prove()
            check_root(self.root)
        except Rejected:
            if self._glanced is not None:
                scan(body)  # says it better, where it says anything
            raise

    def prove(self) -> None:
        """Make sure that the scan has nothing against it; raises `Rejected` with what it has."""
        glanced, self._glanced = self._glanced, None
        if glanced is not None and glanced.is_odd(self.root):
            scan(self._body)


def parse(body: Body) -> etree._Element:
    """Parse what the gate let through; lxml's own limits are lifted because the gate's stand in their place.

    A body in a file is read in pieces; what is in memory then is the tree.
    """
    try:
        if isinstance(body, bytes):
            return etree.fromstring(body, _of_this_thread())
        with body.path.open("rb") as file:
            return etree.parse(file, _parser()).getroot()
    except etree.XMLSyntaxError as error:  # the two parsers disagree: nobody may choose the reading
        line = error.lineno or 1
        raise rejected(
            "not-well-formed",
            line=line,
            where=f"{line}:{error.offset or 1}",
            problem=error.msg,
        ) from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, collect_ids=False)


def _of_this_thread() -> etree.XMLParser:
    """The parser for bodies in memory: a new one for each would cost a third of a small one's parsing."""
    try:
        parser: etree.XMLParser = _threads.parser
    except AttributeError:
        parser = _threads.parser = _parser()
    return parser
