"""The rows of `delivery` and their moves.

Every move is a conditional update built from the state table, so rooms may run twice and two workers may hold one
note: one update finds the row, the other finds nothing to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, exists, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.bus.notes import Note
from hub.domain.delivery import Event, State, sources
from hub.store import audit, bell
from hub.store.columns import Instant
from hub.store.database import Database
from hub.store.road import channels
from hub.store.road.events import Happened, record
from hub.store.sql import among, skip_locked
from hub.store.tables import agency, breaker, change, delivery, envelope

INBOX = channels.INBOX


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this worker holds a lease on, with what its parcel says."""

    id: str
    version: int
    attempts: int
    channel: str
    config: dict[str, str]
    envelope_id: str
    kind: str
    document_id: str
    sender: str
    recipient: str
    code: str
    subject: str
    priority: int
    size: int
    sha256: str
    created_at: datetime


def is_held() -> ColumnElement[bool]:
    """Whether a delivery brings a change of a document that is not there yet (`hub.store.road.changes` lets it go)."""
    return exists().where(change.c.delivery_id == delivery.c.id, change.c.held_until.is_not(None))


async def hasten(conn: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    """Have queued deliveries taken up by the next turn of the clock."""
    query = update(delivery).where(among(conn, delivery.c.id, ids), delivery.c.state == State.QUEUED)
    await conn.execute(query.values(next_attempt_at=now))


async def tell(
    database: Database,
    conn: AsyncConnection,
    moved: Sequence[Row[Any]],
    now: datetime,
    what: str,
    detail: str | None = None,
) -> None:
    """Record events and ring for deliveries that moved. A report's own travel is not news in anybody's feed."""
    await record(
        conn,
        [
            Happened(now, row.envelope_id, row.sender, what, row.recipient, detail=detail)
            for row in moved
            if row.kind == "document"
        ],
    )
    database.ring(conn, {bell.inbox(row.recipient) for row in moved} | {bell.feed(row.sender) for row in moved})


async def claim(database: Database, ids: Sequence[str], now: datetime, lease: timedelta, *, due: bool) -> list[Claimed]:
    """Take a lease on queued push deliveries. Unless `due`, those still waiting after a failure are left alone."""
    async with database.write() as conn:
        waiting = true() if due else or_(delivery.c.attempts == 0, delivery.c.next_attempt_at <= now)
        result = await conn.execute(
            update(delivery)
            .where(
                among(conn, delivery.c.id, ids),
                delivery.c.state.in_(sources(Event.CLAIMED)),
                delivery.c.channel != INBOX,
                waiting,
                ~is_held(),
            )
            .values(
                state=State.SENDING,
                version=delivery.c.version + 1,
                attempts=delivery.c.attempts + 1,
                lease_until=now + lease,
            )
            .returning(delivery.c.id)
        )
        taken = list(result.scalars())
        if not taken:
            return []
        query = (
            select(
                delivery.c.id,
                delivery.c.version,
                delivery.c.attempts,
                delivery.c.channel,
                agency.c.channel.label("current"),
                agency.c.channel_config.label("config"),
                channels.reached_by(now).label("by_day"),
                delivery.c.envelope_id,
                delivery.c.kind,
                envelope.c.document_id,
                delivery.c.sender,
                delivery.c.recipient,
                envelope.c.code,
                envelope.c.subject,
                envelope.c.priority,
                envelope.c.size,
                envelope.c.sha256,
                delivery.c.created_at,
            )
            .join(envelope, envelope.c.id == delivery.c.envelope_id)
            .join(agency, agency.c.code == delivery.c.recipient)
            .where(among(conn, delivery.c.id, taken))
            .order_by(delivery.c.rank, delivery.c.created_at)
        )
        rows = [channels.channelled(dict(row)) for row in (await conn.execute(query)).mappings()]
        await channels.turn(conn, rows, now)
        return [Claimed(**row) for row in rows if row["channel"] != INBOX]


async def settle_handed_over(database: Database, claimed: Claimed, now: datetime, detail: str) -> bool:
    """The agency's system has it. False when the lease was lost meanwhile: then nothing changes."""
    return await _settle(
        database, claimed, now, "delivered", detail, state=State.DELIVERED, available_at=now, next_attempt_at=None
    )


async def settle_failed(
    database: Database, claimed: Claimed, now: datetime, reason: str, next_attempt_at: datetime
) -> bool:
    """It failed; another try comes at `next_attempt_at`."""
    return await _settle(
        database, claimed, now, "failed", reason, state=State.QUEUED, next_attempt_at=next_attempt_at, reason=reason
    )


async def settle_dead(database: Database, claimed: Claimed, now: datetime, reason: str) -> bool:
    """It will not be tried again until an operator requeues it."""
    return await _settle(database, claimed, now, "dead", reason, state=State.DEAD, next_attempt_at=None, reason=reason)


async def _settle(database: Database, claimed: Claimed, now: datetime, what: str, detail: str, **values: Any) -> bool:
    async with database.write() as conn:
        result = await conn.execute(
            update(delivery)
            .where(
                delivery.c.id == claimed.id,
                delivery.c.version == claimed.version,
                delivery.c.state == State.SENDING,
            )
            .values(version=claimed.version + 1, lease_until=None, **values)
            .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
        )
        moved = result.all()
        await tell(database, conn, moved, now, what, detail)
        return bool(moved)


async def postpone(database: Database, ids: Sequence[str], until: datetime) -> None:
    """Leave queued push deliveries alone until then: their endpoint needs a rest."""
    async with database.write() as conn:
        await conn.execute(
            update(delivery)
            .where(among(conn, delivery.c.id, ids), delivery.c.state == State.QUEUED, delivery.c.channel != INBOX)
            .values(next_attempt_at=until)
        )


async def push_recipients(database: Database, ids: Sequence[str]) -> dict[str, list[str]]:
    """Of these deliveries, those that wait to be pushed: recipient -> ids."""
    async with database.read() as conn:
        query = select(delivery.c.recipient, delivery.c.id).where(
            among(conn, delivery.c.id, ids), delivery.c.channel != INBOX, delivery.c.state == State.QUEUED
        )
        found: dict[str, list[str]] = {}
        for row in await conn.execute(query):
            found.setdefault(row.recipient, []).append(row.id)
        return found


async def wake(database: Database, now: datetime, most: int, again_at: datetime) -> list[Note]:
    """Queued deliveries whose time has come, as notes; they come again at `again_at` should nobody finish them."""
    async with database.write() as conn:
        due = (
            select(delivery.c.id)
            .where(delivery.c.state == State.QUEUED, delivery.c.next_attempt_at <= now)
            .order_by(delivery.c.next_attempt_at)
            .limit(most)
        )
        result = await conn.execute(
            update(delivery)
            .where(delivery.c.id.in_(skip_locked(conn, due).scalar_subquery()))
            .values(next_attempt_at=again_at)
            .returning(delivery.c.id, delivery.c.level, delivery.c.recipient, delivery.c.rank)
        )
        return [Note(row.level, row.recipient, row.id, 3 - row.rank) for row in result]


async def free_lost_leases(database: Database, now: datetime) -> int:
    """Queue again what a worker claimed and never settled."""
    async with database.write() as conn:
        result = await conn.execute(
            update(delivery)
            .where(delivery.c.state.in_(sources(Event.LEASE_LOST)), delivery.c.lease_until <= now)
            .values(state=State.QUEUED, version=delivery.c.version + 1, lease_until=None, next_attempt_at=now)
        )
        return int(result.rowcount)


async def mend(
    database: Database, now: datetime, *, lease: timedelta, pulled: timedelta, first: timedelta, pushed: timedelta
) -> int:
    """Make due what waits beyond any wait there is of its kind.

    A lease; a delivery for an inbox, which is put off by nothing but its note; the first try of a pushed one, which only
    an endpoint that is left alone just now puts off; and any of its tries.
    """
    left_alone = exists().where(breaker.c.agency == delivery.c.recipient, breaker.c.open_until > now)
    untried = and_(delivery.c.state == State.QUEUED, delivery.c.attempts == 0)
    too_late = or_(
        and_(delivery.c.state == State.SENDING, delivery.c.lease_until > now + lease),
        and_(untried, delivery.c.next_attempt_at > now + first),
        and_(untried, delivery.c.next_attempt_at > now + pulled, ~left_alone),
        and_(delivery.c.state == State.QUEUED, delivery.c.channel == INBOX, delivery.c.next_attempt_at > now + pulled),
        and_(delivery.c.state == State.QUEUED, delivery.c.next_attempt_at > now + pushed),
    )
    async with database.read() as conn:
        if (await conn.execute(select(delivery.c.id).where(too_late).limit(1))).first() is None:
            return 0
    async with database.write() as conn:
        result = await conn.execute(
            update(delivery)
            .where(too_late)
            .values(state=State.QUEUED, version=delivery.c.version + 1, lease_until=None, next_attempt_at=now)
        )
        return int(result.rowcount)


def due(now: datetime | BindParameter[datetime]) -> Select[Any]:
    """The deliveries that `wake` or `free_lost_leases` would find."""
    return select(delivery.c.id).where(
        or_(
            and_(delivery.c.state == State.QUEUED, delivery.c.next_attempt_at <= now),
            and_(delivery.c.state == State.SENDING, delivery.c.lease_until <= now),
        )
    )


@dataclass(frozen=True, slots=True)
class By:
    """Who has something done, and why: for the audit log."""

    actor: str
    reason: str


async def parties(conn: AsyncConnection, delivery_id: str) -> tuple[str, str] | None:
    """Sender and recipient of a delivery."""
    query = select(delivery.c.sender, delivery.c.recipient).where(delivery.c.id == delivery_id)
    row = (await conn.execute(query)).one_or_none()
    return (row.sender, row.recipient) if row else None


async def requeue(database: Database, delivery_id: str, now: datetime, by: By | None = None) -> bool:
    """An operator sends a dead letter on its way again, with a fresh set of tries."""
    async with database.write(by.actor if by else "") as conn:
        row = (
            await conn.execute(
                update(delivery)
                .where(
                    delivery.c.id == delivery_id,
                    delivery.c.state.in_(sources(Event.REQUEUED)),
                    delivery.c.channel != "",
                )
                .values(
                    state=State.QUEUED, version=delivery.c.version + 1, attempts=0, next_attempt_at=now, reason=None
                )
                .returning(delivery.c.id)
            )
        ).first()
        if row is not None:
            audit.note(conn, "delivery requeued", delivery_id, reason=by.reason if by else "")
        return row is not None


async def collect(database: Database, delivery_id: str, recipient: str, now: datetime) -> bool:
    """The agency fetches it: note the first time. Writes nothing when it was fetched before."""
    async with database.write() as conn:
        result = await conn.execute(
            update(delivery)
            .where(
                delivery.c.id == delivery_id,
                delivery.c.recipient == recipient,
                delivery.c.state.in_(s for s in sources(Event.COLLECTED) if s is not State.COLLECTED),
            )
            .values(
                state=State.COLLECTED,
                version=delivery.c.version + 1,
                collected_at=now,
                lease_until=None,
                next_attempt_at=None,
            )
            .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
        )
        moved = result.all()
        await record(
            conn,
            [Happened(now, r.envelope_id, r.sender, "collected", r.recipient) for r in moved if r.kind == "document"],
        )
        database.ring(conn, {bell.feed(r.sender) for r in moved})
        return bool(moved)


async def confirm(
    database: Database, delivery_id: str, recipient: str, now: datetime, result: str, reason: str
) -> dict[str, Any] | None:
    """The agency's transport confirmation: `done` and `fail` end the delivery, `processing` is only noted.

    Answers what is on record now; None when there is no such delivery in this agency's inbox.
    """
    async with database.write() as conn:
        values: dict[str, Any] = {
            "version": delivery.c.version + 1,
            "result": result,
            "reason": reason or None,
            "lease_until": None,
        }
        if result != "processing":
            values |= {
                "state": State.CONFIRMED,
                "confirmed_at": now,
                "collected_at": func.coalesce(delivery.c.collected_at, literal(now, Instant())),
            }
        moved = (
            await conn.execute(
                update(delivery)
                .where(
                    delivery.c.id == delivery_id,
                    delivery.c.recipient == recipient,
                    delivery.c.state.in_(sources(Event.CONFIRMED)),
                    or_(delivery.c.result.is_(None), delivery.c.result != result),
                )
                .values(**values)
                .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
            )
        ).all()
        what = "failed" if result == "fail" else "confirmed"
        await record(
            conn,
            [
                Happened(
                    now, r.envelope_id, r.sender, what, r.recipient, detail=f"{result}: {reason}" if reason else result
                )
                for r in moved
                if r.kind == "document"
            ],
        )
        database.ring(conn, {bell.feed(r.sender) for r in moved})
        query = select(delivery.c.state, delivery.c.result, delivery.c.reason, delivery.c.confirmed_at).where(
            delivery.c.id == delivery_id, delivery.c.recipient == recipient
        )
        row = (await conn.execute(query)).mappings().first()
        return dict(row) if row else None
