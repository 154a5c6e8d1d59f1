"""The crash points, each hit on purpose while offices work: C1 to C20 of docs/explanation/nothing-lost.md."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from hub import failpoint
from hub.store.database import Database
from hub.store.migrate import is_current
from tests import pki
from tests.adapters.receiver import receiving
from tests.chaos.judge import Verdict, judge
from tests.chaos.machine import Machine, machine, until
from tests.chaos.run import Plan, drained, lives_of, senders_of, settle
from tests.offices import XML, document
from tests.parts import postgres

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.long]
GATEWAY: Final = (
    "body-half-read", "body-read", "original-written", "original-kept", "group-unwritten", "change-half-written",
    "change-uncommitted", "group-committed", "answer-due", "answer-half-sent", "report-uncommitted",
)  # fmt: skip
WORKER: Final = (
    "notes-claimed", "notes-sent", "notes-acknowledged", "notes-polled", "notes-done", "partitions-revoked", "handed-over",
)  # fmt: skip
COMMANDS: Final = ("list-half-swapped", "schema-half-way")
MAILS: Final = ("mail-written", "mail-taken")  # hit by tests/rooms/test_digests.py


def test_every_point_is_hit_by_a_test_below() -> None:
    assert {*GATEWAY, *WORKER, *COMMANDS, *MAILS} == set(failpoint.POINTS)


async def test_a_death_at_any_point_of_the_road_loses_and_doubles_nothing() -> None:
    plan = Plan(seed=20, rest=0.1, resend=200, has_wrong_clock=False)
    async with receiving() as receiver, machine(gateways=2, workers=2) as whole:
        town = await settle(whole, receiver, plan)
        is_done = asyncio.Event()
        lives = [asyncio.create_task(one) for one in lives_of(town, plan, is_done.is_set)]
        senders = [asyncio.create_task(one) for one in senders_of(town, plan)]
        for gate in whole.gates.values():
            gate.piece = 8192  # so that a large body comes in pieces
        for point in GATEWAY:
            await _dies_at(whole, "gateway-0", point)
        for point in WORKER:
            await _dies_at(whole, "worker-0", point)
        town.stop.set()
        await asyncio.wait(senders, timeout=60)
        await drained(whole, 90)
        is_done.set()
        await asyncio.wait(lives, timeout=30)
        verdict = await judge(whole, town, Verdict(plan.seed), random.Random(plan.seed), plan.resend)

    assert all(task.done() for task in (*senders, *lives))
    assert verdict.is_clean, verdict.told()
    assert verdict.accepted > 0


async def _dies_at(whole: Machine, name: str, point: str) -> None:
    """Start it again with the point armed, work until it has died there, and start it as it should be."""
    process = whole.processes[name]
    await process.kill()
    process.start(TRUC_FAIL_AT=point)
    if point == "partitions-revoked":  # somebody who joins makes the bus share anew
        await until(process.is_ready, name, process.log.read_text)
        other = whole.processes["worker-1"]
        await other.kill()
        other.start()
    async with asyncio.timeout(60):
        await process.ended()
    process.start()
    await until(process.is_ready, name, process.log.read_text)


async def test_a_commit_whose_answer_never_comes_is_found_again_by_the_same_bytes() -> None:
    """C5 to C7 for a group of envelopes, which is one statement: the database has it all, the gateway hears nothing."""
    async with receiving() as receiver, machine(gateways=1, workers=1) as whole:
        town = await settle(whole, receiver, Plan())
        office = town.senders[0]
        body = office.written(document(office.code, ["H50", "H51"]))
        line = town.line()
        for _ in range(40):  # on each of its connections: what it asks is known and prepared
            before = office.written(document(office.code, ["H50", "H51"]))
            assert (await line.ask(office, "POST", "/v1/envelopes", content=before, headers=XML)).status_code == 202
        conn = await asyncpg.connect(whole.dsn)
        whole.database_proxy.hold_answers()
        asking = asyncio.create_task(line.ask(office, "POST", "/v1/envelopes", content=body, headers=XML))
        found = "SELECT id FROM envelope WHERE sha256 = $1"
        try:
            async with asyncio.timeout(30):
                while not (identity := await conn.fetchval(found, sha256(body).hexdigest())):
                    await asyncio.sleep(0.02)
            gateway = whole.processes["gateway-0"]
            await gateway.kill()
            whole.database_proxy.let_answers_go()
            gateway.start()
            answer = await asyncio.wait_for(asking, 60)
            kept = await conn.fetch("SELECT receipt FROM envelope WHERE id = $1", identity)
            promised = await conn.fetchval("SELECT count(*) FROM delivery WHERE envelope_id = $1", identity)
        finally:
            await conn.close()
            await line.close()

    assert (answer.status_code, answer.json()["id"], promised) == (200, str(identity), 2)
    assert [row["receipt"] for row in kept] == [answer.json()["receipt"]["jws"]]


async def test_a_gateway_that_dies_in_the_middle_of_its_statement_leaves_one_document() -> None:
    """C5, C6: the statement waits inside the database for another transaction when its gateway is killed."""
    async with receiving() as receiver, machine(gateways=1, workers=1) as whole:
        town = await settle(whole, receiver, Plan())
        office = town.senders[0]
        body = office.written(document(office.code, ["H50"]))
        line = town.line()
        conn = await asyncpg.connect(whole.dsn)
        watching = await asyncpg.connect(whole.dsn)
        asking = None
        try:
            async with conn.transaction():
                await conn.execute("LOCK TABLE delivery IN EXCLUSIVE MODE")
                asking = asyncio.create_task(line.ask(office, "POST", "/v1/envelopes", content=body, headers=XML))
                stuck = (
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'INTO envelope'"
                )
                async with asyncio.timeout(30):
                    while not await watching.fetchval(stuck):
                        await asyncio.sleep(0.02)
                await whole.processes["gateway-0"].kill()
            whole.processes["gateway-0"].start()
            answer = await asyncio.wait_for(asking, 60)
            count = await watching.fetchval("SELECT count(*) FROM envelope")
        finally:
            await conn.close()
            await watching.close()
            await line.close()

    assert answer.status_code in (200, 202)
    assert count == 1


def _truc(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    whole = {k: v for k, v in os.environ.items() if not k.startswith("TRUC_")} | environment
    whole["TRUC_FAIL_POINTS_ALLOWED"] = "true"
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", *command], env=whole, capture_output=True, text=True, check=False
    )


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of a hub on a database without a schema."""
    settings = {"TRUC_HOME": str(tmp_path)}
    if request.param == "postgresql":
        dsn = request.getfixturevalue("postgres_dsn")
        name = f"truc_empty_{os.urandom(4).hex()}"
        admin = await asyncpg.connect(dsn)
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        settings["TRUC_DATABASE_URL"] = postgres.url_of(dsn, name)
    return settings


async def test_a_migration_that_dies_half_way_is_done_by_the_next_one(empty: dict[str, str], tmp_path: Path) -> None:
    died = _truc({**empty, "TRUC_FAIL_AT": "schema-half-way"}, "migrate")
    database = Database(empty.get("TRUC_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"))
    try:
        half_way = await is_current(database)
        again = _truc(empty, "migrate")
        now = await is_current(database)
    finally:
        await database.close()

    assert died.returncode == -signal.SIGKILL
    assert (half_way, again.returncode, now) == (False, 0, True)


def test_a_revocation_list_is_swapped_whole_or_not_at_all(tmp_path: Path) -> None:
    environment = {"TRUC_HOME": str(tmp_path / "home")}
    root = pki.make_ca()
    (tmp_path / "root.pem").write_bytes(root.certificate_pem)
    (tmp_path / "list.crl").write_bytes(pki.make_crl(root, (), 1, next_update=pki.NOW + timedelta(days=3650)))
    assert _truc(environment, "trust", "add", str(tmp_path / "root.pem")).returncode == 0

    died = _truc({**environment, "TRUC_FAIL_AT": "list-half-swapped"}, "trust", "crl", str(tmp_path / "list.crl"))
    between = _truc(environment, "trust", "list", "--json").stdout
    again = _truc(environment, "trust", "crl", str(tmp_path / "list.crl"))
    after = _truc(environment, "trust", "list", "--json").stdout

    assert died.returncode == -signal.SIGKILL
    assert again.returncode == 0, again.stderr
    assert between != after
