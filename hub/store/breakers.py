"""The rows behind the circuit breakers of push endpoints: shared by all workers, one row per troubled agency."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.breaker import Breaker
from hub.store.database import Database
from hub.store.sql import among, skip_locked
from hub.store.tables import breaker


async def resting(database: Database, agencies: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Which of these endpoints are left alone just now, and until when. Who passes an open one is its probe."""
    async with database.read() as conn:
        query = select(breaker).where(among(conn, breaker.c.agency, agencies), breaker.c.open_until.is_not(None))
        found = (await conn.execute(query)).all()
    if not found:
        return {}
    answer = {}
    async with database.write() as conn:
        for row in found:
            until = await _rest(conn, row.agency, now)
            if until:
                answer[row.agency] = until
    return answer


async def _rest(conn: AsyncConnection, agency: str, now: datetime) -> datetime | None:
    row = await _load(conn, agency)
    if row is None:
        return None
    allowed, after = row.probe(now)
    if allowed:
        await conn.execute(update(breaker).where(breaker.c.agency == agency).values(open_until=after.open_until))
        return None
    return row.open_until


async def _load(conn: AsyncConnection, agency: str) -> Breaker | None:
    query = skip_locked(conn, select(breaker.c.failures, breaker.c.open_until).where(breaker.c.agency == agency))
    row = (await conn.execute(query)).first()
    return Breaker(row.failures, row.open_until) if row else None
