"""Status reports: the row, what it changes on the delivery it is about, and the news for the document's sender."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.change import Asking, Change
from hub.domain.ids import delivery_id
from hub.domain.report import BY_SENDER, Outcome
from hub.store import bell
from hub.store.columns import Instant
from hub.store.database import Database
from hub.store.road import changes, recalls
from hub.store.road.events import Happened, record
from hub.store.tables import delivery, report


@dataclass(frozen=True, slots=True)
class NewReport:
    """One row of `report`. `document_sender` is whose feed hears of it; `by_recipient`: not so for 13."""

    id: str
    envelope_id: str
    delivery_id: str
    document_sender: str
    recipient: str
    sender: str
    addressee: str
    code: str
    description: str
    staff: dict[str, str]
    stated_at: str
    received_at: datetime
    by_recipient: bool


async def keep(
    database: Database, conn: AsyncConnection, new: NewReport, version: int, outcome: Outcome, by: changes.By
) -> bool:
    """Record the report and move the delivery over `version`. False when another report came first: look again.

    What it asks (13) and what it answers is settled with it; `by` is who asks, should it be one that does.
    """
    values: dict[str, Any] = {
        "progress": outcome.progress,
        "pending_change": outcome.pending,
        "pending_since": _since(new.received_at) if outcome.pending else None,
        "version": version + 1,
    }
    if new.by_recipient:
        values |= {
            "report_code": new.code,
            "report_at": new.received_at,
            "report_description": new.description or None,
        }
    moved = await conn.execute(
        update(delivery).where(delivery.c.id == new.delivery_id, delivery.c.version == version).values(**values)
    )
    if not moved.rowcount:
        return False
    await conn.execute(
        insert(report).values(
            id=new.id,
            envelope_id=new.envelope_id,
            delivery_id=new.delivery_id,
            sender=new.sender,
            addressee=new.addressee,
            code=new.code,
            description=new.description,
            staff=new.staff,
            stated_at=new.stated_at,
            received_at=new.received_at,
            flags=list(outcome.flags),
        )
    )
    if new.code == BY_SENDER:
        await _take_back(database, conn, new, by)
    else:
        await changes.answer(database, conn, new.delivery_id, new.code, new.id, new.received_at)
    await record(
        conn,
        [
            Happened(
                new.received_at,
                new.envelope_id,
                new.document_sender,
                "reported",
                new.recipient,
                new.code,
                new.description or None,
            )
        ],
    )
    database.ring(conn, {bell.feed(new.document_sender), bell.OUTBOX})
    return True


async def _take_back(database: Database, conn: AsyncConnection, new: NewReport, by: changes.By) -> None:
    """Ask a document back: one that nobody collected is gone at once, and its recipient is not bothered."""
    asking = Asking(Change.TAKE_BACK, new.envelope_id, new.document_sender)
    opened = await changes.ask(database, conn, by, asking, [new.recipient])
    if new.recipient in opened.gone:
        await recalls.answer_for(conn, [delivery_id(new.id, new.addressee)], new.received_at)
    if new.recipient not in opened.pending:
        await changes.unmark(conn, [new.delivery_id])


def _since(at: datetime) -> ColumnElement[datetime]:
    """When a change began to wait: what is noted already, else now."""
    return func.coalesce(delivery.c.pending_since, literal(at, Instant()))


async def get(conn: AsyncConnection, report_id: str) -> dict[str, Any] | None:
    """One report."""
    row = (await conn.execute(select(report).where(report.c.id == report_id))).mappings().first()
    return dict(row) if row else None
