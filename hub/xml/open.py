"""The one way in: bytes to an envelope or a status message, with a verdict on its signature.

One gate, one parse, one canonicalisation (`canonical` says what it need not carry), and what is read is what was
signed. A document that cannot be parsed is refused for that alone; after that everything wrong with its structure and
its content is said together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from hub.domain.agency import BoundCertificate
from hub.domain.envelope import Message
from hub.domain.trust import Verdict
from hub.errors import Rejected, rejected
from hub.findings import Finding
from hub.spool import Body
from hub.xml.canonical import take_contents
from hub.xml.gate import scan
from hub.xml.read import check_root, read
from hub.xml.signature import find_signature, judge


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
    has_comments = scan(body)
    root = parse(body)
    check_root(root)
    signature, misplaced = find_signature(root)
    contents = take_contents(root) if signature is not None else {}
    verdict = judge(root, signature, contents, certificates, now, accept_sha1=accept_sha1)
    if has_comments:
        etree.strip_tags(root, etree.Comment)
    reading = read(root, now, contents)
    if reading.message is None:
        raise Rejected([*misplaced, *reading.errors])
    opened = Opened(reading.message, verdict, reading.warnings)
    if misplaced or reading.errors:
        raise Faulty([*misplaced, *reading.errors], opened)
    return opened


def parse(body: Body) -> etree._Element:
    """Parse what the gate let through; lxml's own limits are lifted because the gate's stand in their place.

    A body in a file is read in pieces; what is in memory then is the tree.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, collect_ids=False)
    try:
        if isinstance(body, bytes):
            return etree.fromstring(body, parser)
        with body.path.open("rb") as file:
            return etree.parse(file, parser).getroot()
    except etree.XMLSyntaxError as error:  # the two parsers disagree: nobody may choose the reading
        line = error.lineno or 1
        raise rejected(
            "not-well-formed",
            line=line,
            where=f"{line}:{error.offset or 1}",
            problem_vi=error.msg,
            problem_en=error.msg,
        ) from None
