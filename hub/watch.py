"""Wake what is due, free what was lost: the room that makes the others' promises hold when somebody died."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from hub.bus.notes import Note
from hub.domain.breaker import REST_MOST
from hub.settings import Settings
from hub.store.database import Database
from hub.store.road import changes, deliveries, due, originals, uploads
from hub.store.road.originals import ObjectStore

_AT_MOST: Final = 500  # deliveries woken a turn
_ORPHAN_AGE: Final = timedelta(hours=1)  # no transaction stays open so long


async def wake(
    database: Database, settings: Settings, deliver: Callable[[Sequence[Note]], Awaitable[None]], now: datetime
) -> int:
    """One turn of the clock: lost leases are queued again, due deliveries are handed to `deliver`. Answers how many.

    Changes that waited for their document go on first.
    """
    found = await due.look(database, now)
    if not any(found):
        return 0
    if found.changes:
        await changes.release(database, now)
    await deliveries.free_lost_leases(database, now)
    again_at = now + timedelta(seconds=max(settings.rebell_seconds, settings.lease_seconds))
    woken = 0
    while notes := await deliveries.wake(database, now, _AT_MOST, again_at):
        woken += len(notes)
        await deliver(notes)
        if len(notes) < _AT_MOST:
            break
    return woken


async def mend(database: Database, settings: Settings, now: datetime) -> int:
    """Bring back what was put off for longer than the hub ever puts anything off: a process with a wrong clock did it.

    Answers how many deliveries; they are due at once.
    """
    lease = timedelta(seconds=2 * settings.lease_seconds)
    pulled = timedelta(seconds=settings.rebell_seconds) + lease
    pushed = timedelta(seconds=settings.retry_most_seconds) + REST_MOST + pulled
    return await deliveries.mend(database, now, lease=lease, pulled=pulled, first=REST_MOST + pulled, pushed=pushed)


async def sweep(database: Database, store: ObjectStore, now: datetime) -> int:
    """Drop large originals that no envelope names: what a crash between the file and the commit leaves behind."""
    return await _sweep(database, store, now, originals.named_among)


async def sweep_uploads(database: Database, parts: ObjectStore, now: datetime) -> int:
    """Drop the parts of uploads that have expired, and those that no upload names. Answers how many."""
    dropped = 0
    while names := await uploads.expire(database, now, _AT_MOST):
        for name in names:
            await parts.drop(name)
        dropped += len(names)
    return dropped + await _sweep(database, parts, now, uploads.named_among)


async def _sweep(
    database: Database,
    store: ObjectStore,
    now: datetime,
    named_among: Callable[[Any, list[str]], Awaitable[set[str]]],
) -> int:
    older_than = now - _ORPHAN_AGE
    old = await store.digests(older_than)
    dropped = 0
    for start in range(0, len(old), _AT_MOST):
        some = old[start : start + _AT_MOST]
        async with database.read() as conn:
            named = await named_among(conn, some)
        for digest in some:
            if digest not in named:
                dropped += await store.drop(digest, older_than)
    return dropped
