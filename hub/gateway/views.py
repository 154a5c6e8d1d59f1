"""How rows look in answers. Times are RFC 3339 with offset; nothing of another agency's ever gets in here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub.domain import deadline
from hub.domain.delivery import State, fold
from hub.domain.trust import Verdict
from hub.store.road.accepting import NewEnvelope


def at(moment: datetime | None) -> str | None:
    """A time as answers show it: Vietnam's own, with its offset."""
    return None if moment is None else moment.astimezone(deadline.LOCAL).isoformat()


def receipt(jws: str) -> dict[str, str]:
    """The signed receipt: `truc verify` takes this object, the whole answer, or the bare JWS."""
    return {"format": "jws", "jws": jws}


def accepted(row: NewEnvelope, verdict: Verdict) -> dict[str, Any]:
    """The answer to an envelope just accepted, from what was written."""
    return {
        "id": row.id,
        "document_id": row.document_id,
        "sender": row.sender,
        "kind": row.kind,
        "code": row.code,
        "subject": row.subject,
        "sha256": row.sha256,
        "received_at": at(row.received_at),
        "state": fold([State(state) for state in {d.state for d in row.deliveries}]),
        "signature": {
            "verdict": verdict.judgement.value,
            "reason": verdict.reason or None,
            "signer": verdict.signer or None,
        },
        "deliveries": [
            {
                "id": d.id,
                "recipient": d.recipient,
                "addressed_as": d.addressed_as,
                "level": d.level or None,
                "state": d.state,
                **({"reason": d.reason} if d.reason else {}),
            }
            for d in row.deliveries
        ],
        "warnings": row.warnings,
        "receipt": receipt(row.receipt),
    }


def envelope(row: dict[str, Any], deliveries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An envelope on record, with the deliveries the caller may see."""
    return {
        "id": row["id"],
        "document_id": row["document_id"],
        "sender": row["sender"],
        "kind": row["kind"],
        "code": row["code"],
        "subject": row["subject"],
        "priority": row["priority"],
        "sha256": row["sha256"],
        "size": row["size"],
        "received_at": at(row["received_at"]),
        "state": fold([State(d["state"]) for d in deliveries]),
        "signature": {
            "verdict": row["judgement"],
            "reason": row["reason"] or None,
            "signer": row["signer"] or None,
        },
        "deliveries": [delivery(d) for d in deliveries],
        "warnings": row["warnings"],
        "receipt": receipt(row["receipt"]),
    }


def recheck(row: dict[str, Any]) -> dict[str, Any]:
    """What a second look at the signer's certificate said: waiting, or a verdict."""
    return {"outcome": row["outcome"], "at": at(row["decided_at"]), "detail": row["detail"] or None}


def delivery(row: dict[str, Any]) -> dict[str, Any]:
    """One delivery: transport state, the agency's latest report, and when what happened."""
    business = None
    if row["report_code"]:
        business = {
            "code": row["report_code"],
            "at": at(row["report_at"]),
            "description": row["report_description"],
        }
    return {
        "id": row["id"],
        "recipient": row["recipient"],
        "addressed_as": row["addressed_as"],
        "level": row["level"] or None,
        "state": row["state"],
        "reason": row["reason"],
        "business": business,
        "progress": row["progress"] or None,
        "pending_change": row["pending_change"],
        "attempts": row["attempts"],
        "next_attempt_at": at(row["next_attempt_at"]),
        "available_at": at(row["available_at"]),
        "collected_at": at(row["collected_at"]),
        "confirmed_at": at(row["confirmed_at"]),
        "result": row["result"],
    }


def files(facts: dict[str, Any], inspected: dict[str, Any] | None, *, named: bool) -> list[dict[str, Any]]:
    """The files of a document: as declared, then as found. `named`: whether the caller may read their names."""
    found = inspected["files"] if inspected and inspected["files"] else facts.get("attachments", [])
    is_pending = inspected is not None and inspected["next_at"] is not None
    state = "pending" if is_pending else "done" if inspected and inspected["done_at"] else "not-inspected"
    return [{**file, "name": file["name"] if named else None, "inspection": state} for file in found]


def quarantine(inspected: dict[str, Any]) -> dict[str, Any]:
    """Why a document is, or was, kept from its recipients, and who decided what about it."""
    return {
        "state": inspected["quarantine"],
        "threat": inspected["threat"],
        "since": at(inspected["done_at"]),
        "decided_at": at(inspected["decided_at"]),
        "decided_by": inspected["decided_by"],
        "reason": inspected["decision"],
    }


def event(row: dict[str, Any]) -> dict[str, Any]:
    """One line of a timeline."""
    return {
        "at": at(row["at"]),
        "recipient": row["recipient"],
        "what": row["what"],
        "code": row["code"],
        "detail": row["detail"],
    }


def feed_item(row: dict[str, Any]) -> dict[str, Any]:
    """One line of a sender's feed."""
    return {
        "at": at(row["at"]),
        "envelope_id": row["envelope_id"],
        "document_id": row["document_id"],
        "recipient": row["recipient"],
        "what": row["what"],
        "code": row["code"],
        "description": row["detail"],
    }


def inbox_item(row: dict[str, Any]) -> dict[str, Any]:
    """One item of an inbox."""
    return {
        "delivery_id": row["delivery_id"],
        "envelope_id": row["envelope_id"],
        "kind": row["kind"],
        "envelope_kind": row["envelope_kind"],
        "document_id": row["document_id"],
        "sender": row["sender"],
        "code": row["code"],
        "subject": row["subject"],
        "priority": row["priority"],
        "available_at": at(row["available_at"]),
        "state": row["state"],
        "size": row["size"],
        "sha256": row["sha256"],
    }
