"""A process whose clock is wrong keeps no document back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from hub import watch
from hub.domain.delivery import State
from hub.store.tables import breaker, delivery
from tests.offices import document
from tests.town import Town

AHEAD = timedelta(minutes=5)


async def test_a_gateway_goes_by_the_time_of_the_hub_not_by_its_own(town: Town) -> None:
    sender, _ = await town.settle("G22"), await town.settle("H53")
    town.hub.clock.offset = -timedelta(days=1)  # what `measure` finds where this machine's clock is a day ahead

    accepted = await sender.send(document("G22", ["H53"]))

    received_at = datetime.fromisoformat((await sender.envelope(accepted["id"]))["received_at"])
    assert datetime.now(UTC) - received_at > timedelta(hours=23)


@pytest.mark.parametrize("attempts", [0, 1])
async def test_what_a_wrong_clock_put_off_by_minutes_is_there_within_the_next_turns(town: Town, attempts: int) -> None:
    sender, recipient = await town.settle("G22"), await town.settle("H53")
    await sender.send(document("G22", ["H53"]))
    async with town.hub.database.write() as conn:  # accepted five minutes ahead, and its note lost
        later = {"next_attempt_at": datetime.now(UTC) + AHEAD, "attempts": attempts}
        await conn.execute(update(delivery).values(later).where(delivery.c.state == State.QUEUED))

    now = datetime.now(UTC)
    assert await watch.mend(town.hub.database, town.hub.settings, now) == 1
    await town.tick(now)

    assert len(await recipient.inbox(0)) == 1


async def test_what_waits_its_usual_time_is_left_waiting(town: Town) -> None:
    sender, _ = await town.settle("G22"), await town.settle("H53")
    await sender.send(document("G22", ["H53"]))

    assert await watch.mend(town.hub.database, town.hub.settings, datetime.now(UTC)) == 0


@pytest.mark.parametrize(("left_alone_for", "mended"), [(None, 1), (AHEAD, 0)])
async def test_a_first_push_is_put_off_by_an_endpoint_left_alone_and_by_nothing_else(
    town: Town,
    left_alone_for: timedelta | None,
    mended: int,
) -> None:
    sender = await town.settle("G22")
    await town.settle("H53", channel="folder", channel_config={"path": "/nowhere"})
    await sender.send(document("G22", ["H53"]))
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        await conn.execute(update(delivery).values(next_attempt_at=now + AHEAD))
        if left_alone_for:
            row = {"agency": "H53", "failures": 5, "open_until": now + left_alone_for, "last_error": "502"}
            await conn.execute(insert(breaker).values(row))

    assert await watch.mend(town.hub.database, town.hub.settings, now) == mended
