"""The ledger's rows: counted once as envelopes come, and their open ones again by the indexes of what is open.

`accepted` comes from the receipts, the hub's signed word; `carried`, `pending` and `dead` from the deliveries. The two
sources know nothing of each other, so a delivery that was lost shows as accepted and not carried.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Uuid,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import State
from hub.store.columns import Instant
from hub.store.sql import among, insert_or, is_postgresql, skip_locked
from hub.store.tables import delivery, envelope, ledger, ledger_place

SENT, RECEIVED = "sent", "received"
HOUR: Final = timedelta(hours=1)
_PENDING: Final = (State.QUEUED, State.SENDING)
_HOUR_MICROS: Final = 3_600_000_000
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NIL: Final = "00000000-0000-0000-0000-000000000000"
_FIGURES: Final = ("envelopes", "accepted", "carried", "pending", "dead")
Key = tuple[str, str, datetime]
Promised = Callable[[str], Sequence[str]]
"""The recipients a receipt names."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far the ledger is kept, and up to which hour it was counted a second time."""

    received_at: datetime
    envelope_id: str
    recounted: datetime


async def hold(conn: AsyncConnection) -> Place | None:
    """Lock the ledger for this transaction; None when another worker keeps it just now."""
    query = select(ledger_place).where(ledger_place.c.id == 1)
    row = (await conn.execute(skip_locked(conn, query))).mappings().first()
    if row is None:
        values = {"id": 1, "received_at": _BEGINNING, "envelope_id": _NIL, "recounted": _BEGINNING}
        await conn.execute(insert_or(conn, ledger_place).values(values).on_conflict_do_nothing())
        row = (await conn.execute(skip_locked(conn, query))).mappings().first()
    return Place(row["received_at"], row["envelope_id"], row["recounted"]) if row else None


async def now(conn: AsyncConnection) -> datetime | None:
    """The time by the database's clock, which all workers share; None on SQLite, where there is only ours."""
    return (await conn.execute(select(func.clock_timestamp()))).scalar_one() if is_postgresql(conn) else None


async def advance(conn: AsyncConnection, place: Place, until: datetime, most: int, promised: Promised) -> int:
    """Enter up to `most` envelopes received after `place` and not after `until`; answer how many there were."""
    after = tuple_(envelope.c.received_at, envelope.c.id) > _bound(place.received_at, place.envelope_id)
    # the first bound says nothing new, but it is one that the index understands on both databases
    rows = await _envelopes(conn, envelope.c.received_at >= place.received_at, after, until=until, most=most)
    if rows:
        await _add(conn, await _count(conn, rows, promised))
        last = rows[-1]
        await conn.execute(update(ledger_place).values(received_at=last["received_at"], envelope_id=last["id"]))
    return len(rows)


async def refresh(conn: AsyncConnection, place: Place) -> None:
    """Set what is pending and dead in every hour, by the partial indexes of such deliveries: no other row is looked at."""
    known = and_(
        delivery.c.created_at <= place.received_at,
        tuple_(delivery.c.created_at, delivery.c.envelope_id) <= _bound(place.received_at, place.envelope_id),
    )
    figures: dict[Key, dict[str, int]] = defaultdict(lambda: {"pending": 0, "dead": 0})
    for state in (*_PENDING, State.DEAD):
        name = "dead" if state is State.DEAD else "pending"
        for side, agency in ((SENT, delivery.c.sender), (RECEIVED, delivery.c.recipient)):
            hour = hour_of(conn, delivery.c.created_at).label("hour")
            query = (
                select(agency, hour, func.count())
                .where(delivery.c.state == state, delivery.c.channel != "", known)
                .group_by(agency, hour)
            )
            for code, begins, count in await conn.execute(query):
                figures[side, code, begins][name] += count
    stale = or_(ledger.c.pending > 0, ledger.c.dead > 0)
    there = await conn.execute(select(ledger.c.side, ledger.c.agency, ledger.c.hour).where(stale))
    for key in there:
        figures.setdefault((key[0], key[1], key[2]), {"pending": 0, "dead": 0})
    for (side, code, begins), changed in sorted(figures.items()):
        await conn.execute(
            update(ledger)
            .where(
                ledger.c.side == side,
                ledger.c.agency == code,
                ledger.c.hour == begins,
                or_(ledger.c.pending != changed["pending"], ledger.c.dead != changed["dead"]),
            )
            .values(**changed)
        )


async def recount(conn: AsyncConnection, since: datetime, before: datetime, promised: Promised) -> int:
    """Count whole hours anew from `since` up to and without `before`, as far as the ledger is kept; answer how many envelopes."""
    place = await hold(conn)
    if place is None:
        return 0
    await conn.execute(delete(ledger).where(ledger.c.hour >= since, ledger.c.hour < before))
    counted = 0
    after: tuple[datetime, str] = (since, _NIL)
    known = tuple_(envelope.c.received_at, envelope.c.id) <= _bound(place.received_at, place.envelope_id)
    while True:
        rows = await _envelopes(
            conn,
            envelope.c.received_at >= after[0],
            tuple_(envelope.c.received_at, envelope.c.id) > _bound(*after),
            envelope.c.received_at < before,
            known,
            until=place.received_at,
            most=2000,
        )
        if not rows:
            break
        await _add(conn, await _count(conn, rows, promised))
        after = rows[-1]["received_at"], rows[-1]["id"]
        counted += len(rows)
    return counted


async def recount_next(conn: AsyncConnection, place: Place, ended_before: datetime, promised: Promised) -> None:
    """Count the oldest hour that was counted once, and ended before then, a second time."""
    first = select(func.min(ledger.c.hour)).where(ledger.c.hour >= place.recounted)
    hour = (await conn.execute(first)).scalar_one()
    if hour is None or hour + HOUR > ended_before:
        return
    # from where the last recount ended: an hour of which everything came late has no row yet
    await recount(conn, max(place.recounted, hour - timedelta(days=1)), hour + HOUR, promised)
    await conn.execute(update(ledger_place).values(recounted=hour + HOUR))


async def _envelopes(
    conn: AsyncConnection, *conditions: ColumnElement[bool], until: datetime, most: int
) -> list[Mapping[str, Any]]:
    query = (
        select(envelope.c.id, envelope.c.sender, envelope.c.received_at, envelope.c.receipt)
        .where(*conditions, envelope.c.received_at <= until)
        .order_by(envelope.c.received_at, envelope.c.id)
        .limit(most)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def _count(
    conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], promised: Promised
) -> dict[Key, dict[str, int]]:
    figures: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_FIGURES, 0))
    hours = {}
    for row in rows:
        hour = hours[row["id"]] = row["received_at"].replace(minute=0, second=0, microsecond=0)
        recipients = promised(row["receipt"])
        mine = figures[SENT, row["sender"], hour]
        mine["envelopes"] += 1
        mine["accepted"] += len(recipients)
        for recipient in recipients:
            theirs = figures[RECEIVED, recipient, hour]
            theirs["envelopes"] += 1
            theirs["accepted"] += 1
    query = select(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.state).where(
        among(conn, delivery.c.envelope_id, list(hours)),
        delivery.c.channel != "",  # those without were refused when they were sent: no receipt promises them
    )
    for envelope_id, sender, recipient, state in await conn.execute(query):
        for key in ((SENT, sender, hours[envelope_id]), (RECEIVED, recipient, hours[envelope_id])):
            figures[key]["carried"] += 1
            figures[key]["pending"] += state in _PENDING
            figures[key]["dead"] += state == State.DEAD
    return figures


async def _add(conn: AsyncConnection, figures: Mapping[Key, Mapping[str, int]]) -> None:
    if not figures:
        return
    adding = insert_or(conn, ledger)
    columns = {name: ledger.c[name] + adding.excluded[name] for name in _FIGURES}
    values = [{"side": s, "agency": a, "hour": h, **counts} for (s, a, h), counts in sorted(figures.items())]
    await conn.execute(adding.on_conflict_do_update(index_elements=["side", "agency", "hour"], set_=columns), values)


def _bound(at: datetime, identity: str) -> Any:
    return tuple_(literal(at, Instant), literal(identity, Uuid(as_uuid=False)))


def hour_of(conn: AsyncConnection, column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The beginning of the hour (UTC) a time lies in."""
    if is_postgresql(conn):
        return func.date_trunc("hour", column, "UTC", type_=Instant())
    micros = type_coerce(column, BigInteger)
    return type_coerce(micros - micros % _HOUR_MICROS, Instant)
