"""Receipts of refusals and of what became of deliveries; and the public keys they are checked with."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.ids import delivery_id
from hub.store.sql import among, insert_or
from hub.store.tables import delivery_receipt, envelope, event, hub_key, refusal

ATTESTED: Final = ("delivered", "collected", "confirmed", "failed", "reported")
"""The events of a delivery that get a receipt of their own: what its recipient, or the recipient's system, did."""
Sign = Callable[[Mapping[str, Any], Mapping[str, Any]], str]
"""(event, envelope) -> the signed receipt."""


async def keep_refusal(conn: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep what a caller was refused."""
    await conn.execute(insert(refusal).values(**row))


async def attest(conn: AsyncConnection, events: Sequence[Mapping[str, Any]], sign: Sign) -> list[dict[str, Any]]:
    """The receipts of these events, each signed the first time it is asked for. Events that get none are left out."""
    wanted = {e["seq"]: e for e in events if e["what"] in ATTESTED and e["recipient"]}
    known = await _kept(conn, list(wanted))
    missing = [e for seq, e in wanted.items() if seq not in known]
    if missing:
        documents = await _documents(conn, {e["envelope_id"] for e in missing})
        rows = [
            {
                "event": e["seq"],
                "delivery_id": delivery_id(e["envelope_id"], e["recipient"]),
                "what": e["what"],
                "receipt": sign(e, documents[e["envelope_id"]]),
            }
            for e in missing
            if e["envelope_id"] in documents
        ]
        if rows:
            new = insert_or(conn, delivery_receipt)
            await conn.execute(new.on_conflict_do_nothing(), rows)  # whoever was first signed it
            known |= await _kept(conn, [row["event"] for row in rows])
    return [known[seq] for seq in wanted if seq in known]


async def of_envelope(
    conn: AsyncConnection, envelope_id: str, recipients: Collection[str], sign: Sign
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Everything attested of an envelope's deliveries to these, oldest first: each event with its receipt's row."""
    query = (
        select(event)
        .where(
            event.c.envelope_id == envelope_id, event.c.what.in_(ATTESTED), among(conn, event.c.recipient, recipients)
        )
        .order_by(event.c.seq)
    )
    happened = {row["seq"]: dict(row) for row in (await conn.execute(query)).mappings()}
    made = await attest(conn, list(happened.values()), sign)
    return [(happened[row["event"]], row) for row in made]


async def _kept(conn: AsyncConnection, seqs: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not seqs:
        return {}
    query = select(delivery_receipt).where(delivery_receipt.c.event.in_(seqs)).order_by(delivery_receipt.c.event)
    return {row["event"]: dict(row) for row in (await conn.execute(query)).mappings()}


async def _documents(conn: AsyncConnection, ids: set[str]) -> dict[str, dict[str, Any]]:
    columns = (envelope.c.id, envelope.c.document_id, envelope.c.sender, envelope.c.sha256)
    found = await conn.execute(select(*columns).where(among(conn, envelope.c.id, sorted(ids))))
    return {row["id"]: dict(row) for row in found.mappings()}


async def introduce(conn: AsyncConnection, kid: str, jwk: Mapping[str, Any], now: datetime) -> bool:
    """Publish a key for good; False when it is published already."""
    if (await conn.execute(select(hub_key.c.kid).where(hub_key.c.kid == kid))).first():
        return False
    await conn.execute(insert(hub_key).values(kid=kid, jwk=dict(jwk), since=now))
    return True


async def keys(conn: AsyncConnection) -> list[dict[str, Any]]:
    """Every key that was ever published, the newest first."""
    return [dict(row.jwk) for row in await conn.execute(select(hub_key.c.jwk).order_by(hub_key.c.since.desc()))]
