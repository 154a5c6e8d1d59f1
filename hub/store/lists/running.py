"""How the hub runs: errands and who has them, notes that wait, dead letters, the ledger hour by hour, signatures refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.store.conditions import is_open
from hub.store.road import outbox
from hub.store.sight import seen
from hub.store.tables import delivery, envelope, ledger, log_state, signature_refusal, turn
from hub.store.tables import outbox as notes
from hub.store.watching import ledger_view

DEAD_AT_MOST: Final = 10_000
_WAITING_AT_MOST: Final = 50_000
_REASONS: Final = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What waits. `oldest`: when the delivery of the note that waits longest was made; `dead` counted to `DEAD_AT_MOST`."""

    notes: int
    oldest: datetime | None
    dead: int
    behind: float  # seconds that the ledger is behind
    unbalanced: int


async def oldest_note(conn: AsyncConnection) -> datetime | None:
    """When the delivery of the note that has waited longest was made; None when none waits."""
    made = select(delivery.c.created_at).join(notes, notes.c.delivery_id == delivery.c.id)
    found: datetime | None = (await conn.execute(made.order_by(notes.c.id).limit(1))).scalar()
    return found


async def load(conn: AsyncConnection, now: datetime) -> Load:
    """How much waits, each part by its index."""
    some = select(delivery.c.id).where(literal_column("delivery.state = 'DEAD'")).limit(DEAD_AT_MOST).subquery()
    return Load(
        notes=await outbox.waiting(conn),
        oldest=await oldest_note(conn),
        dead=int((await conn.execute(select(func.count()).select_from(some))).scalar_one()),
        behind=await ledger_view.behind(conn, now),
        unbalanced=len(await ledger_view.unbalanced(conn)),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries of documents in one state to one level: how many, and when the oldest was accepted."""

    state: str
    level: str
    count: int
    oldest: datetime


async def on_the_way(conn: AsyncConnection) -> list[Waiting]:
    """Documents not yet collected, and dead letters: of each the oldest 50,000, by their partial indexes."""
    found = []
    for condition in (is_open(), literal_column("delivery.state = 'DEAD'") & (delivery.c.kind == "document")):
        columns = (delivery.c.state, delivery.c.level, delivery.c.created_at)
        some = select(*columns).where(condition).order_by(delivery.c.created_at).limit(_WAITING_AT_MOST).subquery()
        query = select(some.c.state, some.c.level, func.count(), func.min(some.c.created_at))
        found += [Waiting(*row) for row in await conn.execute(query.group_by(some.c.state, some.c.level))]
    return found


async def errands(conn: AsyncConnection) -> list[dict[str, Any]]:
    """The errands that one worker runs at a time, who has each, and until when."""
    held = [dict(row) for row in (await conn.execute(select(turn).order_by(turn.c.errand))).mappings()]
    log = (await conn.execute(select(log_state.c.holder, log_state.c.lease_until))).first()
    if log and log.holder:
        held.append({"errand": "log", "holder": log.holder, "until": log.lease_until})
    return held


async def by_hour(conn: AsyncConnection, since: datetime) -> list[dict[str, Any]]:
    """The ledger of those who sent, an hour a row: accepted, delivered, pending, dead, and rows that do not balance."""
    sums = {name: func.sum(ledger.c[name]) for name in ("accepted", "carried", "pending", "dead")}
    odd = func.count(case((ledger.c.accepted != ledger.c.carried, 1)))
    query = (
        select(ledger.c.hour, odd.label("odd"), *(value.label(name) for name, value in sums.items()))
        .where(ledger.c.side == ledger_view.SENT, ledger.c.hour >= since)
        .group_by(ledger.c.hour)
        .order_by(ledger.c.hour)
    )
    rows = [{name: row[name] if name == "hour" else int(row[name]) for name in row} for row in
            (await conn.execute(query)).mappings()]  # fmt: skip
    return [{**row, "delivered": row["carried"] - row["pending"] - row["dead"]} for row in rows]


async def refused_signatures(conn: AsyncConnection, since_day: str, sight: Sight | None) -> list[dict[str, Any]]:
    """How often envelopes were refused for their signature since a day, by verdict and reason, the most first."""
    total = func.sum(signature_refusal.c["count"])
    query = (
        select(
            signature_refusal.c.judgement,
            signature_refusal.c.reason,
            total.label("count"),
            func.count(signature_refusal.c.agency.distinct()).label("agencies"),
        )
        .where(signature_refusal.c.day >= since_day, *(seen(sight, signature_refusal.c.agency) if sight else []))
        .group_by(signature_refusal.c.judgement, signature_refusal.c.reason)
        .order_by(total.desc())
        .limit(_REASONS)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def odd_signatures(
    conn: AsyncConnection, since: datetime, most: int, sight: Sight | None
) -> list[dict[str, Any]]:
    """The same of the latest `most` documents that were taken though their signature is not valid."""
    some = (
        select(envelope.c.sender, envelope.c.judgement, envelope.c.reason)
        .where(
            envelope.c.received_at >= since,
            envelope.c.kind != "status",
            *(seen(sight, envelope.c.sender) if sight else []),
        )
        .order_by(envelope.c.received_at.desc())
        .limit(most)
        .subquery()
    )
    query = (
        select(
            some.c.judgement,
            some.c.reason,
            func.count().label("count"),
            func.count(some.c.sender.distinct()).label("agencies"),
        )
        .where(some.c.judgement != "valid")
        .group_by(some.c.judgement, some.c.reason)
        .order_by(func.count().desc())
        .limit(_REASONS)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]
