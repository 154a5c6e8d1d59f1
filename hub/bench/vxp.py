"""What the face for clients of the national axis costs: a document against the same on `/v1`, and the whole directory."""

import argparse
import asyncio
import hashlib
import hmac
import http.client
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import insert

from hub.bench import documents, load
from hub.bench.processes import Place, Process, fresh, hub_environment, in_thread
from hub.demo.pki import Signer
from hub.domain.agency import Agency, Level
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory import registry, systems
from hub.store.tables import agency, agency_alias
from hub.trust.vault import open_or_make

AGENCIES: Final = 123_000  # the national directory of 2026
_CHUNK: Final = 2_000
_PREFIX: Final = "XroadVnpt-"
_SECRET: Final = "secret of the bench"  # noqa: S105 - of a hub that lives for a minute
_HEAD: Final = "POST /vxp/{operation} HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def vxp(options: argparse.Namespace) -> dict[str, Any]:
    """One document on either face, in turn, one gateway; then one list of 123,000 agencies, with what memory it took."""
    by = documents.signer()
    async with fresh(options.postgres, by) as place:
        await _settle(place)
        process = await in_thread(["hub.cli", "gateway"], hub_environment(place), "listening on ")
        try:
            sends = await _sends(options, place, process, by)
            return {"send": sends, "directory": await _directory(options, place, process)}
        finally:
            process.stop()


async def _settle(place: Place) -> None:
    sealed = open_or_make(place.home).seal(_SECRET, documents.SENDER.code)
    database = Database(place.url)
    async with database.write() as conn:
        system = systems.System(documents.SENDER.code, documents.SENDER.code, sealed)
        await systems.keep(conn, system, datetime.now(UTC))
    await database.close()


def head_of(operation: str, parameters: dict[str, str], length: int) -> bytes:
    """A call's head, signed as the axis' client does it."""
    said = {"systemid": documents.SENDER.code, "timestamp": "25112026T091500+0123", **parameters}
    text = json.dumps({_PREFIX + name: value for name, value in said.items()}, separators=(",", ":"))
    headers = {
        "Content-Type": "application/octet-stream",
        **{_PREFIX + name: value for name, value in said.items()},
        f"{_PREFIX}sign-header": text,
        f"{_PREFIX}sign-header-key": ";".join(said),
        f"{_PREFIX}hash-header": hmac.new(_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest(),
        "Content-Length": str(length),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (_HEAD.format(operation=operation) + lines + "\r\n").encode()


def _signed(files: Sequence[bytes]) -> Callable[[bytes], bytes]:
    heads = {}
    for file in files:
        said = {"servicetype": "eDoc", "messagetype": "edoc", "from": documents.SENDER.code}
        said["hash-file"] = hashlib.sha256(file[:-2]).hexdigest()
        heads[hash(file)] = head_of("sendEdoc", said, len(file))
    return lambda file: heads[hash(file)]


async def _sends(options: argparse.Namespace, place: Place, process: Process, by: Signer) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for name, size in (("8KB", 8_000), ("100KB", 100_000)):
        count = int(options.seconds * (300 if size < 50_000 else 100))
        runs = []
        for number in range(options.runs + 1):
            plain = documents.envelopes(count, size, 3, by, f"p{size}-{number}")
            axis = [body + b"\r\n" for body in documents.envelopes(count, size, 3, by, f"x{size}-{number}")]
            v1 = await _cost(place, process, plain, None)
            face = await _cost(place, process, axis, _signed(axis))
            if number:  # the first warms both
                runs.append((v1, face))
        report[name] = {
            "cpu_ratio": round(statistics.median(f["cpu_ms_each"] / v["cpu_ms_each"] for v, f in runs), 3),
            "rate_ratio": round(statistics.median(v["per_second"] / f["per_second"] for v, f in runs), 3),
            "v1": runs[-1][0],
            "vxp": runs[-1][1],
        }
    return report


async def _cost(
    place: Place, process: Process, bodies: Sequence[bytes], head: Callable[[bytes], bytes] | None
) -> dict[str, Any]:
    before = process.cpu_seconds()
    outcome = await load.drive(process.port, place.key, bodies, connections=16, head=head)
    spent = process.cpu_seconds() - before
    return {**outcome.shown(), "cpu_ms_each": round(spent / max(len(outcome.latencies), 1) * 1000, 3)}


async def _directory(options: argparse.Namespace, place: Place, process: Process) -> dict[str, Any]:
    await _fill(place)
    before, spent = process.peak_mib(), process.cpu_seconds()
    runs = [await asyncio.to_thread(_list, process.port) for _ in range(max(options.runs, 3))]
    spent = (process.cpu_seconds() - spent) / len(runs)
    seconds = statistics.median(run[0] for run in runs)
    return {
        "agencies": runs[0][2],
        "bytes": runs[0][1],
        "seconds": round(seconds, 3),
        "cpu_seconds": round(spent, 3),
        "first_byte_seconds": round(statistics.median(run[3] for run in runs), 3),
        "memory_more_mib": round(process.peak_mib() - before, 1),
    }


async def _fill(place: Place) -> None:
    now = datetime.now(UTC)
    database = Database(place.url)
    for start in range(0, AGENCIES, _CHUNK):
        made = [
            Agency(f"X{n // 1000:02d}.{n % 1000:03d}", f"Ủy ban nhân dân xã số {n}", Level.COMMUNE, parent="H53")
            for n in range(start, min(start + _CHUNK, AGENCIES))
        ]
        made = [replace(one, contact={"email": f"vanthu@{one.code.lower()}.example"}) for one in made]
        old = [
            (one.code, f"000.{n % 90 + 10}.{n // 9000 % 90 + 10}.Y{n // 90 % 100:02d}")
            for n, one in enumerate(made, start)
        ]
        async with database.write() as conn:
            rows = [{"code": a.code, "channel_config": {}, "created_at": now, **registry.facts(a, now)} for a in made]
            await conn.execute(insert(agency), rows)
            aliases = [registry.alias_row(one.code, one.code) for one in made]
            await conn.execute(insert(agency_alias), aliases + [registry.alias_row(*pair) for pair in old])
            await directory_version.bump(conn)
    await database.close()


def _list(port: int) -> tuple[float, int, int, float]:
    """Seconds, bytes, agencies and seconds to the first byte of one list, read as fast as it comes."""
    head = head_of("getAgenciesList", {}, 0).decode().split("\r\n")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    started = time.perf_counter()
    connection.request("POST", "/vxp/getAgenciesList", headers=headers)
    answer = connection.getresponse()
    first = answer.read(1)
    began = time.perf_counter() - started
    body = first + answer.read()
    seconds = time.perf_counter() - started
    connection.close()
    said = json.loads(body)
    return seconds, len(body), len(said["data"]), began
