"""The bus on Apache Kafka: a topic per level, notes keyed by recipient, ids only.

Settings and their reasons: acks=all and idempotence, since an acknowledged note is forgotten by the outbox; deadlines of
our own around every call, since an idempotent send never gives up by itself; a fresh producer after any error, since
aiokafka's may stay broken for a partition once a sequence number was spent (its issue #1017); explicit offsets after the
database's commit, since a bare commit may speak for partitions this consumer has lost (its issue #929).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from hub import failpoint, log
from hub.bus.bus import BATCH_AT_MOST, Batch
from hub.bus.hand import Hand
from hub.bus.notes import LEVELS, Note, topic
from hub.domain.ids import is_id
from hub.errors import Unavailable

PUBLISH_WITHIN: Final = 20.0  # seconds, all notes of one call
HOLD_WITHIN: Final = 15.0  # seconds a rebalance waits for the batch in hand
_BRIEFLY: Final = 5.0  # for ending
_REBALANCE_MS: Final = 60_000
_JOIN_WITHIN: Final = 75.0  # longer than any rebalance: who gives up while it joins is waited for as a ghost
_IDLE_MS: Final = 30_000  # a fetch that brings nothing returns after this: the sign of life of an idle consumer
_REST: Final = 0.2
_REST_AT_MOST: Final = 5.0
_HEALTH_WITHIN: Final = 3.0
_HEALTH_EVERY: Final = 5.0
_KEEP_MS: Final = 14 * 24 * 3600 * 1000  # a note older than two weeks is of no use: the clock was there before
_logger = log.get(__name__)
_DOWN: Final = (KafkaError, OSError, TimeoutError)


class KafkaBus:
    """Notes between processes. One for a process; its consumers share the work with every other process's."""

    never_fails = False

    def __init__(
        self, bootstrap: str, prefix: str, *, publish_within: float = PUBLISH_WITHIN, hold_within: float = HOLD_WITHIN
    ) -> None:
        """Nothing is connected before it is needed. `publish_within`, `hold_within`: seconds."""
        self._bootstrap = bootstrap.split(",")
        self._prefix = prefix
        self._publish_within = publish_within
        self._hold_within = hold_within
        self._producer: AIOKafkaProducer | None = None
        self._publishing = asyncio.Lock()
        self._asked: asyncio.Task[bool] | None = None
        self._ask_again_at = 0.0
        self._by_themselves: set[asyncio.Task[Any]] = set()
        self.unreadable = 0  # records skipped since the start

    async def start(self) -> None:
        """Nothing to do: a broker that is away must not keep the process from starting."""

    async def close(self) -> None:
        """Let go of the producer; consumers end with their tasks."""
        async with self._publishing:
            await self._drop_producer()
        if self._by_themselves:
            await asyncio.wait(self._by_themselves, timeout=_BRIEFLY)

    def _by_itself(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Work that nobody's cancellation may cut in the middle, since aiokafka would leave its tasks and sockets behind."""
        task = asyncio.create_task(work)
        self._by_themselves.add(task)
        task.add_done_callback(self._by_themselves.discard)
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return task

    async def publish(self, notes: Sequence[Note]) -> None:
        """Return when the brokers have every note, else raise `Unavailable` and start afresh next time."""
        if not notes:
            return
        try:
            async with asyncio.timeout(self._publish_within), self._publishing:
                await self._send(notes)
        except _DOWN as error:
            raise Unavailable(f"the bus did not take the notes: {type(error).__name__}") from error

    async def _send(self, notes: Sequence[Note]) -> None:
        sent: list[asyncio.Future[Any]] = []
        try:
            producer = await self._ready_producer()
            for note in notes:
                where = topic(self._prefix, note.level)
                sent.append(await producer.send(where, encode(note), note.recipient.encode()))
            failpoint.reach("notes-sent")
            await asyncio.gather(*sent)
        except BaseException:
            for one in sent:  # also those that were sent before another could not be
                one.cancel()
            await asyncio.gather(*sent, return_exceptions=True)
            await self._drop_producer()
            raise

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id="truc-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=0,  # notes come in batches already
                max_batch_size=65_536,
                max_request_size=262_144,  # below any topic's max.message.bytes: a broker's refusal poisons a producer
                request_timeout_ms=15_000,
                retry_backoff_ms=200,
                metadata_max_age_ms=60_000,
            )
            await self._producer.start()
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            await asyncio.wait([self._by_itself(_dismiss(producer))], timeout=_BRIEFLY)

    async def consume(self) -> AsyncIterator[Batch]:
        """Batches for ever; a broker that goes away is waited for, and the partitions are shared again when it is back."""
        rest = _REST
        while True:
            consumer = self._consumer()
            hand = Hand(consumer, self._hold_within)
            consumer.subscribe([topic(self._prefix, level) for level in LEVELS], listener=hand)
            try:
                async with asyncio.timeout(_JOIN_WITHIN):
                    await consumer.start()
                async with aclosing(self._batches(consumer, hand)) as batches:
                    async for batch in batches:
                        rest = _REST
                        yield batch
            except _DOWN as error:
                _logger.warning("bus.consumer-lost", error=type(error).__name__, seconds=rest)
            finally:
                await asyncio.wait([self._by_itself(_part(consumer, hand))], timeout=_BRIEFLY)
            await asyncio.sleep(rest)
            rest = min(rest * 2, _REST_AT_MOST)

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
            rebalance_timeout_ms=_REBALANCE_MS,
            metadata_max_age_ms=30_000,
        )

    async def _batches(self, consumer: AIOKafkaConsumer, hand: Hand) -> AsyncGenerator[Batch, None]:
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
            hand.take()
            done = partial(hand.finish, offsets)
            if notes:
                yield Batch(tuple(notes), done)
            else:
                await done()

    def _read(self, record: Any) -> Note | None:
        try:
            return decode(record.value)
        except (ValueError, KeyError, TypeError) as error:
            self.unreadable += 1
            _logger.error(  # noqa: TRY400 - the record is the news, not the stack
                "bus.unreadable", topic=record.topic, partition=record.partition, offset=record.offset, error=str(error)
            )
            return None

    async def healthy(self) -> bool:
        """Whether a broker answers just now (asked at most every five seconds, once for all who want to know)."""
        now = asyncio.get_running_loop().time()
        if self._asked is None or (self._asked.done() and now >= self._ask_again_at):
            self._asked, self._ask_again_at = self._by_itself(self._ask()), now + _HEALTH_EVERY
        await asyncio.wait([self._asked], timeout=_HEALTH_WITHIN)
        return self._asked.done() and self._asked.result()

    async def _ask(self) -> bool:
        client = AIOKafkaClient(bootstrap_servers=self._bootstrap, request_timeout_ms=3000)
        with suppress(*_DOWN):
            await client.bootstrap()
            await client.close()
            return True
        return False


async def _part(consumer: AIOKafkaConsumer, hand: Hand) -> None:
    await hand.leave()
    await consumer.stop()


async def _dismiss(producer: AIOKafkaProducer) -> None:
    """Close it without what it holds: the outbox has that, and `stop` would wait for the broker to take it, for ever."""
    producer._closed = True  # noqa: SLF001 - the parts of `stop` without its flush
    try:
        await producer._sender.close()  # noqa: SLF001
    finally:
        await producer.client.close()


def encode(note: Note) -> bytes:
    """A note as a record's value: compact JSON with a version, ids only."""
    return orjson.dumps({"v": 1, "l": note.level, "r": note.recipient, "d": note.delivery, "p": note.priority})


def decode(value: bytes | None) -> Note:
    """The inverse of `encode`; fields of later versions are passed over. Raises ValueError, KeyError or TypeError."""
    found = orjson.loads(value or b"")
    note = Note(found["l"], found["r"], found["d"], found["p"])
    if note.level not in LEVELS or not (isinstance(note.recipient, str) and isinstance(note.priority, int)):
        raise ValueError("no note")
    if not (isinstance(note.delivery, str) and is_id(note.delivery)):
        raise ValueError("no delivery's id: the database would refuse it, and the whole batch with it, for ever")
    return note


async def create_topics(bootstrap: str, prefix: str, partitions: int, replication: int) -> list[str]:
    """Create the four topics where they are missing; answers what is odd about those that were there.

    Of several copies all but one must have a note before it counts as taken: so any one broker may be lost.
    """
    config = {
        "retention.ms": str(_KEEP_MS),
        "min.insync.replicas": str(max(replication - 1, 1)),
        "unclean.leader.election.enable": "false",
    }
    wanted = [NewTopic(topic(prefix, level), partitions, replication, topic_configs=config) for level in LEVELS]
    async with _admin(bootstrap, "truc-migrate", 30) as admin:
        answer = await admin.create_topics(wanted)
        if failed := [error[:3] for error in answer.topic_errors if error[1] not in (0, TopicAlreadyExistsError.errno)]:
            raise Unavailable(f"topics could not be created: {failed}")
        described = await admin.describe_topics([w.name for w in wanted])
    return [
        f"{one['topic']} has {len(one['partitions'])} partitions, not {partitions}: kept, since the order of keys rests on it"
        for one in described
        if one["partitions"] and len(one["partitions"]) != partitions
    ]


async def missing_topics(bootstrap: str, prefix: str) -> list[str]:
    """Which of the four topics the brokers do not have."""
    async with _admin(bootstrap, "truc-doctor", 10) as admin:
        there = set(await admin.list_topics())
    return [name for level in LEVELS if (name := topic(prefix, level)) not in there]


@asynccontextmanager
async def _admin(bootstrap: str, name: str, within: float) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id=name)
    try:
        async with asyncio.timeout(within):
            await admin.start()
            yield admin
    except _DOWN as error:
        raise Unavailable(f"Kafka at {bootstrap} does not answer: {type(error).__name__}") from error
    finally:
        await admin.close()
