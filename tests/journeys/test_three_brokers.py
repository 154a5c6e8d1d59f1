"""Three brokers, one of which is lost in the middle of documents: nothing is lost, and nothing waits for it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from hub.bus.notes import LEVELS, topic
from hub.domain.agency import Level
from tests.journeys.shapes import production
from tests.offices import document
from tests.parts.kafka_cluster import BROKERS, Cluster

DOCUMENTS = 60
WITHIN = 90  # seconds
PREFIX = "three"


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    running = Cluster().start()
    try:
        await running.ready()
        yield running
    finally:
        running.stop()


@pytest.mark.long
async def test_a_broker_that_dies_in_the_middle_of_documents_costs_none(
    cluster: Cluster, tmp_path: Path, postgres_url: str
) -> None:
    more = {"TRUC_KAFKA_REPLICATION": str(BROKERS), "TRUC_REBELL_SECONDS": "3600"}  # what comes, comes by the bus
    async with production(tmp_path, postgres_url, cluster.bootstrap, PREFIX, **more) as shape:
        sender = await shape.settle("G22", Level.CENTRAL)
        recipients = [await shape.settle(f"H5{n}", level) for n, level in enumerate(Level) if n < len(LEVELS)]
        assert await kept_by(cluster.bootstrap) == {"2"}

        async def send(count: int) -> set[str]:
            return {(await sender.send(document("G22", [r.code for r in recipients])))["id"] for _ in range(count)}

        sent = await send(DOCUMENTS // 2)
        cluster.kill(await leader(cluster.bootstrap))
        sent |= await send(DOCUMENTS // 2)

        async with asyncio.timeout(WITHIN):
            for recipient in recipients:
                got: set[str] = set()
                while len(got) < len(sent):
                    for item in await recipient.inbox(5):
                        assert item["envelope_id"] not in got
                        got.add(item["envelope_id"])
                        await recipient.confirm(item["delivery_id"])
                assert got == sent


async def leader(bootstrap: str) -> int:
    """The broker that leads a partition of the centre's topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic(PREFIX, LEVELS[0])])
    finally:
        await admin.close()
    number: int = described["partitions"][0]["leader"]
    return number


async def kept_by(bootstrap: str) -> set[str]:
    """How many copies each topic wants of a note before it is taken."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic(PREFIX, level)) for level in LEVELS]
        answers = await admin.describe_configs(asked)
    finally:
        await admin.close()
    return {
        entry[1] for answer in answers for resource in answer.resources for entry in resource[4]
        if entry[0] == "min.insync.replicas"
    }  # fmt: skip
