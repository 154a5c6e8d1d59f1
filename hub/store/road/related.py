"""Documents that belong together, seen from either: what one is about, and what came later about it."""

from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Text, exists, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.store.sight import seen
from hub.store.tables import delivery, envelope

_CHANGING: Final = ("recall", "update", "replace")


async def later(conn: AsyncConnection, row: dict[str, Any], sight: Sight | None, limit: int) -> list[dict[str, Any]]:
    """Recalls, updates and replacements that name this document, the newest first: of its sender's, few as they are."""
    named = type_coerce(envelope.c.facts, Text).contains(orjson.dumps(row["document_id"]).decode(), autoescape=True)
    query = (
        select(envelope.c.id, envelope.c.kind, envelope.c.code, envelope.c.subject, envelope.c.received_at)
        .where(
            envelope.c.sender == row["sender"],
            envelope.c.kind.in_(_CHANGING),
            envelope.c.received_at >= row["received_at"],
            envelope.c.id != row["id"],
            named,
            *_in_sight(sight),
        )
        .order_by(envelope.c.received_at.desc())
        .limit(limit)
    )
    return [dict(found) for found in (await conn.execute(query)).mappings()]


def _in_sight(sight: Sight | None) -> list[ColumnElement[bool]]:
    if not sight:
        return []
    sent, received = seen(sight, envelope.c.sender, delivery.c.recipient)
    return [or_(sent, exists().where(delivery.c.envelope_id == envelope.c.id, received))]
