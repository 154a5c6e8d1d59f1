"""Where the watch stands: a word kept under a name."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.tables import watch_mark


async def get(conn: AsyncConnection, name: str) -> str:
    """What is kept under a name; "" when nothing is."""
    found = (await conn.execute(select(watch_mark.c.value).where(watch_mark.c.name == name))).scalar_one_or_none()
    return found or ""


async def put(conn: AsyncConnection, name: str, value: str) -> None:
    """Keep a word under a name."""
    moved = await conn.execute(update(watch_mark).where(watch_mark.c.name == name).values(value=value))
    if not moved.rowcount:
        await conn.execute(insert(watch_mark).values(name=name, value=value))
