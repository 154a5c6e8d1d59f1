"""Lists of deliveries with what they are about, the oldest first: what the console's pages of deliveries ask for."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.tables import delivery, envelope

_SHOWN: Final = (
    delivery.c.id,
    delivery.c.envelope_id,
    delivery.c.sender,
    delivery.c.recipient,
    delivery.c.state,
    delivery.c.channel,
    delivery.c.attempts,
    delivery.c.created_at,
    delivery.c.next_attempt_at,
    delivery.c.due_at,
    delivery.c.reason,
    envelope.c.code,
    envelope.c.subject,
    envelope.c.priority,
)


async def page(
    conn: AsyncConnection, conditions: Iterable[ColumnElement[bool]], after: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` deliveries of which all conditions hold, those after a time and an id."""
    query = (
        select(*_SHOWN)
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(*conditions)
        .order_by(delivery.c.created_at, delivery.c.id)
        .limit(limit)
    )
    if after:
        at, identity = literal(after[0], delivery.c.created_at.type), literal(after[1], delivery.c.id.type)
        query = query.where(tuple_(delivery.c.created_at, delivery.c.id) > tuple_(at, identity))
    return [dict(row) for row in (await conn.execute(query)).mappings()]
