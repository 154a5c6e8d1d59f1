"""Deliveries of documents by hour and level: counted from the rows, kept in `traffic`, and summed for charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import UNCOLLECTED, State
from hub.domain.reform import Fact
from hub.domain.roles import Sight
from hub.store.conditions import is_open
from hub.store.road import parties
from hub.store.sight import seen
from hub.store.sql import among, is_postgresql
from hub.store.tables import agency, agency_fact, delivery, envelope, traffic
from hub.store.watching.ledger import hour_of

HOUR: Final = timedelta(hours=1)
LIVE_AT_MOST: Final = 20_000  # documents that are looked at where nothing was counted ahead


@dataclass(frozen=True, slots=True)
class Flow:
    """What went from one level to another in an hour. Counts of deliveries; those neither in time nor late wait still."""

    hour: datetime
    sent_from: str
    sent_to: str
    deliveries: int
    in_time: int
    late: int
    dead: int


def _counted(source: Any, hour: ColumnElement[datetime], now: datetime, each: Any = delivery) -> Select[Any]:
    """Count the deliveries of the envelopes in `source`; those withdrawn were nobody's to receive."""
    received = func.coalesce(each.c.collected_at, each.c.confirmed_at)
    waits = each.c.state.in_([*UNCOLLECTED])
    level = _level_then(source)  # one and the same where it is grouped by: PostgreSQL compares parameters
    return (
        select(
            hour.label("hour"),
            level.label("sent_from"),
            each.c.level.label("sent_to"),
            func.count().label("deliveries"),
            _how_many(and_(received.is_not(None), received <= each.c.due_at)),
            _how_many(or_(and_(received.is_not(None), received > each.c.due_at), and_(waits, each.c.due_at <= now))),
            _how_many(each.c.state == State.DEAD),
        )
        .select_from(
            source.join(each, each.c.envelope_id == source.c.id).outerjoin(agency, agency.c.code == source.c.sender)
        )
        .where(each.c.state != State.WITHDRAWN, each.c.level != "")
        .group_by(hour, level, each.c.level)
    )


def _deliveries(conn: AsyncConnection, source: Any) -> Any:
    """The deliveries of each of some envelopes: looked up for one after the other, never joined with all there are.

    PostgreSQL does not look into a subquery with an offset; SQLite looks them up so by itself.
    """
    if not is_postgresql(conn):
        return delivery
    return select(delivery).where(delivery.c.envelope_id == source.c.id).offset(0).lateral("delivery")


def _level_then(source: Any) -> ColumnElement[str]:
    """The sender's level when the document came: of a sender whose level ever changed, that of the day."""
    then = (
        select(agency_fact.c.value)
        .where(
            agency_fact.c.agency == source.c.sender,
            agency_fact.c.fact == Fact.LEVEL,
            agency_fact.c.at <= source.c.received_at,
        )
        .order_by(agency_fact.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(then, agency.c.level, "")


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


async def recount(conn: AsyncConnection, hours: Sequence[datetime], now: datetime) -> None:
    """Count these hours (their beginnings, one after the other) anew: two statements however many there are."""
    first, end = hours[0], hours[-1] + HOUR
    some = (
        select(envelope.c.id, envelope.c.sender, envelope.c.received_at)
        .where(envelope.c.received_at >= first, envelope.c.received_at < end, envelope.c.kind != "status")
        .subquery()
    )
    counted = _counted(some, hour_of(conn, some.c.received_at), now)
    await conn.execute(delete(traffic).where(traffic.c.hour >= first, traffic.c.hour < end))
    await conn.execute(insert(traffic).from_select([c.name for c in traffic.columns], counted))


async def flows(
    conn: AsyncConnection,
    since: datetime,
    now: datetime,
    sight: Sight | None,
    *,
    by_hour: bool,
    until: datetime | None = None,
) -> list[Flow]:
    """What went where since a moment, and before another; for the whole country as it was counted ahead, else counted now.

    Without `by_hour` one sum for each pair of levels, its `hour` being `since`.
    """
    before = until or now
    if sight is None:
        source: Any = select(traffic).where(traffic.c.hour >= since, traffic.c.hour < before)
    else:
        span = parties.Span(since, (before, parties.LEAST))
        mine = [identity for _, identity in await parties.candidates(conn, sight, span, LIVE_AT_MOST)]
        some = (
            select(envelope.c.id, envelope.c.sender, envelope.c.received_at)
            .where(among(conn, envelope.c.id, mine))
            .subquery()
        )
        each = _deliveries(conn, some)
        source = _counted(some, hour_of(conn, some.c.received_at), now, each).where(
            or_(*seen(sight, each.c.sender, each.c.recipient))
        )
    if not by_hour:
        sums = source.subquery()
        # the columns after the first three keep their order, not their names
        names = ("deliveries", "in_time", "late", "dead")
        columns = list(sums.c)[3:]
        source = select(
            sums.c.sent_from,
            sums.c.sent_to,
            *(func.sum(c).label(name) for c, name in zip(columns, names, strict=True)),
        ).group_by(sums.c.sent_from, sums.c.sent_to)
        return [Flow(since, row[0], row[1], *(int(figure) for figure in row[2:])) for row in await conn.execute(source)]
    return [Flow(row[0], row[1], row[2], *(int(figure) for figure in row[3:])) for row in await conn.execute(source)]


@dataclass(frozen=True, slots=True)
class Between:
    """What went from one agency to another: deliveries, and how many of them are late."""

    sender: str
    recipient: str
    deliveries: int
    late: int


async def busiest(  # noqa: PLR0913
    conn: AsyncConnection,
    since: datetime,
    now: datetime,
    levels: tuple[str, str],
    sight: Sight | None,
    most: int,
    until: datetime | None = None,
) -> tuple[list[Between], bool]:
    """The pairs of agencies of two levels between which most went, and whether older documents were left out.

    Counted now, from the latest `LIVE_AT_MOST` documents of the span.
    """
    recent = (
        select(envelope.c.id, envelope.c.sender, envelope.c.received_at)
        .where(envelope.c.received_at >= since, envelope.c.received_at < (until or now), envelope.c.kind != "status")
        .order_by(envelope.c.received_at.desc())
        .limit(LIVE_AT_MOST)
        .subquery()
    )
    each = _deliveries(conn, recent)
    received = func.coalesce(each.c.collected_at, each.c.confirmed_at)
    waits = each.c.state.in_([*UNCOLLECTED])
    deliveries = func.count().label("deliveries")
    late = _how_many(or_(received > each.c.due_at, and_(waits, each.c.due_at <= now)))
    query = (
        select(recent.c.sender, each.c.recipient, deliveries, late)
        .select_from(
            recent.join(each, each.c.envelope_id == recent.c.id).join(agency, agency.c.code == recent.c.sender)
        )
        .where(_level_then(recent) == levels[0], each.c.level == levels[1], each.c.state != State.WITHDRAWN)
        .group_by(recent.c.sender, each.c.recipient)
        .order_by(deliveries.desc(), recent.c.sender, each.c.recipient)
        .limit(most)
    )
    if sight:
        query = query.where(or_(*seen(sight, each.c.sender, each.c.recipient)))
    found = [Between(row[0], row[1], int(row[2]), int(row[3])) for row in await conn.execute(query)]
    looked_at = (await conn.execute(select(func.count()).select_from(recent))).scalar_one()
    return found, int(looked_at) >= LIVE_AT_MOST


async def waiting(conn: AsyncConnection, bounds: Sequence[datetime], sight: Sight | None) -> dict[str, tuple[int, ...]]:
    """Documents not yet collected, by level: how many came after the first bound, between it and the second …, before all.

    `bounds`: newest first. By the partial index of what is not collected.
    """
    where = [
        is_open(),
        *([or_(*seen(sight, delivery.c.sender, delivery.c.recipient))] if sight else []),
    ]
    classes = [delivery.c.created_at >= bounds[0]]
    classes += [
        and_(delivery.c.created_at < newer, delivery.c.created_at >= older) for newer, older in pairwise(bounds)
    ]
    classes.append(delivery.c.created_at < bounds[-1])
    query = select(delivery.c.level, *map(_how_many, classes)).where(*where).group_by(delivery.c.level)
    return {row[0]: tuple(int(figure) for figure in row[1:]) for row in await conn.execute(query)}


async def delays(conn: AsyncConnection, since: datetime, most: int, sight: Sight | None) -> list[float]:
    """Seconds from acceptance to the recipient's reach, of deliveries of the latest documents since a moment."""
    some = (
        select(envelope.c.id)
        .where(
            envelope.c.received_at >= since,
            envelope.c.kind != "status",
            *(
                [*seen(sight, envelope.c.sender), envelope.c.id.in_(await parties.ids(conn, sight, since))]
                if sight
                else []
            ),
        )
        .order_by(envelope.c.received_at.desc())
        .limit(most)
        .subquery()
    )
    query = (
        select(delivery.c.created_at, delivery.c.available_at)
        .join(some, some.c.id == delivery.c.envelope_id)
        .where(delivery.c.available_at.is_not(None), delivery.c.attempts == 0)
        .limit(most * 4)
    )
    return [(row[1] - row[0]).total_seconds() for row in await conn.execute(query)]
