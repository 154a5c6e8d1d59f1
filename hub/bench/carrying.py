"""The floor behind the bare application: a relay to Kafka and a consumer that writes the inbox row, with nothing around.

Run as `python -m hub.bench.carrying DATABASE_URL BOOTSTRAP TOPIC`; prints `carrying` when both work.
"""

import asyncio
import sys
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

_AT_ONCE: Final = 500
_REST_SECONDS: Final = 0.005
_TAKE: Final = """DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING delivery_id::text, recipient"""
_PUT: Final = "UPDATE delivery SET state = 'AVAILABLE', version = 2, available_at = now() WHERE id = ANY($1::uuid[])"


async def _relay(dsn: str, producer: AIOKafkaProducer, topic: str) -> None:
    conn = await asyncpg.connect(dsn)
    while True:
        async with conn.transaction():  # what was sent and not committed is sent again, as by any honest relay
            rows = await conn.fetch(_TAKE, _AT_ONCE)
            sent = [await producer.send(topic, row[0].encode(), row[1].encode()) for row in rows]
            await asyncio.gather(*sent)
        if not rows:
            await asyncio.sleep(_REST_SECONDS)


async def _consume(dsn: str, consumer: AIOKafkaConsumer) -> None:
    conn = await asyncpg.connect(dsn)
    while True:
        found = await consumer.getmany(timeout_ms=50, max_records=_AT_ONCE)
        ids = [message.value.decode() for messages in found.values() for message in messages]
        if ids:
            await conn.execute(_PUT, ids)
            await consumer.commit()


async def run(dsn: str, bootstrap: str, topic: str) -> None:
    """Carry until killed."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id=topic, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    sys.stdout.write("carrying\n")
    sys.stdout.flush()
    async with asyncio.TaskGroup() as group:
        group.create_task(_relay(dsn, producer, topic))
        group.create_task(_consume(dsn, consumer))


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1].replace("+asyncpg", ""), sys.argv[2], sys.argv[3]))
