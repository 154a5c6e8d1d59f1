"""What the tests of the Kafka bus share: ways to a broker, to nobody, and to what the bus leaves behind."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from hub.bus.bus import Batch
from hub.bus.kafka import KafkaBus, create_topics, missing_topics
from hub.bus.notes import Note

WITHIN = 60  # seconds; nothing here should take a third of it


def note(recipient: str = "H53", level: str = "province") -> Note:
    return Note(level, recipient, str(uuid.uuid4()))


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(WITHIN):
        while not (found := await look()):
            await asyncio.sleep(0.02)
    return found


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def narrow(bootstrap: str, name: str) -> str:
    """Make a topic of one partition that takes a short note and refuses a long one."""
    async with admin(bootstrap) as client:
        await client.create_topics([NewTopic(name, 1, 1, topic_configs={"max.message.bytes": "250"})])
    return name


async def is_missing(bootstrap: str, prefix: str, count: int) -> bool:
    """Whether so many topics are missing (a broker hears of a change a moment after the controller has made it)."""
    return len(await missing_topics(bootstrap, prefix)) == count


@asynccontextmanager
async def bus_at(bootstrap: str, prefix: str, **more: Any) -> AsyncIterator[KafkaBus]:
    bus = KafkaBus(bootstrap, prefix, **more)
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def settled(bootstrap: str, prefix: str) -> AsyncIterator[KafkaBus]:
    """A bus with its four topics, of one partition each."""
    await create_topics(bootstrap, prefix, 1, 1)
    async with bus_at(bootstrap, prefix) as bus:
        yield bus


class Tasks:
    """The tasks there are now: aiokafka has one for each socket, and one for each loop of its own."""

    def __init__(self) -> None:
        self._before = asyncio.all_tasks()

    async def later_ones_end(self) -> None:
        """Return when every task that came after these is gone."""

        async def none_left() -> bool:
            return asyncio.all_tasks() <= self._before | {asyncio.current_task()}

        await until(none_left)


async def take(batches: AsyncIterator[Batch], count: int) -> list[Note]:
    """At least this many notes, their batches done."""
    got: list[Note] = []
    async with asyncio.timeout(WITHIN):
        while len(got) < count:
            batch = await anext(batches)
            got += batch.notes
            await batch.done()
    return got


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, list[Any]]]:
    """A server that takes connections and never answers: its address, and the connections so far."""
    connections: list[Any] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()  # until the other side closes
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}", connections
    finally:
        server.close()


@asynccontextmanager
async def forwarding(port: int, bootstrap: str) -> AsyncIterator[None]:
    """Somebody at a port who leads to the broker (a client goes on to the broker's own address from there)."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, real = bootstrap.rpartition(":")
        away_reader, away_writer = await asyncio.open_connection(host, int(real))
        await asyncio.gather(pump(reader, away_writer), pump(away_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
