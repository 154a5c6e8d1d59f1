"""What an agency has not yet confirmed: never "everything after offset n", so nothing can be skipped by a slow commit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.conditions import is_in_inbox, is_of
from hub.store.tables import delivery, envelope


async def waiting(conn: AsyncConnection, codes: Sequence[str], kind: str | None, limit: int) -> list[dict[str, Any]]:
    """The items of the inbox of an agency, by all its codes; the most urgent first, then the oldest."""
    query = (
        select(
            delivery.c.id.label("delivery_id"),
            delivery.c.envelope_id,
            delivery.c.kind,
            envelope.c.kind.label("envelope_kind"),
            envelope.c.document_id,
            delivery.c.sender,
            envelope.c.code,
            envelope.c.subject,
            envelope.c.priority,
            delivery.c.available_at,
            delivery.c.state,
            envelope.c.size,
            envelope.c.sha256,
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(is_of(conn, delivery.c.recipient, codes), is_in_inbox())
        .order_by(delivery.c.rank, delivery.c.created_at, delivery.c.id)
        .limit(limit)
    )
    if kind:
        query = query.where(delivery.c.kind == kind)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def item(conn: AsyncConnection, delivery_id: str, codes: Sequence[str]) -> dict[str, Any] | None:
    """One delivery to an agency, by any of its codes, with what its download needs; None when it is not this agency's."""
    query = (
        select(
            delivery.c.id,
            delivery.c.envelope_id,
            delivery.c.kind,
            delivery.c.recipient,
            delivery.c.state,
            envelope.c.size,
            envelope.c.sha256,
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(delivery.c.id == delivery_id, is_of(conn, delivery.c.recipient, codes))
    )
    row = (await conn.execute(query)).mappings().first()
    return dict(row) if row else None
