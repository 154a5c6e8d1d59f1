"""The ledger as it is read: pages of it, sums, and the rows that do not balance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Uuid, case, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.columns import Instant
from hub.store.tables import envelope, ledger, ledger_place

SENT, RECEIVED = "sent", "received"
_FIGURES: Final = ("envelopes", "accepted", "carried", "pending", "dead")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the ledger: one side, perhaps one agency, and a span of time (`since` within, `before` without)."""

    side: str = SENT
    agency: str | None = None
    since: datetime | None = None
    before: datetime | None = None

    def conditions(self) -> Iterable[ColumnElement[bool]]:
        """As SQL."""
        yield ledger.c.side == self.side
        if self.agency:
            yield ledger.c.agency == self.agency
        if self.since:
            yield ledger.c.hour >= self.since
        if self.before:
            yield ledger.c.hour < self.before


async def page(
    conn: AsyncConnection, wanted: Wanted, after: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Rows by hour and agency, with what was `delivered`."""
    query = (
        select(ledger, (ledger.c.carried - ledger.c.pending - ledger.c.dead).label("delivered"))
        .where(*wanted.conditions())
        .order_by(ledger.c.hour, ledger.c.agency)
        .limit(limit)
    )
    if after:
        query = query.where(
            tuple_(ledger.c.hour, ledger.c.agency) > tuple_(literal(after[0], Instant), literal(after[1]))
        )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def totals(conn: AsyncConnection, wanted: Wanted) -> dict[str, int]:
    """The sums of all the rows that `page` would show, and how many of them do not balance."""
    sums = [func.coalesce(func.sum(ledger.c[name]), 0).label(name) for name in _FIGURES]
    odd = func.count(case((ledger.c.accepted != ledger.c.carried, 1))).label("unbalanced")
    row = (await conn.execute(select(*sums, odd).where(*wanted.conditions()))).mappings().one()
    whole = {name: int(value) for name, value in row.items()}
    return whole | {"delivered": whole["carried"] - whole["pending"] - whole["dead"]}


async def open_sums(conn: AsyncConnection) -> dict[str, int]:
    """What is pending and dead in all, and how many rows do not balance; each by a partial index."""
    stale = or_(ledger.c.pending > 0, ledger.c.dead > 0)
    sums = [func.coalesce(func.sum(ledger.c[name]), 0) for name in ("pending", "dead")]
    pending, dead = (await conn.execute(select(*sums).where(stale, ledger.c.side == SENT))).one()
    return {"pending": int(pending), "dead": int(dead), "unbalanced": len(await unbalanced(conn))}


async def unbalanced(conn: AsyncConnection, most: int = 1000) -> list[dict[str, Any]]:
    """Rows in which a receipt promises what no delivery carries, or the other way round; oldest first."""
    query = select(ledger).where(ledger.c.accepted != ledger.c.carried).order_by(ledger.c.hour).limit(most)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def kept_until(conn: AsyncConnection) -> datetime | None:
    """The latest envelope in the ledger; None before the first."""
    at = (await conn.execute(select(ledger_place.c.received_at))).scalar()
    return at if at and at.year > 1970 else None  # noqa: PLR2004 - where an empty ledger begins


async def behind(conn: AsyncConnection, now: datetime) -> float:
    """How old the oldest envelope is that the ledger does not hold yet, in seconds; 0 when it holds them all."""
    place = (await conn.execute(select(ledger_place))).mappings().first()
    query = select(func.min(envelope.c.received_at))
    if place:
        known = tuple_(literal(place["received_at"], Instant), literal(place["envelope_id"], Uuid(as_uuid=False)))
        query = select(envelope.c.received_at).where(
            envelope.c.received_at >= place["received_at"], tuple_(envelope.c.received_at, envelope.c.id) > known
        )
        query = query.order_by(envelope.c.received_at, envelope.c.id).limit(1)
    oldest = (await conn.execute(query)).scalar()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
