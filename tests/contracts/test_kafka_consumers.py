"""Consuming from a real Kafka: unreadable records, brokers that come late, shares that change, and idle hours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.protocol.fetch import FetchRequest

from hub.bus.kafka import KafkaBus, create_topics, decode, encode
from hub.bus.notes import LEVELS, Note, topic
from tests.contracts.broker import WITHIN, Tasks, admin, bus_at, forwarding, note, settled, take, until
from tests.parts.children import free_port


@pytest.fixture
async def bus(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[KafkaBus]:
    async with settled(kafka_bootstrap, topic_prefix) as opened:
        yield opened


def unreadable() -> list[bytes | None]:
    """Records that are no notes, each for a reason of its own."""
    good: dict[str, Any] = orjson.loads(encode(Note("province", "H53", "6f1d6b0e-6b43-5f0c-9a55-3d0f6e0c7a11")))
    odd: list[dict[str, Any]] = [
        {**good, "l": "galaxy"},
        {**good, "l": ["province"]},
        {**good, "r": 7},
        {**good, "p": "3"},
        {**good, "p": 1e30},
        {**good, "p": None},
        {**good, "d": "no-id"},
        {**good, "d": "\x00"},
        {**good, "d": 5},
        {name: value for name, value in good.items() if name != "d"},
    ]
    return [None, b"", b"\xff\xfe", b"{", b"[]", b"null", b"7", b'"note"', b"[" * 5000, *map(orjson.dumps, odd)]


@pytest.mark.parametrize("value", unreadable(), ids=repr)
def test_what_is_no_note_is_told_from_a_note(value: bytes | None) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode(value)


def test_a_note_of_a_later_version_is_read_for_what_we_know_of_it() -> None:
    one = note()
    later = {**orjson.loads(encode(one)), "v": 2, "colour": "red"}

    assert decode(orjson.dumps(later)) == one


async def test_unreadable_records_are_skipped_and_counted_and_the_partition_goes_on(
    bus: KafkaBus, kafka_bootstrap: str, topic_prefix: str
) -> None:
    before, after, last = note(), note(), note()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        for value in [encode(before), *unreadable(), encode(after)]:
            await producer.send_and_wait(topic(topic_prefix, "province"), value, key=b"H53")
        async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
            assert await take(batches, 2) == [before, after]
            for value in unreadable():  # a batch of nothing else
                await producer.send_and_wait(topic(topic_prefix, "province"), value, key=b"H53")
            await bus.publish([last])
            assert await take(batches, 1) == [last]
    finally:
        await producer.stop()
    assert bus.unreadable == 2 * len(unreadable())

    async with bus_at(kafka_bootstrap, topic_prefix) as another, aclosing(another.consume()) as batches:  # type: ignore[type-var]
        await bus.publish([fresh := note()])
        assert await take(batches, 1) == [fresh]
        assert another.unreadable == 0


async def test_a_consumer_waits_for_a_broker_that_is_not_there_yet(kafka_bootstrap: str, topic_prefix: str) -> None:
    await create_topics(kafka_bootstrap, topic_prefix, 1, 1)
    port, only = free_port(), note()
    async with bus_at(kafka_bootstrap, topic_prefix) as here:
        await here.publish([only])
    async with bus_at(f"127.0.0.1:{port}", topic_prefix) as bus, aclosing(bus.consume()) as batches:  # type: ignore[type-var]
        waiting = asyncio.create_task(take(batches, 1))
        assert not await bus.healthy()  # by now it has tried, too
        async with forwarding(port, kafka_bootstrap):
            assert await waiting == [only]


async def test_a_batch_held_too_long_goes_to_another_and_its_late_word_harms_nothing(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    await create_topics(kafka_bootstrap, topic_prefix, 1, 1)
    async with (
        bus_at(kafka_bootstrap, topic_prefix, hold_within=0.1) as slow_bus,
        bus_at(kafka_bootstrap, topic_prefix) as quick_bus,
        aclosing(slow_bus.consume()) as slow,  # type: ignore[type-var]
        asyncio.timeout(WITHIN),
    ):
        notes = {note(level=level) for level in LEVELS}
        await slow_bus.publish(list(notes))
        held = await anext(slow)
        quick_notes: list[Note] = []
        async with aclosing(quick_bus.consume()) as quick:  # type: ignore[type-var]
            # four partitions in all: those of them that the newcomer is given bring what was not done
            quick_notes += await take(quick, 1)
            assert set(quick_notes) <= notes
            await held.done()
        more = {note(level=level) for level in LEVELS}
        await slow_bus.publish(list(more))
        got: set[Note] = set()
        while not more <= got:
            got.update(await take(slow, 1))


async def test_a_consumer_that_ends_while_it_joins_leaves_nothing_behind(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    tasks = Tasks()
    await create_topics(kafka_bootstrap, topic_prefix, 1, 1)

    async def is_joining() -> bool:
        async with admin(kafka_bootstrap) as client:
            (answer,) = await client.describe_consumer_groups([f"{topic_prefix}.deliver"])
            return bool(answer.to_object()["groups"][0]["state"] == "PreparingRebalance")

    async with (
        bus_at(kafka_bootstrap, topic_prefix) as first,
        bus_at(kafka_bootstrap, topic_prefix) as second,
        aclosing(first.consume()) as batches,  # type: ignore[type-var]
        asyncio.timeout(WITHIN),
    ):
        await first.publish([note()])
        held = await anext(batches)  # while it is in hand, nobody can join
        joining = asyncio.create_task(anext(aiter(second.consume())))
        await until(is_joining)
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)
        await held.done()
        await first.publish([later := note()])
        assert await take(batches, 1) == [later]
    await tasks.later_ones_end()


class Counting(KafkaBus):
    """Counts how often its consumer is asked for records, and how often it asks the broker."""

    asked = fetched = 0
    enough: asyncio.Event

    def _consumer(self) -> Any:
        consumer = super()._consumer()
        getmany, send = consumer.getmany, consumer._client.send

        async def counted(*args: Any, **more: Any) -> Any:
            self.asked += 1
            return await getmany(*args, **more)

        async def sent(node: Any, request: Any, **more: Any) -> Any:
            answer = await send(node, request, **more)
            if isinstance(request, FetchRequest):
                self.fetched += 1
                if self.fetched >= 4:
                    self.enough.set()
            return answer

        consumer.getmany, consumer._client.send = counted, sent
        return consumer


async def test_an_idle_consumer_makes_no_busy_loop(
    bus: KafkaBus, kafka_bootstrap: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    select, turns = selector.select, 0

    def counted(timeout: float | None = None) -> Any:
        nonlocal turns
        turns += 1
        return select(timeout)

    counting = Counting(kafka_bootstrap, topic_prefix)
    async with aclosing(counting.consume()) as batches:  # type: ignore[type-var]
        await bus.publish([note()])
        await take(batches, 1)
        counting.enough, counting.fetched, counting.asked = asyncio.Event(), 0, 0
        waiting = asyncio.create_task(take(batches, 1))
        with monkeypatch.context() as patch:
            patch.setattr(selector, "select", counted)
            await counting.enough.wait()  # four empty answers, each of which the broker keeps us waiting for
        await bus.publish([note()])
        await waiting
    assert counting.asked <= 2
    assert turns < 200
