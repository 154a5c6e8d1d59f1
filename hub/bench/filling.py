"""Writes whole books (`hub.bench.laying`) into a database as fast as it takes them, and settles the hub's own counts."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import asyncpg
from sqlalchemy import insert, update

from hub.bench import laying
from hub.bench.laying import COLUMNS, LARGE, Books
from hub.domain.agency import Agency
from hub.domain.roles import Reach, Role
from hub.store import directory_version, tables
from hub.store.access import sessions
from hub.store.directory import keys, people, registry
from hub.store.directory.people import Rights
from hub.store.sql import among
from hub.tally import Tally
from hub.wiring import Hub

_TIMES: Final = frozenset(
    {"received_at", "created_at", "next_attempt_at", "due_at", "available_at", "collected_at", "confirmed_at"}
    | {"report_at", "at", "hour"}
)
_IDS: Final = frozenset({"id", "envelope_id", "delivery_id"})
_INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
WHERE i.indrelid = ANY($1::regclass[]) AND NOT i.indisprimary
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"""
WATCHERS: Final = {
    "operator": (Role.OPERATOR, Rights()),
    "officer, busy": (Role.OFFICER, Rights("H01")),
    "officer, quiet": (Role.OFFICER, Rights(f"{laying.QUIET}.001")),
    "officer, silent": (Role.OFFICER, Rights(f"{laying.QUIET}.099")),
    "province, busy": (Role.OFFICER, Rights("H01", Reach.SUBTREE)),
    "province, quiet": (Role.OFFICER, Rights(laying.QUIET, Reach.SUBTREE)),
    "auditor": (Role.AUDITOR, Rights()),
    "registrar": (Role.REGISTRAR, Rights()),
}
"""Who asks: people by name, with what they are and how far they see."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Who may ask, and about what. `cookies` and `tokens` are people's, `keys` agencies'."""

    cookies: dict[str, str]
    tokens: dict[str, str]
    keys: dict[str, str]
    envelope: str
    now: datetime
    """When the books were closed."""


async def fill(hub: Hub, documents: int) -> Filled:
    """Fill the fresh database of a hub with `documents` documents and all that goes with them."""
    now = datetime.now(UTC)
    books = Books(documents, now)
    if hub.database.is_sqlite:
        await asyncio.to_thread(_sqlite, hub.database.url.partition(":///")[2], books)
    else:
        await _postgresql(hub.database.url.replace("+asyncpg", ""), books)
    async with hub.database.write() as conn:
        for until in (tables.search_until, tables.party_until):
            await conn.execute(update(until).values(received_at=now))
        place = {"id": 1, "received_at": now, "envelope_id": laying.identity(0, 0), "recounted": now}
        await conn.execute(insert(tables.ledger_place).values(place))
    await _agencies(hub, laying.country(), now)
    filled = await _people(hub, books, now)
    await hub.directory.refresh()
    await hub.calendars.refresh(now)
    await hub.alerts.tick(now)
    await Tally(hub.database, hub.calendars).count(now, whole=True)
    await _analyze(hub)
    return filled


async def _agencies(hub: Hub, agencies: list[Agency], now: datetime) -> None:
    for start in range(0, len(agencies), 500):
        some = agencies[start : start + 500]
        rows = [{"code": a.code, "channel_config": {}, "created_at": now, **registry.facts(a, now)} for a in some]
        async with hub.database.write() as conn:
            await conn.execute(insert(tables.agency), rows)
            await conn.execute(insert(tables.agency_alias), [registry.alias_row(a.code, a.code) for a in some])
            seen = [{"agency": a.code, "polled_at": now - timedelta(seconds=len(a.name) * 40)} for a in some]
            await conn.execute(insert(tables.agency_seen), seen)
            await directory_version.bump(conn)


async def _people(hub: Hub, books: Books, now: datetime) -> Filled:
    cookies, tokens, issued = {}, {}, {}
    async with hub.database.write() as conn:
        for name, (role, rights) in WATCHERS.items():
            _, tokens[name], _ = await people.add_person(conn, name, role, rights, now)
            cookies[name] = await sessions.begin(conn, name, "", now)
        for code in ("G01", "H01", "H01.001", f"{laying.QUIET}.001"):
            issued[code] = await keys.issue_key(conn, code, now)
    await _aside(hub, books, now)
    envelope = books.answered[len(books.answered) // 2]
    return Filled(cookies, tokens, issued, envelope, now)


async def _aside(hub: Hub, books: Books, now: datetime) -> None:
    """What few documents have: a day set for the answer, files in quarantine."""
    some = books.answered[::5]
    held = {
        "rank": 3,
        "asked_at": now,
        "tries": 1,
        "done_at": now,
        "files": [],
        "malware": "infected",
        "threat": "Eicar",
    }
    async with hub.database.write() as conn:
        query = tables.delivery.select().where(among(conn, tables.delivery.c.envelope_id, some))
        due = [
            {"delivery_id": row.id, "envelope_id": row.envelope_id, "recipient": row.recipient, "rank": 3}
            | {"due_at": now - timedelta(days=1)}
            for row in await conn.execute(query)
        ]
        await conn.execute(insert(tables.answer_due), due)
        rows = [{"envelope_id": identity, "quarantine": "held", **held} for identity in some]
        await conn.execute(insert(tables.inspection), rows)


async def _analyze(hub: Hub) -> None:
    """What autovacuum does in life: statistics, and on PostgreSQL which pages are all visible."""
    if hub.database.is_sqlite:
        await asyncio.to_thread(_run, hub.database.url.partition(":///")[2], "ANALYZE")
        return
    conn = await asyncpg.connect(hub.database.url.replace("+asyncpg", ""))
    try:
        await conn.execute("VACUUM ANALYZE")
    finally:
        await conn.close()


def _run(path: str, *statements: str) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        for statement in statements:
            conn.execute(statement)
    finally:
        conn.close()


# -- writing: without the indexes, which are made afterwards -----------------------------------------------------


async def _postgresql(dsn: str, books: Books) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        indexes = await conn.fetch(_INDEXES, list(LARGE))
        for index in indexes:
            await conn.execute(f"DROP INDEX {index['name']}")
        for batch in books.batches():
            for table, rows in batch.items():
                columns = COLUMNS[table]
                await conn.copy_records_to_table(table, records=_as_postgresql(columns, rows), columns=columns)
        await conn.execute("SET maintenance_work_mem = '256MB'")
        for index in indexes:
            await conn.execute(index["made"])
        await conn.execute(
            "UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1)"
        )
    finally:
        await conn.close()


def _as_postgresql(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    times = [n for n, name in enumerate(columns) if name in _TIMES]
    days = [n for n, name in enumerate(columns) if name == "promulgated_on"]
    for row in rows:
        values = list(row)
        for n in times:
            if values[n] is not None:
                values[n] = laying.moment(values[n])
        for n in days:
            values[n] = _day(values[n])
        yield tuple(values)


def _day(number: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)


def _sqlite(path: str, books: Books) -> None:
    conn = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("synchronous = OFF", "cache_size = -200000"):
            conn.execute(f"PRAGMA {pragma}")
        marks = ", ".join("?" * len(LARGE))
        query = (
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})"  # noqa: S608
        )
        indexes = conn.execute(query, LARGE).fetchall()
        for name, _ in indexes:
            conn.execute(f"DROP INDEX {name}")
        for batch in books.batches():
            conn.execute("BEGIN")
            for table, rows in batch.items():
                columns = COLUMNS[table]
                into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
                conn.executemany(into, _as_sqlite(columns, rows))
            words = [(row[0], row[2]) for row in batch["search"]]
            conn.executemany("INSERT INTO search_words (rowid, words) VALUES (?, ?)", words)
            conn.execute("COMMIT")
        for _, made in indexes:
            conn.execute(made)
        conn.execute("UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1)")
    finally:
        conn.close()


def _as_sqlite(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    ids = [n for n, name in enumerate(columns) if name in _IDS]
    days = [n for n, name in enumerate(columns) if name == "promulgated_on"]
    for row in rows:
        values = list(row)
        for n in ids:
            values[n] = values[n].replace("-", "")
        for n in days:
            values[n] = _day(values[n]).isoformat()
        yield tuple(values)
