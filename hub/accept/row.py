"""What is written of an envelope: its rows, its receipt, and the facts kept for people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256 as hash_bytes
from typing import Any, Final

from hub.accept.considered import Tools
from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.envelope import Address, Attachment, Envelope, Kind, StatusMessage
from hub.domain.ids import delivery_id, new_id
from hub.domain.report import BY_SENDER
from hub.domain.routing import Plan, rank
from hub.domain.trust import Judgement, Verdict
from hub.domain.vietnamese import fold
from hub.findings import Finding
from hub.spool import Body, held
from hub.store.road.accepting import NewDelivery, NewEnvelope
from hub.trust.seal import receipt_claims
from hub.xml.write import write_status

_REMOVED: Final = "Bên gửi đã bỏ cơ quan khỏi danh sách nhận và đề nghị lấy lại văn bản."


def written(  # noqa: PLR0913 - the facts of one envelope
    tools: Tools,
    caller: Agency,
    envelope: Envelope,
    verdict: Verdict,
    warnings: Sequence[Finding],
    routed: Plan,
    body: Body,
    sha256: str,
    now: datetime,
) -> NewEnvelope:
    """Give the rows of an envelope with its receipt, as they are committed."""
    identity = new_id()
    due_at = tools.calendars.receive_by(now, envelope.priority)
    lane = rank(envelope.priority)
    again_at = now + timedelta(seconds=tools.settings.rebell_seconds)
    targets = tuple(
        NewDelivery(
            delivery_id(identity, target.recipient),
            target.recipient,
            target.addressed_as,
            target.agency.level if target.agency else "",
            target.agency.channel if target.agency else "",
            "QUEUED" if target.agency else "DEAD",
            lane,
            again_at if target.agency else None,
            due_at,
            target.reason or None,
        )
        for target in routed.targets
    )
    receipt = tools.seal.sign(
        receipt_claims(
            identity,
            caller.code,
            envelope.document_id,
            envelope.kind,
            sha256,
            len(body),
            now,
            verdict,
            [t.recipient for t in targets if t.state != "DEAD"],
            warnings,
        )
    )
    inline = len(body) <= tools.settings.inline_bytes
    return NewEnvelope(
        id=identity,
        sender=caller.code,
        kind=envelope.kind.value,
        document_id=envelope.document_id,
        code=envelope.code,
        subject=envelope.subject,
        priority=envelope.priority,
        promulgated_on=envelope.promulgated_on,
        sha256=sha256,
        size=len(body),
        received_at=now,
        judgement=verdict.judgement.value,
        reason=verdict.reason,
        signer=verdict.signer,
        facts={**_facts(envelope), "trust": verdict.grounds(tools.directory.version)},
        warnings=[w.shown() for w in warnings],
        receipt=receipt,
        search=fold(f"{envelope.code} {envelope.subject} {envelope.document_id}"),
        body=held(body) if inline else None,
        digest=None if inline else sha256,
        deliveries=targets,
    )


def notice(tools: Tools, caller: Agency, envelope: Envelope, removed: Agency, now: datetime) -> NewEnvelope:
    """Write to who is taken off a document's list that its sender asks it back (13), without the new content."""
    identity = new_id()
    said = StatusMessage(
        sender=Address(caller.code, caller.name),
        addressee=Address(removed.code, removed.name),
        document_id=(envelope.concerns or (envelope.document_id,))[0],
        document_code=envelope.code,
        promulgated_on=envelope.promulgated_on,
        code=BY_SENDER,
        description=_REMOVED,
        staff=envelope.staff,
        stated_at=now.astimezone(deadline.LOCAL).strftime("%Y/%m/%d %H:%M:%S"),
    )
    body = write_status(said).replace(b"?>", f"?><!-- {identity} -->".encode(), 1)
    sha256 = hash_bytes(body).hexdigest()
    verdict = Verdict(Judgement.ABSENT)
    claims = receipt_claims(
        identity, caller.code, said.document_id, Kind.STATUS, sha256, len(body), now, verdict, [removed.code]
    )
    target = NewDelivery(
        delivery_id(identity, removed.code),
        removed.code,
        removed.code,
        removed.level,
        removed.channel,
        "QUEUED",
        3,
        now + timedelta(seconds=tools.settings.rebell_seconds),
        None,
    )
    return NewEnvelope(
        id=identity,
        sender=caller.code,
        kind=Kind.STATUS.value,
        document_id=said.document_id,
        code=said.code,
        subject=said.description,
        priority=0,
        promulgated_on=envelope.promulgated_on,
        sha256=sha256,
        size=len(body),
        received_at=now,
        judgement=verdict.judgement.value,
        reason="",
        signer="",
        facts={},
        warnings=[],
        receipt=tools.seal.sign(claims),
        search="",
        body=body,
        digest=None,
        deliveries=(target,),
    )


def _file(attachment: Attachment) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
    }
    if attachment.found:
        facts["found"] = attachment.found
    if attachment.is_zipped:
        facts["zipped"] = True
    if attachment.is_signed:
        facts["signed"] = True  # `store.inspections` looks for this word
    return facts


def _facts(envelope: Envelope) -> dict[str, Any]:
    facts = {
        "place": envelope.place,
        "type": envelope.type_name,
        "signer": envelope.signer_name,
        "due_on": envelope.due_on,
        "reason": envelope.reason,
        "concerns": list(dict.fromkeys((*envelope.concerns, *(r.document_id for r in envelope.replacements)))),
        "attachments": [_file(a) for a in envelope.attachments],
        "paper": envelope.paper,
        "staff": {
            "name": envelope.staff.name,
            "department": envelope.staff.department,
            "email": envelope.staff.email,
            "mobile": envelope.staff.mobile,
        },
    }
    return {name: value for name, value in facts.items() if value}
