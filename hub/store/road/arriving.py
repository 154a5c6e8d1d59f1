"""The road's other write that every document comes by: a batch of deliveries into the inboxes of who pulls.

On PostgreSQL one statement, so one round trip and one commit: at a steady pace batches are small, and a worker's time goes
into statements, not into rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import Event, State, sources
from hub.domain.quarantine import Gate, Malware, Quarantine
from hub.store import bell
from hub.store.database import Database
from hub.store.road import inspections
from hub.store.road.deliveries import INBOX, is_held, tell
from hub.store.sql import among
from hub.store.tables import delivery

_RINGS_BYTES: Final = 6000  # of keys in one NOTIFY, to which one more may come: PostgreSQL takes 8000

_MOVE: Final = f"""
m AS (
  UPDATE delivery AS d SET state = '{State.AVAILABLE}', version = d.version + 1, available_at = $2, next_attempt_at = NULL
  WHERE d.id = ANY($1::uuid[]) AND d.channel = '{INBOX}'
    AND d.state IN ({", ".join(f"'{state}'" for state in sources(Event.MADE_AVAILABLE))})
    AND NOT EXISTS (SELECT FROM change AS c WHERE c.delivery_id = d.id AND c.held_until IS NOT NULL)
  RETURNING d.envelope_id, d.sender, d.recipient, d.kind
), v AS (
  INSERT INTO event (tx, at, envelope_id, sender, recipient, what)
  SELECT pg_current_xact_id()::text::bigint, $2, envelope_id, sender, recipient, 'available' FROM m WHERE kind = 'document'
)"""  # noqa: S608 - made of this project's own names only

_ASK: Final = f"""
q AS (
  INSERT INTO inspection (envelope_id, rank, asked_at, next_at, tries, files, malware, threat, quarantine)
  SELECT e.id, min(d.rank), $2, $2, 0, '[]', '{Malware.NOT_ASKED}', '', '{Quarantine.NONE}'
  FROM delivery AS d JOIN envelope AS e ON e.id = d.envelope_id
  WHERE d.id = ANY($1::uuid[]) AND d.kind = 'document' AND strpos(e.facts::text, '{inspections.HAS_SIGNED_PDF}') > 0
    AND NOT EXISTS (SELECT FROM inspection AS i WHERE i.envelope_id = e.id)
  GROUP BY e.id ORDER BY e.id
  ON CONFLICT DO NOTHING RETURNING envelope_id
)"""  # noqa: S608


def _ring(keys: str) -> str:
    """Ring for these keys as `hub.store.bell` packs them, and answer how many deliveries moved."""
    return f"""
k AS ({keys}),
p AS (SELECT key, sum(octet_length(key) + 1) OVER (ORDER BY key) / {_RINGS_BYTES} AS page FROM k),
n AS (SELECT pg_notify('{bell.CHANNEL}', string_agg(key, E'\\n')) FROM p GROUP BY page)
SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM n)"""  # noqa: S608


_RECIPIENTS: Final = f"SELECT '{bell.inbox('')}' || recipient AS key FROM m"  # noqa: S608
_RECIPIENTS_AND_SENDERS: Final = f"{_RECIPIENTS} UNION SELECT '{bell.feed('')}' || sender FROM m"  # noqa: S608
_INSPECTORS: Final = f"UNION SELECT '{inspections.ASKED}' FROM q"  # noqa: S608

STATEMENT: Final = f"WITH {_MOVE},{_ring(_RECIPIENTS_AND_SENDERS)}"
"""$1 ids, $2 the time. Answers how many moved."""
ASKING_STATEMENT: Final = f"WITH {_MOVE},{_ASK},{_ring(f'{_RECIPIENTS_AND_SENDERS} {_INSPECTORS}')}"
"""The same, and what has signed PDFs is to be looked into."""


async def make_available(database: Database, ids: Sequence[str], now: datetime, *, pdf_signatures: bool) -> int:
    """Put queued deliveries of pull agencies into their inboxes, a whole batch at once; answer how many.

    `pdf_signatures`: documents that hold a signed PDF, whoever is to get them, are asked about (`hub.inspect`).
    """
    if database.is_sqlite:
        if pdf_signatures:
            await inspections.clear(database, ids, now, Gate(scanning=False))
        async with database.write() as conn:
            return await _make_available(database, conn, ids, now)
    async with database.alone() as conn:
        statement = ASKING_STATEMENT if pdf_signatures else STATEMENT
        moved = (await conn.exec_driver_sql(statement, (list(ids), now))).one()[0]
    return int(moved)


async def _make_available(database: Database, conn: AsyncConnection, ids: Sequence[str], now: datetime) -> int:
    result = await conn.execute(
        update(delivery)
        .where(
            among(conn, delivery.c.id, ids),
            delivery.c.state.in_(sources(Event.MADE_AVAILABLE)),
            delivery.c.channel == INBOX,
            ~is_held(),
        )
        .values(state=State.AVAILABLE, version=delivery.c.version + 1, available_at=now, next_attempt_at=None)
        .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
    )
    moved = result.all()
    await tell(database, conn, moved, now, "available")
    return len(moved)
