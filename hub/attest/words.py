"""What the hub signs, besides the receipt of an accepted envelope: no, delivered, answered, and so many leaves."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.domain.ids import delivery_id
from hub.trust.seal import ATTESTED, HEAD, REFUSED, Seal


def refusal(  # noqa: PLR0913 - the facts of one refusal
    seal: Seal,
    identity: str,
    agency: str,
    status: int,
    codes: Sequence[str],
    sha256: str | None,
    now: datetime,
) -> str:
    """The receipt of a refusal. `sha256` of the bytes; None when they were not read to their end."""
    claims = {
        "id": identity,
        "refused": agency,
        "status": status,
        "codes": list(codes),
        "sha256": sha256,
        "refused_at": now.astimezone(UTC).isoformat(),
    }
    return seal.sign(claims, REFUSED)


def attested(seal: Seal, event: Mapping[str, Any], envelope: Mapping[str, Any]) -> str:
    """The receipt of what became of a delivery: all of it facts on record, none of them of this moment."""
    claims = {
        "event": event["seq"],
        "what": event["what"],
        "at": event["at"].astimezone(UTC).isoformat(),
        "code": event["code"],
        "detail": event["detail"],
        "delivery_id": delivery_id(event["envelope_id"], event["recipient"]),
        "recipient": event["recipient"],
        "envelope_id": envelope["id"],
        "document_id": envelope["document_id"],
        "sender": envelope["sender"],
        "sha256": envelope["sha256"],
    }
    return seal.sign(claims, ATTESTED)


def head(seal: Seal, size: int, root: bytes, now: datetime) -> str:
    """A signed head: the log's first `size` leaves have this root."""
    return seal.sign({"size": size, "root": root.hex(), "at": now.astimezone(UTC).isoformat()}, HEAD)
