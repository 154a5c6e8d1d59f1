"""Counts the traffic of the last four weeks ahead of those who look at it, hour by hour, on one worker at a time.

The last two hours are counted every minute, the others in turn: what is collected late changes them still. Nobody waits
for it: until an hour is counted it is not in the charts.
"""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from hub import log
from hub.errors import Unavailable
from hub.store import traffic, turns
from hub.store.database import Database
from hub.store.traffic import HOUR

WEEKS: Final = timedelta(days=28)
_EVERY_SECONDS: Final = 60.0
_TURN: Final = timedelta(seconds=150)
_OLD_HOURS: Final = 12  # counted again a turn: four weeks come round within the hour
_RECENT: Final = 2
_logger = log.get(__name__)


class Tally:
    """One worker's counting: where it stands among the hours of the four weeks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = uuid.uuid4().hex
        self._next: datetime | None = None  # the hour up to which the four weeks were counted, going back

    async def count(self, now: datetime, *, whole: bool = False) -> bool:
        """Count the recent hours and some older ones (or the `whole` four weeks); False when another worker does it."""
        if not await turns.take(self._database, "tally", self._holder, now, _TURN):
            return False
        this = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        await self._recount(this - (_RECENT - 1) * HOUR, _RECENT, now)
        oldest = this - WEEKS
        while True:
            end = self._next if self._next and self._next > oldest else this - (_RECENT - 1) * HOUR
            begin = max(end - _OLD_HOURS * HOUR, oldest)
            await self._recount(begin, int((end - begin) / HOUR), now)
            self._next = begin
            if not whole or begin == oldest:
                return True

    async def _recount(self, begin: datetime, hours: int, now: datetime) -> None:
        if hours:
            async with self._database.write() as conn:
                await traffic.recount(conn, [begin + number * HOUR for number in range(hours)], now)


async def run(database: Database) -> None:
    """Count until cancelled."""
    tally = Tally(database)
    while True:
        try:
            await tally.count(datetime.now(UTC))
        except Unavailable as error:
            _logger.warning("tally.waits", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
