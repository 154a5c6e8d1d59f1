"""Outbox -> bus. Claims notes, publishes them with no transaction open, forgets them when the bus has them.

Promise: a note may be published twice, never lost; while the bus is down notes wait, and nothing else does.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from hub import failpoint, log
from hub.bus.bus import Bus
from hub.errors import Unavailable
from hub.store.bell import OUTBOX
from hub.store.database import Database
from hub.store.road import outbox

_AT_MOST: Final = 1000  # notes a turn: one produce request's worth
_LEASE: Final = timedelta(seconds=30)  # longer than the bus's own deadline for a publish
_LOOK_AGAIN_SECONDS: Final = 5.0  # without a ring: for notes whose relay died with them
_REST_AT_MOST_SECONDS: Final = 5.0
_GATHER_SECONDS: Final = (
    0.005  # after a turn: what comes meanwhile goes together, and a turn costs four statements and a batch
)
_logger = log.get(__name__)


async def run(database: Database, bus: Bus, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Carry notes until cancelled; wakes by the bell, and now and then by itself."""
    rest = 0.2
    async with database.bell.waiting(OUTBOX) as bell:
        while True:
            bell.clear()
            try:
                carried = await carry(database, bus, now())
            except Unavailable as error:
                _logger.warning("relay.waits", reason=str(error), seconds=rest)
                await asyncio.sleep(rest)
                rest = min(rest * 2, _REST_AT_MOST_SECONDS)
                continue
            rest = 0.2
            if carried < _AT_MOST:
                if carried and not bus.never_fails:
                    await asyncio.sleep(_GATHER_SECONDS)
                await _ring_or_time(bell)


async def carry(database: Database, bus: Bus, now: datetime) -> int:
    """One turn: up to a thousand notes, the most urgent first. Answers how many were carried."""
    if bus.never_fails:  # one commit instead of two; should we die before it is published, the clock finds the delivery
        notes = await outbox.take(database, _AT_MOST)
        if notes:
            await bus.publish(notes)
        return len(notes)
    taken = await outbox.claim(database, now, _AT_MOST, _LEASE)
    if not taken:
        return 0
    failpoint.reach("notes-claimed")
    ids = [number for number, _ in taken]
    try:
        await bus.publish([note for _, note in taken])
    except Unavailable:
        await outbox.release(database, ids)
        raise
    failpoint.reach("notes-acknowledged")
    await outbox.forget(database, ids)
    return len(taken)


async def _ring_or_time(bell: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
            await bell.wait()
    except TimeoutError:
        pass
