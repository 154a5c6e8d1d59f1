"""The auditor's reading of the database: every leaf beside the row it was made of, every row beside its leaf."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.proof import records, sources
from hub.store.proof.changes import WATCHED, last_records, shown_key
from hub.store.proof.records import Entry
from hub.store.sql import among
from hub.store.tables import delivery_receipt, envelope, event, log_leaf, log_tile, original, registry_change, report

_TABLES = {source.kind: source for source in sources.SOURCES}


async def digests(conn: AsyncConnection, entries: Sequence[Entry]) -> dict[tuple[str, str], str]:
    """The digests of the rows behind these leaves, as they are now; rows that are gone are left out."""
    by_kind: dict[str, list[str]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry.id)
    found: dict[tuple[str, str], str] = {}
    for kind, ids in by_kind.items():
        made = await _records(conn, kind, ids)
        found |= {(kind, identity): records.digest(record) for identity, record in made.items()}
    return found


async def _records(conn: AsyncConnection, kind: str, ids: Sequence[str]) -> dict[str, bytes]:
    if kind == "envelope":
        made = await sources.envelope_records(conn, ids)
        return {identity: record for identity, record in made.items() if record != records.MISSING}
    if kind == "report":
        rows = (await conn.execute(select(report).where(among(conn, report.c.id, ids)))).mappings()
        return {row["id"]: records.of_row(dict(row), records.REPORT) for row in rows}
    if kind == "receipt":
        query = select(delivery_receipt).where(delivery_receipt.c.event.in_([int(i) for i in ids]))
        return {
            str(row["event"]): records.of_row(dict(row), records.RECEIPT)
            for row in (await conn.execute(query)).mappings()
        }
    source = _TABLES.get(kind)
    if source is None:
        return {}
    query = select(source.table).where(source.table.c.seq.in_([int(i) for i in ids]))
    return {
        str(row["seq"]): records.of_row(dict(row), source.columns) for row in (await conn.execute(query)).mappings()
    }


async def unlogged(conn: AsyncConnection, source: sources.Source, after: int, until: int, most: int) -> Sequence[int]:
    """Numbers of a source's rows, of the next `most` after a number, with those that have no leaf negated."""
    seq = source.table.c.seq
    query = select(seq).where(seq > after, seq <= until).order_by(seq).limit(most)
    numbers = list((await conn.execute(query)).scalars())
    have = select(log_leaf.c.id).where(log_leaf.c.kind == source.kind, log_leaf.c.id.in_([str(n) for n in numbers]))
    known = {int(identity) for identity in (await conn.execute(have)).scalars()}
    return [number if number in known else -number for number in numbers]


async def envelopes_without_leaf(conn: AsyncConnection, after: str, most: int) -> tuple[list[str], str]:
    """Envelopes whose acceptance is told by an event or a report, but that no leaf speaks of; and where to go on."""
    query = select(envelope.c.id).order_by(envelope.c.id).limit(most)
    ids = list((await conn.execute(query.where(envelope.c.id > after) if after else query)).scalars())
    have = select(log_leaf.c.id).where(log_leaf.c.kind == "envelope", log_leaf.c.id.in_(ids))
    known = set((await conn.execute(have)).scalars())
    return [identity for identity in ids if identity not in known], ids[-1] if ids else ""


async def untold(conn: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """Of these envelopes, those of which no event and no report tells: nobody's accept wrote them."""
    told = set((await conn.execute(select(event.c.envelope_id).where(among(conn, event.c.envelope_id, ids)))).scalars())
    told |= set((await conn.execute(select(report.c.id).where(among(conn, report.c.id, ids)))).scalars())
    return set(ids) - told


async def odd_registry(conn: AsyncConnection, table: Table) -> list[tuple[str, str]]:
    """Rows of the registry that are not as they were last written down: (key, altered | removed | added)."""
    primary = list(table.primary_key)
    known = await last_records(conn, table.name, None)
    odd: list[tuple[str, str]] = []
    present: set[str] = set()
    for row in (await conn.execute(select(table))).mappings():
        key = shown_key(tuple(row[column.name] for column in primary))
        present.add(key)
        was = known.get(key)
        if was is None:
            odd.append((key, "added"))
        elif _differs(was, dict(row)):
            odd.append((key, "altered"))
    odd += [(key, "removed") for key, was in known.items() if was is not None and key not in present]
    return odd


def _differs(was: str, row: Mapping[str, Any]) -> bool:
    before = orjson.loads(was)
    after = orjson.loads(records.canonical({name: row.get(name) for name in before}))
    return bool(before != after)


async def registry_tables(conn: AsyncConnection) -> list[Table]:
    """The tables of the registry of which something was ever written down."""
    query = select(registry_change.c.subject).group_by(registry_change.c.subject)
    known = set((await conn.execute(query)).scalars())
    return [table for table in WATCHED if table.name in known]


async def bodies(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, tuple[bytes | None, str | None]]:
    """The originals of envelopes: the bytes, or the digest that names the object."""
    query = select(original).where(among(conn, original.c.envelope_id, ids))
    return {row.envelope_id: (row.body, row.digest) for row in await conn.execute(query)}


async def tile(conn: AsyncConnection, tier: int, number: int) -> bytes:
    """The hashes of a tile as kept; empty when it is not there."""
    query = select(log_tile.c.hashes).where(tuple_(log_tile.c.tier, log_tile.c.number).in_([(tier, number)]))
    return bytes((await conn.execute(query)).scalar() or b"")


async def last_number(conn: AsyncConnection) -> int:
    """The number after the last leaf."""
    return int((await conn.execute(select(func.coalesce(func.max(log_leaf.c.number), -1)))).scalar_one()) + 1
