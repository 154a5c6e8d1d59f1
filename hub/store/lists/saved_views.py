"""Lists as people narrowed them, each under a name of theirs; nobody sees another's."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.ids import new_id
from hub.store.tables import saved_view

AT_MOST: Final = 30  # of one person and page


async def of(conn: AsyncConnection, person: str, page: str) -> list[dict[str, Any]]:
    """What a person saved of a page, by name."""
    mine = and_(saved_view.c.person == person, saved_view.c.page == page)
    query = select(saved_view.c.id, saved_view.c.name, saved_view.c.query).where(mine).order_by(saved_view.c.name)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def keep(conn: AsyncConnection, person: str, page: str, name: str, query: str, now: datetime) -> bool:
    """Save a list under a name, in the place of what had it before. False when there are AT_MOST others."""
    mine = and_(saved_view.c.person == person, saved_view.c.page == page)
    await conn.execute(delete(saved_view).where(mine, saved_view.c.name == name))
    if (await conn.execute(select(func.count()).select_from(saved_view).where(mine))).scalar_one() >= AT_MOST:
        return False
    row = {"id": new_id(), "person": person, "page": page, "name": name, "query": query, "saved_at": now}
    await conn.execute(insert(saved_view).values(row))
    return True


async def forget(conn: AsyncConnection, person: str, identity: str) -> str:
    """Drop one of a person's own; answers its page, "" when they have no such."""
    mine = and_(saved_view.c.person == person, saved_view.c.id == identity)
    dropped = await conn.execute(delete(saved_view).where(mine).returning(saved_view.c.page))
    return str(dropped.scalar_one_or_none() or "")
