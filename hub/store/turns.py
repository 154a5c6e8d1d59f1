"""Errands that one of several workers runs at a time: who holds the turn, and until when if it dies meanwhile."""

from datetime import datetime, timedelta

from sqlalchemy import insert, or_, update
from sqlalchemy.exc import IntegrityError

from hub.store.database import Database
from hub.store.tables import turn


async def take(database: Database, errand: str, holder: str, now: datetime, span: timedelta) -> bool:
    """Take the turn, or keep it, for a span from now on; False while somebody else holds it."""
    async with database.write() as conn:
        free = or_(turn.c.holder == holder, turn.c.until <= now)
        changed = await conn.execute(
            update(turn).where(turn.c.errand == errand, free).values(holder=holder, until=now + span)
        )
        if changed.rowcount:
            return True
    try:
        async with database.write() as conn:
            await conn.execute(insert(turn).values(errand=errand, holder=holder, until=now + span))
    except IntegrityError:
        return False
    return True


async def give_back(database: Database, errand: str, holder: str, now: datetime) -> None:
    """Let somebody else have the turn at once."""
    async with database.write() as conn:
        await conn.execute(update(turn).where(turn.c.errand == errand, turn.c.holder == holder).values(until=now))
