"""Notes waiting to be carried. Claimed with a lease, published with no transaction open, then forgotten.

A claim or a forgetting that a crash of the database undoes makes a note come twice, or by the clock, and nothing worse: neither
waits for the disk.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.bus.notes import Note
from hub.store.columns import Instant
from hub.store.database import Database
from hub.store.sql import dashed
from hub.store.tables import outbox

_NOTE: Final = (outbox.c.id, outbox.c.level, outbox.c.recipient, outbox.c.delivery_id, outbox.c.rank)
_NOW: Final = bindparam("now", type_=Instant())
_UNTIL: Final = bindparam("until", type_=Instant())
_MOST: Final = bindparam("most", type_=Integer())
# Built once: at a steady pace, to put a statement together costs as much as to have it done.
_FIRST: Final = (
    select(outbox.c.id).order_by(outbox.c.rank, outbox.c.id).limit(_MOST).with_for_update(skip_locked=True)
)  # SQLite has one writer, and no such clause
_FREE: Final = or_(
    outbox.c.claimed_until.is_(None),
    outbox.c.claimed_until <= _NOW,
    outbox.c.claimed_until > bindparam("beyond", type_=Instant()),  # by somebody whose clock is wrong
)
_CLAIM: Final = (
    update(outbox)
    .where(outbox.c.id.in_(_FIRST.where(_FREE).scalar_subquery()))
    .values(claimed_until=_UNTIL)
    .returning(*_NOTE)
)
_TAKE: Final = delete(outbox).where(outbox.c.id.in_(_FIRST.scalar_subquery())).returning(*_NOTE)
_FORGET: Final = delete(outbox).where(outbox.c.id == func.any(bindparam("ids", type_=ARRAY(outbox.c.id.type))))
_FORGET_ON_SQLITE: Final = delete(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_TAKE_ON_SQLITE: Final = """
DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY rank, id LIMIT ?)
RETURNING rank, id, level, recipient, delivery_id"""


async def claim(database: Database, now: datetime, most: int, lease: timedelta) -> list[tuple[int, Note]]:
    """Take up to `most` notes, the most urgent and oldest first; they are mine until `now + lease`."""
    until = now + lease
    async with database.light() as conn:
        result = await conn.execute(_CLAIM, {"now": now, "until": until, "beyond": until + lease, "most": most})
        return [(row.id, _note(row)) for row in _in_order(result)]


async def take(database: Database, most: int) -> list[Note]:
    """Take up to `most` notes for good, the most urgent and oldest first: for a bus that cannot fail."""
    if database.is_sqlite:
        taken = await database.at_once(lambda execute: sorted(execute(_TAKE_ON_SQLITE, (most,))), light=True)
        return [Note(level, recipient, dashed(plain), 3 - rank) for rank, _, level, recipient, plain in taken]
    async with database.light() as conn:
        return [_note(row) for row in _in_order(await conn.execute(_TAKE, {"most": most}))]


def _in_order(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    return sorted(rows, key=lambda row: (row.rank, row.id))


def _note(row: Row[Any]) -> Note:
    return Note(row.level, row.recipient, row.delivery_id, 3 - row.rank)


async def forget(database: Database, ids: Sequence[int]) -> None:
    """These are published: drop them."""
    if not ids:
        return
    async with database.light() as conn:
        await conn.execute(_FORGET_ON_SQLITE if database.is_sqlite else _FORGET, {"ids": list(ids)})


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
