"""Who sends, who receives, whom to ask: the parts that documents and status messages share."""

from typing import Final

from lxml import etree

from hub.domain.agency import CODE_AT_MOST
from hub.domain.envelope import Address, Staff
from hub.xml.faults import Faults
from hub.xml.fields import Group, vocabulary

CODE_TEXT_AT_MOST: Final = 200  # characters a code may have and still be looked up and named in an answer
_ORGANIZATION: Final = vocabulary(
    "OrganId OrganizationInCharge OrganName OrganAdd Email Telephone Fax Website DepartmentId"
)
_STAFF: Final = vocabulary("Department DepartmentId Staff StaffId Email Mobile")


def read_address(element: etree._Element, faults: Faults) -> Address:
    """Read an Organization (From or To): the code must be there, the rest is for people."""
    group = Group(element, _ORGANIZATION, faults)
    code = group.required("OrganId", CODE_AT_MOST, CODE_TEXT_AT_MOST)
    written = group.one("OrganId")
    if code and written is not None and written.text != code:  # white space around it, which was taken off
        faults.warn("code-normalised", written, found=written.text, agency=code)
    return Address(code, group.text("OrganName", 200), element.sourceline)


def read_staff(group: Group) -> Staff:
    """Read the StaffInfo inside `group`; empty when there is none."""
    staff = group.group("StaffInfo", _STAFF)
    if staff is None:
        return Staff()
    return Staff(
        staff.text("Staff", 255), staff.text("Department", 255), staff.text("Email", 100), staff.text("Mobile", 50)
    )
