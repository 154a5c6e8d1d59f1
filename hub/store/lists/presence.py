"""Who is there, and whose envelopes were refused: figures of the overview."""

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.store.directory.agencies import today
from hub.store.sight import seen
from hub.store.tables import agency, agency_seen, api_key, refusal

_AT_MOST: Final = 10_000  # refusals that are looked at


async def refused(conn: AsyncConnection, since: datetime, sight: Sight | None) -> dict[str, int]:
    """How many envelopes were refused since a moment, by the first reason given."""
    latest = (
        select(refusal.c.codes, refusal.c.at, refusal.c.agency)
        .where(*(seen(sight, refusal.c.agency) if sight and not sight.below else []))
        .order_by(refusal.c.seq.desc())
        .limit(_AT_MOST)
        .subquery()
    )
    counts: Counter[str] = Counter()
    query = select(latest.c.codes).where(latest.c.at >= since)
    if sight and sight.below:  # no index is in their order: of those of many agencies, those among the latest of all
        query = query.where(*seen(sight, latest.c.agency))
    for (codes,) in await conn.execute(query):
        counts[codes[0] if codes else ""] += 1
    return dict(counts)


async def online(conn: AsyncConnection, since: datetime, sight: Sight | None) -> tuple[int, int]:
    """How many agencies asked for their inbox since a moment, of how many that could: those with a key that counts."""
    able = (
        select(api_key.c.agency)
        .join(agency, agency.c.code == api_key.c.agency)
        .where(
            api_key.c.revoked_at.is_(None),
            or_(agency.c.valid_to.is_(None), agency.c.valid_to > today()),
            agency.c.channel == "inbox",
            *(seen(sight, agency.c.code) if sight else []),
        )
        .distinct()
        .subquery()
    )
    here = select(func.count()).select_from(able.join(agency_seen, agency_seen.c.agency == able.c.agency))
    known = (await conn.execute(select(func.count()).select_from(able))).scalar_one()
    return (await conn.execute(here.where(agency_seen.c.polled_at >= since))).scalar_one(), known
