"""What waits for something to come back: notes, endpoints left alone, deliveries nobody takes up. Each by an index."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import State
from hub.store.tables import breaker, delivery, ledger, outbox

_AT_MOST: Final = 10_000  # counted; beyond it there are "at least" so many
_UNTOUCHED: Final = timedelta(seconds=30)  # overdue by more than this: no worker looks


@dataclass(frozen=True, slots=True)
class Postponed:
    """Counts up to ten thousand, and the endpoints that are left alone until a time."""

    notes: int
    untouched: int  # deliveries that were due half a minute ago
    unbalanced: int  # rows of the ledger
    resting: list[dict[str, Any]]

    def told(self) -> list[str]:
        """In sentences without anybody's name: whoever asks for readiness need not be known."""
        lines = []
        if self.untouched:
            lines.append(f"{self.untouched} deliveries: they are due and no worker takes them up")
        if self.resting:
            first = min(row["open_until"] for row in self.resting).isoformat(timespec="seconds")
            lines.append(
                f"pushes to {len(self.resting)} agencies whose systems do not answer: not tried before {first}; "
                "nobody else's wait"
            )
        if self.unbalanced:
            lines.append(f"the ledger does not balance in {self.unbalanced} rows: see `truc ledger`")
        return lines


async def look(conn: AsyncConnection, now: datetime) -> Postponed:
    """What is postponed just now."""
    notes = select(outbox.c.id).limit(_AT_MOST)
    untouched = (
        select(delivery.c.id)
        .where(delivery.c.state == State.QUEUED, delivery.c.next_attempt_at < now - _UNTOUCHED)
        .limit(_AT_MOST)
    )
    odd = select(ledger.c.hour).where(ledger.c.accepted != ledger.c.carried).limit(_AT_MOST)
    counts = [
        (await conn.execute(select(func.count()).select_from(some.subquery()))).scalar_one()
        for some in (notes, untouched, odd)
    ]
    resting = (
        select(breaker.c.agency, breaker.c.failures, breaker.c.open_until, breaker.c.last_error)
        .where(breaker.c.open_until > now)
        .order_by(breaker.c.agency)
        .limit(_AT_MOST)
    )
    rows = [dict(row) for row in (await conn.execute(resting)).mappings()]
    return Postponed(counts[0], counts[1], counts[2], rows)
