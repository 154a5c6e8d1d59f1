"""Faults planted on purpose: a harness that does not catch them proves nothing about a hub without them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from tests.adapters.receiver import OK, Receiver, receiving
from tests.chaos.judge import Verdict, arrivals, documents
from tests.chaos.machine import Machine, machine, until
from tests.chaos.people import Sent, Town
from tests.chaos.run import Plan, settle
from tests.chaos.troubles import wipe
from tests.offices import XML, document

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.long]


@asynccontextmanager
async def small(fault: str, receiver: Receiver, **more: Any) -> AsyncIterator[tuple[Machine, Town]]:
    """One gateway, one worker, and a town. A fault or none: the same test must be able to tell the two."""
    async with machine(gateways=1, workers=1, fault=fault, **more) as whole:
        yield whole, await settle(whole, receiver, Plan())


async def states(whole: Machine, wanted: set[str], within: float) -> list[str]:
    """The deliveries' states, once they are what is wanted or as they are when that has been waited for."""
    conn = await asyncpg.connect(whole.dsn)
    try:
        end = asyncio.get_running_loop().time() + within
        while True:
            found = [row["state"] for row in await conn.fetch("SELECT state FROM delivery")]
            if set(found) == wanted or asyncio.get_running_loop().time() > end:
                return found
            await asyncio.sleep(0.1)
    finally:
        await conn.close()


async def post(town: Town, *recipients: str) -> str:
    line = town.line()
    office = town.senders[0]
    body = office.written(document(office.code, recipients))
    answer = await line.ask(office, "POST", "/v1/envelopes", content=body, headers=XML)
    await line.close()
    assert answer.status_code == 202, answer.text
    identity = str(answer.json()["id"])
    town.books.sent[identity] = Sent(body, answer.json())
    return identity


@pytest.mark.parametrize("fault", ["", "answer-before-commit"])
async def test_an_answer_before_the_commit_is_caught_as_lost(fault: str) -> None:
    """The gateway is killed at the moment the sender has its receipt."""
    async with receiving() as receiver, small(fault, receiver) as (whole, town):
        await post(town, "H50")  # the gateway knows everybody now
        identity = await post(town, "H50")
        await whole.processes["gateway-0"].kill()
        verdict = await of_documents(whole, town)

    assert (identity in " ".join(verdict.lost)) is bool(fault), verdict.told()
    assert bool(verdict.lost) is bool(fault), verdict.told()


@pytest.mark.parametrize("fault", ["", "asynchronous-commit"])
async def test_an_asynchronous_commit_is_caught_as_lost(fault: str) -> None:
    """PostgreSQL is killed at the moment the sender has its receipt."""
    lazy = {"wal_writer_delay": "10s", "wal_writer_flush_after": "100MB"}  # so that the fault shows at once
    async with receiving() as receiver, small(fault, receiver, server_settings=lazy) as (whole, town):
        await post(town, "H50")
        identity = await post(town, "H50")
        whole.server.kill()
        await whole.revive_database()
        verdict = await of_documents(whole, town)

    assert (identity in " ".join(verdict.lost)) is bool(fault), verdict.told()
    assert bool(verdict.lost) is bool(fault), verdict.told()


async def of_documents(whole: Machine, town: Town) -> Verdict:
    """What the judge finds when it compares the receipts with the envelopes."""
    verdict = Verdict(0)
    conn = await asyncpg.connect(whole.dsn)
    await documents(conn, town.books, verdict)
    await conn.close()
    return verdict


@pytest.mark.parametrize(("fault", "arrives"), [("no-reconciler", True), ("offset-before-work", False)])
async def test_an_offset_before_the_work_is_caught_as_undelivered(fault: str, *, arrives: bool) -> None:
    """A worker dies with the notes in hand. Kafka alone brings them again, unless they were said to be done."""
    async with receiving() as receiver, small(fault, receiver) as (whole, town):
        worker = whole.processes["worker-0"]
        await worker.kill()
        worker.start(TRUC_FAIL_AT="notes-polled")
        await post(town, "H50")
        async with asyncio.timeout(60):
            await worker.ended()
        worker.start()
        found = await states(whole, {"AVAILABLE"}, 60 if arrives else 20)

    assert found == (["AVAILABLE"] if arrives else ["QUEUED"])


@pytest.mark.parametrize(("fault", "arrives"), [("", True), ("no-reconciler", False)])
async def test_a_hub_without_a_reconciler_is_caught_when_the_topics_are_wiped(fault: str, *, arrives: bool) -> None:
    """The notes are in the topics and no worker has read them, when there are no topics any more."""
    async with receiving() as receiver, small(fault, receiver) as (whole, town):
        worker = whole.processes["worker-0"]
        await worker.kill()
        worker.start(TRUC_FAIL_AT="notes-acknowledged")  # the bus has them, and this worker will not read them
        await post(town, "H50", "H51")
        async with asyncio.timeout(60):
            await worker.ended()
        conn = await asyncpg.connect(whole.dsn)
        await conn.execute("DELETE FROM outbox")  # what a relay does that lives a moment longer
        already = {row["state"] for row in await conn.fetch("SELECT state FROM delivery")}
        await conn.close()
        await wipe(whole)
        worker.start()
        found = await states(whole, {"AVAILABLE"}, 60 if arrives else 15)

    assert already <= {"QUEUED", "AVAILABLE"}
    assert (set(found) == {"AVAILABLE"}) is (arrives or already == {"AVAILABLE"})


@pytest.mark.parametrize(("fault", "is_caught"), [("", False), ("no-version-check", True)])
async def test_the_late_answer_of_a_frozen_worker_changes_nothing(fault: str, *, is_caught: bool) -> None:
    """Frozen past its lease: another takes its work over. A hub that saves over whatever is there is caught."""
    verdict = Verdict(0)
    async with receiving({"/office": None}) as receiver, small(fault, receiver) as (whole, town):
        frozen = whole.processes["worker-0"]
        identity = await post(town, "W1")
        await until(lambda: len(receiver.calls) == 1, "the webhook", frozen.log.read_text)
        frozen.freeze()
        receiver.answers["/office"] = OK
        other = type(frozen)("worker-1", frozen.nursery, frozen.environment, frozen.home)
        whole.processes["worker-1"] = other
        other.start()
        taken_over = await states(whole, {"DELIVERED"}, 60)
        receiver.hang_up()
        frozen.thaw()
        conn = await asyncpg.connect(whole.dsn)
        try:
            late = await _whats_after(conn, identity, until_failed=is_caught)
        finally:
            await conn.close()
        conn = await asyncpg.connect(whole.dsn)
        await arrivals(conn, verdict)
        await conn.close()

    assert taken_over == ["DELIVERED"]
    assert bool(verdict.broken or verdict.doubles) is is_caught, (late, verdict.told())


async def _whats_after(conn: asyncpg.Connection, identity: str, *, until_failed: bool) -> list[str]:
    """The delivery's events, once the thawed worker must have had its say."""
    query = "SELECT what FROM event WHERE envelope_id = $1::text::uuid AND recipient IS NOT NULL ORDER BY seq"
    end = asyncio.get_running_loop().time() + (60 if until_failed else 5)
    while True:
        whats = [row["what"] for row in await conn.fetch(query, identity)]
        if (until_failed and len(whats) > 1) or asyncio.get_running_loop().time() > end:
            return whats
        await asyncio.sleep(0.1)
