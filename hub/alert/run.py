"""The loop: take the turn, look, write what is due, send what is written, for as long as the worker runs."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta

from hub import log, metrics
from hub.alert.room import Alerts
from hub.errors import Unavailable
from hub.store import turns

_logger = log.get(__name__)
_TURN = timedelta(minutes=5)  # if a worker dies in its turn, another takes over after so long


async def run(room: Alerts) -> None:
    """Watch until cancelled."""
    holder = uuid.uuid4().hex
    while True:
        try:
            await once(room, datetime.now(UTC), holder)
        except Unavailable as error:
            _logger.warning("alerts.wait", reason=str(error))
        await asyncio.sleep(room.settings.alert_seconds)


async def once(room: Alerts, now: datetime, holder: str) -> bool:
    """One turn, if it is ours. False when another worker has it."""
    if not await turns.take(room.database, "alerts", holder, now, _TURN):
        return False
    started = time.perf_counter()
    await room.directory.refresh()
    turn = await room.tick(now)
    await room.write_mails(now)
    await room.send_mails(now)
    await room.call(now)
    metrics.ALERT_SECONDS.observe(turn.longest_seconds)
    if turn.raised or turn.cleared or turn.escalated or turn.reminded:
        _logger.info(
            "alerts.turn",
            raised=turn.raised,
            cleared=turn.cleared,
            reminded=turn.reminded,
            escalated=turn.escalated,
            slices=turn.slices,
            seconds=round(time.perf_counter() - started, 3),
        )
    return True
