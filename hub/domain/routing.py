"""Where an envelope goes, and why: addresses as written + what the directory says = one target per agency.

surface: a recipient closed with exactly one successor is served there with a warning; unknown or ambiguous ones refuse
the envelope, each named with its candidates, unless the caller asked for leniency: then each is a dead delivery with
its reason. The same agency under two codes gets one delivery.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from hub.domain.agency import Agency, code_key
from hub.domain.envelope import Address
from hub.findings import Finding, finding

SUCCESSIONS_AT_MOST: Final = 8  # closed -> successor -> successor …; more than this is a loop in the directory
_CAUSE_AT_MOST: Final = 500


class Target(NamedTuple):
    """One agency that gets the envelope. `reason` is set when it cannot: then the delivery is dead from the start."""

    recipient: str  # canonical code, or the code as written where there is no agency
    addressed_as: str
    agency: Agency | None = None
    reason: str = ""


@dataclass(slots=True)
class Plan:
    """The targets, what refuses the envelope, and what is only worth a warning."""

    targets: list[Target] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


def plan(
    addresses: Iterable[Address],
    sender: Agency,
    directory: Mapping[str, Agency | None],
    today: date,
    *,
    lenient: bool = False,
    candidates: Mapping[str, tuple[str, ...]] | None = None,
) -> Plan:
    """Decide the targets. `directory` maps each written code (and each successor's code) to its agency or None."""
    result = Plan()
    seen: dict[str, str] = {}
    for number, address in enumerate(addresses, start=1):
        agency = directory.get(address.code)
        if agency and _is_plain(agency, address.code, sender, today) and agency.code not in seen:
            seen[agency.code] = agency.code
            result.targets.append(Target(agency.code, agency.code, agency))
            continue
        path = f"edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To[{number}]/OrganId"
        named = agency
        agency, problem = _standing(named, address, path, directory, today, candidates or {})
        if problem:
            if lenient:
                reason = f"{problem.code}: {problem.message[0]}"[:_CAUSE_AT_MOST]
                recipient = (named.code if named else address.code)[:35]
                if recipient not in seen:
                    seen[recipient] = address.code
                    result.targets.append(Target(recipient, address.code, None, reason))
            else:
                result.errors.append(problem)
            continue
        if agency is None:  # pragma: no branch - _standing gives one of the two
            continue
        result.warnings += _remarks(address, path, named, agency, sender)
        if agency.code in seen:
            result.warnings.append(
                finding("duplicate-recipient", path, address.line, found=address.code, agency=seen[agency.code])
            )
            continue
        seen[agency.code] = address.code
        result.targets.append(Target(agency.code, address.code, agency))
    return result


def _is_plain(agency: Agency, written: str, sender: Agency, today: date) -> bool:
    """Whether nothing at all is to be said of this recipient: it is one of thousands, mostly."""
    return agency.code == written != sender.code and agency.is_active(today)


def _standing(
    named: Agency | None,
    address: Address,
    path: str,
    directory: Mapping[str, Agency | None],
    today: date,
    candidates: Mapping[str, tuple[str, ...]],
) -> tuple[Agency | None, Finding | None]:
    if named is None:
        alike = ", ".join(candidates.get(address.code, ())) or "—"
        return None, finding("unknown-recipient", path, address.line, agency=address.code, candidates=alike)
    agency = named
    for _ in range(SUCCESSIONS_AT_MOST):
        if not agency.is_closed(today):
            return (agency, None) if agency.has_begun(today) else (None, _to_come(agency, address, path))
        successor = directory.get(agency.successors[0]) if len(agency.successors) == 1 else None
        if successor is None:
            break
        agency = successor
    return None, finding(
        "recipient-closed",
        path,
        address.line,
        agency=address.code,
        since=agency.valid_to,
        successors=", ".join(agency.successors) or agency.parent or "—",
    )


def _to_come(agency: Agency, address: Address, path: str) -> Finding:
    candidates = agency.continues or agency.parent or "—"
    return finding(
        "recipient-to-come", path, address.line, agency=agency.code, since=agency.valid_from, candidates=candidates
    )


def _remarks(address: Address, path: str, named: Agency | None, agency: Agency, sender: Agency) -> list[Finding]:
    remarks = []
    if named and named.code != agency.code:
        remarks.append(finding("recipient-succeeded", path, address.line, agency=address.code, successor=agency.code))
    else:
        remarks += spelled(address, path, agency)
    if agency.code == sender.code:
        remarks.append(finding("self-addressed", path, address.line))
    if agency.suspended:
        remarks.append(finding("recipient-suspended", path, address.line, agency=agency.code))
    return remarks


def spelled(address: Address, path: str, agency: Agency) -> list[Finding]:
    """Tell of a code of this agency that is not written as the directory writes it: in lower case, full width and so on."""
    codes = (agency.code, *agency.aliases)
    if address.code in codes or code_key(address.code) not in map(code_key, codes):
        return []
    return [finding("code-normalised", path, address.line, found=address.code, agency=agency.code)]


def rank(priority: int) -> int:
    """The lane of a priority: 0 hỏa tốc (timed or not), 1 thượng khẩn, 2 khẩn, 3 thường."""
    return 3 - min(max(priority, 0), 3)
