"""The reader: a tree to a message, order-free, with everything that is wrong said at once.

What is ordinary is read by `ordinary`; this is the long way, and the one that counts.

It is given a tree from which the Signature and all comments have been taken: what was signed, and nothing else.
"""

from datetime import datetime
from typing import Final, NamedTuple

from lxml import etree

from hub.domain.envelope import Attachment, Envelope, Kind, Message
from hub.errors import Rejected
from hub.findings import Finding, finding
from hub.xml.attachments import read_attachments, read_body, read_encoded
from hub.xml.canonical import Contents
from hub.xml.faults import Faults
from hub.xml.fields import Group, Vocabulary, check_attributes, vocabulary
from hub.xml.header import MESSAGE_HEADER, Header, read_header
from hub.xml.names import EDXML, OLD_EDOC, edxml
from hub.xml.secrecy import guard
from hub.xml.status import STATUS_HEADER, read_status
from hub.xml.trace import Business, read_trace

_TOP: Final = vocabulary("edXMLEnvelope AttachmentEncoded")
_ENVELOPE: Final = vocabulary("edXMLHeader edXMLBody")
ROOT: Final = edxml("edXML")
_TO: Final = edxml("To")
_HEADER: Final = vocabulary("MessageHeader TraceHeaderList")


class Reading(NamedTuple):
    """What came of reading: a message to be used only if there are no errors."""

    message: Message | None
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def check_root(root: etree._Element) -> None:
    """Refuse a document that is not edXML at all: nothing further could be said of it."""
    if root.tag == ROOT:
        return
    name = etree.QName(root)
    namespace = name.namespace or ""
    if namespace.lower().startswith(OLD_EDOC):
        raise Rejected([finding("old-namespace", name.localname, root.sourceline, found=namespace)])
    shown = name.localname if namespace == EDXML else f"{{{namespace}}}{name.localname}"
    raise Rejected([finding("schema", name.localname, root.sourceline, found=shown)])


def read_thoroughly(root: etree._Element, now: datetime, contents: Contents) -> Reading:
    """Read a tree the long way, whatever is in it."""
    faults = Faults()
    check_attributes(root, faults)
    top = Group(root, _TOP, faults, keep=False)
    envelope = _inner(top, "edXMLEnvelope", _ENVELOPE)
    header = _inner(envelope, "edXMLHeader", _HEADER) if envelope else None
    element = header.one("MessageHeader") if header else None
    message: Message | None = None
    if header and element is None:
        faults.refuse("missing-element", header.element, "MessageHeader")
    elif envelope and header and element is not None:
        message = _read_message(top, envelope, header, element, now, contents)
    return Reading(message, faults.all_errors(), faults.all_warnings())


def _inner(group: Group, name: str, known: Vocabulary) -> Group | None:
    """Read a structural child: it must be there, and nothing unknown may be in it."""
    element = group.one(name)
    if element is None:
        group.faults.refuse("missing-element", group.element, name)
        return None
    return Group(element, known, group.faults, keep=False)


def _read_message(
    top: Group, envelope: Group, header: Group, element: etree._Element, now: datetime, contents: Contents
) -> Message:
    if _is_status(element):
        group = Group(element, STATUS_HEADER, top.faults)
        for part, place in (("edXMLBody", envelope), ("AttachmentEncoded", top)):
            extra = place.one(part)
            if extra is not None:
                top.faults.warn("unknown-element-kept", extra)
        return read_status(group)
    group = Group(element, MESSAGE_HEADER, top.faults)
    read = read_header(group, now)
    business = read_trace(header)
    attachments = read_attachments(read_body(envelope), read_encoded(top), contents, top.faults)
    message = _envelope(read, business, attachments)
    if message.kind is not Kind.NEW and not message.concerns:
        top.faults.warn("replacement-unnamed", header.element, "TraceHeaderList")
    guard(message, read, element, top.faults)
    return message


def _is_status(header: etree._Element) -> bool:
    """Tell a status message: StatusCode and no To; one that lost its code still has ResponseFor and no Subject."""
    if next(header.iterchildren(_TO), None) is not None:
        return False
    names = {child.tag for child in header}
    return edxml("StatusCode") in names or (edxml("ResponseFor") in names and edxml("Subject") not in names)


def _envelope(header: Header, business: Business, attachments: tuple[Attachment, ...]) -> Envelope:
    return Envelope(
        kind=business.kind,
        sender=header.sender,
        recipients=header.recipients,
        document_id=header.document_id,
        code_number=header.code_number,
        code_notation=header.code_notation,
        promulgated_on=header.promulgated_on,
        subject=header.subject,
        place=header.place,
        content=header.content,
        type_name=header.type_name,
        signer_name=header.signer_name,
        priority=header.priority,
        due_on=header.due_on,
        reason=business.reason,
        concerns=_concerns(header, business),
        replacements=business.replacements,
        answers=header.answers,
        receiver_changes=business.receiver_changes,
        attachments=attachments,
        paper=business.paper,
        staff=business.staff,
    )


def _concerns(header: Header, business: Business) -> tuple[str, ...]:
    """Name the documents this one is about. A recall or update names it in Bussiness, or repeats its id as its own."""
    if business.kind is Kind.NEW:
        return ()
    if business.kind is Kind.REPLACE:
        named = [replacement.document_id for replacement in business.replacements if replacement.document_id]
        return tuple(dict.fromkeys(named or filter(None, [business.document_id])))
    return tuple(filter(None, [business.document_id or header.document_id]))
