"""The hub with a part missing: without its broker it goes on a little later, without its database it says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.bus.kafka import create_topics
from hub.domain.agency import Level
from hub.store.road import outbox
from tests.contracts.broker import forwarding
from tests.journeys.shapes import Shape, production
from tests.journeys.test_journeys import arrives, take_in, until
from tests.offices import Office, document
from tests.parts import postgres
from tests.parts.children import free_port


async def ready(shape: Shape) -> httpx.Response:
    return await shape.http.get("/readyz")


async def notes_waiting(shape: Shape) -> int:
    async with shape.database.read() as conn:
        return await outbox.waiting(conn)


async def test_without_a_broker_documents_are_accepted_and_arrive_by_the_clock(
    tmp_path: Path, postgres_url: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    await create_topics(kafka_bootstrap, topic_prefix, 2, 1)
    port = free_port()
    nobody = f"127.0.0.1:{port}"
    async with production(
        tmp_path, postgres_url, nobody, topic_prefix, has_broker=False, TRUC_REBELL_SECONDS="1"
    ) as shape:
        sender, recipient = await shape.settle("G22", Level.CENTRAL), await shape.settle("H53")
        answer = await ready(shape)
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
        assert answer.json()["parts"] == {"database": "up", "bus": "down"}
        assert "deliveries go on by the clock" in answer.json()["postponed"][0]

        accepted = [await sender.send(document("G22", ["H53"])) for _ in range(5)]
        for one in accepted:
            await take_in(recipient, one["id"])
        assert await notes_waiting(shape) == 5

        async with forwarding(port, kafka_bootstrap):

            async def all_is_well() -> bool:
                return await notes_waiting(shape) == 0 and (await ready(shape)).json()["parts"]["bus"] == "up"

            await until(all_is_well)
            assert (await ready(shape)).json()["postponed"] == []
            last = await sender.send(document("G22", ["H53"]))
            await take_in(recipient, last["id"])
        assert await recipient.inbox(0) == []  # the late notes brought nothing twice
        feed = await sender.feed()
        told = [item["envelope_id"] for item in feed["items"] if item["what"] == "available"]
        assert sorted(told) == sorted(one["id"] for one in (*accepted, last))


@pytest.fixture
def server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL of this test's own, with fsync."""
    own = postgres.Postgres(durable=True, private=True).start()
    yield own
    own.stop()


async def test_without_its_database_the_hub_acknowledges_nothing_and_with_it_goes_on(
    server: postgres.Postgres, tmp_path: Path, kafka_bootstrap: str, topic_prefix: str
) -> None:
    url = postgres.url_of(server.dsn, "postgres")
    async with production(tmp_path, url, kafka_bootstrap, topic_prefix) as shape:
        sender, recipient = await shape.settle("G22", Level.CENTRAL), await shape.settle("H53")
        before = await sender.send(document("G22", ["H53"]))
        await arrives(recipient, before["id"])
        body = sender.written(document("G22", ["H53"]))

        server.crash()

        for _ in range(3):
            await says_come_back(sender, body)
        assert (await shape.http.get("/livez")).status_code == 200
        answer = await ready(shape)
        assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
        assert answer.json()["parts"]["database"] == "down"
        for process in shape.processes.values():
            assert process.popen.poll() is None

        server.begin()

        answer = await until(lambda: kept(sender, body))
        assert answer.status_code == 202  # new: none of the refused tries had left anything
        receipt: dict[str, Any] = answer.json()
        again = await sender.post(body)
        assert (again.status_code, again.json()["receipt"]) == (200, receipt["receipt"])
        for identity in (before["id"], receipt["id"]):
            await take_in(recipient, identity)
        assert (await ready(shape)).status_code == 200


async def says_come_back(sender: Office, body: bytes) -> None:
    answer = await sender.post(body)
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not {"id", "receipt"} & set(answer.json())


async def kept(sender: Office, body: bytes) -> httpx.Response | None:
    """The first answer that is not "come back"."""
    answer = await sender.post(body)
    return None if answer.status_code == 503 else answer
