"""A status message: From reports, by StatusCode, about the document that ResponseFor names; there is no To.

Reports are taken leniently: a report that is odd is better than none. What makes one unreadable is the lack of its
sender, its addressee, its code, or anything to tell the document by.
"""

import re
from dataclasses import replace
from typing import Final

from hub.domain.envelope import Address, StatusMessage
from hub.xml.fields import Group, vocabulary
from hub.xml.header import DOCUMENT_ID_AT_MOST, RESPONSE_FOR, read_sender
from hub.xml.organizations import CODE_TEXT_AT_MOST, read_staff
from hub.xml.values import is_time

STATUS_HEADER: Final = vocabulary("From ResponseFor StaffInfo StatusCode Description Timestamp")
_CODE: Final = re.compile(r"[0-9]{1,3}")


def read_status(group: Group) -> StatusMessage:
    """Read the MessageHeader of a status message."""
    message = StatusMessage(
        sender=read_sender(group),
        addressee=Address(""),
        document_id="",
        document_code="",
        promulgated_on=None,
        code=_read_code(group),
        description=group.text("Description", 1000),
        staff=read_staff(group),
        stated_at=group.wanted("Timestamp"),
    )
    stamp = group.one("Timestamp")
    if stamp is not None and message.stated_at and not is_time(message.stated_at):
        group.faults.warn("timestamp-ignored", stamp, found=message.stated_at)
    answered = group.group("ResponseFor", RESPONSE_FOR, required=True)
    return message if answered is None else _with_document(message, answered)


def _with_document(message: StatusMessage, answered: Group) -> StatusMessage:
    code = answered.required("OrganId", 35, CODE_TEXT_AT_MOST)
    document_id = answered.text("DocumentId", DOCUMENT_ID_AT_MOST, DOCUMENT_ID_AT_MOST)
    document_code = answered.text("Code", 300, 500)
    if not document_id and not document_code:
        answered.faults.refuse("missing-element", answered.element, "DocumentId")
    return replace(
        message,
        addressee=Address(code, line=answered.element.sourceline),
        document_id=document_id,
        document_code=document_code,
        promulgated_on=answered.date("PromulgationDate"),
    )


def _read_code(group: Group) -> str:
    """Read the status code in two digits: some systems write 1 for 01, and 0 or 999 of their own making."""
    written = group.required("StatusCode")
    element = group.one("StatusCode")
    if element is None or not written:
        return ""
    if not _CODE.fullmatch(written):
        group.faults.refuse("unknown-status-code", element, found=written)
        return ""
    code = f"{int(written):02d}"
    if code != written:
        group.faults.warn("status-code-normalised", element, found=written, read=code)
    return code
