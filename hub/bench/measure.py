"""The measurements. Each measures its floor in the same run and reports the ratio."""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from sqlalchemy import select

from hub.bench import documents, load
from hub.bench.processes import Place, Process, fresh, hub_environment, in_thread
from hub.demo.pki import Signer
from hub.store.database import Database
from hub.store.tables import delivery, envelope

_SIZES = {"8KB": (8_000, 2500), "100KB": (100_000, 700), "1MB": (1_000_000, 50)}  # bytes, and documents for each second
_LISTENING = "listening on "


async def accept(options: argparse.Namespace) -> dict[str, Any]:
    """Gateways at full load against the floor, hub and floor in turn, three recipients, every check on.

    On PostgreSQL as many of them as `--gateways` says; the floor is one process.
    """
    by = documents.signer()
    report: dict[str, Any] = {}
    servers = [("sqlite", None), *([("postgresql", options.postgres)] if options.postgres else [])]
    for name, (size, each_second) in _SIZES.items():
        bodies = documents.envelopes(int(options.seconds * each_second), size, 3, by, "a")
        for shape, server in servers:
            runs = []
            for _ in range(options.runs):
                floor = await _floor(server, by, bodies)
                runs.append((await _gateways(server, by, bodies, options.gateways if server else 1), floor))
            runs.sort(key=lambda run: run[0]["per_second"] / run[1]["per_second"])
            hub, floor = runs[len(runs) // 2]
            ratio = round(hub["per_second"] / floor["per_second"], 3)
            report[f"{shape} {name}"] = {"ratio": ratio, "hub": hub, "floor": floor}
    return report


async def _floor(server: str | None, by: Signer, bodies: Sequence[bytes]) -> dict[str, Any]:
    async with fresh(server, by) as place:
        certificate = place.home / "signer.pem"
        certificate.write_bytes(by.certificate)
        process = await in_thread(["hub.bench.floor", place.url, str(certificate)], {}, _LISTENING)
        return await _loaded([process], place, bodies)


async def _gateways(server: str | None, by: Signer, bodies: Sequence[bytes], count: int) -> dict[str, Any]:
    async with fresh(server, by) as place:
        first = await in_thread(["hub.cli", "gateway"], hub_environment(place), _LISTENING)  # makes the hub's key
        others = [await in_thread(["hub.cli", "gateway"], hub_environment(place), _LISTENING) for _ in range(1, count)]
        return await _loaded([first, *others], place, bodies)


async def _loaded(
    processes: Sequence[Process], place: Place, bodies: Sequence[bytes], connections: int = 64
) -> dict[str, Any]:
    """Drive them all at once, `connections` together, each with its share of the bodies."""
    count = len(processes)
    try:
        before = sum(each.cpu_seconds() for each in processes)
        loads = [
            load.drive(each.port, place.key, bodies[nth::count], connections=connections // count)
            for nth, each in enumerate(processes)
        ]
        outcome = reduce(load.Outcome.with_, await asyncio.gather(*loads))
        spent = sum(each.cpu_seconds() for each in processes) - before
        return {
            **outcome.shown(),
            "cpu_ms_each": round(spent / max(len(outcome.latencies), 1) * 1000, 3),
            "peak_mib": max(each.peak_mib() for each in processes),
        }
    finally:
        for each in processes:
            each.stop()


async def fanout(options: argparse.Namespace) -> dict[str, Any]:
    """What 300 recipients cost against 3, one at a time: the median time of an accept, beside the floor's."""
    by = documents.signer()
    report: dict[str, Any] = {}
    for shape, server in [("sqlite", None), *([("postgresql", options.postgres)] if options.postgres else [])]:
        async with fresh(server, by, 3000) as place:
            certificate = place.home / "signer.pem"
            certificate.write_bytes(by.certificate)
            floor = await in_thread(["hub.bench.floor", place.url, str(certificate)], {}, _LISTENING)
            try:
                least = await _fanned(floor, place, by, "floor")
            finally:
                floor.stop()
            process = await in_thread(["hub.cli", "gateway"], hub_environment(place), _LISTENING)
            try:
                medians = await _fanned(process, place, by, "hub")
            finally:
                process.stop()
            report[shape] = {"hub": medians, "floor": least}
    return report


async def _fanned(process: Process, place: Place, by: Signer, mark: str) -> dict[str, float]:
    medians: dict[str, float] = {}
    for number in (3, 300, 3000):
        bodies = documents.envelopes(60 if number < 3000 else 12, 8_000, number, by, f"{mark}{number}")
        outcome = await load.drive(process.port, place.key, bodies, connections=1)
        medians[f"{number}_p50_ms"] = outcome.percentile(0.5)
    for number in (300, 3000):
        medians[f"{number}_against_3"] = round(medians[f"{number}_p50_ms"] / medians["3_p50_ms"], 2)
    return medians


async def road(options: argparse.Namespace) -> dict[str, Any]:
    """From acceptance to the inbox at a steady pace: embedded, and with --postgres and --kafka in production shape."""
    by = documents.signer()
    bodies = documents.envelopes(int(options.pace * max(options.seconds, 5)), 8_000, 3, by, "r")
    report: dict[str, Any] = {}
    async with fresh(None, by) as place:
        serve = await in_thread(["hub.cli", "serve"], hub_environment(place), _LISTENING)
        report["embedded"] = await _travelled(place, bodies, options.pace, [serve])
    if options.postgres:
        async with fresh(options.postgres, by) as place:
            more = {"TRUC_TOPIC_PREFIX": f"bench{int(time.time())}", "TRUC_KAFKA_PARTITIONS": "8"}
            if options.kafka:
                more |= {"TRUC_BUS": "kafka", "TRUC_KAFKA_BOOTSTRAP": options.kafka}
            environment = hub_environment(place, **more)
            await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "hub.cli", "migrate"],
                env={"PATH": "/usr/bin:/bin", **environment},
                check=True,
                capture_output=True,
            )
            gateway = await in_thread(["hub.cli", "gateway"], environment, _LISTENING)
            worker = await in_thread(["hub.cli", "worker"], environment, "working")
            await asyncio.sleep(3)  # the consumer group settles
            report["production"] = await _travelled(place, bodies, options.pace, [gateway, worker])
    return report


async def _travelled(place: Place, bodies: Sequence[bytes], pace: float, processes: list[Process]) -> dict[str, Any]:
    try:
        warm = len(bodies) // 5  # a fifth warms caches, pools and the broker's compiler, and is not counted
        await load.drive(processes[0].port, place.key, bodies[:warm], connections=16, pace=pace)
        began, used = datetime.now(UTC), [process.cpu_seconds() for process in processes]
        outcome = await load.drive(processes[0].port, place.key, bodies[warm:], connections=64, pace=pace)
        each = [(p.cpu_seconds() - u) / (len(bodies) - warm) for p, u in zip(processes, used, strict=True)]
        database = Database(place.url)
        query = select(envelope.c.received_at, delivery.c.available_at).join(
            delivery, delivery.c.envelope_id == envelope.c.id
        )
        query = query.where(envelope.c.received_at >= began)
        try:
            for _ in range(150):
                async with database.read() as conn:
                    rows = (await conn.execute(query)).all()
                waiting = [row for row in rows if row.available_at is None]
                if rows and not waiting:
                    break
                await asyncio.sleep(0.2)
        finally:
            await database.close()
        times = load.Outcome(1, [(r.available_at - r.received_at).total_seconds() for r in rows if r.available_at])
        return {
            "pace": pace,
            "accept": outcome.shown(),
            "available_p50_ms": times.percentile(0.5),
            "available_p99_ms": times.percentile(0.99),
            "not_available": len(waiting),
            "cpu_ms_each": {str(n): round(seconds * 1000, 3) for n, seconds in enumerate(each)},
            "peak_mib": {str(n): p.peak_mib() for n, p in enumerate(processes)},
        }
    finally:
        for process in processes:
            process.stop()


async def idle(options: argparse.Namespace) -> dict[str, Any]:
    """What an idle embedded hub uses of one core."""
    async with fresh(None, documents.signer()) as place:
        process = await in_thread(["hub.cli", "serve"], hub_environment(place), _LISTENING)
        try:
            await asyncio.sleep(2)
            before = process.cpu_seconds()
            seconds = max(options.seconds, 10)
            await asyncio.sleep(seconds)
            return {"percent_of_a_core": round((process.cpu_seconds() - before) / seconds * 100, 2)}
        finally:
            process.stop()


async def start_up(options: argparse.Namespace) -> dict[str, Any]:
    """How soon `truc --help` answers and `truc serve` listens (median)."""
    help_times, serve_times = [], []
    for _ in range(options.runs):
        started = time.perf_counter()
        command = [sys.executable, "-m", "hub.cli", "--help"]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
        help_times.append(time.perf_counter() - started)
    async with fresh(None, documents.signer()) as place:
        for _ in range(options.runs):
            started = time.perf_counter()
            process = await in_thread(["hub.cli", "serve"], hub_environment(place), _LISTENING)
            serve_times.append(time.perf_counter() - started)
            process.stop()
    return {
        "help_seconds": round(statistics.median(help_times), 3),
        "serve_listens_seconds": round(statistics.median(serve_times), 3),
    }
