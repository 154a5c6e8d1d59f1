"""Runs the rooms behind the faces until told to stop: the relay, the notes from the bus, and the clock."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from hub import alert, catalogue, failpoint, inspect, ledger, log, midnight, recheck, refresh, relay, tally, watch
from hub.attest.sequencer import Sequencer
from hub.attest.stamping import Stamper, read_roots
from hub.errors import Unavailable
from hub.store.bell import DIRECTORY
from hub.trust.pdf_process import expect_pdfs
from hub.wiring import Hub

_TICK_SECONDS: Final = 1.0  # how late a retry may be; one indexed question a tick
_FETCH_SECONDS: Final = 5.0  # how late word of revocation may be fetched
_BOOKS_SECONDS: Final = 10.0  # between two entries in the ledger
_MEND_EVERY: Final = 10  # ticks between two looks for times that only a wrong clock can have set
_SWEEP_EVERY: Final = 3600  # ticks between two sweeps of orphaned originals
_POLLS_EVERY: Final = 20  # ticks between two notes of who asked for an inbox
_logger = log.get(__name__)


async def run(hub: Hub) -> None:
    """Work until cancelled."""
    settings = hub.settings
    if settings.pdf_signatures:
        expect_pdfs()
    sequencer = Sequencer(hub.database, hub.seal, settings.log_head_seconds)
    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run(hub.database, hub.bus, hub.clock.now), name="relay")
        group.create_task(_notes(hub), name="deliver")
        group.create_task(_clock(hub), name="watch")
        group.create_task(sequencer.run(), name="attest")
        if settings.tsa_url:
            stamper = Stamper(hub.database, settings.tsa_url, read_roots(settings.tsa_roots), settings.tsa_seconds)
            group.create_task(stamper.run(sequencer), name="stamp")
        group.create_task(_books(hub), name="ledger")
        group.create_task(tally.run(hub.database, hub.calendars), name="tally")
        group.create_task(catalogue.run(hub.database), name="catalogue")
        group.create_task(alert.run(hub.alerts), name="alert")
        group.create_task(alert.run_subscriptions(hub.alerts), name="reports")
        group.create_task(midnight.run(hub.database, hub.clock.now), name="midnight")
        group.create_task(refresh.run(hub.refresher, _FETCH_SECONDS), name="refresh")
        group.create_task(inspect.run(hub.inspector), name="inspect")
        group.create_task(recheck.run(hub.rechecker), name="recheck")


async def _notes(hub: Hub) -> None:
    async for batch in hub.bus.consume():
        rest = 0.2
        failpoint.reach("notes-polled")
        while True:  # the batch stays in hand until its deliveries are in the database's care
            try:
                await hub.deliverer.take(batch.notes)
                break
            except Unavailable as error:
                _logger.warning("deliver.waits", reason=str(error), seconds=rest)
                await asyncio.sleep(rest)
                rest = min(rest * 2, 5.0)
        failpoint.reach("notes-done")
        await batch.done()


async def _clock(hub: Hub) -> None:
    ticks = 0
    while True:
        try:
            await hub.clock.measure()
            now = hub.clock.now()
            if ticks % _MEND_EVERY == 0:
                await watch.mend(hub.database, hub.settings, now)
            await watch.wake(hub.database, hub.settings, lambda notes: hub.deliverer.take(notes, due=True), now)
            if ticks % _SWEEP_EVERY == 0:
                await watch.sweep(hub.database, hub.originals, now)
                await watch.sweep_uploads(hub.database, hub.parts, now)
                await hub.spool.sweep()
            ticks += 1
        except Unavailable as error:
            _logger.warning("watch.waits", reason=str(error))
        await asyncio.sleep(_TICK_SECONDS)


async def _books(hub: Hub) -> None:
    while True:
        try:
            await ledger.keep(hub.database, datetime.now(UTC))
        except Unavailable as error:
            _logger.warning("ledger.waits", reason=str(error))
        await asyncio.sleep(_BOOKS_SECONDS)


async def keep_directory_fresh(hub: Hub) -> None:
    """Forget what was cached of the directory and the trust store within a second of its change, until cancelled.

    And go by the database's time, as all processes of a hub do.
    """
    ticks = 0
    hub.directory.lease()
    async with hub.database.bell.waiting(DIRECTORY) as changed:
        while True:
            changed.clear()
            ticks += 1
            await _refresh(hub, ticks)
            with suppress(TimeoutError):  # a change is heard of at once; a bell that is lost costs a second
                await asyncio.wait_for(changed.wait(), _TICK_SECONDS)


async def _refresh(hub: Hub, ticks: int) -> None:
    try:
        version = await hub.directory.refresh()
        await hub.clock.measure()
        await hub.trust.refresh(version)
        await hub.calendars.refresh(datetime.now(UTC), version)
        if ticks % _POLLS_EVERY == 0:
            await hub.polls.write()
    except Unavailable as error:
        _logger.warning("directory.stale", reason=str(error))
