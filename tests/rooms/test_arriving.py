"""Who waits for an inbox or a feed is woken by what arrives, however much of it there is."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from hub.domain.agency import Agency, Level
from hub.store.bell import feed, inbox
from hub.store.directory import registry
from hub.store.road import arriving
from tests.offices import document
from tests.town import Town


async def test_a_large_batch_wakes_everybody_it_is_for(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    now = datetime.now(UTC)
    codes = [f"H53.{n:03d}.NHAN-DAI-HON-MUOI-KY-TU" for n in range(400)]  # more than one NOTIFY holds
    async with town.hub.database.write() as conn:
        for code in codes:
            await registry.add(conn, Agency(code, f"Xã {code}", Level.COMMUNE), now)
    await town.hub.directory.refresh()
    accepted = await sender.send(document("G22", codes))
    ids = [each["id"] for each in accepted["deliveries"]]
    async with AsyncExitStack() as stack:
        waiting = [
            await stack.enter_async_context(town.hub.database.bell.waiting(key))
            for key in [feed("G22"), *map(inbox, codes)]
        ]
        waiting[0].clear()  # it rang when the document was accepted

        moved = await arriving.make_available(town.hub.database, ids, now, pdf_signatures=True)

        async with asyncio.timeout(20):
            await asyncio.gather(*(event.wait() for event in waiting))
    assert moved == len(codes)
    assert await arriving.make_available(town.hub.database, ids, now, pdf_signatures=True) == 0
