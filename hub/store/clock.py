"""What time it is for the hub: the database's time, so that two workers never disagree about whose lease is over.

A worker whose own clock is an hour fast would hold what it claims for an hour after its death; one that is slow would
take away what others hold. On SQLite there is one process and one clock.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import func, select

from hub.store.database import Database

_TOLERATED: Final = timedelta(seconds=1)  # what time synchronisation leaves, and a slow answer looks like


class Clock:
    """The time by this process's clock, set right by the database's each time `measure` is called."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.offset = timedelta()

    def now(self) -> datetime:
        """The hub's time."""
        return datetime.now(UTC) + self.offset

    async def measure(self) -> timedelta:
        """Ask the database, and go by its time from now on where ours differs by more than a second."""
        if self._database.is_sqlite:
            return self.offset
        asked = time.monotonic()
        async with self._database.read() as conn:
            there = cast("Any", (await conn.execute(select(func.clock_timestamp()))).scalar_one())
        found: timedelta = there - datetime.now(UTC)
        on_its_way = timedelta(seconds=time.monotonic() - asked)
        if abs(found) < _TOLERATED + on_its_way:
            self.offset = timedelta()
        else:
            self.offset = found
        return self.offset
