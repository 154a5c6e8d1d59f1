"""Whom an envelope is for: its recipients as written, the members of the groups it names, whom an update adds."""

from collections.abc import Iterable
from datetime import date, datetime

from hub.accept.considered import Tools
from hub.domain import deadline
from hub.domain.agency import Agency, code_key
from hub.domain.envelope import Address, Envelope, Kind
from hub.domain.routing import SUCCESSIONS_AT_MOST, Plan, plan
from hub.findings import Finding, finding
from hub.store.directory import groups

_TO = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To"
_NAMED_AT_MOST = 5  # members a warning names


async def route(tools: Tools, caller: Agency, envelope: Envelope, now: datetime, *, lenient: bool) -> Plan:
    """Plan the deliveries; more recipients than one envelope may have are an error of the plan, which has no targets then."""
    today = now.astimezone(deadline.LOCAL).date()
    addresses = (*envelope.recipients, *added(envelope))
    if too_many := _too_many(tools, len(addresses)):
        return Plan(errors=[too_many])
    known = await _known(tools, (address.code for address in addresses), today)
    unknown = [address.code for address in addresses if known.get(address.code) is None]
    members: dict[str, str] = {}
    remarks: list[Finding] = []
    if unknown and (found := await _members(tools, unknown, today)):
        addresses, members, remarks, more = await _expanded(tools, addresses, found, known, today)
        known |= more
        if too_many := _too_many(tools, len(addresses)):
            return Plan(errors=[too_many])
        unknown = [address.code for address in addresses if known.get(address.code) is None]
    candidates = await tools.directory.candidates(unknown) if unknown else {}
    result = plan(addresses, caller, known, today, lenient=lenient, candidates=candidates)
    if remarks:
        result.targets = [
            target._replace(addressed_as=members.get(target.addressed_as, target.addressed_as))
            for target in result.targets
        ]
        result.errors += [found for found in remarks if found.code == "group-empty"]
        result.warnings += [found for found in remarks if found.code != "group-empty"]
    return result


def added(envelope: Envelope) -> list[Address]:
    """Give the recipients that an update adds in its ReceiverList and does not write in To."""
    if envelope.kind is not Kind.UPDATE:
        return []
    there = {code_key(address.code) for address in envelope.recipients}
    return [Address(code) for code, is_added in envelope.receiver_changes if is_added and code_key(code) not in there]


async def removed(tools: Tools, envelope: Envelope) -> tuple[list[Agency], list[Finding]]:
    """Give the agencies that an update takes off the list, and a warning for each nobody knows."""
    if envelope.kind is not Kind.UPDATE:
        return [], []
    codes = [code for code, is_added in envelope.receiver_changes if not is_added]
    known = await tools.directory.resolve(codes)
    heirs = await tools.directory.heirs(agency.code for agency in known.values() if agency)
    living = await tools.directory.resolve(set(heirs.values()))
    path = "edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList/Bussiness/BussinessDocumentInfo/ReceiverList"
    warnings = [finding("receiver-unknown", path, agency=code) for code in codes if known[code] is None]
    return [agency for agency in living.values() if agency], warnings


async def _known(tools: Tools, codes: Iterable[str], today: date) -> dict[str, Agency | None]:
    known: dict[str, Agency | None] = {}
    wanted = set(codes)
    for _ in range(SUCCESSIONS_AT_MOST):
        known |= await tools.directory.resolve(wanted)
        wanted = {
            code
            for agency in known.values()
            if agency and agency.is_closed(today)
            for code in agency.successors
            if code not in known
        }
        if not wanted:
            break
    return known


async def _members(tools: Tools, codes: Iterable[str], today: date) -> dict[str, list[str]]:
    """Members of those of these codes that are groups: one statement, however many members there are."""
    keys = {code: code_key(code) for code in codes}
    async with tools.database.read() as conn:
        found = await groups.expand(conn, set(keys.values()), today)
    return {code: found[key] for code, key in keys.items() if key in found}


async def _expanded(
    tools: Tools,
    addresses: tuple[Address, ...],
    found: dict[str, list[str]],
    known: dict[str, Agency | None],
    today: date,
) -> tuple[tuple[Address, ...], dict[str, str], list[Finding], dict[str, Agency | None]]:
    """Put members in the place of their groups; each agency once, those written by themselves before members."""
    more = await _known(tools, (code for codes in found.values() for code in codes), today)
    heirs = await tools.directory.heirs(more)
    everything = {**known, **more}
    written = {agency.code for address in addresses if (agency := known.get(address.code))}
    plain = [address for address in addresses if address.code not in found]
    members: dict[str, str] = {}
    remarks: list[Finding] = []
    for address in dict.fromkeys(address for address in addresses if address.code in found):
        own = [code for code in found[address.code] if code not in written]
        living = [code for code in own if (agency := everything.get(heirs[code])) and not agency.is_closed(today)]
        left_out = [code for code in own if code not in living]
        if not found[address.code]:
            remarks.append(finding("group-empty", f"{_TO}/OrganId", address.line, group=address.code, day=today))
            continue
        remarks.append(
            finding("group-expanded", f"{_TO}/OrganId", address.line, group=address.code, count=len(living), day=today)
        )
        if left_out:
            named = ", ".join(left_out[:_NAMED_AT_MOST])
            remarks.append(
                finding(
                    "group-member-skipped",
                    f"{_TO}/OrganId",
                    address.line,
                    group=address.code,
                    count=len(left_out),
                    agencies=named,
                )
            )
        for code in living:
            if code not in members and heirs[code] not in written:
                members[code] = address.code
                written.add(heirs[code])
                plain.append(_member(address, code))
    return tuple(plain), members, remarks, more


def _member(address: Address, code: str) -> Address:
    """Give the address of a member that stands where its group was written."""
    return address._replace(code=code, name="")


def _too_many(tools: Tools, count: int) -> Finding | None:
    limit = tools.settings.max_recipients
    return finding("too-many-recipients", _TO, found=count, limit=limit) if count > limit else None
