"""The whole life of a document between two clients of the national axis, in each shape the hub runs in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.domain.agency import Level
from tests.journeys.shapes import Shape, embedded, production
from tests.offices import document
from tests.parts import postgres
from tests.surface import programs
from tests.vxp.client import Client
from tests.vxp.test_operations import status


@pytest.fixture(params=["embedded", "production"])
async def shape(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shape]:
    """The hub in each of its shapes, as processes."""
    if request.param == "embedded":
        async with embedded(tmp_path) as running:
            yield running
        return
    kafka = request.getfixturevalue("kafka_bootstrap")
    prefix = request.getfixturevalue("topic_prefix")
    async with (
        postgres.fresh(request.getfixturevalue("postgres_dsn")) as url,
        production(tmp_path, url, kafka, prefix) as running,
    ):
        yield running


async def truc(shape: Shape, *words: str) -> Any:
    """What a command answers in JSON."""
    made = await asyncio.to_thread(programs.truc, *words, "--json", **shape.environment)
    assert made.code == 0, made.err
    return made.json()


async def connect(shape: Shape, code: str, version: str) -> Client:
    made = await truc(shape, "agency", "vxp", code)
    assert set(made) == {"systemid", "secret"}
    return Client(f"{str(shape.http.base_url).rstrip('/')}/vxp", made["systemid"], made["secret"], version)


async def one(client: Client, kind: str = "edoc") -> dict[str, Any]:
    """The one item that waits, once it does."""
    async with asyncio.timeout(60):
        while not (listed := await client.received(kind))["data"]:
            assert listed["status"] == "OK", listed
            await asyncio.sleep(0.1)
    (item,) = listed["data"]
    return item


@pytest.mark.parametrize("version", ["2.0.0", "2.0.1"])
async def test_a_document_lives_its_life_between_two_clients(shape: Shape, version: str) -> None:
    sender = await shape.settle("G22", Level.CENTRAL)
    await shape.settle("H53.13", Level.COMMUNE)
    sending, receiving = await connect(shape, "G22", version), await connect(shape, "H53.13", version)
    envelope = document("G22", ["H53.13"])
    file = sender.written(envelope)

    sent = await sending.send_edoc(file, "G22", to=["H53.13"])
    assert sent["status"] == "OK", sent
    item = await one(receiving)
    assert await receiving.get_edoc(item["docId"]) == file
    for result in ("processing", "done"):
        assert (await receiving.update_status(item["docId"], result, "docid"))["status"] == "OK"
    for code in ("01", "03", "06"):
        report = status("H53.13", "G22", envelope.document_id, code)
        assert (await receiving.send_edoc(report, "H53.13", "status"))["status"] == "OK"
        told = await one(sending, "status")
        assert await sending.get_edoc(told["docId"]) == report
        assert (await sending.update_status(told["docId"], "done"))["status"] == "OK"

    (part,) = (await sending.sent(sent["DocId"]))["data"]
    assert (part["sendStatus"], part["receiveStatus"], part["receiverDocId"]) == ("done", "done", item["docId"])
    assert (await receiving.received())["data"] == []
    (delivery,) = (await sender.envelope(sent["DocId"]))["deliveries"]
    assert (delivery["state"], delivery["business"]["code"]) == ("CONFIRMED", "06")
    ended = await truc(shape, "agency", "vxp-end", "G22")
    assert ended["systemid"] == "G22"
    async with asyncio.timeout(30):
        while (refused := await sending.received())["status"] == "OK":
            await asyncio.sleep(0.2)
    assert refused["ErrorCode"] == "15"
