"""TraceHeaderList: where the message has been, and (in Bussiness, sic) what it does."""

from typing import Final, NamedTuple

from hub.domain.envelope import Kind, Replacement, Staff
from hub.xml.fields import Group, vocabulary
from hub.xml.header import DOCUMENT_ID_AT_MOST
from hub.xml.organizations import CODE_TEXT_AT_MOST, read_staff
from hub.xml.values import is_time, read_date

KINDS: Final = (Kind.NEW, Kind.RECALL, Kind.UPDATE, Kind.REPLACE)
_LIST: Final = vocabulary("TraceHeader* Bussiness")
_HOP: Final = vocabulary("OrganId Timestamp")
_BUSINESS: Final = vocabulary(
    "DocumentId BussinessDocType BussinessDocReason Paper BussinessDocumentInfo ReplacementInfoList StaffInfo"
)
_INFO: Final = vocabulary("DocumentInfo DocumentReceiver ReceiverList")
_RECEIVERS: Final = vocabulary("Receiver*")
_RECEIVER: Final = vocabulary("OrganId ReceiverType")
_REPLACEMENTS: Final = vocabulary("ReplacementInfo*")
_REPLACEMENT: Final = vocabulary("DocumentId OrganIdList")
_CODES: Final = vocabulary("OrganId*")


class Business(NamedTuple):
    """What Bussiness says; a message without it is a new document."""

    kind: Kind = Kind.NEW
    document_id: str = ""
    reason: str = ""
    paper: bool = False
    receiver_changes: tuple[tuple[str, bool], ...] = ()
    replacements: tuple[Replacement, ...] = ()
    staff: Staff = Staff()


def read_trace(header: Group) -> Business:
    """Read TraceHeaderList under edXMLHeader. Hops are checked and forgotten: the hub keeps a timeline of its own."""
    element = header.one("TraceHeaderList")
    if element is None:
        header.faults.warn("missing-optional", header.element, "TraceHeaderList")
        return Business()
    trace = Group(element, _LIST, header.faults)
    for hop in trace.many("TraceHeader"):
        _check_hop(Group(hop, _HOP, trace.faults))
    business = trace.group("Bussiness", _BUSINESS)
    return Business() if business is None else _read_business(business)


def _check_hop(hop: Group) -> None:
    """Check a hop, which may be nameless or called `null`: axes and clients write both."""
    hop.text("OrganId", CODE_TEXT_AT_MOST)
    written = hop.wanted("Timestamp")
    if not written:
        return
    element = hop.child("Timestamp")
    if not is_time(written):
        hop.faults.refuse("timestamp", element, found=written)
    elif not written[:4].isdigit():  # the day comes first
        hop.faults.warn("date-format", element, found=written, read=read_date(written)[0])


def _read_business(business: Group) -> Business:
    kind = business.number("BussinessDocType", range(4))
    if not business.has("BussinessDocType"):
        business.faults.refuse("missing-element", business.element, "BussinessDocType")
    return Business(
        KINDS[kind or 0],
        business.text("DocumentId", DOCUMENT_ID_AT_MOST, DOCUMENT_ID_AT_MOST),
        business.text("BussinessDocReason", 500),
        bool(business.number("Paper")),
        _read_changes(business),
        _read_replacements(business),
        read_staff(business),
    )


def _read_changes(business: Group) -> tuple[tuple[str, bool], ...]:
    info = business.group("BussinessDocumentInfo", _INFO)
    if info is None:
        return ()
    info.number("DocumentInfo", range(2))
    info.number("DocumentReceiver", range(2))
    receivers = info.group("ReceiverList", _RECEIVERS)
    changes = []
    for element in receivers.many("Receiver") if receivers else ():
        receiver = Group(element, _RECEIVER, info.faults)
        code = receiver.required("OrganId", CODE_TEXT_AT_MOST, CODE_TEXT_AT_MOST)
        if not receiver.has("ReceiverType"):
            info.faults.refuse("missing-element", element, "ReceiverType")
        changes.append((code, receiver.number("ReceiverType", range(2)) == 1))
    return tuple(changes)


def _read_replacements(business: Group) -> tuple[Replacement, ...]:
    listed = business.group("ReplacementInfoList", _REPLACEMENTS)
    replacements = []
    for element in listed.many("ReplacementInfo") if listed else ():
        one = Group(element, _REPLACEMENT, business.faults)
        document_id = one.required("DocumentId", DOCUMENT_ID_AT_MOST, DOCUMENT_ID_AT_MOST)
        codes = one.group("OrganIdList", _CODES)
        named = (code.text or "" for code in codes.many("OrganId")) if codes else ()
        replacements.append(Replacement(document_id, tuple(name.strip() for name in named if name.strip())))
    return tuple(replacements)
