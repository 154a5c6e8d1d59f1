"""The quick way to read an envelope and the long one give the same answer, or the quick way gives none."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from hub.domain.envelope import Kind, Staff
from hub.errors import Rejected
from hub.xml.open import parse
from hub.xml.ordinary import read_ordinary
from hub.xml.read import read_thoroughly
from tests.pki import NOW
from tests.xml.builders import a_body, swap
from tests.xml.test_fuzz import mutants
from tests.xml.test_status import BODY as STATUS

BODY = a_body()
FULL = BODY
for before, more in {
    "<edXML:SignerInfo>": "<edXML:DueDate>2026/12/01</edXML:DueDate>",
    "</edXML:OtherInfo>": "<edXML:SphereOfPromulgation>Nội vụ</edXML:SphereOfPromulgation>"
    "<edXML:PageAmount>3</edXML:PageAmount></edXML:OtherInfo>",
    "</edXML:MessageHeader>": "<edXML:SteeringType>1</edXML:SteeringType></edXML:MessageHeader>",
    "<edXML:TraceHeaderList>": "<edXML:TraceHeaderList><edXML:TraceHeader><edXML:OrganId>G22</edXML:OrganId>"
    "<edXML:Timestamp>2026/11/20 08:00:00</edXML:Timestamp></edXML:TraceHeader>",
}.items():
    FULL = swap(FULL, before, more if before[:2] == "</" or "Trace" in before else more + before)
"""An envelope in which nearly everything that is ordinary stands."""


def _takes(body: bytes) -> bool:
    """Whether the quick way reads it; where it does, the long way must read the same and find nothing."""
    root = parse(body)
    if root.tag != etree.fromstring(BODY).tag:
        return False
    etree.strip_tags(root, etree.Comment)
    envelope = read_ordinary(root, NOW, {})
    if envelope is None:
        return False
    reading = read_thoroughly(root, NOW, {})
    assert (reading.message, reading.errors, reading.warnings) == (envelope, (), ())
    return True


ORDINARY: dict[str, Callable[[], bytes]] = {
    "as the hub writes it": lambda: BODY,
    "with nearly everything": lambda: FULL,
    "a priority": lambda: a_body(priority=4),
    "a reason": lambda: a_body(reason="Gửi để thực hiện"),
    "no clerk": lambda: a_body(staff=Staff()),
    "comments": lambda: swap(BODY, "<edXML:To>", "<!-- x --><edXML:To>"),
    "text between the elements": lambda: swap(BODY, "<edXML:To>", "x<edXML:To>"),
    "CDATA": lambda: swap(BODY, "Công văn", "<![CDATA[Công]]> văn"),
}


@pytest.mark.parametrize("variant", ORDINARY)
def test_the_ordinary_is_read_at_one_glance(variant: str) -> None:
    assert _takes(ORDINARY[variant]())


ODD: dict[str, Callable[[], bytes]] = {
    "a recall": lambda: a_body(kind=Kind.RECALL, concerns=("G22,2026/11/20,1",)),
    "a status message": lambda: STATUS,
    "an unknown element": lambda: swap(BODY, "<edXML:To>", "<edXML:X/><edXML:To>"),
    "an element of another namespace": lambda: swap(BODY, "<edXML:To>", '<To xmlns="urn:x"/><edXML:To>'),
    "an Id": lambda: swap(BODY, "<edXML:To>", '<edXML:To Id="a">'),
    "an unknown attribute": lambda: swap(BODY, "<edXML:To>", '<edXML:To x="1">'),
    "an unknown attribute on the root": lambda: swap(BODY, "<edXML ", '<edXML x="1" '),
    "an element inside a value": lambda: swap(BODY, "<edXML:Subject>", "<edXML:Subject><b/>"),
    "a value twice": lambda: swap(BODY, "<edXML:Subject>", "<edXML:Subject>a</edXML:Subject><edXML:Subject>"),
    "a group twice": lambda: swap(BODY, "<edXML:Code>", "<edXML:Code></edXML:Code><edXML:Code>"),
    "two attachments under one id": lambda: swap(
        BODY, "</AttachmentEncoded>", BODY[BODY.index(b"<Attachment>") : BODY.index(b"</AttachmentEncoded>")].decode()
        + "</AttachmentEncoded>",
    ),
    "content that is not base64": lambda: swap(BODY, "</edXML:ContentTransferEncoded>", "*</edXML:ContentTransferEncoded>"),
    "an empty Bussiness": lambda: re.sub(
        rb"<edXML:Bussiness>.*</edXML:Bussiness>", b"<edXML:Bussiness/>", BODY, flags=re.DOTALL
    ),
    "a date of tomorrow": lambda: a_body(promulgated_on=(NOW + timedelta(days=2)).date()),
    "a date in another form": lambda: swap(BODY, "2026/11/20</edXML:PromulgationDate>", "20/11/2026</edXML:PromulgationDate>"),
    "a mark of secrecy": lambda: a_body(subject="[MẬT] V/v báo cáo"),
    "a mark of secrecy in a file's name": lambda: swap(BODY, "bao-cao.pdf", "MẬT - bao-cao.pdf"),
    "a page under a document's name": lambda: swap(BODY, ">JVBERi0x", ">PGh0bWw+JVBE"),
    "another's document id": lambda: swap(BODY, "<edXML:DocumentId>H53.13,", "<edXML:DocumentId>G99,"),
    "a strange priority": lambda: swap(BODY, "<edXML:Priority>0", "<edXML:Priority>5"),
    "no recipients": lambda: re.sub(rb"<edXML:To>.*</edXML:To>", b"", BODY, flags=re.DOTALL),
}  # fmt: skip


@pytest.mark.parametrize("variant", ODD)
def test_whatever_is_odd_goes_the_long_way(variant: str) -> None:
    assert not _takes(ODD[variant]())


LEAVES = sorted(
    {found.decode() for found in re.findall(rb"<((?:edXML:)?\w+)>[^<\n]+</", FULL)} - {"edXML:ContentTransferEncoded"}
)


@pytest.mark.parametrize("length", [12, 31, 36, 51, 101, 201, 256, 501, 10_001])
@pytest.mark.parametrize("leaf", LEAVES)
def test_both_ways_know_the_same_usual_lengths(leaf: str, length: int) -> None:
    for letter in ("a", "1"):
        _takes(re.sub(rf"<{leaf}>[^<]*".encode(), f"<{leaf}>{letter * length}".encode(), FULL, count=1))


@pytest.mark.parametrize("text", ["", " ", "-", "\u200b", "0", "2026", "2026/02/30", "null", "MẬT", "1/2", "cid:", "²"])
@pytest.mark.parametrize("leaf", LEAVES)
def test_both_ways_read_the_same_of_an_odd_value(leaf: str, text: str) -> None:
    _takes(re.sub(rf"<{leaf}>[^<]*".encode(), f"<{leaf}>{text}".encode(), FULL, count=1))


@pytest.mark.parametrize("element", sorted({*re.findall(r"<((?:edXML:)?\w+)>", FULL.decode())}))
def test_both_ways_miss_the_same_elements(element: str) -> None:
    _takes(re.sub(rf"<{element}>.*?</{element}>".encode(), b"", FULL, count=1, flags=re.DOTALL))
    _takes(re.sub(rf"(<{element}>.*?</{element}>)".encode(), rb"\1\1", FULL, count=1, flags=re.DOTALL))


EXAMPLES = sorted((Path(__file__).parents[2] / "schemas" / "examples").glob("*.edxml"))


@settings(max_examples=300, deadline=None)
@given(mutants(FULL))
def test_both_ways_read_the_same_of_a_mutant(body: bytes) -> None:
    try:
        _takes(body)
    except Rejected:
        return


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_published_examples_are_read_the_same_both_ways(example: Path) -> None:
    try:
        _takes(example.read_bytes())
    except Rejected:
        assert not example.stem.startswith("accepted")
