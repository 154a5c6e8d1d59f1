"""What the reader takes, takes with a warning, and refuses."""

# ruff: noqa: E501  a case is a line, so that the tables can be read

from datetime import date, timedelta

import pytest
from lxml import etree

from hub.domain.envelope import Envelope, Kind, Replacement
from hub.xml.faults import LISTED_AT_MOST
from tests.pki import NOW
from tests.xml.builders import a_body, an_envelope, codes_in, findings_in, open_as, swap, warnings_in, without_lines

BODY = a_body()
HEADER = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader"
TO = "<edXML:To><edXML:OrganId>G22</edXML:OrganId><edXML:OrganName>Cơ quan trung ương Mẫu</edXML:OrganName></edXML:To>"
FROM = "<edXML:From><edXML:OrganId>H53.13</edXML:OrganId><edXML:OrganName>Sở Nội vụ tỉnh Mẫu</edXML:OrganName></edXML:From>"
DATE = "<edXML:PromulgationDate>2026/11/20</edXML:PromulgationDate>"
PRIORITY = "<edXML:Priority>0</edXML:Priority>"
ID = "<edXML:DocumentId>H53.13,2026/11/20,12/SNV-VP</edXML:DocumentId>"
SUBJECT = "<edXML:Subject>V/v báo cáo tình hình gửi, nhận văn bản điện tử</edXML:Subject>"
TRACE = "<edXML:TraceHeaderList>"


def _read(body: bytes) -> Envelope:
    message = open_as(body).message
    assert isinstance(message, Envelope)
    return message


REFUSED: list[tuple[str, str, str, str]] = [
    ("B134 no From", FROM, "", "missing-element"),
    ("B134 no To", TO, "", "missing-element"),
    ("B134 no DocumentId", ID, "", "missing-element"),
    ("B134 no Subject", SUBJECT, "", "missing-element"),
    ("B134 no CodeNumber", "<edXML:CodeNumber>12</edXML:CodeNumber>", "", "missing-element"),
    ("B134 no CodeNotation", "<edXML:CodeNotation>SNV-VP</edXML:CodeNotation>", "", "missing-element"),
    ("B134 no PromulgationDate", DATE, "", "missing-element"),
    ("B135 two Subjects", SUBJECT, SUBJECT * 2, "repeated-element"),
    ("B137 two From", FROM, FROM * 2, "repeated-element"),
    ("B136 unknown in the envelope", "<edXML:edXMLBody>", "<edXML:X/><edXML:edXMLBody>", "unknown-element"),
    ("B136 unknown in the header", "<edXML:TraceHeaderList>", "<edXML:X/><edXML:TraceHeaderList>", "unknown-element"),
    ("B136 unknown in the manifest", "<edXML:Reference>", "<edXML:X/><edXML:Reference>", "unknown-element"),
    ("B136 unknown in an attachment", "<Attachment>", "<Attachment><X/>", "unknown-element"),
    ("B136 unknown at the root", "<AttachmentEncoded>", "<X/><AttachmentEncoded>", "unknown-element"),
    ("an element inside a value", SUBJECT, "<edXML:Subject>a<edXML:b>c</edXML:b></edXML:Subject>", "unknown-element"),
    ("B146 DocumentId empty", ID, "<edXML:DocumentId> </edXML:DocumentId>", "empty-element"),
    ("B146 DocumentId of 10 kB", ID, f"<edXML:DocumentId>{'x' * 10_000}</edXML:DocumentId>", "field-too-long"),
    ("To without a code", "<edXML:OrganId>G22</edXML:OrganId>", "<edXML:OrganId/>", "empty-element"),
    ("B147 month 13", DATE, DATE.replace("2026/11/20", "2019/13/45"), "date"),
    ("B147 no leap year", DATE, DATE.replace("2026/11/20", "2023/02/29"), "date"),
    ("B147 year 1", DATE, DATE.replace("2026/11/20", "0001/01/01"), "date"),
    ("B147 year 9999", DATE, DATE.replace("2026/11/20", "9999/01/01"), "date"),
    ("words for a date", DATE, DATE.replace("2026/11/20", "hôm nay"), "date"),
    ("full-width digits in a date", DATE, DATE.replace("2026", "２０２６"), "date"),
    ("B149 an impossible zone", TRACE, TRACE + "<edXML:TraceHeader><edXML:Timestamp>2026/11/20 08:00:00+99:00</edXML:Timestamp></edXML:TraceHeader>", "timestamp"),
    ("B150 full-width", PRIORITY, PRIORITY + "<edXML:PageAmount>１２</edXML:PageAmount>", "number"),
    ("B150 exponent", PRIORITY, PRIORITY + "<edXML:PageAmount>1e9</edXML:PageAmount>", "number"),
    ("B150 negative", PRIORITY, PRIORITY + "<edXML:PageAmount>-1</edXML:PageAmount>", "number"),
    ("B150 2^63", PRIORITY, PRIORITY + "<edXML:PageAmount>9223372036854775808</edXML:PageAmount>", "number"),
    ("B151 Priority", PRIORITY, PRIORITY.replace("0", "9"), "code-list"),
    ("B151 SteeringType", SUBJECT, SUBJECT + "<edXML:SteeringType>7</edXML:SteeringType>", "code-list"),
    ("BussinessDocType 4", "<edXML:BussinessDocType>0", "<edXML:BussinessDocType>4", "code-list"),
    ("no BussinessDocType", "<edXML:BussinessDocType>0</edXML:BussinessDocType>", "", "missing-element"),
    ("B153 Subject empty", SUBJECT, "<edXML:Subject/>", "empty-element"),
    ("B153 Subject too long", SUBJECT, f"<edXML:Subject>{'x' * 100_000}</edXML:Subject>", "field-too-long"),
    ("B153 Subject invisible", SUBJECT, "<edXML:Subject>\u200b\u202e\u2066</edXML:Subject>", "empty-element"),
    ("B131 Subject of 11 MB", SUBJECT, f"<edXML:Subject>{'x' * 11_000_000}</edXML:Subject>", "field-too-long"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_carried_is_refused(old: str, new: str, code: str) -> None:
    assert codes_in(swap(BODY, old, new)) == {code}


WARNED: list[tuple[str, str, str, str]] = [
    ("unknown in MessageHeader", SUBJECT, SUBJECT + "<edXML:Extra>x</edXML:Extra>", "unknown-element-kept"),
    ("unknown in From", "<edXML:From>", "<edXML:From><edXML:Extra/>", "unknown-element-kept"),
    ("unknown in TraceHeaderList", TRACE, TRACE + "<edXML:Extra/>", "unknown-element-kept"),
    ("an unknown attribute", SUBJECT, SUBJECT.replace("Subject>V", 'Subject colour="red">V'), "unknown-attribute"),
    ("no DocumentType", "<edXML:DocumentType><edXML:Type>2</edXML:Type><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>", "", "missing-optional"),
    ("D11 Type 71", "<edXML:Type>2", "<edXML:Type>71", "document-type"),
    ("D10 dd/MM/yyyy", DATE, DATE.replace("2026/11/20", "20/11/2026"), "date-format"),
    ("ISO date", DATE, DATE.replace("/", "-").replace("<-", "</"), "date-format"),
    ("future date", DATE, DATE.replace("2026/11/20", f"{NOW + timedelta(days=3):%Y/%m/%d}"), "future-date"),
    ("B148 due before issue", SUBJECT, SUBJECT + "<edXML:DueDate>2026/11/01</edXML:DueDate>", "due-date"),
    ("impossible due date", SUBJECT, SUBJECT + "<edXML:DueDate>2026/02/30</edXML:DueDate>", "date-ignored"),
    ("long subject", SUBJECT, f"<edXML:Subject>{'x' * 501}</edXML:Subject>", "long-field"),
    ("long code", "<edXML:OrganId>G22<", f"<edXML:OrganId>{'9' * 36}<", "long-field"),
    ("D16 another code in DocumentId", "<edXML:DocumentId>H53.13", "<edXML:DocumentId>G01", "document-id-sender"),
    ("recall without its document", "<edXML:BussinessDocType>0", "<edXML:BussinessDocType>3", "replacement-unnamed"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code"), [row[1:] for row in WARNED], ids=[row[0] for row in WARNED])
def test_what_is_odd_is_taken_with_a_warning(old: str, new: str, code: str) -> None:
    assert warnings_in(swap(BODY, old, new)) == {code}


TAKEN: list[tuple[str, str, str]] = [
    ("D8 a hop without a code", TRACE, TRACE + "<edXML:TraceHeader><edXML:Timestamp>2026/11/20 08:00:00</edXML:Timestamp></edXML:TraceHeader>"),
    ("D8 a hop called null", TRACE, TRACE + "<edXML:TraceHeader><edXML:OrganId>null</edXML:OrganId><edXML:Timestamp>2026/11/20 08:00:00</edXML:Timestamp></edXML:TraceHeader>"),
    ("D9 an empty ResponseFor", SUBJECT, SUBJECT + "<edXML:ResponseFor><edXML:OrganId/><edXML:Code/><edXML:PromulgationDate/></edXML:ResponseFor>"),
    ("D20 letters in CodeNumber", "<edXML:CodeNumber>12<", "<edXML:CodeNumber>74fass22<"),
    ("D26 any letter in a code", "<edXML:OrganId>G22<", "<edXML:OrganId>000.00.00.A80<"),
    ("a UUID as DocumentId", ID, "<edXML:DocumentId>5e515fca-3627-4f2e-b517-7169acdc8bda</edXML:DocumentId>"),
    ("B154 a decomposed subject", SUBJECT, "<edXML:Subject>Ba\u0301o ca\u0301o</edXML:Subject>"),
    ("B161 markup and formulas as text", SUBJECT, "<edXML:Subject>=cmd|' /C calc'!A0 &lt;b&gt; '; DROP TABLE x</edXML:Subject>"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_what_field_software_writes_is_taken_without_a_word(old: str, new: str) -> None:
    assert warnings_in(swap(BODY, old, new)) == set()


def test_the_order_of_elements_does_not_matter() -> None:
    root = etree.fromstring(BODY)
    for element in root.iter():
        element[:] = list(reversed(element))

    read = _read(etree.tostring(root))

    assert without_lines(read) == without_lines(_read(BODY))


def test_every_error_is_named_with_its_path_and_line() -> None:
    body = swap(
        swap(swap(BODY, TO, TO + TO.replace("G22", "")), SUBJECT, ""), "2026/11/20</edXML:Prom", "x</edXML:Prom"
    )

    findings = {finding.code: finding for finding in findings_in(body)}

    assert findings["empty-element"].path == f"{HEADER}/To[2]/OrganId"
    assert findings["missing-element"].path == f"{HEADER}/Subject"
    assert findings["date"].path == f"{HEADER}/PromulgationInfo/PromulgationDate"
    line = findings["date"].line
    assert line is not None
    assert "PromulgationDate" in body.decode().splitlines()[line - 1]


def test_every_finding_says_in_both_languages_what_and_what_to_do() -> None:
    for finding in findings_in(swap(BODY, SUBJECT, "")):
        assert all(finding.message)
        assert all(finding.fix)


def test_a_hostile_document_does_not_buy_an_endless_answer() -> None:
    findings = findings_in(swap(BODY, TO, TO.replace("G22", "") * 5000))

    assert len(findings) == LISTED_AT_MOST + 1
    assert findings[-1].code == "more-findings"


def test_values_are_read_without_outer_white_space_and_comments() -> None:
    spaced = swap(BODY, "<edXML:OrganId>G22<", "<edXML:OrganId>\n  G<!-- x -->22\t<")

    assert _read(spaced).recipients[0].code == "G22"


def test_dates_with_the_day_first_are_read_as_vietnamese_dates() -> None:
    assert _read(swap(BODY, DATE, DATE.replace("2026/11/20", "05/11/2026"))).promulgated_on == date(2026, 11, 5)


def test_tomorrow_in_vietnam_is_not_the_future_when_it_is_today_there() -> None:
    evening = NOW.replace(hour=18)  # one in the morning in Vietnam
    there, the_day_after = (f"{evening + timedelta(days=n):%Y/%m/%d}" for n in (1, 2))

    assert warnings_in(swap(BODY, DATE, DATE.replace("2026/11/20", there)), evening) == set()
    assert warnings_in(swap(BODY, DATE, DATE.replace("2026/11/20", the_day_after)), evening) == {"future-date"}


def test_a_recall_concerns_the_document_it_names_or_else_its_own_id() -> None:
    own = _read(a_body(kind=Kind.RECALL))
    named = _read(a_body(kind=Kind.RECALL, concerns=("other",)))

    assert (own.kind, own.concerns) == (Kind.RECALL, ("H53.13,2026/11/20,12/SNV-VP",))
    assert named.concerns == ("other",)


def test_an_update_says_whose_addressing_changed() -> None:
    read = _read(a_body(kind=Kind.UPDATE, concerns=("old",), receiver_changes=(("H41", False), ("H14", True))))

    assert (read.kind, read.receiver_changes) == (Kind.UPDATE, (("H41", False), ("H14", True)))


def test_a_replacement_names_documents_and_for_whom() -> None:
    replacements = (Replacement("a", ("H41", "H14")), Replacement("b"))

    read = _read(a_body(kind=Kind.REPLACE, concerns=("a", "b"), replacements=replacements))

    assert (read.concerns, read.replacements) == (("a", "b"), replacements)


def test_an_envelope_without_trace_is_a_new_document() -> None:
    start, end = (
        BODY.index(b"<edXML:TraceHeaderList>"),
        BODY.index(b"</edXML:TraceHeaderList>") + len("</edXML:TraceHeaderList>"),
    )

    opened = open_as(BODY[:start] + BODY[end:])

    assert opened.message.kind == Kind.NEW
    assert [warning.path for warning in opened.warnings] == ["edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList"]


def test_the_writer_and_the_builder_agree() -> None:
    assert _read(BODY).subject == an_envelope().subject
