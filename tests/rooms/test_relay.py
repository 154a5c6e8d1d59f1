import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from hub import relay
from hub.bus.bus import MemoryBus
from hub.bus.notes import Note
from hub.errors import Unavailable
from hub.store.road import outbox
from tests.offices import document
from tests.town import Town


class Carrier(MemoryBus):
    """A bus that keeps a list of what it was given, and that can be away, or slow, or lose its answer."""

    never_fails = False

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Note] = []
        self.is_away = False
        self.answer_is_lost = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_asked = asyncio.Event()

    async def publish(self, notes: Sequence[Note]) -> None:
        self.is_asked.set()
        await self.may_answer.wait()
        if self.is_away:
            raise Unavailable("nobody there")
        self.taken += notes
        if self.answer_is_lost:
            raise Unavailable("taken, but who knows")


def note(recipient: str = "H53", priority: int = 0) -> Note:
    return Note("province", recipient, str(uuid.uuid4()), priority)


async def leave(town: Town, count: int, priority: int = 0) -> list[Note]:
    """Notes in the outbox, each left in a transaction of its own kind: ten together."""
    notes = [note(f"H{n % 7}", priority) for n in range(count)]
    for start in range(0, count, 10):
        async with town.hub.database.write() as conn:
            await outbox.leave(conn, notes[start : start + 10])
    return notes


async def carry(town: Town, bus: Carrier, after: timedelta = timedelta()) -> int:
    return await relay.carry(town.hub.database, bus, datetime.now(UTC) + after)


async def waiting(town: Town) -> int:
    async with town.hub.database.read() as conn:
        return await outbox.waiting(conn)


async def test_notes_are_carried_once_and_in_their_order(town: Town) -> None:
    bus, notes = Carrier(), await leave(town, 25)

    assert await carry(town, bus) == 25
    assert await carry(town, bus) == 0

    assert bus.taken == notes
    assert await waiting(town) == 0


async def test_the_urgent_are_carried_first_and_the_rest_keep_their_order(town: Town) -> None:
    bus = Carrier()
    by_priority = {priority: await leave(town, 5, priority) for priority in (0, 3, 1, 2)}

    await carry(town, bus)

    assert bus.taken == [one for priority in (3, 2, 1, 0) for one in by_priority[priority]]


async def test_a_thousand_notes_a_turn_and_the_urgent_of_them_all_in_the_first(town: Town) -> None:
    bus, ordinary, urgent = Carrier(), await leave(town, 1005), await leave(town, 5, 3)

    assert [await carry(town, bus) for _ in range(3)] == [1000, 10, 0]

    assert bus.taken == [*urgent, *ordinary]


async def test_while_the_bus_is_away_notes_wait_and_none_is_lost(town: Town) -> None:
    bus, notes = Carrier(), await leave(town, 25)
    bus.is_away = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            await carry(town, bus)
    assert (bus.taken, await waiting(town)) == ([], 25)

    bus.is_away = False
    await carry(town, bus)

    assert (bus.taken, await waiting(town)) == (notes, 0)


async def test_a_publication_that_is_not_sure_is_made_again(town: Town) -> None:
    bus, notes = Carrier(), await leave(town, 5)
    bus.answer_is_lost = True
    with pytest.raises(Unavailable):
        await carry(town, bus)
    bus.answer_is_lost = False

    await carry(town, bus)
    await carry(town, bus)

    assert bus.taken == [*notes, *notes]


async def test_two_relays_share_without_doubling(town: Town) -> None:
    one, other, notes = Carrier(), Carrier(), await leave(town, 2500)
    for bus in (one, other):
        bus.may_answer.clear()
    first = asyncio.create_task(carry(town, one))
    await one.is_asked.wait()
    second = asyncio.create_task(carry(town, other))
    await other.is_asked.wait()  # both have notes in hand now
    for bus in (one, other):
        bus.may_answer.set()

    assert await asyncio.gather(first, second) == [1000, 1000]
    while any(await asyncio.gather(carry(town, one), carry(town, other))):
        pass

    assert sorted(n.delivery for n in (*one.taken, *other.taken)) == sorted(n.delivery for n in notes)


async def test_notes_of_a_relay_that_died_are_carried_when_its_lease_is_over(town: Town) -> None:
    bus, heir, notes = Carrier(), Carrier(), await leave(town, 5)
    bus.may_answer.clear()
    dying = asyncio.create_task(carry(town, bus))
    await bus.is_asked.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)

    assert await carry(town, heir) == 0
    assert await carry(town, heir, after=timedelta(seconds=31)) == 5

    assert heir.taken == notes
    assert await waiting(town) == 0


async def test_a_relay_that_finishes_after_its_lease_takes_nothing_from_who_came_after(town: Town) -> None:
    slow, heir, notes = Carrier(), Carrier(), await leave(town, 5)
    slow.may_answer.clear()
    late = asyncio.create_task(carry(town, slow))
    await slow.is_asked.wait()
    fresh = await leave(town, 3)
    assert await carry(town, heir, after=timedelta(seconds=31)) == 8

    slow.may_answer.set()
    assert await late == 5
    last = await leave(town, 2)

    assert await carry(town, heir) == 2
    assert heir.taken == [*notes, *fresh, *last]


async def test_a_relay_at_work_carries_what_is_accepted_and_outlives_an_outage(town: Town) -> None:
    sender, _ = await town.settle("G22"), await town.settle("H53")
    bus = Carrier()
    bus.is_away = True
    at_work = asyncio.create_task(relay.run(town.hub.database, bus))
    accepted = [await sender.send(document("G22", ["H53"])) for _ in range(3)]
    async with asyncio.timeout(30):
        await bus.is_asked.wait()
        bus.is_away = False
        accepted.append(await sender.send(document("G22", ["H53"])))
        while await waiting(town):
            await asyncio.sleep(0.02)

    at_work.cancel()
    await asyncio.gather(at_work, return_exceptions=True)

    assert {n.delivery for n in bus.taken} == {d["id"] for one in accepted for d in one["deliveries"]}


async def test_to_a_bus_that_cannot_fail_notes_are_given_for_good_the_urgent_first(town: Town) -> None:
    bus = MemoryBus()
    await leave(town, 12)
    urgent = await leave(town, 3, priority=3)

    carried = await relay.carry(town.hub.database, bus, datetime.now(UTC))

    assert carried == 15
    assert await waiting(town) == 0
    batches = bus.consume()
    batch = await anext(batches)
    assert list(batch.notes[:3]) == urgent
    await batch.done()
    await batches.aclose()  # type: ignore[attr-defined]
    assert await relay.carry(town.hub.database, bus, datetime.now(UTC)) == 0
