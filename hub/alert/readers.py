"""Who reads of which alerts: contact officers of the agency and of its parent, the operators, the Government Office."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.domain.addresses import is_address
from hub.domain.alert import OPERATORS_TOO, Step

if TYPE_CHECKING:
    from hub.settings import Settings


@dataclass(slots=True)
class Reader:
    """One address with all it is to hear, each alert once, in the order in which they came."""

    address: str
    title: str
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)


def readers(rows: Sequence[Mapping[str, Any]], settings: "Settings") -> list[Reader]:
    """The readers of some alerts. Rows: an alert with agency_name, contact, parent_name and parent_contact."""
    found: dict[str, Reader] = {}
    for row in rows:
        for address, title in _told(row, settings):
            found.setdefault(address, Reader(address, title)).alerts.setdefault(str(row["id"]), dict(row))
    return list(found.values())


def _told(row: Mapping[str, Any], settings: "Settings") -> Iterator[tuple[str, str]]:
    step = row["step"]
    own = _address(row["contact"])
    if own and row["starts_at"] == Step.AGENCY:
        yield own, row["agency_name"] or row["agency"]
    parent = _address(row["parent_contact"])
    if parent and step >= Step.PARENT and row["starts_at"] <= Step.PARENT:
        yield parent, row["parent_name"] or row["parent"]
    is_for_all = row["kind"] in OPERATORS_TOO
    if (
        step >= Step.OPERATORS or is_for_all or not own
    ):  # nobody to tell at the agency: then it is for the operators at once
        yield from ((address, "Đơn vị vận hành trục") for address in addresses(settings.mail_operators))
    if step >= Step.GOVERNMENT:
        yield from ((address, "Văn phòng Chính phủ") for address in addresses(settings.mail_government))


def addresses(written: str) -> list[str]:
    """The addresses of a setting."""
    return [part.strip() for part in written.split(",") if part.strip()]


def _address(contact: Mapping[str, str] | None) -> str:
    """Of a contact: anybody's software may have entered it, of a gateway's unit above all, and it need not be one."""
    written = (contact or {}).get("email", "").strip()
    return written if is_address(written) else ""
