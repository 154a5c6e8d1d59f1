"""Whether there is anything for the clock to do: asked every second by every worker, so in one statement."""

from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, bindparam, exists, select

from hub.store.database import Database
from hub.store.road import changes, deliveries
from hub.store.tables import delivery


class Due(NamedTuple):
    """What there is for a turn of the clock."""

    changes: bool
    deliveries: bool


async def look(database: Database, now: datetime) -> Due:
    """Look, and write nothing."""
    async with database.read() as conn:
        return Due(*(await conn.execute(_question(), {"now": now})).one())


@cache
def _question() -> Select[bool, bool]:
    """Made once: to make it costs more than to ask it."""
    now = bindparam("now", type_=delivery.c.next_attempt_at.type)
    return select(exists(changes.released(now)), exists(deliveries.due(now)))
