"""Publishing to a real Kafka that refuses, vanishes or freezes; its health and its topics."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber

from hub.bus.kafka import KafkaBus, create_topics, missing_topics
from hub.bus.notes import LEVELS, Note, topic
from hub.errors import Unavailable
from tests.contracts.broker import (
    Tasks,
    admin,
    bus_at,
    forwarding,
    is_missing,
    narrow,
    note,
    settled,
    silent,
    take,
    until,
)
from tests.parts.children import free_port


@pytest.fixture
async def bus(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[KafkaBus]:
    async with settled(kafka_bootstrap, topic_prefix) as opened:
        yield opened


async def test_a_broker_s_refusal_breaks_an_idempotent_producer_for_good(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    """Why the bus takes a fresh producer after any error: this is what the library does with an old one."""
    await narrow(kafka_bootstrap, topic_prefix)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic_prefix, b"short")
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic_prefix, b"x" * 1000)
        for _ in range(2):
            with pytest.raises(OutOfOrderSequenceNumber):
                await producer.send_and_wait(topic_prefix, b"short")
    finally:
        await producer.stop()


async def test_after_a_refused_record_the_same_bus_publishes_to_the_same_partition(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    await narrow(kafka_bootstrap, topic(topic_prefix, "central"))
    too_long, short, elsewhere = note("H" * 200, "central"), note("H1", "central"), note("H2", "commune")
    async with settled(kafka_bootstrap, topic_prefix) as bus:
        await bus.publish([first := note("H1", "central")])  # the broker has begun to count this producer's records

        with pytest.raises(Unavailable, match="MessageSizeTooLarge"):
            await bus.publish([too_long])
        await bus.publish([short, elsewhere])

        async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
            assert set(await take(batches, 3)) == {first, short, elsewhere}


async def test_one_refused_record_makes_the_whole_call_unavailable(kafka_bootstrap: str, topic_prefix: str) -> None:
    await narrow(kafka_bootstrap, topic(topic_prefix, "central"))
    good = note("H1", "commune")
    async with settled(kafka_bootstrap, topic_prefix) as bus:
        with pytest.raises(Unavailable):
            await bus.publish([good, note("H" * 200, "central")])
        await bus.publish([good])

        async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
            assert set(await take(batches, 1)) == {good}


async def test_a_broker_that_will_not_take_notes_is_given_up_at_the_deadline_and_nothing_goes_on_behind_it(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    tasks = Tasks()
    await create_topics(kafka_bootstrap, topic_prefix, 1, 1)
    names = [topic(topic_prefix, level) for level in LEVELS]
    async with bus_at(kafka_bootstrap, topic_prefix, publish_within=1) as bus:
        await bus.publish([note()])
        async with admin(kafka_bootstrap) as client:
            await client.delete_topics(names)
        await until(lambda: is_missing(kafka_bootstrap, topic_prefix, len(names)))

        # the producer knows the topic, the broker says "not just now", and an idempotent producer would ask for ever
        with pytest.raises(Unavailable, match="TimeoutError"):
            await bus.publish([note() for _ in range(10)])
        await tasks.later_ones_end()

        await create_topics(kafka_bootstrap, topic_prefix, 1, 1)
        await bus.publish([last := note()])
        async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
            assert await take(batches, 1) == [last]


async def test_a_topic_that_is_missing_makes_the_bus_unavailable(kafka_bootstrap: str, topic_prefix: str) -> None:
    async with bus_at(kafka_bootstrap, topic_prefix, publish_within=1) as bus:
        with pytest.raises(Unavailable):
            await bus.publish([note()])


@pytest.mark.parametrize("trouble", ["closed", "silent"])
async def test_a_broker_that_cannot_be_reached_is_given_up_at_the_deadline_and_found_when_it_is_there(
    trouble: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    tasks = Tasks()
    await create_topics(kafka_bootstrap, topic_prefix, 1, 1)
    async with silent() as (nobody, _):
        port = free_port() if trouble == "closed" else int(nobody.rpartition(":")[2])
        async with bus_at(f"127.0.0.1:{port}", topic_prefix, publish_within=1) as bus:
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await bus.publish([note()])
    async with bus_at(f"127.0.0.1:{port}", topic_prefix) as bus:
        with pytest.raises(Unavailable):
            await bus.publish([note()])
        async with forwarding(port, kafka_bootstrap):
            only = note()
            await bus.publish([only])
            async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
                assert await take(batches, 1) == [only]
    await tasks.later_ones_end()


async def test_callers_that_give_up_leave_the_bus_as_good_as_new(bus: KafkaBus) -> None:
    await bus.publish([note()])
    publishing = [asyncio.create_task(bus.publish([note() for _ in range(100)])) for _ in range(5)]
    await asyncio.sleep(0)
    for task in publishing:
        task.cancel()
    assert set(map(type, await asyncio.gather(*publishing, return_exceptions=True))) == {asyncio.CancelledError}

    only = note("H1")
    await bus.publish([only])

    async with aclosing(bus.consume()) as batches:  # type: ignore[type-var]
        got: list[Note] = []
        while only not in got:
            got += await take(batches, 1)


async def test_publishing_nothing_needs_no_broker() -> None:
    async with bus_at(f"127.0.0.1:{free_port()}", "t") as bus:
        await bus.publish([])


async def test_a_bus_is_healthy_while_a_broker_answers(kafka_bootstrap: str) -> None:
    tasks = Tasks()
    async with bus_at(kafka_bootstrap, "t") as bus:
        assert await bus.healthy()
    async with bus_at(f"127.0.0.1:{free_port()},{kafka_bootstrap}", "t") as bus:
        assert await bus.healthy()
    async with bus_at(f"127.0.0.1:{free_port()}", "t") as bus:
        assert not await bus.healthy()
    await tasks.later_ones_end()


async def test_a_silent_broker_is_not_healthy_and_is_asked_once_for_all_who_want_to_know() -> None:
    tasks = Tasks()
    async with silent() as (address, connections):
        async with bus_at(address, "t") as bus:
            asking = [asyncio.create_task(bus.healthy()) for _ in range(20)]
            await until(lambda: asyncio.sleep(0, connections))
            asking[0].cancel()
            answers = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(answers[0], asyncio.CancelledError)
        assert not any(answers[1:])
        assert len(connections) == 1
    await tasks.later_ones_end()


async def test_creating_the_topics_twice_is_harmless_and_another_number_of_partitions_is_told(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    assert await create_topics(kafka_bootstrap, topic_prefix, 2, 1) == []
    assert await create_topics(kafka_bootstrap, topic_prefix, 2, 1) == []
    await until(lambda: is_missing(kafka_bootstrap, topic_prefix, 0))

    odd = await create_topics(kafka_bootstrap, topic_prefix, 3, 1)

    assert len(odd) == 4
    assert all(f"{topic(topic_prefix, level)} has 2 partitions, not 3" in " ".join(odd) for level in LEVELS)


async def test_more_copies_than_brokers_cannot_be_had(kafka_bootstrap: str, topic_prefix: str) -> None:
    with pytest.raises(Unavailable, match=topic_prefix):
        await create_topics(kafka_bootstrap, topic_prefix, 1, 9)


async def test_missing_topics_are_named(kafka_bootstrap: str, topic_prefix: str) -> None:
    names = [topic(topic_prefix, level) for level in LEVELS]
    assert await missing_topics(kafka_bootstrap, topic_prefix) == names
    async with admin(kafka_bootstrap) as client:
        await client.create_topics([NewTopic(names[1], 1, 1)])
    await until(lambda: is_missing(kafka_bootstrap, topic_prefix, 3))
    assert await missing_topics(kafka_bootstrap, topic_prefix) == [names[0], *names[2:]]
    await create_topics(kafka_bootstrap, topic_prefix, 1, 1)
    await until(lambda: is_missing(kafka_bootstrap, topic_prefix, 0))


async def test_asking_for_topics_where_nobody_is_says_so() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(Unavailable, match=nobody):
        await create_topics(nobody, "t", 1, 1)
    with pytest.raises(Unavailable, match=nobody):
        await missing_topics(nobody, "t")
