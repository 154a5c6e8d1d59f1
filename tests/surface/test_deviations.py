"""What documents in the field look like, each oddity by itself and written by hand, and what the hub makes of it."""

import base64
import io
import unicodedata
import zipfile
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.surface.conftest import Hub, refused
from tests.surface.papers import FILE, NS, Paper, report
from tests.surface.programs import truc

pytestmark = pytest.mark.xdist_group("surface")  # one process sets the hub up, once

QCVN_SIGNATURE = (
    '<Signature xmlns="{ns}">\n<SignedInfo><CanonicalizationMethod Algorithm="{c14n}"/><SignatureMethod '
    'Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference URI=""><Transforms><Transform '
    'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>{extra}</Transforms><DigestMethod '
    'Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue>jWtH6TwGVRyo3BDfCxlfTKiWhmo=</DigestValue>'
    "</Reference></SignedInfo><SignatureValue>MIIFqTCCBJGgAwIBAgIQ</SignatureValue><KeyInfo><X509Data>"
    "<X509SubjectName>CN=Văn phòng</X509SubjectName>{cert}</X509Data></KeyInfo></Signature>"
)
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
NUMBERS = count()


def signature(ns: str = NS, extra: str = "", cert: str = "<X509Certificate>MIIFqTCCBJG</X509Certificate>") -> str:
    return QCVN_SIGNATURE.format(ns=ns, c14n=C14N, extra=extra, cert=cert)


def paper(**changes: Any) -> Paper:
    """Of an agency whose signature is verified if it is there."""
    return Paper("H53.13", changes.pop("to", "G22").split(), **changes)


def warned(hub: Hub, one: Paper, who: str = "") -> set[str]:
    return {warning["code"] for warning in hub.sent(one, who)["warnings"]}


def posted(hub: Hub, body: str | bytes, who: str = "H53.13") -> tuple[int, set[str]]:
    answer = hub.post(who, body if isinstance(body, bytes) else body.encode())
    said = answer.json()
    return answer.status_code, {each["code"] for each in said.get("errors", said.get("warnings", ()))}


# -- D1 to D6: what cannot be read, and signatures as they are -----------------------------------------------------------


def test_bytes_before_the_declaration_are_refused_clearly(hub: Hub) -> None:
    refused(hub.post("H53.13", b"1212" + paper().plain()), 400, "not-well-formed")


@pytest.mark.parametrize("name", ["xlink:href='a'", "e2:x='a'"])
def test_an_undeclared_prefix_is_named_with_its_line(hub: Hub, name: str) -> None:
    body = paper().text().replace("<e:Reference>", f"<e:Reference {name}>")

    problem = refused(hub.post("H53.13", body.encode()), 400, "not-well-formed")

    (error,) = problem["errors"]
    assert error["line"] == body[: body.index(name)].count("\n") + 1
    assert name.partition(":")[0] in error["message"]["vi"]


@pytest.mark.parametrize(
    "odd",
    [
        signature(),
        signature(DSIG),
        signature(DSIG, cert=""),
        signature(DSIG, '<Transform Algorithm="http://www.w3.org/TR/xml-exc-c14n#"/>'),
        signature(extra='<Transform Algorithm="http://www.w3.org/TR/xml-exc-c14n#"/>'),
    ],
    ids=["of the SDK", "a stub for a certificate", "a name for a certificate", "an unknown transform", "both"],
)
def test_a_signature_nobody_can_verify_is_called_so_and_never_forged(hub: Hub, odd: str) -> None:
    verdicts = {}
    for who in ("H53.13", "G22", "H53"):
        one = Paper(who, ("H53.32.21",))
        answer = hub.post(who, one.text(odd).encode())
        verdicts[who] = (answer.status_code, answer.json().get("signature", {}).get("verdict"))

    assert verdicts["H53.13"] == verdicts["G22"] == (202, "unverifiable")
    assert verdicts["H53"][0] == 422  # its policy takes only what is valid


def test_what_an_absent_signature_means_is_the_senders_policy(hub: Hub) -> None:
    assert hub.sent(paper())["signature"]["verdict"] == "absent"
    refused(hub.post("H53", Paper("H53", ("G22",)).plain()), 422, "signature-missing")


# -- D7 to D11: order, absence, dates, types ------------------------------------------------------------------------------


def test_the_order_of_elements_is_free(hub: Hub) -> None:
    one = paper()
    name = f"<e:DocumentId>{one.document_id}</e:DocumentId>"
    text = one.text().replace(name, "").replace("</e:MessageHeader>", f"{name}</e:MessageHeader>")
    start, end = text.index("<e:TraceHeader>"), text.index("</e:TraceHeader>") + len("</e:TraceHeader>")
    hop = text[start:end]
    text = (text[:start] + text[end:]).replace("</e:Bussiness>", f"</e:Bussiness>{hop}")

    answer = hub.post("H53.13", text.encode())

    assert (answer.status_code, answer.json()["document_id"]) == (202, one.document_id)


@pytest.mark.parametrize("organ", ["", "<e:OrganId>null</e:OrganId>", "<e:OrganId/>"])
def test_a_hop_without_a_name_is_a_hop_unknown(hub: Hub, organ: str) -> None:
    hop = f"<e:TraceHeader>{organ}<e:Timestamp>2026/11/20 08:01:00</e:Timestamp></e:TraceHeader>"

    assert hub.sent(paper(trace=hop))["state"]


@pytest.mark.parametrize(
    "empty", ["<e:ResponseFor/>", "<e:ResponseFor><e:OrganId/><e:DocumentId/></e:ResponseFor>", "<e:ToPlaces/>"]
)
def test_what_is_empty_is_absent(hub: Hub, empty: str) -> None:
    assert hub.sent(paper(header=empty))["kind"] == "new"


def test_a_day_the_wrong_way_round_is_read_and_told(hub: Hub) -> None:
    assert warned(hub, paper(day="20/11/2026"))


def test_a_day_that_is_none_is_refused_and_one_in_a_name_is_nobodys_business(hub: Hub) -> None:
    assert posted(hub, paper(day="2026/02/30").text())[0] == 422
    assert hub.sent(paper(document_id="H53.13,2014/02/30,1/SA-VP-x"))["state"]


@pytest.mark.parametrize("kind", ["1", "2", "18", "71"])
def test_every_type_number_of_the_field_is_taken(hub: Hub, kind: str) -> None:
    assert hub.sent(paper(type=kind))["state"]


def test_odd_values_that_are_no_reason_to_refuse_are_told(hub: Hub) -> None:
    assert "future-date" in warned(hub, paper(day="2031/01/01"))
    assert warned(hub, paper(header="<e:DueDate>2026/13/45</e:DueDate>"))
    assert warned(hub, paper(subject="V/v " + "dài " * 200))


# -- D12 to D15: attachments and recipients -------------------------------------------------------------------------------


def zipped() -> str:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.edxml", base64.b64decode(FILE))
    return base64.b64encode(raw.getvalue()).decode()


def test_a_zip_that_says_it_is_a_pdf_is_delivered_as_it_came(hub: Hub) -> None:
    body = paper().text().replace(FILE, zipped()).encode()

    answer = hub.post("H53.13", body)

    assert answer.status_code == 202, answer.text
    item = hub.item("G22", answer.json()["id"])
    assert hub.ask("G22", "GET", f"/v1/inbox/{item['delivery_id']}").content == body


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(FILE, "${attachment.content}"),
        lambda text: text.replace(FILE, FILE[:-3] + "!"),
        lambda text: text.replace(f'<e:ContentTransferEncoded xmlns:e="{NS}">{FILE}</e:ContentTransferEncoded>', ""),
    ],
    ids=["a template", "another alphabet", "nothing"],
)
def test_an_attachment_without_usable_content_is_refused_by_name(hub: Hub, change: Callable[[str], str]) -> None:
    answer = hub.post("H53.13", change(paper().text()).encode())

    assert answer.status_code == 422
    assert "van ban.pdf" in answer.json()["errors"][0]["message"]["vi"]


@pytest.mark.parametrize("place", ["<e:ContentId>cid:1", "<ContentId>cid:1"])
def test_a_content_id_counts_with_and_without_its_prefix(hub: Hub, place: str) -> None:
    body = paper().text().replace(place, place.replace("cid:1", "1"))

    assert posted(hub, body)[0] == 202


def test_one_agency_under_two_codes_is_one_delivery_and_a_warning(hub: Hub) -> None:
    said = hub.sent(paper(to="H53 000.00.00.H53"))

    assert [d["recipient"] for d in said["deliveries"]] == ["H53"]
    assert said["warnings"]


def test_writing_to_oneself_is_delivered_with_a_warning(hub: Hub) -> None:
    said = hub.sent(paper(to="H53.13"))

    assert [d["recipient"] for d in said["deliveries"]] == ["H53.13"]
    assert said["warnings"]


# -- D16 to D22 -----------------------------------------------------------------------------------------------------------


def test_a_document_id_that_names_another_agency_is_told_and_from_is_believed(hub: Hub) -> None:
    said = hub.sent(paper(document_id="020100681592,2026/11/20,9/X"))

    assert said["sender"] == "H53.13"
    assert said["warnings"]


@pytest.mark.parametrize(("code", "read"), [("1", "01"), ("03", "03"), ("6", "06")])
def test_a_status_code_may_have_one_digit(hub: Hub, code: str, read: str) -> None:
    sent = hub.sent(paper())
    hub.item("G22", sent["id"])

    assert hub.post("G22", report("G22", "H53.13", sent["document_id"], code)).json()["code"] == read


@pytest.mark.parametrize("code", ["0", "999"])
def test_a_status_code_of_somebodys_own_is_kept_flagged_and_moves_nothing(hub: Hub, code: str) -> None:
    sent = hub.sent(paper())
    hub.item("G22", sent["id"])

    answer = hub.post("G22", report("G22", "H53.13", sent["document_id"], code))

    assert answer.status_code == 202
    assert answer.json()["flags"] == ["unknown-code"]


def test_a_number_with_letters_is_a_number(hub: Hub) -> None:
    assert hub.sent(paper(number="74fass22"))["code"].startswith("74fass22")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\t"),
        lambda text: text.replace("\n", ""),
        lambda text: text.replace("<e:Subject>", "<!-- trích yếu --><e:Subject>"),
        lambda text: "\ufeff" + text,
    ],
    ids=["CRLF", "tabs", "one line", "comments", "BOM"],
)
def test_how_the_text_is_laid_out_is_free(hub: Hub, change: Callable[[str], str]) -> None:
    assert posted(hub, change(paper().text()).encode())[0] == 202


@pytest.mark.parametrize("old", ["http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc"])
def test_the_namespaces_before_the_standard_are_refused_clearly(hub: Hub, old: str) -> None:
    status, codes = posted(hub, paper().text().replace(NS, old))

    assert (status, len(codes)) == (422, 1)


# -- D23 to D26: codes ----------------------------------------------------------------------------------------------------


def test_a_code_that_is_part_of_another_is_another(hub: Hub) -> None:
    assert [d["recipient"] for d in hub.sent(paper(to="H53"))["deliveries"]] == ["H53"]
    for part in ("H5", "53.13", "H53.1", "H53.13."):
        assert "unknown-recipient" in posted(hub, paper(to=part).text())[1]


@pytest.mark.parametrize(
    "written", ["h53.32.21", "\u200bH53.32.21", "\u00a0H53.32.21 ", "Ｈ５３．３２．２１", "000.21.32.h53"]
)
def test_a_code_is_known_in_spite_of_its_letters_dress(hub: Hub, written: str) -> None:
    one = paper()
    one.to = (written,)
    said = hub.sent(one)

    assert [d["recipient"] for d in said["deliveries"]] == ["H53.32.21"]
    assert said["warnings"]


@pytest.mark.parametrize(("written", "times"), [("h53.13", 1), ("Ｈ５３．１３", 1), ("H53.13", 0)])
def test_who_sends_is_known_in_spite_of_it_too_and_told(hub: Hub, written: str, times: int) -> None:
    one = paper(document_id=f"{written}-{next(NUMBERS)}")
    one.sender = written
    said = hub.sent(one, "H53.13")
    told = [each["path"] for each in said["warnings"] if each["code"] == "code-normalised"]

    assert said["sender"] == "H53.13"
    assert told == ["edXML/edXMLEnvelope/edXMLHeader/MessageHeader/From/OrganId"] * times


def test_a_report_is_told_how_its_codes_are_written(hub: Hub) -> None:
    one = paper()
    hub.sent(one)
    said = hub.post("G22", report("g22", "h53.13", one.document_id, "03")).json()
    told = {each["path"].split("/")[-2] for each in said["warnings"] if each["code"] == "code-normalised"}

    assert [each["recipient"] for each in said["deliveries"]] == ["H53.13"]
    assert told == {"From", "ResponseFor"}
    assert not hub.post("G22", report("G22", "H53.13", one.document_id, "05")).json()["warnings"]


@pytest.mark.parametrize("written", ["Н53.32.21", "H53. 32.21", "H53.3２.2l"])
def test_a_look_alike_is_unknown(hub: Hub, written: str) -> None:
    one = paper()
    one.to = (written,)

    assert "unknown-recipient" in posted(hub, one.plain())[1]


@pytest.mark.parametrize("word", ["QÐ-UBND", unicodedata.normalize("NFD", "QĐ-UBNDộ"), "Q\u200bĐ-UBND"])
def test_letters_are_kept_as_they_came_and_found_in_any_form(hub: Hub, word: str) -> None:
    one = paper(subject=f"V/v ban hành {word} về lưu trữ", notation=word)
    sent = hub.sent(one)

    found = hub.ask("operator", "GET", f"/v1/envelopes?q={one.number}").json()["items"]
    item = hub.item("G22", sent["id"])

    assert sent["id"] in [each["id"] for each in found]
    assert hub.ask("G22", "GET", f"/v1/inbox/{item['delivery_id']}").content == one.plain()


def test_letters_beyond_the_published_groups_are_a_code_if_the_directory_says_so(hub: Hub) -> None:
    for code in ("000.00.00.A80", "001.00.20.JB2"):
        words = ("agency", "add", code, "--name", "Xã", "--level", "commune", "--json")
        assert truc(*words, TRUC_HOME=hub.home).json()["code"] == code
    said = hub.sent(paper(to="000.00.00.A80 001.00.20.JB2"))

    assert {d["level"] for d in said["deliveries"]} == {"commune"}
