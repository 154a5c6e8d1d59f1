"""Whether there is anything for the clock to do: asked every second by every worker, so in one statement."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select

from hub.store.database import Database
from hub.store.road import changes, deliveries


class Due(NamedTuple):
    """What there is for a turn of the clock."""

    changes: bool
    deliveries: bool


async def look(database: Database, now: datetime) -> Due:
    """Look, and write nothing."""
    query = select(exists(changes.released(now)), exists(deliveries.due(now)))
    async with database.read() as conn:
        return Due(*(await conn.execute(query)).one())
