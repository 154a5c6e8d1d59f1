"""What it costs to find an agency by a code, with the country's directory in the database and in memory.

The directory is brought in by the import that registrars use, so its time is measured on the way.
"""

import argparse
import random
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hub import say
from hub.bench.alerts import fresh_database
from hub.domain import agencies_csv
from hub.domain.agency import Agency, Level
from hub.store.database import Database
from hub.store.directory import registry
from hub.store.directory.agencies_import import import_agencies
from hub.store.directory.memory import Directory
from hub.store.migrate import migrate

AGENCIES: Final = 125_000
ALIASES: Final = 2  # of each
_LOOKED_UP: Final = 20_000
_AT_ONCE: Final = 5_000  # codes of one document with as many recipients as there may be
_PROVINCES: Final = 34


async def resolve(options: argparse.Namespace) -> dict[str, Any]:
    """Bring 125,000 agencies with 250,000 aliases in; then look codes up, new ones and remembered ones, and change one."""
    count = options.directory
    say.note(f"  bringing in {count:,} agencies")
    async with _database(options.postgres) as database:
        started, worked = time.perf_counter(), time.process_time()
        async with database.write("bench") as conn:
            report = await import_agencies(conn, agencies_csv.read(_lines(count)), datetime.now(UTC))
        found: dict[str, Any] = {
            "database": "SQLite" if database.is_sqlite else "PostgreSQL",
            "agencies": report.added,
            "aliases": report.added * ALIASES,
            "import_seconds": round(time.perf_counter() - started, 1),
            "import_cpu_seconds": round(time.process_time() - worked, 1),  # with SQLite's own
        }
        found |= await _measured(database, count)
        return found


async def _measured(database: Database, count: int) -> dict[str, Any]:
    directory = Directory(database)
    await directory.refresh()
    say.note("  looking codes up")
    before = _memory()
    codes = list(_codes(count))
    new = await _timed(directory, random.Random(1).sample(codes, min(500, len(codes))))
    started = time.perf_counter()
    for begin in range(0, len(codes), _AT_ONCE):
        await directory.resolve(codes[begin : begin + _AT_ONCE])
    filled = time.perf_counter() - started
    known = await _timed(directory, random.Random(2).choices(codes, k=_LOOKED_UP))
    many = random.Random(3).sample(codes, min(_AT_ONCE, len(codes)))
    started = time.perf_counter()
    await directory.resolve(many)
    at_once = (time.perf_counter() - started) / len(many)
    return {
        "new_code_microseconds": new,
        "remembered_code_microseconds": known,
        "remembered_code_in_a_list_microseconds": round(at_once * 1e6, 2),
        "all_codes_first_asked_seconds": round(filled, 1),
        "memory_mb": round(_memory() - before),
        "change_seen_milliseconds": await _change(database, directory, codes[0]),
    }


async def _timed(directory: Directory, codes: list[str]) -> dict[str, float]:
    """Microseconds of one look-up each: the middle, the 99th of a hundred, the longest."""
    taken = []
    for code in codes:
        started = time.perf_counter()
        await directory.resolve([code])
        taken.append((time.perf_counter() - started) * 1e6)
    taken.sort()
    places = {"p50": len(taken) // 2, "p99": len(taken) * 99 // 100, "max": len(taken) - 1}
    return {name: round(taken[place], 1) for name, place in places.items()}


async def _change(database: Database, directory: Directory, code: str) -> float:
    """From the commit of a change to its answer, which is the first moment at which nobody is told the old one."""
    async with database.write("bench") as conn:
        await registry.suspend(conn, code, datetime.now(UTC))
    started = time.perf_counter()
    await directory.refresh()
    found = (await directory.resolve([code]))[code]
    taken = round((time.perf_counter() - started) * 1e3, 2)
    if found is None or not found.suspended:
        message = "a stale answer"
        raise AssertionError(message)
    return taken


def _codes(count: int) -> Iterator[str]:
    """Every code, in no order that would help: canonical ones and aliases."""
    every = [code for agency in _agencies(count) for code in (agency.code, *agency.aliases)]
    random.Random(0).shuffle(every)
    yield from every


def _agencies(count: int) -> Iterator[Agency]:
    for number in range(min(_PROVINCES, count)):
        yield _agency(f"H{number:02}", f"UBND tỉnh {number}", Level.PROVINCE, None)
    for number in range(_PROVINCES, count):
        parent = f"H{number % _PROVINCES:02}"
        yield _agency(f"{parent}.{number}", f"Đơn vị {number} trực thuộc {parent}", Level.COMMUNE, parent)


def _agency(code: str, name: str, level: Level, parent: str | None) -> Agency:
    return Agency(code, name, level, parent=parent, aliases=(f"000.{code}", f"10.{code}"))


def _lines(count: int) -> Iterator[str]:
    yield agencies_csv.heading()
    yield from map(agencies_csv.line, _agencies(count))


def _memory() -> float:
    """Megabytes this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@asynccontextmanager
async def _database(server: str | None) -> AsyncIterator[Database]:
    with TemporaryDirectory(prefix="truc-bench-") as home:
        if server:
            async with fresh_database(server) as url, _opened(url) as database:
                yield database
        else:
            async with _opened(f"sqlite+aiosqlite:///{Path(home) / 'truc.sqlite3'}") as database:
                yield database


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    await migrate(url)
    database = Database(url)
    try:
        yield await database.open()
    finally:
        await database.close()
