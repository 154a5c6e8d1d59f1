"""Status messages: who reports what about which document; taken leniently."""

from datetime import date

import pytest

from hub.domain.envelope import Address, Kind, Staff, StatusMessage
from hub.domain.trust import Judgement
from hub.xml.write import sign, write_status
from tests.xml.builders import SENDER, codes_in, open_as, swap, verdict_on, warnings_in

MESSAGE = StatusMessage(
    sender=Address("G22", "Cơ quan trung ương Mẫu"),
    addressee=Address("H53.13"),
    document_id="H53.13,2026/11/20,12/SNV-VP",
    document_code="12/SNV-VP",
    promulgated_on=date(2026, 11, 20),
    code="03",
    description="Đã tiếp nhận, vào sổ",
    staff=Staff("Lê Thị Mẫu", "Văn thư", "vt@mau.example", "0900000001"),
    stated_at="2026/11/20 09:10:00",
)
BODY = write_status(MESSAGE)


def _read(body: bytes) -> StatusMessage:
    message = open_as(body).message
    assert isinstance(message, StatusMessage)
    return message


def test_a_status_message_says_who_reports_what_about_which_document() -> None:
    read = _read(BODY)

    assert read.kind == Kind.STATUS
    assert (read.sender.code, read.addressee.code, read.code) == ("G22", "H53.13", "03")
    assert (read.document_id, read.document_code, read.promulgated_on) == (
        MESSAGE.document_id,
        MESSAGE.document_code,
        MESSAGE.promulgated_on,
    )
    assert (read.description, read.staff, read.stated_at) == (MESSAGE.description, MESSAGE.staff, MESSAGE.stated_at)


@pytest.mark.parametrize(("written", "code"), [("1", "01"), ("0", "00"), ("999", "999"), ("013", "13"), ("3", "03")])
def test_d17_a_code_is_brought_to_two_digits_with_a_warning_where_it_changes(written: str, code: str) -> None:
    body = swap(BODY, "<edXML:StatusCode>03", f"<edXML:StatusCode>{written}")

    assert _read(body).code == code
    assert warnings_in(body) == ({"status-code-normalised"} if code != written else set())


@pytest.mark.parametrize("written", ["abc", "1000", "-1", "０３", "3.0"])
def test_a_code_that_is_no_code_is_refused(written: str) -> None:
    assert codes_in(swap(BODY, "<edXML:StatusCode>03", f"<edXML:StatusCode>{written}")) == {"unknown-status-code"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<edXML:OrganId>G22<", "<edXML:OrganId> <", "empty-element"),
        ("<edXML:OrganId>H53.13<", "<edXML:OrganId><", "empty-element"),
        ("<edXML:StatusCode>03</edXML:StatusCode>", "", "missing-element"),
    ],
)
def test_a_report_from_nobody_to_nobody_or_about_nothing_is_refused(old: str, new: str, code: str) -> None:
    assert codes_in(swap(BODY, old, new)) == {code}


def test_a_report_must_name_its_document_by_id_or_by_code() -> None:
    without_id = swap(BODY, f"<edXML:DocumentId>{MESSAGE.document_id}</edXML:DocumentId>", "")
    without_both = swap(without_id, f"<edXML:Code>{MESSAGE.document_code}</edXML:Code>", "")

    assert _read(without_id).document_code == MESSAGE.document_code
    assert codes_in(without_both) == {"missing-element"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2026/11/20 09:10:00", "hôm qua", "timestamp-ignored"),
        ("<edXML:Timestamp>2026/11/20 09:10:00</edXML:Timestamp>", "", "missing-optional"),
        ("<edXML:PromulgationDate>2026/11/20", "<edXML:PromulgationDate>2026/02/30", "date-ignored"),
        ("<edXML:StatusCode>", "<edXML:Extra/><edXML:StatusCode>", "unknown-element-kept"),
        ("</edXML:edXMLEnvelope>", "<edXML:edXMLBody/></edXML:edXMLEnvelope>", "unknown-element-kept"),
    ],
)
def test_what_is_odd_about_a_report_is_only_warned_of(old: str, new: str, code: str) -> None:
    assert warnings_in(swap(BODY, old, new)) == {code}


def test_a_report_may_be_signed_like_a_document() -> None:
    assert verdict_on(BODY).judgement == Judgement.ABSENT
    assert verdict_on(sign(BODY, SENDER.certificate_pem, SENDER.key_pem)).judgement == Judgement.VALID


def test_text_that_xml_cannot_carry_is_replaced_when_a_report_is_written() -> None:
    body = write_status(StatusMessage(Address("G22"), Address("H53"), "d", "c", None, "02", "a\x00b\ud800c\r\n<&>"))

    assert _read(body).description == "a\ufffdb\ufffdc\r\n<&>"
