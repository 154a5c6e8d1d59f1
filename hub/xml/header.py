"""MessageHeader of a document: who, to whom, which document. QCVN 102:2016/BTTTT, elements 1.1 to 1.14."""

from datetime import date, datetime
from typing import Final, NamedTuple

from hub.domain.agency import code_key
from hub.domain.envelope import Address, Answered
from hub.xml.fields import Group, vocabulary
from hub.xml.organizations import CODE_TEXT_AT_MOST, read_address
from hub.xml.values import today

DOCUMENT_ID_AT_MOST: Final = 500  # characters; it is a key in a database index
MESSAGE_HEADER: Final = vocabulary(
    "From To* DocumentId Code PromulgationInfo DocumentType Subject Content SignerInfo DueDate OtherInfo ResponseFor*"
    " SteeringType ResponseForTask ApplicationType ToPlaces"
)
_CODE: Final = vocabulary("CodeNumber CodeNotation")
_PROMULGATION: Final = vocabulary("Place PromulgationDate")
_TYPE: Final = vocabulary("Type TypeDetail TypeName")
_SIGNER: Final = vocabulary("Competence Position FullName")
_OTHER: Final = vocabulary(
    "Priority SphereOfPromulgation TyperNotation PromulgationAmount PageAmount Direction ReplyFors ReferenceCodes"
    " Appendixes"
)
_APPENDIXES: Final = vocabulary("Appendix*")
RESPONSE_FOR: Final = vocabulary("OrganId Code DocumentId PromulgationDate")
_PLACES: Final = vocabulary("Place*")
_TASKS: Final = vocabulary("TaskCode*")


class Header(NamedTuple):
    """What MessageHeader says, field by field as `domain.envelope.Envelope` names them, and the texts to guard."""

    sender: Address
    recipients: tuple[Address, ...]
    document_id: str
    code_number: str
    code_notation: str
    promulgated_on: date | None
    subject: str
    place: str
    content: str
    type_name: str
    signer_name: str
    priority: int
    due_on: date | None
    sphere: str
    appendixes: tuple[str, ...]
    answers: tuple[Answered, ...]


def read_header(group: Group, now: datetime) -> Header:
    """Read the MessageHeader of a document; `now` says which dates lie in the future."""
    sender = read_sender(group)
    recipients = tuple(read_address(element, group.faults) for element in group.many("To"))
    if not recipients:
        group.faults.refuse("missing-element", group.element, "To")
    document_id = group.required("DocumentId", 200, DOCUMENT_ID_AT_MOST)
    code = group.group("Code", _CODE, required=True)
    issue = group.group("PromulgationInfo", _PROMULGATION, required=True)
    promulgated_on = issue.date("PromulgationDate", required=True) if issue else None
    priority, sphere, appendixes = _read_other(group)
    signer = group.group("SignerInfo", _SIGNER)
    header = Header(
        sender,
        recipients,
        document_id,
        code.required("CodeNumber", 11, 100) if code else "",
        code.required("CodeNotation", 30, 200) if code else "",
        promulgated_on,
        group.required("Subject", 500),
        issue.text("Place", 50) if issue else "",
        group.text("Content", 500),
        _read_type(group),
        signer.wanted("FullName", 255) if signer else "",
        priority,
        group.date("DueDate"),
        sphere,
        appendixes,
        _read_rest(group),
    )
    if signer is None:
        group.faults.warn("missing-optional", group.element, "SignerInfo")
    _check_sense(group, header, now)
    return header


def read_sender(group: Group) -> Address:
    """Read From, which must be there."""
    element = group.one("From")
    if element is None:
        group.faults.refuse("missing-element", group.element, "From")
        return Address("")
    return read_address(element, group.faults)


def _read_type(group: Group) -> str:
    """Read DocumentType. Type numbers differ from system to system (1, 2, 18, 71 are all real): never an error."""
    kind = group.group("DocumentType", _TYPE)
    if kind is None:
        group.faults.warn("missing-optional", group.element, "DocumentType")
        return ""
    number = kind.number("Type")
    element = kind.one("Type")
    if element is None:
        group.faults.warn("missing-optional", kind.element, "Type")
    elif number is not None and number not in {1, 2}:
        group.faults.warn("document-type", element, found=number)
    kind.number("TypeDetail")
    return kind.wanted("TypeName", 100)


def _read_other(group: Group) -> tuple[int, str, tuple[str, ...]]:
    other = group.group("OtherInfo", _OTHER)
    if other is None:
        group.faults.warn("missing-optional", group.element, "OtherInfo")
        return 0, "", ()
    other.text("TyperNotation", 50)
    other.number("PromulgationAmount")
    other.number("PageAmount")
    appendixes = other.group("Appendixes", _APPENDIXES)
    named = appendixes.many("Appendix") if appendixes else []
    return (
        other.number("Priority", range(5)) or 0,
        other.text("SphereOfPromulgation", 100),
        tuple(element.text or "" for element in named),
    )


def _read_rest(group: Group) -> tuple[Answered, ...]:
    """Read which documents this one answers; check what the hub carries and does not use: steering, places, tasks."""
    answers = []
    for element in group.many("ResponseFor"):
        answered = Group(element, RESPONSE_FOR, group.faults)
        sender = answered.text("OrganId", CODE_TEXT_AT_MOST)
        answers.append(Answered(answered.text("DocumentId", DOCUMENT_ID_AT_MOST), sender))
        answered.date("PromulgationDate")
    group.number("SteeringType", range(4))
    group.group("ToPlaces", _PLACES)
    group.group("ResponseForTask", _TASKS)
    return tuple(answer for answer in answers if answer.document_id)


def _check_sense(group: Group, header: Header, now: datetime) -> None:
    """Warn of what is possible and unlikely."""
    issued, due = header.promulgated_on, header.due_on
    if issued and issued > today(now):
        group.faults.warn("future-date", group.child("PromulgationInfo"), found=issued)
    if issued and due and due < issued:
        group.faults.warn("due-date", group.child("DueDate"), found=due, issued=issued)
    parts = header.document_id.split(",")
    sender = header.sender.code
    if len(parts) == 3 and sender and code_key(parts[0]) != code_key(sender):  # noqa: PLR2004  code, date, number
        group.faults.warn("document-id-sender", group.child("DocumentId"), found=parts[0].strip(), sender=sender)
