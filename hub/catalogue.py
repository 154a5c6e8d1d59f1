"""Keeps the index that search looks at, and whose each document is, a moment behind the road and on one worker at a time.

Promise: every document gets into it; until it is, search looks at the document itself.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

from hub import log
from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.road import envelopes, parties, search

_AT_MOST: Final = 500  # documents a transaction: none of them is long
_EVERY_SECONDS: Final = 2.0
_LATE_SECONDS: Final = 10.0  # after the newest came, for what was received before it and is committed after it
_AT_LEAST_EVERY: Final = 60.0  # seconds
_logger = log.get(__name__)


async def keep(database: Database, now: datetime) -> int:
    """Enter whatever is not in the index and whose it is; answers how many documents are new in the index."""
    entered = 0
    while True:
        async with database.aside() as conn:
            count = await search.add(conn, now, _AT_MOST)
        entered += count
        if count < _AT_MOST:
            break
    count = _AT_MOST
    while count == _AT_MOST:
        async with database.aside() as conn:
            count = await parties.add(conn, now, _AT_MOST)
    return entered


async def run(database: Database) -> None:
    """Keep it until cancelled; while nothing comes in, one question a turn."""
    newest: datetime | None = None
    stillness = database.stillness()
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
                await keep(database, datetime.now(UTC))
                kept = now
        except Unavailable as error:
            _logger.warning("catalogue.waits", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
