"""From the sender's POST to the recipient's inbox in production shape, at a tenth, a third and the whole of the load.

The whole load is what the hub carries for as long as one likes: documents as fast as they are taken, by the time until
the last of them is available. Beside it the floor: the bare application, a bare relay and a bare consumer, on the same
database server and the same broker, at the same pace.
"""

import argparse
import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from sqlalchemy import func, select

from hub import say
from hub.bench import documents, load
from hub.bench.machine import server_cpu
from hub.bench.processes import Place, Process, fresh, hub_environment, in_thread
from hub.bus.kafka import create_topics
from hub.bus.notes import topic
from hub.demo.pki import Signer
from hub.store.database import Database
from hub.store.directory import keys
from hub.store.tables import delivery, envelope, outbox

SHARES: Final = (0.1, 0.3, 1.0)
_SIZE: Final = 8_000
_REPORTS_A_SECOND: Final = 20
_DRAINED_WITHIN: Final = 120.0


@dataclass(frozen=True, slots=True)
class Road:
    """One of the two: its processes by name, the first takes the documents."""

    place: Place
    processes: Mapping[str, Process]
    database: Database

    @property
    def port(self) -> int:
        """Where it listens."""
        return next(iter(self.processes.values())).port


async def e2e(options: argparse.Namespace) -> dict[str, Any]:
    """Hub and floor at each share of the load, then reports at half of it."""
    if not (options.postgres and options.kafka):
        return {"left_out": "needs --postgres and --kafka"}
    by = documents.signer()
    report: dict[str, Any] = {}
    async with _hub(options, by) as road, _floor(options, by) as bare:
        whole = options.most
        if not whole:  # a rate that was only said is no measurement
            whole, floor = await _wholes(road, bare, by, options)
            report["ratio"] = round(whole / floor, 3)
            report["half_of_its_own_load"] = await _halves(road, bare, by, options, whole, floor)
            report["floor"] = {"whole_load_per_second": round(floor, 1)}
        report["whole_load_per_second"] = round(whole, 1)
        report["hub"] = await _at_shares("hub", road, by, options, whole)
        report["reports_at_half_load"] = await _reported(road, by, options, whole / 2)
        report["floor"] = {**report.get("floor", {}), **await _at_shares("floor", bare, by, options, whole)}
    return report


async def _wholes(road: Road, bare: Road, by: Signer, options: argparse.Namespace) -> tuple[float, float]:
    """What hub and floor carry, in turn: of all the turns the one whose ratio is in the middle."""
    turns = [
        (await _whole("hub", road, by, options), await _whole("floor", bare, by, options)) for _ in range(options.runs)
    ]
    turns.sort(key=lambda turn: turn[0] / turn[1])
    return turns[len(turns) // 2]


async def _halves(
    road: Road, bare: Road, by: Signer, options: argparse.Namespace, whole: float, floor: float
) -> dict[str, Any]:
    """How soon a document is available at half of what each of the two carries."""
    say.note(f"  hub: {whole / 2:.0f}, floor: {floor / 2:.0f} a second for {options.seconds:g} s each")
    hub = await _at(road, by, options, whole / 2)
    beside = await _at(bare, by, options, floor / 2)
    found: dict[str, Any] = {"hub_per_second": hub["pace"], "floor_per_second": beside["pace"]}
    for part in ("p50", "p99"):
        mine, theirs = hub[f"available_{part}_ms"], beside[f"available_{part}_ms"]
        found |= {f"{part}_ms": mine, f"floor_{part}_ms": theirs, f"{part}_ratio": round(mine / theirs, 2)}
    return found


@asynccontextmanager
async def _hub(options: argparse.Namespace, by: Signer) -> AsyncIterator[Road]:
    async with fresh(options.postgres, by) as place:
        environment = hub_environment(
            place,
            TRUC_TOPIC_PREFIX=f"bench{secrets.token_hex(4)}",
            TRUC_KAFKA_PARTITIONS="8",
            TRUC_BUS="kafka",
            TRUC_KAFKA_BOOTSTRAP=options.kafka,
            TRUC_RATE_PER_SECOND="0",
        )
        migrate = [sys.executable, "-m", "hub.cli", "migrate"]
        whole = {"PATH": "/usr/bin:/bin", **environment}
        await asyncio.to_thread(subprocess.run, migrate, env=whole, check=True, capture_output=True)
        gateway = await in_thread(["hub.cli", "gateway"], environment, "listening on ")
        worker = await in_thread(["hub.cli", "worker"], environment, "working")
        async with _running(place, {"gateway": gateway, "worker": worker}) as road:
            yield road


@asynccontextmanager
async def _floor(options: argparse.Namespace, by: Signer) -> AsyncIterator[Road]:
    async with fresh(options.postgres, by) as place:
        certificate = place.home / "signer.pem"
        certificate.write_bytes(by.certificate)
        prefix = f"bench{secrets.token_hex(4)}"
        await create_topics(options.kafka, prefix, 8, 1)
        bare = await in_thread(["hub.bench.floor", place.url, str(certificate)], {}, "listening on ")
        carrying = await in_thread(
            ["hub.bench.carrying", place.url, options.kafka, topic(prefix, "commune")], {}, "carrying"
        )
        async with _running(place, {"application": bare, "relay and consumer": carrying}) as road:
            yield road


@asynccontextmanager
async def _running(place: Place, processes: Mapping[str, Process]) -> AsyncIterator[Road]:
    database = Database(place.url)
    try:
        yield Road(place, processes, database)
    finally:
        await database.close()
        for process in processes.values():
            process.stop()


async def _whole(name: str, road: Road, by: Signer, options: argparse.Namespace) -> float:
    """What is carried a second for long: all that is taken at full speed, by the time until the last is available."""
    say.note(f"  {name}: as fast as it takes them")
    warm = documents.envelopes(200, _SIZE, 3, by, f"w{secrets.token_hex(3)}")
    await load.drive(road.port, road.place.key, warm, connections=16)
    await _drained(road)
    bodies = documents.envelopes(int(min(options.seconds, 15) * 500), _SIZE, 3, by, f"f{secrets.token_hex(3)}")
    started = time.perf_counter()
    await load.drive(road.port, road.place.key, bodies, connections=64)
    await _drained(road)
    return len(bodies) / (time.perf_counter() - started)


async def _at_shares(name: str, road: Road, by: Signer, options: argparse.Namespace, whole: float) -> dict[str, Any]:
    found = {}
    for share in SHARES:
        say.note(f"  {name}: {whole * share:.0f} a second for {options.seconds:g} s")
        found[f"{share:.0%}"] = await _at(road, by, options, whole * share)
    return found


async def _at(road: Road, by: Signer, options: argparse.Namespace, pace: float) -> dict[str, Any]:
    """A sustained load: what was taken, how soon it was available, what was left when it ended, and what it cost."""
    bodies = documents.envelopes(int(pace * options.seconds) + 1, _SIZE, 3, by, f"p{secrets.token_hex(3)}")
    ports = {"postgresql": options.postgres, "kafka": f"//{options.kafka}/"}
    began = datetime.now(UTC)
    before = {name: process.cpu_seconds() for name, process in road.processes.items()}
    servers = {name: server_cpu(_port(url)) for name, url in ports.items()}
    outcome = await load.drive(road.port, road.place.key, bodies, connections=64, pace=pace)
    left, started = await _left(road), time.perf_counter()
    await _drained(road)
    drained = time.perf_counter() - started
    spent = {name: process.cpu_seconds() - before[name] for name, process in road.processes.items()}
    spent |= {name: server_cpu(_port(url)) - servers[name] for name, url in ports.items()}
    query = (
        select(delivery.c.available_at, envelope.c.received_at)
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(envelope.c.received_at >= began)
    )
    async with road.database.read() as conn:
        rows = (await conn.execute(query)).all()
    times = load.Outcome(1, [(row[0] - row[1]).total_seconds() for row in rows if row[0]])
    return {
        "pace": round(pace, 1),
        "seconds": round(outcome.seconds, 1),
        "accept": outcome.shown(),
        "available_p50_ms": times.percentile(0.5),
        "available_p95_ms": times.percentile(0.95),
        "available_p99_ms": times.percentile(0.99),
        "outbox_at_the_end": left,
        "drained_seconds": round(drained, 2),
        "not_available": sum(row[0] is None for row in rows),
        "cpu_ms_each": {name: round(value / len(bodies) * 1000, 3) for name, value in spent.items()},
        "peak_mib": {name: process.peak_mib() for name, process in road.processes.items()},
    }


def _port(url: str) -> int:
    return int(url.partition("//")[2].partition("/")[0].rpartition(":")[2])


async def _left(road: Road) -> int:
    async with road.database.read() as conn:
        return int((await conn.execute(select(func.count()).select_from(outbox))).scalar_one())


async def _drained(road: Road) -> None:
    """Return when no note and no queued delivery is left; raise where that takes far too long."""
    queued = select(func.count()).select_from(delivery).where(delivery.c.state == "QUEUED")
    deadline = time.perf_counter() + _DRAINED_WITHIN
    while True:
        async with road.database.read() as conn:
            waits = int((await conn.execute(queued)).scalar_one())
        if not waits and not await _left(road):
            return
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{waits} deliveries are not available after {_DRAINED_WITHIN:.0f} s")
        await asyncio.sleep(0.05)


async def _reported(road: Road, by: Signer, options: argparse.Namespace, pace: float) -> dict[str, Any]:
    """From a recipient's report to the sender's feed, beside half the load."""
    say.note(f"  hub: {_REPORTS_A_SECOND} reports a second beside {pace:.0f} documents, for {options.seconds:g} s")
    recipient = documents.RECIPIENTS[0].code
    async with road.database.write() as conn:
        key = await keys.issue_key(conn, recipient, datetime.now(UTC))
    count = int(_REPORTS_A_SECOND * options.seconds)
    mine = documents.envelopes(count, _SIZE, 1, by, f"r{secrets.token_hex(3)}")
    await load.drive(road.port, road.place.key, mine, connections=16)
    await _drained(road)
    async with road.database.read() as conn:
        query = select(envelope.c.document_id).where(envelope.c.kind == "new").order_by(envelope.c.received_at.desc())
        names = list((await conn.execute(query.limit(count))).scalars())
    bodies = documents.envelopes(int(pace * options.seconds) + 1, _SIZE, 3, by, f"h{secrets.token_hex(3)}")
    beside = asyncio.create_task(load.drive(road.port, road.place.key, bodies, connections=64, pace=pace))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{road.port}", timeout=60) as http:
        times = await _fed(http, road.place.key, key, names)
    await beside
    return {"load_per_second": round(pace, 1), "reports": len(times.latencies), **_shown(times)}


def _shown(times: load.Outcome) -> dict[str, float]:
    return {f"p{part}_ms": times.percentile(part / 100) for part in (50, 95, 99)}


async def _fed(http: httpx.AsyncClient, sender: str, recipient: str, names: Sequence[str]) -> load.Outcome:
    """Report on each document; the time from sending a report until the sender's feed has brought it."""
    sent: dict[str, float] = {}
    outcome = load.Outcome(1)
    feed = {"Authorization": f"Bearer {sender}"}
    cursor = ""
    while True:  # to the end of what happened before
        page = (await http.get("/v1/status", params={"after": cursor, "limit": 1000}, headers=feed)).json()
        cursor = page["next"]
        if not page["items"]:
            break

    async def follow() -> None:
        nonlocal cursor
        while len(outcome.latencies) < len(names):
            asked: dict[str, str | int] = {"after": cursor, "limit": 1000, "wait": 5}
            page = (await http.get("/v1/status", params=asked, headers=feed)).json()
            now, cursor = time.perf_counter(), page["next"]
            told = [item["document_id"] for item in page["items"] if item["what"] == "reported"]
            outcome.latencies += [now - sent[name] for name in told if name in sent]

    following = asyncio.create_task(follow())
    for name in names:
        sent[name] = time.perf_counter()
        said = {"document_id": name, "sender": documents.SENDER.code, "code": "03", "description": "Đã vào sổ"}
        answer = await http.post("/v1/status-reports", json=said, headers={"Authorization": f"Bearer {recipient}"})
        answer.raise_for_status()
        await asyncio.sleep(max(0.0, sent[name] + 1 / _REPORTS_A_SECOND - time.perf_counter()))
    async with asyncio.timeout(_DRAINED_WITHIN):
        await following
    return outcome
