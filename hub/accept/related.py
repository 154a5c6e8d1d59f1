"""What an envelope is about: the documents it recalls, updates, replaces or answers, and whether its sender may."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.accept import addressing
from hub.accept.considered import Tools
from hub.accept.row import notice
from hub.domain.agency import Agency
from hub.domain.change import Asking, Change
from hub.domain.envelope import Envelope, Kind
from hub.domain.routing import Plan
from hub.findings import Finding, finding
from hub.store.road import envelopes
from hub.store.road.accepting import NewEnvelope

_BUSINESS = "edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList/Bussiness"
_RESPONSE = "response"


@dataclass(slots=True)
class Related:
    """What is asked of whom, what is linked with what, and what speaks against it."""

    asks: tuple[Asking, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    notices: tuple[NewEnvelope, ...] = ()
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


async def related(tools: Tools, caller: Agency, envelope: Envelope, routed: Plan, now: datetime) -> Related:
    """Find the documents. Another agency's are refused, unless the caller succeeded it."""
    answers = await _answered(tools, caller, envelope) if envelope.answers else ()
    if envelope.kind is Kind.NEW:
        return Related(relations=answers)
    named = dict.fromkeys((*envelope.concerns, *(r.document_id for r in envelope.replacements)))
    names = [name for name in named if name] or [envelope.document_id]
    async with tools.database.read() as conn:
        found = await envelopes.carried(conn, names)
    heirs = await tools.directory.heirs({row["sender"] for row in found} - {*caller.codes})
    mine = [row for row in found if heirs.get(row["sender"], row["sender"]) in caller.codes]
    known = {row["document_id"] for row in mine}
    foreign = {row["document_id"] for row in found} - known
    errors = [finding("not-yours", _BUSINESS, document=name) for name in names if name in foreign]
    warnings = [
        finding("unknown-related-document", _BUSINESS, document=name)
        for name in names
        if name not in known and name not in foreign
    ]
    result = Related(errors=errors, warnings=warnings)
    result.asks = tuple(await _asks(tools, envelope, mine, routed, result))
    result.relations = (*((row["id"], envelope.kind.value) for row in mine), *answers)
    if envelope.kind is Kind.UPDATE:
        await _take_off(tools, caller, envelope, mine, routed, result, now)
    return result


async def _asks(
    tools: Tools, envelope: Envelope, mine: Sequence[dict[str, Any]], routed: Plan, result: Related
) -> list[Asking]:
    """What is asked of everybody addressed; a replacement may ask some of them about some documents only."""
    if envelope.kind is Kind.RECALL:  # with a document go its updates
        return [Asking(Change.RECALL, row["id"], row["sender"]) for row in mine]
    whole = [row for row in mine if row["kind"] != Kind.UPDATE.value] or list(mine)
    if envelope.kind is Kind.UPDATE:
        return [Asking(Change.UPDATE, row["id"], row["sender"]) for row in whole]
    for_whom = await _for_whom(tools, envelope, routed, result)
    return [Asking(Change.REPLACE, row["id"], row["sender"], for_whom.get(row["document_id"])) for row in whole]


async def _for_whom(tools: Tools, envelope: Envelope, routed: Plan, result: Related) -> dict[str, tuple[str, ...]]:
    """For each document that is replaced for some recipients only: their codes."""
    addressed = {target.recipient for target in routed.targets if target.agency}
    found: dict[str, tuple[str, ...]] = {}
    for one in envelope.replacements:
        if not one.recipients:
            continue
        known = await tools.directory.resolve(one.recipients)
        own = {written: agency.code if agency else written for written, agency in known.items()}
        heirs = await tools.directory.heirs(own.values())
        path = f"{_BUSINESS}/ReplacementInfoList"
        result.warnings += [
            finding("replaced-not-addressed", path, agency=written, document=one.document_id)
            for written, code in own.items()
            if heirs[code] not in addressed
        ]
        reached = (each for code in own.values() if heirs[code] in addressed for each in (code, heirs[code]))
        found[one.document_id] = tuple(dict.fromkeys((*found.get(one.document_id, ()), *reached)))
    return found


async def _take_off(  # noqa: PLR0913
    tools: Tools,
    caller: Agency,
    envelope: Envelope,
    mine: Iterable[dict[str, Any]],
    routed: Plan,
    result: Related,
    now: datetime,
) -> None:
    """Ask the document back of whom the update takes off the list: never with the new content, unless it is in To."""
    off, warnings = await addressing.removed(tools, envelope)
    result.warnings += warnings
    if not off:
        return
    codes = tuple(agency.code for agency in off)
    addressed = {target.recipient for target in routed.targets}
    staying = tuple(code for target in routed.targets for code in _codes(target) if target.recipient not in codes)
    result.asks = (
        *(Asking(ask.kind, ask.document, ask.sender, staying) for ask in result.asks),
        *(Asking(Change.REMOVAL, row["id"], row["sender"], codes) for row in mine),
    )
    result.notices = tuple(
        notice(tools, caller, envelope, agency, now) for agency in off if agency.code not in addressed
    )


def _codes(target: Any) -> tuple[str, ...]:
    """Give both codes of a recipient: the document may have gone to the one that is closed now."""
    return tuple(dict.fromkeys((target.recipient, target.addressed_as)))


async def _answered(tools: Tools, caller: Agency, envelope: Envelope) -> tuple[tuple[str, str], ...]:
    """Give the documents that ResponseFor names, as far as the sender was a party to them: others are none of its business."""
    names = [answer.document_id for answer in envelope.answers if answer.document_id]
    if not names:
        return ()
    known = await tools.directory.resolve({answer.sender for answer in envelope.answers if answer.sender})
    senders = {
        answer.document_id: agency.code
        for answer in envelope.answers
        if answer.sender and (agency := known[answer.sender])
    }
    async with tools.database.read() as conn:
        found = await envelopes.carried_to(conn, names, caller.codes)
    return tuple(
        (row["id"], _RESPONSE) for row in found if senders.get(row["document_id"], row["sender"]) == row["sender"]
    )
