"""Notes waiting to be carried. Claimed with a lease, published with no transaction open, then forgotten.

A claim or a forgetting that a crash of the database undoes makes a note come twice, or by the clock, and nothing worse: neither
waits for the disk.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, cast, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.bus.notes import Note
from hub.store.database import Database
from hub.store.sql import is_postgresql, skip_locked
from hub.store.tables import outbox


async def claim(database: Database, now: datetime, most: int, lease: timedelta) -> list[tuple[int, Note]]:
    """Take up to `most` notes, the most urgent and oldest first; they are mine until `now + lease`."""
    chosen = (
        select(outbox.c.id)
        .where(
            or_(
                outbox.c.claimed_until.is_(None),
                outbox.c.claimed_until <= now,
                outbox.c.claimed_until > now + 2 * lease,  # by somebody whose clock is wrong
            )
        )
        .order_by(outbox.c.rank, outbox.c.id)
        .limit(most)
    )
    async with database.light() as conn:
        result = await conn.execute(
            update(outbox)
            .where(outbox.c.id.in_(skip_locked(conn, chosen).scalar_subquery()))
            .values(claimed_until=now + lease)
            .returning(outbox.c.id, outbox.c.level, outbox.c.recipient, outbox.c.delivery_id, outbox.c.rank)
        )
        taken = [(r.id, Note(r.level, r.recipient, r.delivery_id, 3 - r.rank)) for r in result]
    taken.sort(key=lambda pair: (-pair[1].priority, pair[0]))
    return taken


async def take(database: Database, most: int) -> list[Note]:
    """Take up to `most` notes for good, the most urgent and oldest first: for a bus that cannot fail."""
    async with database.light() as conn:
        chosen = select(outbox.c.id).order_by(outbox.c.rank, outbox.c.id).limit(most)
        result = await conn.execute(
            delete(outbox)
            .where(outbox.c.id.in_(skip_locked(conn, chosen).scalar_subquery()))
            .returning(outbox.c.id, outbox.c.level, outbox.c.recipient, outbox.c.delivery_id, outbox.c.rank)
        )
        taken = sorted(result.all(), key=lambda row: (row.rank, row.id))
    return [Note(row.level, row.recipient, row.delivery_id, 3 - row.rank) for row in taken]


async def forget(database: Database, ids: Sequence[int]) -> None:
    """These are published: drop them."""
    if not ids:
        return
    async with database.light() as conn:
        if is_postgresql(conn):
            chosen = outbox.c.id == func.any(cast(bindparam(None, list(ids)), ARRAY(outbox.c.id.type)))
        else:
            chosen = outbox.c.id.in_(ids)
        await conn.execute(delete(outbox).where(chosen))


async def release(database: Database, ids: Sequence[int]) -> None:
    """These could not be published: give them back at once."""
    if not ids:
        return
    async with database.write() as conn:
        await conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(claimed_until=None))


async def leave(conn: AsyncConnection, notes: Sequence[Note]) -> None:
    """Leave notes, in the caller's transaction."""
    if notes:
        await conn.execute(
            insert(outbox),
            [
                {"level": n.level, "recipient": n.recipient, "delivery_id": n.delivery, "rank": 3 - n.priority}
                for n in notes
            ],
        )


async def waiting(conn: AsyncConnection) -> int:
    """How many notes wait (counted up to 100,000: it is a gauge, not a ledger)."""
    some = select(outbox.c.id).limit(100_000).subquery()
    return int((await conn.execute(select(func.count()).select_from(some))).scalar_one())
