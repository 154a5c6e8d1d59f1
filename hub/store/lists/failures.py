"""Deliveries that failed for good, grouped by why, and sending many of them on their way again; envelopes refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.causes import cause_of
from hub.domain.delivery import Event, State, sources
from hub.domain.quarantine import Quarantine
from hub.domain.roles import Sight
from hub.store import audit
from hub.store.conditions import IS_DEAD
from hub.store.database import Database
from hub.store.lists import delivery_list
from hub.store.road.deliveries import By
from hub.store.sight import seen
from hub.store.sql import among
from hub.store.tables import audit as audit_log
from hub.store.tables import delivery, inspection, refusal

LOOKED_AT: Final = 50_000  # dead letters that are grouped, the latest; beyond it counts are "at least"
REFUSALS_AT_MOST: Final = 10_000  # that are looked at, the latest
REQUEUED: Final = "delivery requeued"
_BATCH: Final = 200  # deliveries of one transaction


@dataclass(slots=True)
class Group:
    """Dead letters that have a cause and a channel in common."""

    cause: str
    channel: str
    oldest_at: datetime
    count: int = 0
    agencies: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)  # as they are on record


def _own(sight: Sight | None) -> list[ColumnElement[bool]]:
    return [or_(*seen(sight, delivery.c.sender, delivery.c.recipient))] if sight else []


async def groups(conn: AsyncConnection, sight: Sight | None) -> list[Group]:
    """The dead letters by cause and channel, the largest group first."""
    reason = func.coalesce(delivery.c.reason, "").label("reason")
    latest = (
        select(reason, delivery.c.channel, delivery.c.recipient, delivery.c.created_at)
        .where(IS_DEAD, *_own(sight))
        .order_by(delivery.c.created_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    query = select(
        latest.c.reason,
        latest.c.channel,
        latest.c.recipient,
        func.count().label("count"),
        func.min(latest.c.created_at).label("oldest_at"),
    ).group_by(latest.c.reason, latest.c.channel, latest.c.recipient)
    found: dict[tuple[str, str], Group] = {}
    for row in (await conn.execute(query)).mappings():
        cause = cause_of(row["reason"])
        group = found.setdefault((cause, row["channel"]), Group(cause, row["channel"], row["oldest_at"]))
        group.count += row["count"]
        group.oldest_at = min(group.oldest_at, row["oldest_at"])
        group.agencies.add(row["recipient"])
        group.reasons.add(row["reason"])
    return sorted(found.values(), key=lambda group: (-group.count, group.cause, group.channel))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which dead letters: a group, by its reasons and channel, up to a moment; or single ones."""

    reasons: tuple[str, ...] = ()
    channel: str = ""
    until: datetime | None = None
    ids: tuple[str, ...] = ()


def _chosen(conn: AsyncConnection, chosen: Chosen, sight: Sight | None) -> list[ColumnElement[bool]]:
    conditions = [IS_DEAD, *_own(sight)]
    if chosen.ids:
        conditions.append(among(conn, delivery.c.id, chosen.ids))
    else:
        reason = func.coalesce(delivery.c.reason, "", type_=delivery.c.reason.type)
        conditions += [delivery.c.channel == chosen.channel, among(conn, reason, chosen.reasons)]
    if chosen.until:
        conditions.append(delivery.c.created_at <= chosen.until)
    return conditions


async def listing(
    conn: AsyncConnection, chosen: Chosen, sight: Sight | None, after: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Dead letters, the oldest first, with what they are about."""
    return await delivery_list.page(conn, _chosen(conn, chosen, sight), after, limit)


@dataclass(frozen=True, slots=True)
class Measure:
    """What sending some dead letters again would touch."""

    deliveries: int
    documents: int
    agencies: int
    held: int  # in quarantine: those are released, not sent again
    unroutable: int  # nobody to send them to


def _is_held() -> ColumnElement[bool]:
    kept = (Quarantine.HELD, Quarantine.REJECTED)
    return exists().where(inspection.c.envelope_id == delivery.c.envelope_id, inspection.c.quarantine.in_(kept))


async def measure(conn: AsyncConnection, chosen: Chosen, sight: Sight | None) -> Measure:
    """Count before anything is done."""
    is_held, is_lost = _is_held().label("is_held"), (delivery.c.channel == "").label("is_lost")
    each = select(delivery.c.envelope_id, delivery.c.recipient, is_held, is_lost).where(*_chosen(conn, chosen, sight))
    found = each.subquery()
    movable = and_(~found.c.is_held, ~found.c.is_lost)
    query = select(
        func.count().filter(movable).label("deliveries"),
        func.count(found.c.envelope_id.distinct()).filter(movable).label("documents"),
        func.count(found.c.recipient.distinct()).filter(movable).label("agencies"),
        func.count().filter(found.c.is_held).label("held"),
        func.count().filter(and_(found.c.is_lost, ~found.c.is_held)).label("unroutable"),
    )
    return Measure(**(await conn.execute(query)).mappings().one())


async def requeue(
    database: Database, chosen: Chosen, sight: Sight | None, now: datetime, by: By, most: int
) -> list[str]:
    """Send up to `most` of them on their way again, a batch a transaction; answers which. Each has its audit entry.

    They are queued for now, so the workers take them up at their own pace, as whatever else is due.
    """
    moved: list[str] = []
    while len(moved) < most:
        async with database.write(by.actor) as conn:
            room = min(_BATCH, most - len(moved))
            some = (
                select(delivery.c.id)
                .where(*_chosen(conn, chosen, sight), delivery.c.channel != "", ~_is_held())
                .order_by(delivery.c.created_at, delivery.c.id)
                .limit(room)
            )
            result = await conn.execute(
                update(delivery)
                .where(delivery.c.id.in_(some.scalar_subquery()), delivery.c.state.in_(sources(Event.REQUEUED)))
                .values(
                    state=State.QUEUED, version=delivery.c.version + 1, attempts=0, next_attempt_at=now, reason=None
                )
                .returning(delivery.c.id)
            )
            batch = list(result.scalars())
            for identity in batch:
                audit.note(conn, REQUEUED, identity, reason=by.reason)
        moved += batch
        if not batch:
            break
    return moved


async def requeued_by(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, Any] | None:
    """Who sent one of these on its way last, when and why."""
    query = (
        select(audit_log.c.actor, audit_log.c.at, audit_log.c.details)
        .where(audit_log.c.action == REQUEUED, among(conn, audit_log.c.object, ids))
        .order_by(audit_log.c.seq.desc())
        .limit(1)
    )
    row = (await conn.execute(query)).mappings().first()
    return dict(row) if row else None


# -- refused envelopes: nothing of them is kept but the word of it ------------------------------------------------


async def refusals(
    conn: AsyncConnection, since: datetime, sight: Sight | None, before: int | None = None, most: int = REFUSALS_AT_MOST
) -> list[dict[str, Any]]:
    """The latest refusals since a moment, newest first, before a number."""
    latest = (
        select(refusal.c.seq, refusal.c.id, refusal.c.at, refusal.c.agency, refusal.c.status, refusal.c.codes)
        .where(*(seen(sight, refusal.c.agency) if sight and not sight.below else []))
        .order_by(refusal.c.seq.desc())
        .limit(most)
    )
    if before is not None:
        latest = latest.where(refusal.c.seq < before)
    found = latest.subquery()
    query = select(found).where(found.c.at >= since)
    if sight and sight.below:  # no index is in their order: of those of many agencies, those among the latest of all
        query = query.where(*seen(sight, found.c.agency))
    rows = [dict(row) for row in (await conn.execute(query)).mappings()]
    return sorted(rows, key=lambda row: row["seq"], reverse=True)
