"""What an envelope says, once it has been read. Facts as sent; nothing here has been judged.

Elements and cardinalities: QCVN 102:2016/BTTTT with amendment 1:2022, and what software in the field writes.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an envelope does: `BussinessDocType` 0..3 of the standard, or a status message (which has no `To`)."""

    NEW = "new"
    RECALL = "recall"
    UPDATE = "update"
    REPLACE = "replace"
    STATUS = "status"


class Address(NamedTuple):
    """An Organization as written: `code` is its OrganId, unchanged; `line` is where it stands (from 1)."""

    code: str
    name: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """StaffInfo: the clerk to talk to."""

    name: str = ""
    department: str = ""
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as declared: `size` is the number of bytes after base64 decoding; `content_id` without `cid:`."""

    name: str
    content_id: str = ""
    content_type: str = ""
    size: int = 0
    found: str = ""  # what it is by its first bytes, where that is not what it says
    is_zipped: bool = False  # an archive that only wraps the file
    is_signed: bool = False  # a PDF that has, or may have, signatures of its own
    inside: tuple[str, ...] = ()  # the names in an archive


@dataclass(frozen=True, slots=True)
class Replacement:
    """One ReplacementInfo: the document that is replaced, and for whom (nobody named means for all)."""

    document_id: str
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """One ResponseFor of a document: another one that it answers, by who sent that and its id, as written."""

    document_id: str
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document envelope: new, recall, update or replace."""

    kind: Kind
    sender: Address
    recipients: tuple[Address, ...]
    document_id: str
    code_number: str
    code_notation: str
    promulgated_on: date | None
    subject: str
    place: str = ""
    content: str = ""
    type_name: str = ""
    signer_name: str = ""
    priority: int = 0  # 0 thường .. 3 hỏa tốc, 4 hỏa tốc hẹn giờ
    due_on: date | None = None
    reason: str = ""
    concerns: tuple[str, ...] = ()  # document ids this one recalls, updates or replaces
    replacements: tuple[Replacement, ...] = ()
    answers: tuple[Answered, ...] = ()
    receiver_changes: tuple[tuple[str, bool], ...] = ()  # (code as written, True added | False removed)
    attachments: tuple[Attachment, ...] = ()
    paper: bool = False
    staff: Staff = field(default_factory=Staff)

    @property
    def code(self) -> str:
        """Số/ký hiệu, as people write it."""
        if self.code_notation.startswith(f"{self.code_number}/"):
            return self.code_notation
        return f"{self.code_number}/{self.code_notation}"


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """A status message: `sender` reports to `addressee` (ResponseFor/OrganId) about a document."""

    sender: Address
    addressee: Address
    document_id: str
    document_code: str
    promulgated_on: date | None
    code: str  # two digits; whatever was sent, normalised
    description: str = ""
    staff: Staff = field(default_factory=Staff)
    stated_at: str = ""  # the message's own Timestamp, as written: no zone, often wrong
    kind: Kind = Kind.STATUS


Message = Envelope | StatusMessage
