"""The rows behind the circuit breakers of push endpoints: shared by all workers, one row per troubled agency."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.breaker import Breaker
from hub.store.database import Database
from hub.store.sql import among, insert_or, is_postgresql
from hub.store.tables import breaker


async def resting(database: Database, agencies: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Which of these endpoints are left alone just now, and until when. Who passes an open one is its probe."""
    async with database.read() as conn:
        query = select(breaker.c.agency).where(
            among(conn, breaker.c.agency, agencies), breaker.c.open_until.is_not(None)
        )
        troubled = list((await conn.execute(query)).scalars())
    answer = {}
    for agency in troubled:
        async with database.write() as conn:
            known = await _load(conn, agency)
            allowed, after = known.probe(now)
            if allowed:
                await _save(conn, agency, after)
            elif known.open_until:
                answer[agency] = known.open_until
    return answer


async def failed(database: Database, agency: str, reason: str, now: datetime, threshold: int) -> None:
    """Count a failure of this agency's endpoint."""
    async with database.write() as conn:
        first = insert_or(conn, breaker).values(agency=agency, failures=0, last_error=reason)
        await conn.execute(first.on_conflict_do_nothing())  # so that there is a row to lock: failures come at once
        known = await _load(conn, agency)
        await _save(conn, agency, known.after_failure(now, threshold), reason)


async def succeeded(database: Database, agency: str) -> None:
    """The endpoint works: forget its failures."""
    async with database.read() as conn:
        troubled = (await conn.execute(select(breaker.c.agency).where(breaker.c.agency == agency))).first()
    if troubled:
        async with database.write() as conn:
            await conn.execute(delete(breaker).where(breaker.c.agency == agency))


async def _load(conn: AsyncConnection, agency: str) -> Breaker:
    query = select(breaker.c.failures, breaker.c.open_until).where(breaker.c.agency == agency)
    row = (await conn.execute(query.with_for_update() if is_postgresql(conn) else query)).first()
    return Breaker(row.failures, row.open_until) if row else Breaker()


async def _save(conn: AsyncConnection, agency: str, after: Breaker, reason: str | None = None) -> None:
    values: dict[str, Any] = {"failures": after.failures, "open_until": after.open_until}
    if reason is not None:
        values["last_error"] = reason
    await conn.execute(update(breaker).where(breaker.c.agency == agency).values(**values))
