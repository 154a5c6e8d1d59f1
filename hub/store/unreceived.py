"""Which documents nobody has collected: the question the Government Office asks most."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import UNCOLLECTED
from hub.store.tables import agency, delivery, envelope


async def find(  # noqa: PLR0913
    conn: AsyncConnection,
    now: datetime,
    *,
    created_before: datetime | None,
    level: str | None,
    recipient: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Documents not collected: past their own deadline, or created before a moment; oldest first."""
    query = (
        select(
            delivery.c.id,
            delivery.c.recipient,
            delivery.c.sender,
            delivery.c.envelope_id,
            delivery.c.level,
            delivery.c.state,
            delivery.c.created_at,
            delivery.c.due_at,
            envelope.c.document_id,
            envelope.c.code,
            envelope.c.subject,
            envelope.c.priority,
            agency.c.contact,
            agency.c.name.label("recipient_name"),
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .join(agency, agency.c.code == delivery.c.recipient, isouter=True)
        .where(delivery.c.state.in_([s.value for s in UNCOLLECTED]), delivery.c.kind == "document")
        .order_by(delivery.c.created_at, delivery.c.id)
        .limit(limit)
    )
    query = query.where(delivery.c.created_at <= created_before if created_before else delivery.c.due_at <= now)
    if level:
        query = query.where(delivery.c.level == level)
    if recipient:
        query = query.where(delivery.c.recipient == recipient)
    if after:
        query = query.where(
            or_(
                delivery.c.created_at > after[0],
                and_(delivery.c.created_at == after[0], delivery.c.id > after[1]),
            )
        )
    return [dict(row) for row in (await conn.execute(query)).mappings()]
