"""What goes into the log: rows that are only ever added, in the order of their numbers, and what they speak of.

A further table joins by a line in `SOURCES`: it needs a column `seq` that counts up, and the names of the columns that
make its record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.ids import delivery_id
from hub.store import tables
from hub.store.proof import records
from hub.store.proof.records import Entry
from hub.store.sql import among
from hub.store.tables import delivery, envelope, event, report


@dataclass(frozen=True, slots=True)
class Source:
    """A table whose rows become leaves. `in_order`: numbers are given under a lock, so that none appears late."""

    kind: str
    table: Table
    columns: tuple[str, ...]
    in_order: bool = False

    def entry(self, row: Mapping[str, Any]) -> Entry:
        """The leaf of a row."""
        return Entry(self.kind, str(row["seq"]), records.digest(records.of_row(row, self.columns)))


EVENTS: Final = Source("event", tables.event, records.EVENT)
SOURCES: Final = (
    EVENTS,
    Source("refusal", tables.refusal, records.REFUSAL),
    Source("registry", tables.registry_change, records.CHANGE),
    Source("audit", tables.audit, records.AUDIT, in_order=True),
)


@dataclass(slots=True)
class Batch:
    """What was read: entries for the log, the events among it, and how far each source was read."""

    entries: list[Entry] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    is_whole: bool = True


async def gather(conn: AsyncConnection, places: Mapping[str, int], decided: Mapping[str, int], most: int) -> Batch:
    """Read on from `places`, of each source up to its decided number, at most `most` rows of each."""
    batch = Batch()
    for source in SOURCES:
        name, seq = str(source.table.name), source.table.c.seq
        start, end = places.get(name, 0), decided.get(name, 0)
        if end <= start:
            continue
        query = select(source.table).where(seq > start, seq <= end).order_by(seq).limit(most)
        rows = [dict(row) for row in (await conn.execute(query)).mappings()]
        is_all = len(rows) < most
        batch.is_whole &= is_all
        batch.places[name] = end if is_all else rows[-1]["seq"]
        batch.entries += [source.entry(row) for row in rows]
        if source is EVENTS:
            batch.events = rows
            batch.entries += await _spoken_of(conn, rows)
    return batch


async def _spoken_of(conn: AsyncConnection, events: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The envelopes that events say were accepted, and the reports that they say came in, which are envelopes too."""
    accepted = [e["envelope_id"] for e in events if e["what"] == "accepted"]
    reports = await reports_of(conn, events)
    entries = [Entry("report", r["id"], records.digest(records.of_row(r, records.REPORT))) for r in reports]
    ids = list(dict.fromkeys([*accepted, *(r["id"] for r in reports)]))
    made = await envelope_records(conn, ids)
    return [*entries, *(Entry("envelope", identity, records.digest(made[identity])) for identity in ids)]


async def reports_of(conn: AsyncConnection, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The reports behind the events that tell of one: same delivery, same moment."""
    wanted = {
        (delivery_id(e["envelope_id"], e["recipient"]), e["at"])
        for e in events
        if e["what"] == "reported" and e["recipient"]
    }
    if not wanted:
        return []
    ids = sorted({identity for identity, _ in wanted})
    moments = [at for _, at in wanted]
    query = select(report).where(
        among(conn, report.c.delivery_id, ids), report.c.received_at.between(min(moments), max(moments))
    )
    found = (await conn.execute(query.order_by(report.c.id))).mappings()
    return [dict(row) for row in found if (row["delivery_id"], row["received_at"]) in wanted]


async def envelope_records(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, bytes]:
    """The records of these envelopes; of one that is not there, that it is missing."""
    if not ids:
        return {}
    columns = [envelope.c[name] for name in records.ENVELOPE]
    rows = (await conn.execute(select(*columns).where(among(conn, envelope.c.id, ids)))).mappings()
    found = {row["id"]: dict(row) for row in rows}
    targets: dict[str, list[dict[str, Any]]] = {identity: [] for identity in ids}
    wanted = (delivery.c.id, delivery.c.envelope_id, delivery.c.recipient, delivery.c.addressed_as)
    query = select(*wanted).where(among(conn, delivery.c.envelope_id, ids))
    for row in (await conn.execute(query)).mappings():
        targets[row["envelope_id"]].append(dict(row))
    return {identity: records.of_envelope(found.get(identity), targets[identity]) for identity in ids}


async def event_rows(conn: AsyncConnection, seqs: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Events by number."""
    rows = (await conn.execute(select(event).where(event.c.seq.in_(seqs)))).mappings()
    return {row["seq"]: dict(row) for row in rows}


async def envelope_sizes(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The digest and size that the rows of these envelopes state."""
    query = select(envelope.c.id, envelope.c.sha256, envelope.c.size).where(among(conn, envelope.c.id, ids))
    return {row.id: (row.sha256, row.size) for row in await conn.execute(query)}
