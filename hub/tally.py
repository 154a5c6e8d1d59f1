"""Counts the traffic of the last four weeks ahead of those who look at it, on one worker at a time.

Hour by hour for the charts: the last two every minute, the others in turn, for what is collected late changes them still.
Day by day and agency for the board: today every five minutes, with it one older day in turn; every minute until they
have come round once; months are the sums of their days, and those that were over before are counted once, going back. Nobody
waits for it: until an hour or a day is counted it is not in the figures.
"""

import asyncio
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Final

from hub import log
from hub.domain.deadline import LOCAL
from hub.domain.waited import quarters
from hub.errors import Unavailable
from hub.store import turns
from hub.store.database import Database
from hub.store.road import envelopes
from hub.store.watching import board, marks, months, traffic, types
from hub.store.watching.calendar import Calendars
from hub.store.watching.traffic import HOUR

WEEKS: Final = timedelta(days=28)
_EVERY_SECONDS: Final = 60.0
_TURN: Final = timedelta(seconds=150)
_OLD_HOURS: Final = 12  # counted again a turn: four weeks come round within the hour
_RECENT: Final = 2
_DAYS_EVERY: Final = timedelta(minutes=5)
_DAYS: Final = WEEKS // timedelta(days=1)
_KEPT: Final = timedelta(days=100)
_EARLIEST: Final = "months counted from"
_logger = log.get(__name__)


class Tally:
    """One worker's counting: where it stands among the hours of the four weeks."""

    def __init__(self, database: Database, calendars: Calendars) -> None:
        self._database = database
        self._calendars = calendars
        self._holder = uuid.uuid4().hex
        self._next: datetime | None = None  # the hour up to which the four weeks were counted, going back
        self._days_at: datetime | None = None  # when days were counted last
        self._back = 0  # which of the older days was counted last: so many days ago
        self._came_round = False

    async def count(self, now: datetime, *, whole: bool = False) -> bool:
        """Count the recent hours and some older ones (or the `whole` four weeks); False when another worker does it."""
        if not await turns.take(self._database, "tally", self._holder, now, _TURN):
            return False
        this = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        await self._recount(this - (_RECENT - 1) * HOUR, _RECENT, now)
        oldest = this - WEEKS
        await self._days(now, whole=whole)
        while True:
            end = self._next if self._next and self._next > oldest else this - (_RECENT - 1) * HOUR
            begin = max(end - _OLD_HOURS * HOUR, oldest)
            await self._recount(begin, int((end - begin) / HOUR), now)
            self._next = begin
            if not whole or begin == oldest:
                return True

    async def _days(self, now: datetime, *, whole: bool) -> None:
        if not whole and self._came_round and self._days_at and now < self._days_at + _DAYS_EVERY:
            return
        self._days_at = now
        today = now.astimezone(LOCAL).date()
        await self._calendars.refresh(now)
        self._back = self._back % (_DAYS - 1) + 1
        self._came_round = self._came_round or whole or self._back == _DAYS - 1
        older = range(1, _DAYS) if whole else (self._back,)
        for back in (0, *older):
            await self._day(today - timedelta(days=back), now)
        for month in {(today - timedelta(days=back)).replace(day=1) for back in (0, *older)}:
            await self._add_up(month)
        await self._earlier_month(today, now)
        while whole and await self._earlier_month(today, now):
            pass
        async with self._database.aside() as conn:
            await board.forget(conn, today - _KEPT)
            await types.forget(conn, today - _KEPT)

    async def _add_up(self, month: date) -> None:
        async with self._database.aside() as conn:
            await months.add_up(conn, month)

    async def _earlier_month(self, today: date, now: datetime) -> bool:
        """Count a month that was over before anybody counted, the latest of them; False when there is none left.

        Each once: what was counted is kept. A worker that dies meanwhile has kept nothing, and the next begins it anew.
        """
        async with self._database.read() as conn:
            first, kept = await envelopes.oldest(conn), await marks.get(conn, _EARLIEST)
        whole_from = date.fromisoformat(kept) if kept else today - timedelta(days=_DAYS - 1)
        if first is None or first.astimezone(LOCAL).date() >= whole_from:
            return False
        month = (whole_from - timedelta(days=1)).replace(day=1)
        day, began = month, time.monotonic()
        while day < whole_from:
            at = now + timedelta(seconds=time.monotonic() - began)
            if not await turns.take(self._database, "tally", self._holder, at, _TURN):  # kept: this may take its time
                return False
            await self._day(day, now)
            day += timedelta(days=1)
        await self._add_up(month)
        async with self._database.aside() as conn:
            await marks.put(conn, _EARLIEST, month.isoformat())
        return True

    async def _day(self, day: date, now: datetime) -> None:
        async with self._database.aside() as conn:
            of_the_day = quarters(day, self._calendars.usual)
            await board.recount(conn, day, of_the_day, now)
            await types.recount(conn, day, of_the_day[0].begins)

    async def _recount(self, begin: datetime, hours: int, now: datetime) -> None:
        if hours:
            async with self._database.aside() as conn:
                await traffic.recount(conn, [begin + number * HOUR for number in range(hours)], now)


async def run(database: Database, calendars: Calendars) -> None:
    """Count until cancelled."""
    tally = Tally(database, calendars)
    while True:
        try:
            await tally.count(datetime.now(UTC))
        except Unavailable as error:
            _logger.warning("tally.waits", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
