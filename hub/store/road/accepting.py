"""The hot path's one write: a group of envelopes with their originals, deliveries, notes and first events.

A fixed number of statements whatever the number of envelopes and recipients: one on PostgreSQL (so the group is a
single round trip and a single transaction), six on SQLite. An envelope whose name is taken is left out, with all its
rows; who asked finds the first one by `find_first`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub import failpoint
from hub.store import bell
from hub.store.database import Database
from hub.store.embedded import Execute
from hub.store.sql import is_postgresql, plain_time, plain_uuid
from hub.store.tables import envelope


class NewDelivery(NamedTuple):
    """One row of `delivery`, about to be written. `state` is QUEUED, or DEAD with a reason.

    `rank`, `due_at` and a queued one's `next_attempt_at` are the same for all deliveries of an envelope.
    """

    id: str
    recipient: str
    addressed_as: str
    level: str
    channel: str
    state: str
    rank: int
    next_attempt_at: datetime | None
    due_at: datetime | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NewEnvelope:
    """One row of `envelope` with everything that must commit with it. `digest` names a large original kept as an object."""

    id: str
    sender: str
    kind: str
    document_id: str
    code: str
    subject: str
    priority: int
    promulgated_on: date | None
    sha256: str
    size: int
    received_at: datetime
    judgement: str
    reason: str
    signer: str
    facts: dict[str, Any]
    warnings: list[Any]
    receipt: str
    search: str
    body: bytes | None
    digest: str | None
    deliveries: tuple[NewDelivery, ...]

    @property
    def delivery_kind(self) -> str:
        """Which inbox it is listed in."""
        return "status" if self.kind == "status" else "document"


_ENVELOPE: Final = (
    ("id", "uuid"),
    ("sender", "text"),
    ("kind", "text"),
    ("document_id", "text"),
    ("code", "text"),
    ("subject", "text"),
    ("priority", "smallint"),
    ("promulgated_on", "date"),
    ("sha256", "text"),
    ("size", "bigint"),
    ("received_at", "timestamptz"),
    ("judgement", "text"),
    ("reason", "text"),
    ("signer", "text"),
    ("facts", "text"),
    ("warnings", "text"),
    ("receipt", "text"),
    ("search", "text"),
)
_DELIVERY: Final = (
    ("id", "uuid"),
    ("envelope_id", "uuid"),
    ("recipient", "text"),
    ("addressed_as", "text"),
    ("sender", "text"),
    ("level", "text"),
    ("kind", "text"),
    ("channel", "text"),
    ("state", "text"),
    ("version", "integer"),
    ("rank", "smallint"),
    ("created_at", "timestamptz"),
    ("next_attempt_at", "timestamptz"),
    ("due_at", "timestamptz"),
    ("reason", "text"),
)


def _names(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


def _arrays(columns: Sequence[tuple[str, str]], first: int) -> str:
    return ", ".join(f"${first + i}::{kind}[]" for i, (_, kind) in enumerate(columns))


_BODY: Final = len(_ENVELOPE) + 1
_BETWEEN: Final = "\x1f"  # the unit separator: XML has no such character, so no code and no reason does


def _texts(first: int, *kinds: str) -> str:
    return ", ".join(f"string_to_array(${first + i}, E'\\x1f', ''){kind}" for i, kind in enumerate(kinds))


# The deliveries come as one text for each of their columns: arrays would cost the driver ten times as much.
STATEMENT: Final = f"""
WITH e AS (
  INSERT INTO envelope ({_names(_ENVELOPE)}) SELECT * FROM unnest({_arrays(_ENVELOPE, 1)})
  ON CONFLICT DO NOTHING RETURNING id, sender, kind, received_at
), o AS (
  INSERT INTO original (envelope_id, body, digest)
  SELECT b.id, b.body, b.digest FROM unnest($1::uuid[], ${_BODY}::bytea[], ${_BODY + 1}::text[]) AS b (id, body, digest)
  JOIN e ON e.id = b.id
), g AS (
  SELECT e.*, u.* FROM
  unnest($1::uuid[], ${_BODY + 2}::smallint[], ${_BODY + 3}::timestamptz[], ${_BODY + 4}::timestamptz[])
    WITH ORDINALITY AS u (envelope, rank, next_attempt_at, due_at, place) JOIN e ON e.id = u.envelope
), d AS (
  INSERT INTO delivery ({_names(_DELIVERY)})
  SELECT x.d, g.id, x.r, coalesce(x.a, x.r), g.sender, coalesce(x.l, ''),
    CASE g.kind WHEN 'status' THEN 'status' ELSE 'document' END,
    coalesce(x.c, ''), coalesce(x.s, 'QUEUED'), 1, g.rank, g.received_at,
    CASE WHEN x.s IS NULL THEN g.next_attempt_at END, g.due_at, x.w
  FROM unnest({_texts(_BODY + 5, "::bigint[]", "::uuid[]", "", "", "", "", "", "")}) AS x (i, d, r, a, l, c, s, w)
  JOIN g ON g.place = x.i
  RETURNING id, envelope_id, sender, recipient, level, rank, state, created_at, reason
), n AS (
  INSERT INTO outbox (level, recipient, delivery_id, rank) SELECT level, recipient, id, rank FROM d WHERE state = 'QUEUED'
), v AS (
  INSERT INTO event (tx, at, envelope_id, sender, recipient, what, detail)
  SELECT pg_current_xact_id()::text::bigint, received_at, id, sender, NULL, 'accepted', NULL FROM e WHERE kind <> 'status'
  UNION ALL SELECT pg_current_xact_id()::text::bigint, created_at, envelope_id, sender, recipient, 'dead', reason
  FROM d WHERE state = 'DEAD'
)
SELECT e.id::text, pg_notify('{bell.CHANNEL}', '{bell.OUTBOX}'), pg_notify('{bell.CHANNEL}', 'f:' || e.sender) FROM e
"""  # noqa: S608 - made of this module's own names only


async def insert(conn: AsyncConnection, group: Sequence[NewEnvelope]) -> set[str]:
    """Write the group; answer the ids that are now in the database, those whose name was taken left out."""
    if is_postgresql(conn):
        return await _insert_postgresql(conn, group)
    return await conn.run_sync(lambda sync: _insert_sqlite(sync.exec_driver_sql, group))


async def insert_alone(database: Database, group: Sequence[NewEnvelope]) -> set[str]:
    """`insert` as a transaction of its own, at the least cost the database allows."""
    failpoint.reach("group-unwritten")
    if database.is_sqlite:
        kept = await database.at_once(lambda execute: _insert_sqlite(execute, group))
    else:
        async with database.alone() as conn:
            kept = await insert(conn, group)
    failpoint.reach("group-committed")
    database.bell.ring({bell.OUTBOX, *(bell.feed(e.sender) for e in group if e.id in kept)})
    return kept


async def _insert_postgresql(conn: AsyncConnection, group: Sequence[NewEnvelope]) -> set[str]:
    result = await conn.exec_driver_sql(STATEMENT, arguments(group))
    return {row[0] for row in result}


def arguments(group: Sequence[NewEnvelope]) -> tuple[Any, ...]:
    """What `STATEMENT` is given for a group: an array for each column of the envelopes, a text for each of the deliveries'."""
    envelopes = zip(*(_envelope_values(e) for e in group), strict=True)
    return (
        *map(list, envelopes),
        [e.body for e in group],
        [e.digest for e in group],
        [e.deliveries[0].rank if e.deliveries else 0 for e in group],
        [next((d.next_attempt_at for d in e.deliveries if d.next_attempt_at), None) for e in group],
        [e.deliveries[0].due_at if e.deliveries else None for e in group],
        *_columns(group),
    )


def _columns(group: Sequence[NewEnvelope]) -> Iterator[str]:
    """Each column of the deliveries as one text; nothing where the usual value stands."""
    rows = [
        (
            str(place),
            d.id,
            d.recipient,
            "" if d.addressed_as == d.recipient else d.addressed_as,
            d.level,
            d.channel,
            "" if d.state == "QUEUED" else d.state,
            d.reason or "",
        )
        for place, e in enumerate(group, start=1)
        for d in e.deliveries
    ]
    for column in zip(*rows, strict=True) if rows else ("",) * 8:
        text = _BETWEEN.join(column)
        if text.count(_BETWEEN) != max(len(rows) - 1, 0):
            message = "a delivery's text holds the character that stands between them"
            raise ValueError(message)
        yield text


def _envelope_values(e: NewEnvelope) -> tuple[Any, ...]:
    return (
        e.id,
        e.sender,
        e.kind,
        e.document_id,
        e.code,
        e.subject,
        e.priority,
        e.promulgated_on,
        e.sha256,
        e.size,
        e.received_at,
        e.judgement,
        e.reason,
        e.signer,
        orjson.dumps(e.facts).decode(),
        orjson.dumps(e.warnings).decode(),
        e.receipt,
        e.search,
    )


def _sqlite_insert(table: str, columns: str, conflict: str = "") -> str:
    marks = ", ".join("?" * (columns.count(",") + 1))
    return f"INSERT {conflict} INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our own names


_SQLITE_ENVELOPE: Final = _sqlite_insert("envelope", _names(_ENVELOPE), "OR IGNORE")
_SQLITE_ORIGINAL: Final = _sqlite_insert("original", "envelope_id, body, digest")
_SQLITE_DELIVERY: Final = _sqlite_insert("delivery", _names(_DELIVERY))
_SQLITE_OUTBOX: Final = _sqlite_insert("outbox", "level, recipient, delivery_id, rank")
_SQLITE_EVENT: Final = _sqlite_insert("event", "tx, at, envelope_id, sender, recipient, what, detail")


def _insert_sqlite(execute: Execute, group: Sequence[NewEnvelope]) -> set[str]:
    execute(_SQLITE_ENVELOPE, _sqlite_envelopes(group))
    among = orjson.dumps([plain_uuid(e.id) for e in group]).decode()
    found = execute("SELECT id FROM envelope WHERE id IN (SELECT value FROM json_each(?))", (among,))
    present = {row[0] for row in found}
    kept = [e for e in group if plain_uuid(e.id) in present]
    for statement, values in _sqlite_rest(kept):
        if values:
            execute(statement, values)
    return {e.id for e in kept}


def sqlite_rows(group: Sequence[NewEnvelope]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The statements that write a group on SQLite, the envelopes' first, each with its rows; none without rows."""
    everything = [(_SQLITE_ENVELOPE, _sqlite_envelopes(group)), *_sqlite_rest(group)]
    return [(statement, values) for statement, values in everything if values]


def _sqlite_rest(group: Sequence[NewEnvelope]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """The statements for what belongs to the envelopes, each with its rows."""
    deliveries: list[tuple[Any, ...]] = []
    notes: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    for e in group:
        at, identity, kind = plain_time(e.received_at), plain_uuid(e.id), e.delivery_kind
        due_at = plain_time(e.deliveries[0].due_at) if e.deliveries else None
        again_at = next((plain_time(d.next_attempt_at) for d in e.deliveries if d.next_attempt_at), None)
        if e.kind != "status":  # a report is news in the feed of the document's sender, which `acknowledge` tells
            events.append((0, at, identity, e.sender, None, "accepted", None))
        for d in e.deliveries:
            own = plain_uuid(d.id)
            is_queued = d.state == "QUEUED"
            if is_queued:
                notes.append((d.level, d.recipient, own, d.rank))
            else:
                events.append((0, at, identity, e.sender, d.recipient, "dead", d.reason))
            deliveries.append(
                (
                    own,
                    identity,
                    d.recipient,
                    d.addressed_as,
                    e.sender,
                    d.level,
                    kind,
                    d.channel,
                    d.state,
                    1,
                    d.rank,
                    at,
                    again_at if is_queued else None,
                    due_at,
                    d.reason,
                )
            )
    return [
        (_SQLITE_ORIGINAL, [(plain_uuid(e.id), e.body, e.digest) for e in group]),
        (_SQLITE_DELIVERY, deliveries),
        (_SQLITE_OUTBOX, notes),
        (_SQLITE_EVENT, events),
    ]


def _sqlite_envelopes(group: Sequence[NewEnvelope]) -> list[tuple[Any, ...]]:
    """Envelopes as SQLite stores them: ids without dashes, times as microseconds, dates as text."""
    return [
        (
            plain_uuid(e.id),
            *(
                plain_time(value)
                if isinstance(value, datetime)
                else value.isoformat()
                if isinstance(value, date)
                else value
                for value in _envelope_values(e)[1:]
            ),
        )
        for e in group
    ]


async def find_first(
    conn: AsyncConnection, sender: str, document_id: str, kind: str, sha256: str
) -> dict[str, Any] | None:
    """The envelope that holds this name (for a status message: these bytes), or None."""
    columns = (envelope.c.id, envelope.c.sha256, envelope.c.received_at)
    if kind == "status":
        query = select(*columns).where(
            envelope.c.kind == "status", envelope.c.sender == sender, envelope.c.sha256 == sha256
        )
    else:
        query = select(*columns).where(
            envelope.c.sender == sender,
            envelope.c.document_id == document_id,
            envelope.c.kind == kind,
            envelope.c.kind != "status",
        )
    row = (await conn.execute(query)).mappings().first()
    return dict(row) if row else None
