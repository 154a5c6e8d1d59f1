"""What waits at each agency: found by jumping from agency to agency in an index, however many deliveries are open.

Agencies come with the age of their oldest; how much waits is then counted for the few on a page, up to a bound each.
Documents are meant throughout: a report's own travel is not what people wait for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import State
from hub.domain.roles import Sight
from hub.store.conditions import is_open
from hub.store.lists import delivery_list
from hub.store.road.deliveries import INBOX
from hub.store.sight import seen
from hub.store.tables import agency, agency_seen, breaker, delivery, event

COUNTED_AT_MOST: Final = 1_000  # deliveries of one agency; beyond it the count is "at least"
MOVES_AT_MOST: Final = 50_000  # events looked at for what came and went
WAITING_TO_GO: Final = frozenset({State.QUEUED, State.SENDING})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which queues: of a level, a channel, with a trouble, named like folded `words`; and where the page begins."""

    words: tuple[str, ...] = ()
    level: str = ""
    channel: str = ""
    trouble: str = ""  # "failing": its endpoint is left alone; "silent": it has not asked since `silent_since`
    silent_since: datetime | None = None
    after: tuple[datetime, str] | None = None


async def queues(conn: AsyncConnection, wanted: Wanted, sight: Sight | None, limit: int) -> list[dict[str, Any]]:
    """Agencies at which something waits, the longest wait first, with what is known of their connection."""
    first, following, oldest = delivery.alias("first"), delivery.alias("following"), delivery.alias("oldest")
    codes = (
        select(func.min(first.c.recipient).label("code")).where(is_open(first, "first")).cte("codes", recursive=True)
    )
    after = select(func.min(following.c.recipient)).where(
        is_open(following, "following"), following.c.recipient > codes.c.code
    )
    codes = codes.union_all(select(after.correlate(codes).scalar_subquery()).where(codes.c.code.is_not(None)))
    since = select(func.min(oldest.c.created_at)).where(is_open(oldest, "oldest"), oldest.c.recipient == codes.c.code)
    waiting = (
        select(codes.c.code, since.correlate(codes).scalar_subquery().label("oldest_at"))
        .where(codes.c.code.is_not(None))
        .cte("waiting")
    )
    query = (
        select(
            waiting.c.code,
            waiting.c.oldest_at,
            agency.c.name,
            agency.c.level,
            agency.c.channel,
            agency.c.suspended_at,
            agency_seen.c.polled_at,
            breaker.c.failures,
            breaker.c.open_until,
            breaker.c.last_error,
        )
        .join(agency, agency.c.code == waiting.c.code)
        .join(agency_seen, agency_seen.c.agency == waiting.c.code, isouter=True)
        .join(breaker, breaker.c.agency == waiting.c.code, isouter=True)
        .where(*(seen(sight, waiting.c.code) if sight else []))
        .order_by(waiting.c.oldest_at, waiting.c.code)
        .limit(limit)
    )
    for word in wanted.words:
        named = agency.c.name_folded.contains(word, autoescape=True)
        query = query.where(or_(named, func.lower(agency.c.code).contains(word, autoescape=True)))
    if wanted.level:
        query = query.where(agency.c.level == wanted.level)
    if wanted.channel:
        query = query.where(agency.c.channel == wanted.channel)
    if wanted.trouble == "failing":
        query = query.where(breaker.c.failures > 0)
    if wanted.trouble == "silent":
        unheard = or_(agency_seen.c.polled_at.is_(None), agency_seen.c.polled_at < wanted.silent_since)
        query = query.where(agency.c.channel == INBOX, unheard)
    if wanted.after:
        place = tuple_(literal(wanted.after[0], delivery.c.created_at.type), literal(wanted.after[1]))
        query = query.where(tuple_(waiting.c.oldest_at, waiting.c.code) > place)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def depths(conn: AsyncConnection, codes: Sequence[str], now: datetime) -> dict[str, dict[str, int]]:
    """For each agency how many wait to be sent (`queued`), lie in the inbox (`inbox`), and are `overdue`."""
    found = {code: {"queued": 0, "inbox": 0, "overdue": 0} for code in codes}
    if not codes:
        return found
    counts = []
    for code in codes:
        oldest = (
            select(delivery.c.recipient, delivery.c.state, delivery.c.due_at)
            .where(delivery.c.recipient == code, is_open(delivery, "delivery"))
            .order_by(delivery.c.created_at)
            .limit(COUNTED_AT_MOST)
            .subquery()
        )
        counts.append(
            select(
                oldest.c.recipient,
                func.sum(case((oldest.c.state.in_(WAITING_TO_GO), 1), else_=0)).label("queued"),
                func.sum(case((oldest.c.state.in_(WAITING_TO_GO), 0), else_=1)).label("inbox"),
                func.sum(case((oldest.c.due_at <= now, 1), else_=0)).label("overdue"),
            ).group_by(oldest.c.recipient)
        )
    for row in (await conn.execute(union_all(*counts))).mappings():
        found[row["recipient"]] = {name: int(row[name]) for name in ("queued", "inbox", "overdue")}
    return found


async def moves(conn: AsyncConnection, since: datetime) -> dict[str, tuple[int, int]]:
    """For each agency how many documents came to it and how many it took since a moment, of the latest events."""
    latest = (
        select(event.c.recipient, event.c.what, event.c.at).order_by(event.c.seq.desc()).limit(MOVES_AT_MOST).subquery()
    )
    came = case((latest.c.what.in_(("available", "delivered")), 1), else_=0)
    went = case((latest.c.what == "collected", 1), else_=0)
    query = (
        select(latest.c.recipient, func.sum(came).label("came"), func.sum(went).label("went"))
        .where(latest.c.at >= since, latest.c.recipient.is_not(None))
        .group_by(latest.c.recipient)
    )
    return {row.recipient: (int(row.came), int(row.went)) for row in await conn.execute(query)}


async def waiting_at(
    conn: AsyncConnection, code: str, part: str, now: datetime, after: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """What waits at an agency, the oldest first. `part`: "queued", "inbox", "overdue", or "" for all of it."""
    conditions = [delivery.c.recipient == code, is_open(delivery, "delivery")]
    if part in ("queued", "inbox"):
        is_to_go = delivery.c.state.in_(WAITING_TO_GO)
        conditions.append(is_to_go if part == "queued" else ~is_to_go)
    if part == "overdue":
        conditions.append(delivery.c.due_at <= now)
    return await delivery_list.page(conn, conditions, after, limit)
