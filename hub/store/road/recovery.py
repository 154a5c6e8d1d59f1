"""What an agency did not collect since a moment, put within its reach again: after its own system was away or lost it.

Dead letters are queued anew, what waits for another try is tried now, and whoever waits at the inbox is told to look.
What is in quarantine is nobody's to recover. Only documents: by the partial indexes of what is late and of dead letters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import Event, State, sources
from hub.domain.quarantine import Quarantine
from hub.store import audit, bell
from hub.store.conditions import is_open
from hub.store.database import Database
from hub.store.road.deliveries import INBOX, By
from hub.store.sql import among
from hub.store.tables import breaker, delivery, inspection

_BATCH: Final = 500
_CLOSED_OFF: Final = (Quarantine.HELD.value, Quarantine.REJECTED.value)


@dataclass(frozen=True, slots=True)
class Missed:
    """Documents not collected since a moment: dead letters, those that wait for another try, and those in the inbox."""

    dead: int = 0
    waiting: int = 0
    inbox: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.dead + self.waiting + self.inbox


async def missed(conn: AsyncConnection, code: str, since: datetime) -> Missed:
    """How many there are: what `recover` would find now."""

    async def count(*conditions: ColumnElement[bool]) -> int:
        return int((await conn.execute(select(func.count()).select_from(delivery).where(*conditions))).scalar_one())

    return Missed(
        await count(*_dead(code, since)),
        await count(*_pushed(code, since)),
        await count(*_mine(code, since), delivery.c.state.in_((State.AVAILABLE, State.DELIVERED))),
    )


async def recover(database: Database, code: str, since: datetime, now: datetime, by: By) -> Missed:
    """Do it, in batches, each with its entries in the audit log; answers what was moved and what lies in the inbox.

    A second call finds only what the first has left.
    """
    dead = 0
    while True:
        async with database.write(by.actor) as conn:
            some = select(delivery.c.id).where(*_dead(code, since)).order_by(delivery.c.created_at).limit(_BATCH)
            moved = await _queue(conn, list((await conn.execute(some)).scalars()), now)
            for each in moved:
                audit.note(conn, "delivery requeued", each, reason=by.reason)
        dead += len(moved)
        if not moved:
            break
    async with database.write(by.actor) as conn:
        hastened = (
            await conn.execute(
                update(delivery)
                .where(*_pushed(code, since), delivery.c.next_attempt_at > now)
                .values(next_attempt_at=now, version=delivery.c.version + 1)
            )
        ).rowcount
        await conn.execute(delete(breaker).where(breaker.c.agency == code))  # its system is said to be back
        found = await missed(conn, code, since)
        told = {"since": since.isoformat(), "dead": dead, "waiting": hastened, "inbox": found.inbox}
        audit.note(conn, "deliveries recovered", code, reason=by.reason, **told)
        database.ring(conn, {bell.inbox(code)})
    return Missed(dead, hastened, found.inbox)


async def _queue(conn: AsyncConnection, ids: Sequence[str], now: datetime) -> list[str]:
    moved = await conn.execute(
        update(delivery)
        .where(among(conn, delivery.c.id, ids), delivery.c.state.in_(sources(Event.REQUEUED)))
        .values(state=State.QUEUED, version=delivery.c.version + 1, attempts=0, next_attempt_at=now, reason=None)
        .returning(delivery.c.id)
    )
    return list(moved.scalars())


def _mine(code: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Open documents for an agency since a moment, as the index of what is late has them."""
    return delivery.c.recipient == code, delivery.c.created_at >= since, is_open()


def _pushed(code: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return *_mine(code, since), delivery.c.state == State.QUEUED, delivery.c.channel != INBOX


def _dead(code: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    held = exists().where(
        and_(inspection.c.envelope_id == delivery.c.envelope_id, inspection.c.quarantine.in_(_CLOSED_OFF))
    )
    return (
        delivery.c.recipient == code,
        delivery.c.created_at >= since,
        delivery.c.kind == "document",
        delivery.c.state == State.DEAD,
        delivery.c.channel != "",
        ~held,
    )
