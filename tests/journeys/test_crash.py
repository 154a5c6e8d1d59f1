"""Killing processes in the middle of many documents loses none: the sender keeps its own books, like an office does."""

import asyncio
from pathlib import Path

import httpx
import pytest

from hub.domain.agency import Level
from tests.journeys.shapes import Shape, production
from tests.offices import Office, document

WITHIN = 120  # seconds


@pytest.mark.parametrize(
    ("victim", "documents"),
    [
        pytest.param("gateway", 500, marks=pytest.mark.long),
        pytest.param("worker-1", 500, marks=pytest.mark.long),
        pytest.param("both workers", 500, marks=pytest.mark.long),
        ("both workers", 150),
    ],
)
async def test_killing_a_process_in_the_middle_loses_no_document(
    victim: str, documents: int, tmp_path: Path, postgres_url: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    async with production(tmp_path, postgres_url, kafka_bootstrap, topic_prefix) as shape:
        sender = await shape.settle("G22", Level.CENTRAL)
        recipients = [await shape.settle(f"H5{n}", list(Level)[n]) for n in range(3)]
        bodies = [sender.written(document("G22", [r.code for r in recipients])) for _ in range(documents)]
        books: dict[str, str] = {}  # document id -> envelope id, as the receipts say
        half_way = asyncio.Event()

        async def office(part: list[bytes]) -> None:
            for body in part:
                receipt = await _sent(sender, body)
                books[receipt["document_id"]] = receipt["id"]
                if len(books) >= documents // 3:
                    half_way.set()

        async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as group:
            for lane in range(8):
                group.create_task(office(bodies[lane::8]))
            await half_way.wait()
            _kill(shape, victim)

        assert len(books) == documents
        for recipient in recipients:
            assert await _everything(recipient, documents) == set(books.values())
        kept = [await sender.post(body) for body in bodies[:20]]
        assert {answer.json()["id"] for answer in kept} <= set(books.values())
        assert {answer.status_code for answer in kept} == {200}


def _kill(shape: Shape, victim: str) -> None:
    names = ["worker-1", "worker-2"] if victim == "both workers" else [victim]
    for name in names:
        shape.processes[name].kill()
    for name in names:
        if name != "worker-1" or victim == "both workers":  # one worker stays dead: the other takes over
            shape.restart(name)
        else:
            del shape.processes[name]


async def _sent(sender: Office, body: bytes) -> dict[str, str]:
    """Send like an office system: again and again until there is a receipt."""
    while True:
        try:
            answer = await sender.post(body)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code in (200, 202):
            receipt: dict[str, str] = answer.json()
            return receipt
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.1)


async def _everything(recipient: Office, documents: int) -> set[str]:
    """Every envelope this recipient ever gets, each fetched and confirmed; doubles fail here."""
    got: set[str] = set()
    async with asyncio.timeout(WITHIN):
        while len(got) < documents:
            for item in await recipient.inbox(5):
                assert item["envelope_id"] not in got
                got.add(item["envelope_id"])
                assert (await recipient.confirm(item["delivery_id"])).status_code == 200
    assert await recipient.inbox(0) == []
    return got
