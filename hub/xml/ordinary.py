"""An ordinary envelope, read at one glance: a new document in which nothing whatever is to be remarked on.

The long way (`read`) can say everything that is wrong or odd, and pays for that at every element. Nearly all envelopes
are a new document without a single finding: for them one loop over tables is enough. It stops at the first thing it
does not know for certain to be fine, be it only unusual, and has then decided nothing: the long way begins afresh. So
it need not know every rule, but what it does take, the long way takes without a word and reads the same. The tests
hold the two to that.
"""

import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from lxml import etree

from hub.domain.envelope import Address, Attachment, Envelope, Kind, Staff
from hub.xml.attachments import ATTACHMENTS_AT_MOST
from hub.xml.canonical import Contents
from hub.xml.faults import Faults
from hub.xml.fields import KNOWN_ATTRIBUTES
from hub.xml.gate import ID_NAMES
from hub.xml.inside import look_inside
from hub.xml.names import edxml
from hub.xml.secrecy import may_be_marked
from hub.xml.sniff import check_name
from hub.xml.values import is_time, read_content_id, read_date, read_number, today

_Entry = tuple[str, int, "_Table | None", bool]
_Table = Mapping[str, _Entry]
"""For the children an element may have: tag to name, longest usual text, table of its own, whether it may repeat."""
_LINE: Final = "\n"  # no name of an element


def _table(leaves: str, groups: Mapping[str, _Table] | None = None) -> _Table:
    """Read a table: leaves as `Name` or `Name:longest`, groups by name; a star marks those that may repeat."""
    table: dict[str, _Entry] = {}
    for leaf in leaves.split():
        written, _, longest = leaf.partition(":")
        name = written.rstrip("*")
        table[edxml(name)] = (name, int(longest or sys.maxsize), None, written != name)
    for written, inner in (groups or {}).items():
        name = written.rstrip("*")
        table[edxml(name)] = (name, 0, inner, written != name)
    return table


_ORGANIZATION: Final = _table(
    "OrganId:35 OrganizationInCharge OrganName:200 OrganAdd Email Telephone Fax Website DepartmentId"
)
_MESSAGE: Final = _table(
    "DocumentId:200 Subject:500 Content:500 DueDate SteeringType ApplicationType",
    {
        "From": _ORGANIZATION,
        "To*": _ORGANIZATION,
        "Code": _table("CodeNumber:11 CodeNotation:30"),
        "PromulgationInfo": _table("Place:50 PromulgationDate"),
        "DocumentType": _table("Type TypeDetail TypeName:100"),
        "SignerInfo": _table("Competence Position FullName:255"),
        "OtherInfo": _table(
            "Priority SphereOfPromulgation:100 TyperNotation:50 PromulgationAmount PageAmount Direction"
        ),
        "ToPlaces": _table("Place*"),
    },
)
_TRACE: Final = _table(
    "",
    {
        "TraceHeader*": _table("OrganId:200 Timestamp"),
        "Bussiness": _table(
            "DocumentId:500 BussinessDocType BussinessDocReason:500 Paper",
            {"StaffInfo": _table("Department:255 DepartmentId Staff:255 StaffId Email:100 Mobile:50")},
        ),
    },
)
_REFERENCE: Final = _table("ContentId:500 ContentType:200 Description AttachmentName:500")
_ATTACHMENT: Final = _table(
    "ContentId:500 AttachmentName:500 Description ContentType:200 FieldName MimeType ContentTransferEncoded"
)
_ROOT: Final = _table(
    "",
    {
        "edXMLEnvelope": _table(
            "",
            {
                "edXMLHeader": _table("", {"MessageHeader": _MESSAGE, "TraceHeaderList": _TRACE}),
                "edXMLBody": _table("", {"edXMLManifest": _table("", {"Reference*": _REFERENCE})}),
            },
        ),
        "AttachmentEncoded": _table("", {"Attachment*": _ATTACHMENT}),
    },
)


_NEW: Final = {"BussinessDocType": "0"}  # an envelope without Bussiness is a new document


_ATTRIBUTES: Final = KNOWN_ATTRIBUTES - ID_NAMES  # ids must differ, and are rare


class _OddError(Exception):
    """Not ordinary, for whatever reason."""


def read_ordinary(root: etree._Element, now: datetime, contents: Contents) -> Envelope | None:
    """Read an edXML tree; None where the long way must be gone.

    `now` says which dates lie in the future, `contents` what was taken out of the tree.
    """
    try:
        if not _ATTRIBUTES.issuperset(root.keys()):
            return None
        tree = _collect(root, _ROOT, contents)
        return _envelope(tree, root, now)
    except (_OddError, KeyError, ValueError):  # KeyError: something is missing
        return None


def _collect(element: etree._Element, table: _Table, contents: Contents) -> dict[str, Any]:
    """Gather the children by name: texts, gathered children, or lists of them."""
    found: dict[str, Any] = {}
    for child in element:
        name, longest, inner, repeats = table[child.tag]  # type: ignore[index]
        if inner is None:
            if len(child):
                raise _OddError
            text = contents[child] if contents and child in contents else child.text
            value: Any = "" if text is None else text.strip()
            if len(value) > longest or (value is not text and name == "OrganId"):  # white space round a code is told
                raise _OddError
        else:
            value = _collect(child, inner, contents)
            if inner is _ORGANIZATION:
                value[_LINE] = child.sourceline
        if repeats:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise _OddError
        else:
            found[name] = value
        if (attributes := child.keys()) and not _ATTRIBUTES.issuperset(attributes):
            raise _OddError
    return found


def _envelope(tree: dict[str, Any], root: etree._Element, now: datetime) -> Envelope:
    header = tree["edXMLEnvelope"]["edXMLHeader"]
    message, trace = header["MessageHeader"], header["TraceHeaderList"]
    code, issue, kind, other = (message[name] for name in ("Code", "PromulgationInfo", "DocumentType", "OtherInfo"))
    business = trace.get("Bussiness", _NEW)
    staff = business.get("StaffInfo", {})
    sender = _address(message["From"])
    document_id = _visible(message["DocumentId"])
    issued = _day(issue["PromulgationDate"])
    due_on = _day(message["DueDate"]) if message.get("DueDate") else None
    attachments = _attachments(tree, root)
    subject, content = _visible(message["Subject"]), message.get("Content", "")
    notation, sphere = _visible(code["CodeNotation"]), other.get("SphereOfPromulgation", "")
    type_name, reason = kind["TypeName"], business.get("BussinessDocReason", "")
    names = [name for attachment in attachments for name in (attachment.name, *attachment.inside)]
    signer_name = message["SignerInfo"]["FullName"]
    if (
        business["BussinessDocType"] != "0"
        or kind["Type"] not in {"1", "2"}
        or not type_name
        or not signer_name
        or issued > today(now)
        or (due_on is not None and due_on < issued)
        or not _is_senders(document_id, sender.code)
        or not all(map(_is_hop, trace.get("TraceHeader", ())))
        or may_be_marked([subject, content, type_name, sphere, notation.replace("/", " - "), reason, *names])
    ):
        raise _OddError
    _number(kind, "TypeDetail")
    _number(other, "PromulgationAmount")
    _number(other, "PageAmount")
    if (priority := _number(other, "Priority")) > 4 or _number(message, "SteeringType") > 3:  # noqa: PLR2004
        raise _OddError
    return Envelope(
        Kind.NEW,
        sender,
        tuple(map(_address, message["To"])),
        document_id,
        _visible(code["CodeNumber"]),
        notation,
        issued,
        subject,
        issue.get("Place", ""),
        content,
        type_name,
        signer_name,
        priority,
        due_on,
        reason,
        attachments=attachments,
        paper=_number(business, "Paper") > 0,
        staff=Staff(*(staff.get(name, "") for name in ("Staff", "Department", "Email", "Mobile"))),
    )


def _address(organization: dict[str, Any]) -> Address:
    return Address(_visible(organization["OrganId"]), organization.get("OrganName", ""), organization[_LINE])


def _visible(text: str) -> str:
    if not text[:1].isalnum():
        raise _OddError
    return text


def _number(group: dict[str, Any], name: str) -> int:
    text = group.get(name)
    if not text:
        return 0
    value = read_number(text)
    if value is None:
        raise _OddError
    return value


def _day(text: str) -> date:
    day, is_standard = read_date(text)
    if day is None or not is_standard:
        raise _OddError
    return day


def _is_senders(document_id: str, code: str) -> bool:
    """Whether an id of three parts begins with the sender's code, letter for letter."""
    return document_id.count(",") != 2 or document_id.startswith(f"{code},")  # noqa: PLR2004  code, date, number


def _is_hop(hop: dict[str, Any]) -> bool:
    stamp: str = hop["Timestamp"]
    return stamp[:4].isdigit() and is_time(stamp)


def _attachments(tree: dict[str, Any], root: etree._Element) -> tuple[Attachment, ...]:
    """Pair References and Attachments by ContentId; each must have one, and a name and a content."""
    manifest = tree["edXMLEnvelope"].get("edXMLBody", {}).get("edXMLManifest", {})
    declared = manifest.get("Reference", ())
    encoded = tree.get("AttachmentEncoded", {}).get("Attachment", ())
    contained = {_content_id(part): part for part in encoded}
    if not len(contained) == len(encoded) == len(declared) <= ATTACHMENTS_AT_MOST:
        raise _OddError
    faults = Faults()
    attachments = []
    for reference in declared:
        content_id = _content_id(reference)
        part = contained.pop(content_id)
        name = reference.get("AttachmentName") or part["AttachmentName"]
        content_type = reference.get("ContentType") or part.get("ContentType", "")
        check_name(name, root, faults)
        inside = look_inside(name, content_type, part["ContentTransferEncoded"], root, faults)
        if not name or faults.errors or faults.warnings:
            raise _OddError
        attachments.append(Attachment(name, content_id, content_type, *inside))
    return tuple(attachments)


def _content_id(part: dict[str, Any]) -> str:
    content_id = read_content_id(part["ContentId"])
    if not content_id:
        raise _OddError
    return content_id
