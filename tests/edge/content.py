"""F. What the envelope says: B133 to B161."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import orjson

from hub.domain.envelope import Address, Kind, StatusMessage
from hub.xml.write import write_status
from tests.edge.hub import Edge
from tests.edge.rows import GOOD, Act, Case, Heard, Refused, Rows, Taken, posted, put, rewritten, written
from tests.edge.wire import Answer
from tests.offices import document, promulgated

EMPTY = Refused(422, "empty-element")
UNKNOWN = Refused(422, "unknown-recipient")
DATE = Refused(422, "date")
TRACES = "</edXML:TraceHeaderList>"


def to(*codes: str) -> Act:
    """A document to these."""
    return written(recipients=tuple(Address(code, "Nơi nhận") for code in codes))


def without(tag: str) -> Act:
    """A document in which an element is missing."""

    def change(body: bytes) -> bytes:
        opening, closing = f"<edXML:{tag}>".encode(), f"</edXML:{tag}>".encode()
        start, end = body.index(opening), body.index(closing) + len(closing)
        return body[:start] + body[end:]

    return written(signed=False, change=change)


def twice(tag: str) -> Callable[[bytes], bytes]:
    """An element said twice."""

    def change(body: bytes) -> bytes:
        start, end = body.index(f"<edXML:{tag}>".encode()), body.index(f"</edXML:{tag}>".encode())
        whole = body[start : end + len(tag) + 9]
        return body[:start] + whole + body[start:]

    return change


def every_fault(edge: Edge) -> Heard:
    """Four things missing: all four are said, each with its path."""
    body = edge.sender.written(document("G22", ["H53"], subject="", document_id="", code_number=""), signed=False)
    answer = edge.post(body)
    assert isinstance(answer, Answer)
    found = {(error["code"], error["path"].rpartition("/")[2]) for error in answer.json()["errors"]}
    assert {("missing-element", name) for name in ("Subject", "DocumentId", "CodeNumber")} <= found
    assert any(error["code"] == "signature-missing" for error in answer.json()["errors"])
    return answer


def sent(edge: Edge, **facts: Any) -> str:
    """A document on record; its id."""
    envelope = document("G22", ["H53"], **facts)
    answer = edge.post(edge.sender.written(envelope))
    assert answer is not None
    assert answer.status == 202
    return envelope.document_id


def reporting(by: str, code: str = "03", *, known: bool = True, as_xml: bool = False) -> Callable[[Edge], list[Heard]]:
    """A report on a document."""

    def act(edge: Edge) -> list[Heard]:
        about = sent(edge) if known else "G22,2026/11/25,nothing"
        if as_xml:
            message = StatusMessage(Address(by, "Nơi nhận"), Address("G22"), about, "", None, code)
            return [edge.post(write_status(message), edge.headers(by), "/v1/status-reports")]
        said = orjson.dumps({"sender": "G22", "document_id": about, "code": code})
        return [edge.post(said, edge.headers(by, content_type="application/json"), "/v1/status-reports")]

    return act


def about_anothers(kind: Kind) -> Callable[[Edge], list[Heard]]:
    """A recall or a replacement of a document of another agency."""

    def act(edge: Edge) -> list[Heard]:
        about = sent(edge)
        office = edge.offices["H53"]
        envelope = document("H53", ["H38"], kind=kind, concerns=(about,), reason="thử")
        return [edge.post(office.written(envelope), edge.headers("H53"))]

    return act


def recall_of_the_finished(edge: Edge) -> list[Heard]:
    """A recall of what the recipient has finished: it arrives and is answered, since only people can undo work."""
    about = sent(edge)
    for code in ("01", "03", "06"):
        said = orjson.dumps({"sender": "G22", "document_id": about, "code": code})
        edge.post(said, edge.headers("H53", content_type="application/json"), "/v1/status-reports")
    recall = document("G22", ["H53"], kind=Kind.RECALL, concerns=(about,), reason="gửi nhầm")
    return [edge.post(edge.sender.written(recall))]


def out_of_turn(edge: Edge) -> list[Heard]:
    """Finished before received: kept and flagged."""
    (answer,) = reporting("H53", "06")(edge)
    assert isinstance(answer, Answer)
    assert "steps-not-reported" in answer.json()["flags"]
    return [answer]


def some_unknown(edge: Edge) -> Heard:
    """One good and two unknown recipients: refused for all, and both are named."""
    answer = to("H53", "Z1", "Z2")(edge)
    assert isinstance(answer, Answer)
    assert len(answer.json()["errors"]) == 2
    return answer


def successor(edge: Edge) -> Heard:
    """A recipient that was split: the answer names who came after it."""
    answer = to("H63")(edge)
    assert isinstance(answer, Answer)
    said = answer.body.decode()
    assert "H38" in said
    assert "H60" in said
    return answer


def rows() -> Rows:  # noqa: PLR0915 - a table
    """Every case."""
    schema = Refused(422, "schema")
    yield Case("B133", "another root", posted(lambda _: b'<note xmlns="urn:x"/>'), schema)
    yield Case("B133", "the right root in no namespace", posted(lambda _: b"<edXML/>"), schema)
    old = b'<edXML xmlns="http://www.e-doc.vn/Schema/"/>'
    yield Case("B133", "the namespace of 2014", posted(lambda _: old), Refused(422, "old-namespace"))
    for tag in ("From", "To", "DocumentId", "Code", "PromulgationInfo", "Subject"):
        yield Case("B134", f"no {tag}", without(tag), Refused(422, "missing-element"))
    yield Case("B134", "four faults at once", every_fault, Refused(422, "missing-element"))
    repeated = Refused(422, "repeated-element")
    for tag in ("DocumentId", "Subject", "PromulgationInfo"):
        yield Case("B135", f"{tag} twice", rewritten(twice(tag)), repeated)
    swapped = rewritten(lambda b: put("</edXML:To>\n", "</edXML:To>\n" + _subject(b))(_without_subject(b)))
    yield Case("B135", "out of order", swapped, Taken())
    yield Case(
        "B136",
        "an unknown element in the body",
        rewritten(put("</edXML:edXMLBody>", "<edXML:x/></edXML:edXMLBody>")),
        Refused(422, "unknown-element"),
    )
    yield Case(
        "B136",
        "an unknown element in the root",
        rewritten(put("<AttachmentEncoded>", "<x/><AttachmentEncoded>")),
        Refused(422, "unknown-element"),
    )
    yield Case(
        "B136",
        "an unknown element among traces",
        rewritten(put(TRACES, f"<edXML:x/>{TRACES}")),
        Taken(("unknown-element-kept",)),
    )
    yield Case(
        "B136",
        "an unknown attribute",
        rewritten(put("<edXML:Subject>", '<edXML:Subject x="1">')),
        Taken(("unknown-attribute",)),
    )
    yield Case("B137", "two senders", rewritten(twice("From")), repeated)
    yield Case("B138", "an unknown recipient", to("Z99.99"), UNKNOWN)
    yield Case(
        "B138", "an unknown sender", written(sender=Address("Z99.99", "Không ai")), Refused(403, "sender-mismatch")
    )
    for what, code in (
        ("white space", " H53 "),
        ("full width", "Ｈ５３"),
        ("a zero-width joiner", "H\u200d53"),
        ("small letters", "h53"),
    ):
        row = "B140" if what == "small letters" else "B139"
        yield Case(row, f"a code in {what}", to(code), Taken(("code-normalised",)))
    for what, code in (("a Cyrillic letter", "Н53"), ("a space inside", "H 53"), ("a Greek letter", "Η53")):
        yield Case("B139", f"a code with {what}", to(code), UNKNOWN)
    for code in ("H53.", ".H53", "H53..1", "x" * 40):
        yield Case("B140", f"a code '{code[:8]}'", to(code), UNKNOWN)
    yield Case("B141", "to oneself", to("G22"), Taken(("self-addressed",)))
    yield Case("B142", "the same recipient twice", to("H53", "H53"), Taken(("duplicate-recipient",)))
    yield Case("B142", "the same recipient under two spellings", to("H53", "h53"), Taken(("duplicate-recipient",)))
    many = Refused(422, "too-many-recipients")
    yield Case("B143", "one recipient too many", to(*(f"H{n}" for n in range(51))), many)
    yield Case("B143", "ten thousand recipients", to(*(f"H{n}" for n in range(10_001))), many)
    yield Case("B144", "a recipient that was split", successor, Refused(422, "recipient-closed"))
    yield Case("B145", "one known and two unknown", some_unknown, UNKNOWN)
    yield Case("B146", "an empty id", written(document_id=" "), EMPTY)
    yield Case("B146", "an id of ten kilobytes", written(document_id="x" * 10_001), Refused(422, "field-too-long"))
    yield Case("B146", "an id of no known form", written(document_id="một văn bản " + "x" * 20 + "{n}"), Taken())
    for day in ("2026/13/45", "29/02/2023", "0000/01/01", "2026/11/25x", "hôm qua", "-2026/11/25"):
        yield Case("B147", f"the day {day}", rewritten(promulgated(day)), DATE)
    yield Case("B147", "a day of the far future", written(promulgated_on=date(9999, 12, 31)), DATE)
    yield Case(
        "B147",
        "a day next year",
        written(promulgated_on=date(datetime.now(UTC).year + 1, 12, 31)),
        Taken(("future-date",)),
    )
    yield Case("B148", "due before it was made", written(due_on=date(2020, 1, 1)), Taken(("due-date",)))
    yield Case("B149", "a time with an impossible zone", _stamped("2026-11-25T10:00:00+99:99"), Taken())
    for value in ("１２", "1e9", "-1", "9223372036854775808", "x"):
        priority = rewritten(put("<edXML:Priority>0<", f"<edXML:Priority>{value}<"))
        yield Case("B150", f"the number {value}", priority, _number(value))
    yield Case(
        "B151",
        "a priority that is not on the list",
        rewritten(put("<edXML:Priority>0<", "<edXML:Priority>9<")),
        Refused(422, "code-list"),
    )
    secret = Refused(422, "classified-not-allowed")
    for mark in ("TUYỆT MẬT", "[MẬT] V/v việc", "Độ mật: Tối mật", "T\u200bỐI MẬT"):
        yield Case("B152", f"marked {mark}", written(subject=mark), secret)
    yield Case("B153", "an empty subject", written(subject=" "), EMPTY)
    yield Case(
        "B153",
        "a subject of a hundred thousand letters",
        written(subject="x" * 100_000),
        Refused(422, "field-too-long"),
    )
    yield Case("B153", "a subject that nobody can see", written(subject="\u202e\u200f\u200b"), EMPTY)
    yield Case("B154", "a subject in decomposed letters", rewritten(put(GOOD, "V/v rà soát")), Taken())
    unknown = Refused(422, "unknown-document")
    yield Case("B155", "a report on nothing", reporting("H53", known=False), unknown)
    yield Case("B155", "a report on nothing, as XML", reporting("H53", known=False, as_xml=True), unknown)
    yield Case("B156", "finished before received", out_of_turn, Taken())
    yield Case("B157", "a report by a stranger", reporting("H38"), Refused(403, "not-a-recipient"))
    yours = Refused(403, "not-yours")
    yield Case("B158", "a recall of another's document", about_anothers(Kind.RECALL), yours)
    yield Case("B158", "an update of another's document", about_anothers(Kind.UPDATE), yours)
    yield Case("B159", "a recall of what is finished", recall_of_the_finished, Taken())
    yield Case(
        "B160",
        "a recall of what the hub never carried",
        written(kind=Kind.RECALL, concerns=("G22,1,1",), reason="thử"),
        Taken(("unknown-related-document",)),
    )
    for text in (
        "'; DROP TABLE envelope; --",
        "<script>alert(1)</script>",
        '=cmd|"/C calc"!A1',
        "{{7*7}}",
        "%s%n",
        "${jndi:ldap://x}",
    ):
        yield Case("B161", f"a subject of {text}", written(subject=f"V/v {text}"), Taken())


def _subject(body: bytes) -> str:
    start, end = body.index(b"<edXML:Subject>"), body.index(b"</edXML:Subject>") + 16
    return body[start:end].decode()


def _without_subject(body: bytes) -> bytes:
    return body.replace(_subject(body).encode(), b"", 1)


def _stamped(moment: str) -> Callable[[Edge], list[Heard]]:
    def act(edge: Edge) -> list[Heard]:
        message = StatusMessage(Address("H53"), Address("G22"), sent(edge), "", None, "03", stated_at=moment)
        return [edge.post(write_status(message), edge.headers("H53"), "/v1/status-reports")]

    return act


def _number(value: str) -> Refused:
    return Refused(422, "code-list" if value.isdecimal() and value.isascii() and len(value) < 10 else "number")
