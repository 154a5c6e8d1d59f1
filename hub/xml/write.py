"""The writer: messages to edXML bytes, in the order the SDK of the field writes them, and the enveloped signature.

Text that XML cannot carry (control characters out of a JSON report, say) becomes U+FFFD: what the hub writes is
always well-formed.
"""

import base64
import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from hub.domain.envelope import Address, Answered, Attachment, Envelope, Kind, Staff, StatusMessage
from hub.xml.names import EDXML
from hub.xml.sign import sign

__all__ = ["sign", "write_envelope", "write_status"]

_KINDS: Final = {Kind.NEW: 0, Kind.RECALL: 1, Kind.UPDATE: 2, Kind.REPLACE: 3}
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_OPENING: Final = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{EDXML}">\n'
    f'<edXML:edXMLEnvelope xmlns:edXML="{EDXML}">\n<edXML:edXMLHeader>\n'
)


def write_envelope(envelope: Envelope, attachments: Sequence[tuple[str, str, bytes]] = ()) -> bytes:
    """Write a document envelope. `attachments` are (file name, media type, bytes).

    Content ids are those of `envelope.attachments` where these are as many, else `1`, `2`, …
    """
    if len(envelope.attachments) == len(attachments):
        declared: Sequence[Attachment] = envelope.attachments
    else:
        declared = [Attachment(name, str(n), media) for n, (name, media, _) in enumerate(attachments, 1)]
    header = "\n".join(filter(None, _header(envelope)))
    references = "\n".join(_reference(one) for one in declared)
    contents = "\n".join(_attachment(one, content) for one, (_, _, content) in zip(declared, attachments, strict=True))
    text = (
        f"{_OPENING}<edXML:MessageHeader>\n{header}\n</edXML:MessageHeader>\n"
        f"<edXML:TraceHeaderList>\n{_business(envelope)}\n</edXML:TraceHeaderList>\n</edXML:edXMLHeader>\n"
        f'<edXML:edXMLBody>\n<edXML:edXMLManifest version="1.0">\n{references}\n</edXML:edXMLManifest>\n'
        f"</edXML:edXMLBody>\n</edXML:edXMLEnvelope>\n"
        f"<AttachmentEncoded>\n{contents}\n</AttachmentEncoded>\n</edXML>\n"
    )
    return text.encode()


def write_status(message: StatusMessage) -> bytes:
    """Write a status message."""
    answered = _all(
        _tag("OrganId", message.addressee.code),
        _tag("Code", message.document_code),
        _tag("DocumentId", message.document_id),
        _tag("PromulgationDate", _day(message.promulgated_on)),
    )
    header = _all(
        _organization("From", message.sender),
        f"<edXML:ResponseFor>\n{answered}\n</edXML:ResponseFor>",
        _staff(message.staff),
        _tag("StatusCode", message.code),
        _tag("Description", message.description),
        _tag("Timestamp", message.stated_at),
    )
    text = (
        f"{_OPENING}<edXML:MessageHeader>\n{header}\n</edXML:MessageHeader>\n"
        f"</edXML:edXMLHeader>\n</edXML:edXMLEnvelope>\n</edXML>\n"
    )
    return text.encode()


def _header(envelope: Envelope) -> list[str]:
    kind = _tag("Type", "2") + _tag("TypeName", envelope.type_name)
    signer = _tag("FullName", envelope.signer_name)
    number = _tag("CodeNumber", envelope.code_number) + _tag("CodeNotation", envelope.code_notation)
    issue = _tag("Place", envelope.place) + _tag("PromulgationDate", _day(envelope.promulgated_on))
    return [
        _organization("From", envelope.sender),
        *(_organization("To", recipient) for recipient in envelope.recipients),
        _tag("DocumentId", envelope.document_id),
        f"<edXML:Code>{number}</edXML:Code>",
        f"<edXML:PromulgationInfo>{issue}</edXML:PromulgationInfo>",
        f"<edXML:DocumentType>{kind}</edXML:DocumentType>",
        _tag("Subject", envelope.subject),
        _tag("Content", envelope.content),
        f"<edXML:SignerInfo>{signer}</edXML:SignerInfo>" if signer else "",
        _tag("DueDate", _day(envelope.due_on)),
        f"<edXML:OtherInfo>{_tag('Priority', str(envelope.priority))}</edXML:OtherInfo>",
        *(_answered(answer) for answer in envelope.answers),
    ]


def _answered(answer: Answered) -> str:
    inner = _tag("OrganId", answer.sender) + _tag("DocumentId", answer.document_id)
    return f"<edXML:ResponseFor>{inner}</edXML:ResponseFor>"


def _business(envelope: Envelope) -> str:
    concerned = envelope.concerns[0] if envelope.concerns and envelope.kind is not Kind.REPLACE else ""
    inner = _all(
        _tag("DocumentId", concerned),
        _tag("BussinessDocType", str(_KINDS[envelope.kind])),
        _tag("BussinessDocReason", envelope.reason),
        _tag("Paper", str(int(envelope.paper))),
        _changes(envelope),
        _replacements(envelope),
        _staff(envelope.staff),
    )
    return f"<edXML:Bussiness>\n{inner}\n</edXML:Bussiness>"


def _changes(envelope: Envelope) -> str:
    receivers = "".join(
        f"<edXML:Receiver>{_tag('OrganId', code)}{_tag('ReceiverType', str(int(is_added)))}</edXML:Receiver>"
        for code, is_added in envelope.receiver_changes
    )
    if not receivers:
        return ""
    flags = _tag("DocumentInfo", "1") + _tag("DocumentReceiver", "1")
    listed = f"<edXML:ReceiverList>{receivers}</edXML:ReceiverList>"
    return f"<edXML:BussinessDocumentInfo>{flags}{listed}</edXML:BussinessDocumentInfo>"


def _replacements(envelope: Envelope) -> str:
    listed = []
    for one in envelope.replacements:
        codes = "".join(_tag("OrganId", code) for code in one.recipients)
        named = f"<edXML:OrganIdList>{codes}</edXML:OrganIdList>" if codes else ""
        listed.append(f"<edXML:ReplacementInfo>{_tag('DocumentId', one.document_id)}{named}</edXML:ReplacementInfo>")
    return f"<edXML:ReplacementInfoList>{''.join(listed)}</edXML:ReplacementInfoList>" if listed else ""


def _organization(name: str, address: Address) -> str:
    return f"<edXML:{name}>{_tag('OrganId', address.code)}{_tag('OrganName', address.name)}</edXML:{name}>"


def _staff(staff: Staff) -> str:
    inner = (
        _tag("Department", staff.department)
        + _tag("Staff", staff.name)
        + _tag("Email", staff.email)
        + _tag("Mobile", staff.mobile)
    )
    return f"<edXML:StaffInfo>{inner}</edXML:StaffInfo>" if inner else ""


def _reference(one: Attachment) -> str:
    inner = (
        _tag("ContentId", f"cid:{one.content_id}")
        + _tag("ContentType", one.content_type)
        + _tag("AttachmentName", one.name)
    )
    return f"<edXML:Reference>{inner}</edXML:Reference>"


def _attachment(one: Attachment, content: bytes) -> str:
    inner = (
        f"<ContentId>{_escaped(f'cid:{one.content_id}')}</ContentId>"
        f"<AttachmentName>{_escaped(one.name)}</AttachmentName>"
        f"<ContentType>{_escaped(one.content_type)}</ContentType>"
    )
    encoded = str(base64.b64encode(content), "ascii")
    return (
        f'<Attachment>{inner}<edXML:ContentTransferEncoded xmlns:edXML="{EDXML}">{encoded}'
        f"</edXML:ContentTransferEncoded></Attachment>"
    )


def _all(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _tag(name: str, value: str) -> str:
    return f"<edXML:{name}>{_escaped(value)}</edXML:{name}>" if value else ""


def _escaped(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value).translate(_ESCAPES)


def _day(day: date | None) -> str:
    return day.strftime("%Y/%m/%d") if day else ""
