"""Failed logins: after some, a name from an address, or an address, must wait, and longer each time.

Kept in the database, so that neither a restart nor another gateway forgets. A try counts when it begins, so that many at
once are not more than many in turn.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.sql import insert_or, is_postgresql
from hub.store.tables import login_try

_FIRST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(minutes=15)
_KEY_AT_MOST: Final = 400
_DOUBLINGS_AT_MOST: Final = 10


async def begin(conn: AsyncConnection, free: Mapping[str, int], now: datetime) -> int:
    """Count a try for each key, unless one of them has to wait: then answer how many seconds, else 0.

    `free`: for each key the failed tries that cost no waiting.
    """
    keys = {key[:_KEY_AT_MOST]: number for key, number in free.items()}
    await conn.execute(delete(login_try).where(login_try.c.until < now - _LONGEST))  # long ago
    for key in sorted(keys):  # one order, and the row is there to be locked
        await conn.execute(insert_or(conn, login_try).values(key=key, count=0, until=now).on_conflict_do_nothing())
    query = select(login_try).where(login_try.c.key.in_(keys)).order_by(login_try.c.key)
    rows = (await conn.execute(query.with_for_update() if is_postgresql(conn) else query)).mappings().all()
    longest = max((row["until"] - now for row in rows), default=timedelta(0))
    if longest > timedelta(0):
        return int(longest.total_seconds()) + 1
    for row in rows:
        count, free_tries = row["count"] + 1, keys[row["key"]]
        doublings = min(max(count - free_tries, 0), _DOUBLINGS_AT_MOST)
        wait = min(_FIRST * 2**doublings, _LONGEST) if count >= free_tries else timedelta(0)
        changed = login_try.update().where(login_try.c.key == row["key"]).values(count=count, until=now + wait)
        await conn.execute(changed)
    return 0


async def forgive(conn: AsyncConnection, *keys: str) -> None:
    """The try that was begun has succeeded."""
    await conn.execute(delete(login_try).where(login_try.c.key.in_([key[:_KEY_AT_MOST] for key in keys])))
