"""Keeps the index that search looks at, and whose each document is, a moment behind the road and on one worker at a time.

Promise: every document gets into it; until it is, search looks at the document itself.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from hub import log
from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.road import envelopes, parties, search
from hub.store.road.looking import Look

_AT_MOST: Final = 500  # documents a transaction: none of them is long
_EVERY_SECONDS: Final = 2.0
_OVERLAP: Final = timedelta(seconds=5)  # what is looked at again, for what was accepted first and committed last
_WHOLE_EVERY: Final = 20.0  # seconds, for what took longer than that
_LATE_SECONDS: Final = 10.0  # after the newest came, for what was received before it and is committed after it
_AT_LEAST_EVERY: Final = 60.0  # seconds
_logger = log.get(__name__)


@dataclass(slots=True)
class _Index:
    """One of the two, and how far this process has seen to it."""

    add: Callable[[AsyncConnection, datetime, Look], Awaitable[Look | None]]
    newest: datetime | None = None
    whole_at: float = 0.0

    async def fill(self, database: Database, now: datetime) -> int:
        """Enter what is missing; answers how many documents that were."""
        began, entered = time.monotonic(), 0
        look = Look(_AT_MOST)
        if self.newest is not None and began - self.whole_at < _WHOLE_EVERY:
            look = Look(_AT_MOST, self.newest - _OVERLAP, is_whole=False)
        while True:
            async with database.aside() as conn:
                step = await self.add(conn, now, look)
            if step is None:  # another worker is at it, and nothing was looked at
                return entered
            look = step
            entered += look.count
            if look.is_over:
                break
        found = look.start if entered else None
        self.newest = min(now, max(filter(None, (self.newest, found)), default=now))  # no clock ahead leaves a gap
        if look.is_whole:
            self.whole_at = began
        return entered


class Catalogue:
    """Both indexes. Looks through all that may be missing at first, and then every so often."""

    def __init__(self, database: Database) -> None:
        """Nothing is looked at yet."""
        self._database = database
        self._words, self._parties = _Index(search.add), _Index(parties.add)

    async def keep(self, now: datetime) -> int:
        """Enter whatever is not in them; answers how many documents are new among the words."""
        entered = await self._words.fill(self._database, now)
        await self._parties.fill(self._database, now)
        return entered


async def keep(database: Database, now: datetime) -> int:
    """Enter whatever is missing, once."""
    return await Catalogue(database).keep(now)


async def run(database: Database) -> None:
    """Keep it until cancelled; while nothing comes in, one question a turn."""
    newest: datetime | None = None
    stillness, catalogue = database.stillness(), Catalogue(database)
    came = kept = -_AT_LEAST_EVERY
    while True:
        try:
            now = time.monotonic()
            with stillness.since_last() as may_be_new:
                if may_be_new:
                    async with database.read() as conn:
                        before, newest = newest, await envelopes.newest(conn)
                    came = now if newest != before else came
            if now - came < _LATE_SECONDS or now - kept >= _AT_LEAST_EVERY:
                await catalogue.keep(datetime.now(UTC))
                kept = now
        except Unavailable as error:
            _logger.warning("catalogue.waits", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
