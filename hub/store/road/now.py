"""What each recipient of a document holds now, what was asked of it, and which envelopes are about which."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.columns import Instant
from hub.store.sql import among, is_postgresql, plain_uuid
from hub.store.tables import change, envelope, relation

# The document and whatever updated or replaced it, for each recipient the latest it has: it was handed over, it was
# not given back or refused, and where it is a replacement of some, it was for this recipient.
_HELD: Final = """
WITH RECURSIVE chain(id) AS (
  SELECT e.id FROM envelope e WHERE e.id = :document
  UNION SELECT r.by_id FROM relation r JOIN chain c ON r.document_id = c.id WHERE r.kind IN ('update', 'replace')
), found AS (
  SELECT d.recipient, d.envelope_id, e.kind, e.document_id, e.code, d.state,
    coalesce(d.collected_at, d.available_at) AS since,
    CASE WHEN d.state IN ('DELIVERED', 'COLLECTED', 'CONFIRMED') AND coalesce(d.progress, '') NOT IN ('W', '02')
      AND coalesce(d.result, '') <> 'fail' AND NOT EXISTS (
        SELECT 1 FROM change x WHERE x.delivery_id = d.id AND x.outcome = 'REFUSED') THEN 1 ELSE 0 END AS has,
    CASE WHEN d.state IN ('QUEUED', 'SENDING', 'AVAILABLE') THEN 1 ELSE 0 END AS waits,
    e.received_at, e.id AS place
  FROM chain c JOIN delivery d ON d.envelope_id = c.id JOIN envelope e ON e.id = c.id
  WHERE c.id = :document
    OR EXISTS (SELECT 1 FROM change x JOIN chain y ON y.id = x.document_id
               WHERE x.delivery_id = d.id AND x.kind IN ('update', 'replace'))
    OR NOT EXISTS (SELECT 1 FROM delivery o WHERE o.envelope_id = :document AND o.recipient = d.recipient)
), ranked AS (
  SELECT f.*, max(f.waits) OVER (PARTITION BY f.recipient) AS is_waiting,
    row_number() OVER (PARTITION BY f.recipient ORDER BY f.has DESC, f.received_at DESC, f.place DESC) AS place_of
  FROM found f
)
SELECT recipient, envelope_id, kind, document_id, code, state, since, has, is_waiting FROM ranked
WHERE place_of = 1 ORDER BY recipient
"""


async def held(conn: AsyncConnection, document: str) -> list[dict[str, Any]]:
    """For each recipient the envelope it holds now (`has`), or the last one that was for it; one statement."""
    given = document if is_postgresql(conn) else plain_uuid(document)
    typed = text(_HELD).columns(since=Instant())
    rows = (await conn.execute(typed, {"document": given})).mappings()
    return [{**row, "envelope_id": _whole(str(row["envelope_id"]))} for row in rows]


async def asked(conn: AsyncConnection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """What was asked about these envelopes, or by them, oldest first."""
    query = (
        select(change)
        .where(among(conn, change.c.document_id, ids) | among(conn, change.c.by_id, ids))
        .order_by(change.c.asked_at, change.c.by_id, change.c.recipient)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def related(conn: AsyncConnection, envelope_id: str) -> list[dict[str, Any]]:
    """The envelopes this one is about (`about`) and those about this one (`by`), oldest first."""
    columns = (
        relation.c.kind.label("relation"),
        envelope.c.id,
        envelope.c.kind,
        envelope.c.sender,
        envelope.c.document_id,
        envelope.c.code,
        envelope.c.received_at,
    )
    about = select(*columns).join(envelope, envelope.c.id == relation.c.document_id)
    by = select(*columns).join(envelope, envelope.c.id == relation.c.by_id)
    found = [
        {**row, "way": way}
        for way, query in (
            ("about", about.where(relation.c.by_id == envelope_id)),
            ("by", by.where(relation.c.document_id == envelope_id)),
        )
        for row in (await conn.execute(query)).mappings()
    ]
    return sorted(found, key=lambda row: (row["received_at"], row["id"]))


def _whole(value: str) -> str:
    if "-" in value:
        return value
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
