"""What a recall or a take-back does to deliveries, in the transaction that accepts it or the answer to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import Event, State, sources
from hub.domain.report import WITHDRAWN
from hub.store.database import Database
from hub.store.road import deliveries
from hub.store.sql import among
from hub.store.tables import delivery


async def withdraw(
    database: Database, conn: AsyncConnection, document: str, recipients: Sequence[str], now: datetime, reason: str
) -> list[str]:
    """A recall reaches a document nobody collected yet: it leaves the inboxes. Answers the recipients concerned."""
    result = await conn.execute(
        update(delivery)
        .where(
            delivery.c.envelope_id == document,
            among(conn, delivery.c.recipient, recipients),
            delivery.c.state.in_(sources(Event.WITHDRAWN)),
        )
        .values(
            state=State.WITHDRAWN,
            version=delivery.c.version + 1,
            next_attempt_at=None,
            reason=reason,
        )
        .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
    )
    moved = result.all()
    await deliveries.tell(database, conn, moved, now, "withdrawn", reason)
    return [row.recipient for row in moved]


async def answer_for(conn: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    """The hub answers a recall for agencies that never had the document: their delivery of the recall is settled."""
    if not ids:
        return
    await conn.execute(
        update(delivery)
        .where(among(conn, delivery.c.id, ids))
        .values(
            state=State.CONFIRMED,
            version=delivery.c.version + 1,
            next_attempt_at=None,
            confirmed_at=now,
            result="done",
            report_code="15",
            report_at=now,
            report_description="Trục đã thu hồi trước khi bên nhận lấy văn bản.",
        )
    )


async def give_back(database: Database, conn: AsyncConnection, ids: Sequence[str], now: datetime, reason: str) -> None:
    """The recipients agreed to give these documents back: what is still in an inbox leaves it, the rest is closed."""
    if not ids:
        return
    gone = update(delivery).where(among(conn, delivery.c.id, ids))
    await conn.execute(gone.values(progress=WITHDRAWN, version=delivery.c.version + 1))
    result = await conn.execute(
        gone.where(delivery.c.state.in_(sources(Event.GIVEN_BACK)))
        .values(state=State.WITHDRAWN, version=delivery.c.version + 1, next_attempt_at=None, reason=reason)
        .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
    )
    await deliveries.tell(database, conn, result.all(), now, "withdrawn", reason)
