"""What every bus promises, kept by the one in this process and by the one on a real Kafka."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from itertools import pairwise

import pytest

from hub.bus.bus import Batch, Bus, MemoryBus
from hub.bus.kafka import KafkaBus, create_topics
from hub.bus.notes import LEVELS, Note

WITHIN = 60  # seconds; nothing here should take a tenth of it


@pytest.fixture(params=["memory", "kafka"])
async def join(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[], Bus]]:
    """Gives the bus as one more process sees it."""
    joined: list[Bus] = []
    if request.param == "memory":
        alone = MemoryBus()

        def another() -> Bus:
            return alone

    else:
        bootstrap, prefix = request.getfixturevalue("kafka_bootstrap"), request.getfixturevalue("topic_prefix")
        await create_topics(bootstrap, prefix, 3, 1)

        def another() -> Bus:
            joined.append(KafkaBus(bootstrap, prefix))
            return joined[-1]

    yield another
    for bus in joined:
        await bus.close()


def note(recipient: str = "H53", priority: int = 0, level: str = "province") -> Note:
    return Note(level, recipient, str(uuid.uuid4()), priority)


async def first_batch(bus: Bus, *, is_done: bool = True) -> Sequence[Note]:
    """The notes of the first batch of a consumer that ends right after it."""
    async with asyncio.timeout(WITHIN), aclosing(bus.consume()) as batches:  # type: ignore[type-var]
        batch = await anext(batches)
        if is_done:
            await batch.done()
        return batch.notes


async def batches_of(bus: Bus, count: int) -> list[Batch]:
    """Batches, each done, until they hold `count` notes."""
    got: list[Batch] = []
    async with asyncio.timeout(WITHIN), aclosing(bus.consume()) as batches:  # type: ignore[type-var]
        async for batch in batches:
            got.append(batch)
            await batch.done()
            if sum(len(one.notes) for one in got) >= count:
                break
    return got


class Worker:
    """A consumer at work: notes what it got, and from the moment it is told to hold, does not finish its next batch."""

    def __init__(self, bus: Bus, news: asyncio.Event) -> None:
        self.got: list[Note] = []
        self.news = news  # set whenever there is more in `got`
        self.in_hand: asyncio.Future[Sequence[Note]] = asyncio.get_running_loop().create_future()
        self.may_finish = asyncio.Event()
        self.may_finish.set()
        self._task = asyncio.create_task(self._work(bus))

    async def _work(self, bus: Bus) -> None:
        async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                if not self.may_finish.is_set():
                    self.in_hand.set_result(batch.notes)
                await self.may_finish.wait()
                await asyncio.sleep(0)  # as any work would, it lets the others run
                self.got += batch.notes
                await batch.done()
                self.news.set()

    async def die(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def all_got(notes: Sequence[Note], *workers: Worker) -> None:
    """Return when the workers have got all of these between them."""
    async with asyncio.timeout(WITHIN):
        while not set(notes) <= {one for worker in workers for one in worker.got}:
            workers[0].news.clear()
            await workers[0].news.wait()


def a_round() -> list[Note]:
    """Work for everybody: more than one batch, for many recipients."""
    return [note(f"H{n % 40:02d}", level=LEVELS[n % 4]) for n in range(1200)]


@pytest.fixture
async def two(join: Callable[[], Bus]) -> AsyncIterator[tuple[Worker, Worker]]:
    """Two consumers that are known to share: each has had some of the work."""
    bus, news = join(), asyncio.Event()
    workers = Worker(join(), news), Worker(join(), news)
    while not all(worker.got for worker in workers):
        notes = a_round()
        await bus.publish(notes)
        await all_got(notes, *workers)
    yield workers
    for worker in workers:
        await worker.die()


async def test_every_note_of_every_level_arrives_as_it_was(join: Callable[[], Bus]) -> None:
    notes = [note(f"H{n}", n % 4, level) for level in LEVELS for n in range(25)]
    await join().publish(notes)

    got = [one for batch in await batches_of(join(), len(notes)) for one in batch.notes]

    assert sorted(got, key=lambda one: one.delivery) == sorted(notes, key=lambda one: one.delivery)


async def test_notes_of_one_recipient_come_in_the_order_they_were_published(join: Callable[[], Bus]) -> None:
    notes = [note(f"H{n % 7}") for n in range(350)]
    bus = join()
    for start in range(0, len(notes), 50):
        await bus.publish(notes[start : start + 50])

    got = [one for batch in await batches_of(join(), len(notes)) for one in batch.notes]

    for recipient in {one.recipient for one in notes}:
        assert [one for one in got if one.recipient == recipient] == [
            one for one in notes if one.recipient == recipient
        ]


async def test_in_a_batch_the_urgent_come_first_and_the_rest_keep_their_order(join: Callable[[], Bus]) -> None:
    notes = [note(priority=p) for p in (0, 1, 3, 0, 3, 2)]
    await join().publish(notes)

    assert list(await first_batch(join())) == [notes[i] for i in (2, 4, 5, 1, 0, 3)]


async def test_every_batch_holds_five_hundred_notes_at_most_and_the_urgent_first(join: Callable[[], Bus]) -> None:
    notes = [note(f"H{n % 40}", n % 4) for n in range(1200)]
    await join().publish(notes)

    for batch in await batches_of(join(), len(notes)):
        assert len(batch.notes) <= 500
        assert all(one.priority >= other.priority for one, other in pairwise(batch.notes))


async def test_two_thousand_notes_of_one_call_arrive_once_each(join: Callable[[], Bus]) -> None:
    notes = [note(f"H{n % 63}", level=LEVELS[n % 4]) for n in range(2000)]
    await join().publish(notes)

    got = [one for batch in await batches_of(join(), len(notes)) for one in batch.notes]

    assert len(got) == 2000
    assert set(got) == set(notes)


async def test_publishing_nothing_is_nothing(join: Callable[[], Bus]) -> None:
    bus, only = join(), note()
    await bus.publish([])
    await bus.publish([only])
    await bus.publish([])

    assert await first_batch(join()) == (only,)


async def test_a_batch_that_was_not_done_comes_again(join: Callable[[], Bus]) -> None:
    notes = [note() for _ in range(5)]
    await join().publish(notes)

    assert list(await first_batch(join(), is_done=False)) == notes
    assert list(await first_batch(join(), is_done=False)) == notes
    assert list(await first_batch(join())) == notes


async def test_a_batch_that_was_done_does_not_come_again(join: Callable[[], Bus]) -> None:
    bus, done, new = join(), [note() for _ in range(5)], [note() for _ in range(5)]
    await bus.publish(done)
    assert list(await first_batch(join())) == done

    await bus.publish(new)

    assert list(await first_batch(join())) == new


async def test_a_word_that_comes_after_its_consumer_has_ended_counts_for_nothing(join: Callable[[], Bus]) -> None:
    notes = [note() for _ in range(5)]
    await join().publish(notes)
    async with asyncio.timeout(WITHIN), aclosing(join().consume()) as batches:  # type: ignore[type-var]
        batch = await anext(batches)

    await batch.done()

    assert list(await first_batch(join())) == notes


async def test_a_consumer_that_waits_is_woken_by_what_is_published(join: Callable[[], Bus]) -> None:
    bus, only = join(), note()
    waiting = asyncio.create_task(first_batch(join()))
    await asyncio.sleep(0)

    await bus.publish([only])

    assert await waiting == (only,)


async def test_two_consumers_share_the_work(join: Callable[[], Bus], two: tuple[Worker, Worker]) -> None:
    for worker in two:
        worker.got.clear()
    notes = a_round()

    await join().publish(notes)
    await all_got(notes, *two)

    one, other = (worker.got for worker in two)
    assert not set(one) & set(other)
    assert len(one) + len(other) == len(notes)


async def test_when_a_consumer_dies_the_other_gets_what_it_had_not_done(
    join: Callable[[], Bus], two: tuple[Worker, Worker]
) -> None:
    victim, heir = two
    for worker in two:
        worker.may_finish.clear()
    await join().publish(a_round())
    async with asyncio.timeout(WITHIN):
        lost, kept = await victim.in_hand, await heir.in_hand
    assert not set(lost) & set(kept)

    await victim.die()
    heir.may_finish.set()

    await all_got([*lost, *kept], heir)


async def test_a_bus_that_is_there_is_healthy(join: Callable[[], Bus]) -> None:
    assert await join().healthy()


async def test_closing_twice_is_as_good_as_closing_once(join: Callable[[], Bus]) -> None:
    unused, used = join(), join()
    await used.start()
    await used.publish([note()])

    for _ in range(2):
        await used.close()
        await unused.close()
