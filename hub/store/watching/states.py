"""What alerts ask of an agency itself: does its system ask for its inbox, does its certificate last, do its books agree."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import Found
from hub.store.directory.agencies import today
from hub.store.road.deliveries import INBOX
from hub.store.sql import insert_or
from hub.store.tables import agency, agency_seen, certificate, ledger


async def polled(conn: AsyncConnection) -> list[tuple[str, datetime]]:
    """When each agency that fetches from its inbox last asked for it; those suspended or closed are left out."""
    query = (
        select(agency_seen.c.agency, agency_seen.c.polled_at)
        .join(agency, agency.c.code == agency_seen.c.agency)
        .where(
            agency.c.channel == INBOX,
            agency.c.suspended_at.is_(None),
            or_(agency.c.valid_to.is_(None), agency.c.valid_to > today()),
        )
    )
    return [(row.agency, row.polled_at) for row in await conn.execute(query)]


async def seen(conn: AsyncConnection, when: Mapping[str, datetime]) -> None:
    """Note when agencies asked for their inbox; an earlier time never replaces a later one."""
    rows = [{"agency": code, "polled_at": at} for code, at in sorted(when.items())]
    for start in range(0, len(rows), 500):
        new = insert_or(conn, agency_seen).values(rows[start : start + 500])
        later = new.on_conflict_do_update(
            index_elements=["agency"],
            set_={"polled_at": new.excluded.polled_at},
            where=agency_seen.c.polled_at < new.excluded.polled_at,
        )
        await conn.execute(later)


async def expiring(conn: AsyncConnection, now: datetime, before: datetime) -> list[Found]:
    """Agencies whose bound certificates all end before a moment. `oldest_at` is when the last of them ends."""
    ends = func.max(certificate.c.not_after).label("ends")
    in_use = and_(
        certificate.c.revoked_at.is_(None), or_(certificate.c.valid_to.is_(None), certificate.c.valid_to > now)
    )
    query = select(certificate.c.agency, ends).where(in_use).group_by(certificate.c.agency).having(ends <= before)
    closed = exists().where(agency.c.code == certificate.c.agency, agency.c.valid_to.is_not(None))
    return [Found(row.agency, 1, 3, row.ends) for row in await conn.execute(query.where(~closed))]


async def unbalanced(conn: AsyncConnection) -> list[Found]:
    """Agencies in whose books what was accepted is not what is carried. `count`: hours; `detail`: the difference."""
    query = (
        select(
            ledger.c.agency,
            func.count().label("hours"),
            func.min(ledger.c.hour).label("oldest"),
            func.sum(ledger.c.accepted - ledger.c.carried).label("difference"),
        )
        .where(ledger.c.accepted != ledger.c.carried)
        .group_by(ledger.c.agency)
    )
    return [Found(r.agency, int(r.hours), 3, r.oldest, f"{int(r.difference):+d}") for r in await conn.execute(query)]
