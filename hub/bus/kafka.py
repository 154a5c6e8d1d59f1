"""The bus on Apache Kafka: a topic per level, notes keyed by recipient, ids only.

Settings and their reasons: acks=all and idempotence, since an acknowledged note is forgotten by the outbox; deadlines of
our own around every call, since an idempotent send never gives up by itself; a fresh producer after any error, since
aiokafka's may stay broken for a partition once a sequence number was spent (its issue #1017); explicit offsets after the
database's commit, since a bare commit may speak for partitions this consumer has lost (its issue #929).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import IllegalStateError, KafkaError

from hub import log
from hub.bus.bus import BATCH_AT_MOST, Batch
from hub.bus.notes import LEVELS, Note, topic
from hub.errors import Unavailable

PUBLISH_WITHIN: Final = 20.0  # seconds, all notes of one call
_STOP_WITHIN: Final = 5.0
_CONNECT_WITHIN: Final = 10.0
_IDLE_MS: Final = 30_000  # a fetch that brings nothing returns after this: the sign of life of an idle consumer
_REVOKE_WITHIN: Final = 15.0  # seconds a rebalance waits for the batch in hand
_REST_AT_MOST: Final = 5.0
_RECORD_AT_MOST: Final = 262_144  # bytes; below any topic's max.message.bytes, since a broker's refusal poisons a producer
_TOPIC_EXISTS: Final = 36
_KEEP_MS: Final = 14 * 24 * 3600 * 1000  # a note older than two weeks is of no use: the clock has long found its delivery
_logger = log.get(__name__)
_DOWN: Final = (KafkaError, OSError, TimeoutError)


class KafkaBus:
    """Notes between processes. One for a process; its consumers share the work with every other process's."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        """Nothing is connected before it is needed."""
        self._bootstrap = bootstrap.split(",")
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._publishing = asyncio.Lock()
        self._health: tuple[float, bool] = (0.0, False)
        self.unreadable = 0  # records skipped since the start

    async def start(self) -> None:
        """Nothing to do: a broker that is away must not keep the process from starting."""

    async def close(self) -> None:
        """Let go of the producer; consumers end with their tasks."""
        async with self._publishing:
            await self._drop_producer()

    # -- publish ----------------------------------------------------------------------------------------------

    async def publish(self, notes: Sequence[Note]) -> None:
        """Return when the brokers have every note, else raise `Unavailable` and start afresh next time."""
        if not notes:
            return
        async with self._publishing:
            try:
                async with asyncio.timeout(PUBLISH_WITHIN):
                    producer = await self._ready_producer()
                    sent = [
                        await producer.send(topic(self._prefix, note.level), encode(note), note.recipient.encode())
                        for note in notes
                    ]
                    await asyncio.gather(*sent)
            except _DOWN as error:
                await self._drop_producer()
                message = f"the bus did not take the notes: {type(error).__name__}"
                raise Unavailable(message) from error
            except BaseException:
                await self._drop_producer()
                raise

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id="truc-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=0,  # notes come in batches already
                max_batch_size=65_536,
                max_request_size=_RECORD_AT_MOST,
                request_timeout_ms=15_000,
                retry_backoff_ms=200,
                metadata_max_age_ms=60_000,
            )
            try:
                async with asyncio.timeout(_CONNECT_WITHIN):
                    await producer.start()
            except BaseException:
                with suppress(Exception):
                    await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            with suppress(Exception):
                async with asyncio.timeout(_STOP_WITHIN):
                    await producer.stop()

    # -- consume ----------------------------------------------------------------------------------------------

    async def consume(self) -> AsyncIterator[Batch]:
        """Batches for ever; a broker that goes away is waited for, and the partitions are shared again when it is back."""
        rest = 0.2
        while True:
            consumer = self._consumer()
            hand = _Hand()
            try:
                async with asyncio.timeout(_CONNECT_WITHIN):
                    consumer.subscribe([topic(self._prefix, level) for level in LEVELS], listener=hand)
                    await consumer.start()
                rest = 0.2
                async for batch in self._batches(consumer, hand):
                    yield batch
            except _DOWN as error:
                _logger.warning("bus.consumer-lost", error=type(error).__name__, seconds=rest)
                await asyncio.sleep(rest)
                rest = min(rest * 2, _REST_AT_MOST)
            finally:
                hand.is_empty.set()
                with suppress(Exception):
                    async with asyncio.timeout(_STOP_WITHIN):
                        await consumer.stop()

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id="truc-deliver",
            group_id=f"{self._prefix}.deliver",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_interval_ms=300_000,
            session_timeout_ms=10_000,  # a dead worker's share is taken over after this; the clock is faster still
            heartbeat_interval_ms=3_000,
            rebalance_timeout_ms=60_000,
            metadata_max_age_ms=30_000,
            fetch_max_wait_ms=500,
        )

    async def _batches(self, consumer: AIOKafkaConsumer, hand: "_Hand") -> AsyncIterator[Batch]:
        while True:
            records = await consumer.getmany(timeout_ms=_IDLE_MS, max_records=BATCH_AT_MOST)
            if not records:
                continue
            notes: list[Note] = []
            offsets: dict[TopicPartition, int] = {}
            for partition, some in records.items():
                offsets[partition] = some[-1].offset + 1
                notes += [note for record in some if (note := self._read(record)) is not None]
            notes.sort(key=lambda note: -note.priority)
            hand.is_empty.clear()

            async def done(offsets: dict[TopicPartition, int] = offsets) -> None:
                try:
                    async with asyncio.timeout(_CONNECT_WITHIN):
                        await consumer.commit(offsets)
                except (*_DOWN, IllegalStateError) as error:
                    # the partition is another's by now, or the broker is away: the notes come twice, which harms nothing
                    _logger.info("bus.commit-failed", error=type(error).__name__)
                finally:
                    hand.is_empty.set()

            yield Batch(tuple(notes), done)

    def _read(self, record: Any) -> Note | None:
        try:
            return decode(record.value)
        except (ValueError, KeyError, TypeError) as error:
            self.unreadable += 1
            _logger.error(  # noqa: TRY400 - the record is the news, not the stack
                "bus.unreadable", topic=record.topic, partition=record.partition, offset=record.offset, error=str(error)
            )
            return None

    # -- health -----------------------------------------------------------------------------------------------

    async def healthy(self) -> bool:
        """Whether a broker answers just now (asked at most every five seconds)."""
        now = asyncio.get_running_loop().time()
        asked_at, answer = self._health
        if now - asked_at < 5:  # noqa: PLR2004
            return answer
        client = AIOKafkaClient(bootstrap_servers=self._bootstrap, request_timeout_ms=3000)
        try:
            async with asyncio.timeout(3):
                await client.bootstrap()
            answer = True
        except _DOWN:
            answer = False
        finally:
            with suppress(Exception):
                await client.close()
        self._health = (now, answer)
        return answer


class _Hand(ConsumerRebalanceListener):  # type: ignore[misc]
    """Whether a batch is in hand: a rebalance waits for it, so its offsets are committed by who did the work."""

    def __init__(self) -> None:
        self.is_empty = asyncio.Event()
        self.is_empty.set()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Wait, but not for ever."""
        del revoked
        with suppress(TimeoutError):
            async with asyncio.timeout(_REVOKE_WITHIN):
                await self.is_empty.wait()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Nothing to do."""


def encode(note: Note) -> bytes:
    """A note as a record's value: compact JSON with a version, ids only."""
    return orjson.dumps({"v": 1, "l": note.level, "r": note.recipient, "d": note.delivery, "p": note.priority})


def decode(value: bytes) -> Note:
    """The inverse of `encode`; fields of later versions are passed over. Raises ValueError, KeyError or TypeError."""
    found = orjson.loads(value)
    if found["l"] not in LEVELS or not isinstance(found["d"], str):
        message = "no note"
        raise ValueError(message)
    return Note(found["l"], str(found["r"]), found["d"], int(found["p"]))


async def create_topics(bootstrap: str, prefix: str, partitions: int, replication: int) -> list[str]:
    """Create the four topics where they are missing; answers what is odd about those that were there."""
    wanted = [
        NewTopic(
            topic(prefix, level), partitions, replication, topic_configs={"retention.ms": str(_KEEP_MS)}
        )
        for level in LEVELS
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="truc-migrate")
    try:
        async with asyncio.timeout(30):
            await admin.start()
            answer = await admin.create_topics(wanted)
            failed = [error[:3] for error in answer.topic_errors if error[1] not in (0, _TOPIC_EXISTS)]
            if failed:
                message = f"topics could not be created: {failed}"
                raise Unavailable(message)
            described = await admin.describe_topics([w.name for w in wanted])
    except _DOWN as error:
        message = f"Kafka at {bootstrap} does not answer: {type(error).__name__}"
        raise Unavailable(message) from error
    finally:
        with suppress(Exception):
            await admin.close()
    return [
        f"{one['topic']} has {len(one['partitions'])} partitions, not {partitions}: kept, since the order of keys rests on it"
        for one in described
        if one["partitions"] and len(one["partitions"]) != partitions
    ]


async def missing_topics(bootstrap: str, prefix: str) -> list[str]:
    """Which of the four topics the brokers do not have."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="truc-doctor")
    try:
        async with asyncio.timeout(10):
            await admin.start()
            there = set(await admin.list_topics())
    except _DOWN as error:
        message = f"Kafka at {bootstrap} does not answer: {type(error).__name__}"
        raise Unavailable(message) from error
    finally:
        with suppress(Exception):
            await admin.close()
    return [name for level in LEVELS if (name := topic(prefix, level)) not in there]
