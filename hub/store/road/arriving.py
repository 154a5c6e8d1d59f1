"""The road's other write that every document comes by: a batch of deliveries into the inboxes of who pulls.

On PostgreSQL one statement, so one round trip and one commit, on SQLite one visit to its thread: at a steady pace batches
are small, and a worker's time goes into statements, not into rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from hub.domain.delivery import Event, State, sources
from hub.domain.quarantine import Malware, Quarantine
from hub.store import bell
from hub.store.database import Database
from hub.store.embedded import Execute
from hub.store.road import inspections
from hub.store.road.deliveries import INBOX
from hub.store.sql import plain_time, plain_uuid

_RINGS_BYTES: Final = 6000  # of keys in one NOTIFY, to which one more may come: PostgreSQL takes 8000

_MOVE: Final = f"""
UPDATE delivery AS d SET state = '{State.AVAILABLE}', version = d.version + 1, available_at = {{now}}, next_attempt_at = NULL
WHERE d.id {{given}} AND d.channel = '{INBOX}'
  AND d.state IN ({", ".join(f"'{state}'" for state in sources(Event.MADE_AVAILABLE))})
  AND NOT EXISTS (SELECT 1 FROM change AS c WHERE c.delivery_id = d.id AND c.held_until IS NOT NULL)
RETURNING envelope_id, sender, recipient, kind
"""  # noqa: S608 - made of this project's own names only
_ASK: Final = f"""
INSERT INTO inspection (envelope_id, rank, asked_at, next_at, tries, files, malware, threat, quarantine)
SELECT e.id, min(d.rank), {{now}}, {{now}}, 0, '[]', '{Malware.NOT_ASKED}', '', '{Quarantine.NONE}'
FROM delivery AS d JOIN envelope AS e ON e.id = d.envelope_id
WHERE d.id {{given}} AND d.kind = 'document' AND {{position}}(e.facts, '{inspections.HAS_SIGNED_PDF}') > 0
  AND NOT EXISTS (SELECT 1 FROM inspection AS i WHERE i.envelope_id = e.id)
GROUP BY e.id ORDER BY e.id
ON CONFLICT DO NOTHING RETURNING envelope_id
"""  # noqa: S608
_EVENT: Final = "INSERT INTO event (tx, at, envelope_id, sender, recipient, what)"


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

_ARRAY: Final = {"given": "= ANY($1::uuid[])", "now": "$2", "position": "strpos"}
_MOVED: Final = f"""
WITH m AS ({_MOVE.format(**_ARRAY)}), v AS (
  {_EVENT}
  SELECT pg_current_xact_id()::text::bigint, $2, envelope_id, sender, recipient, 'available' FROM m WHERE kind = 'document'
)"""  # noqa: S608
STATEMENT: Final = f"{_MOVED}, {_ring(_RECIPIENTS_AND_SENDERS)}"
"""$1 ids, $2 the time. Answers how many moved."""
ASKING_STATEMENT: Final = (
    f"{_MOVED}, q AS ({_ASK.format(**_ARRAY)}), {_ring(f'{_RECIPIENTS_AND_SENDERS} {_INSPECTORS}')}"
)
"""The same, and what has signed PDFs is to be looked into."""

_JSON: Final = {"given": "IN (SELECT value FROM json_each(?))", "now": "?", "position": "instr"}
_SQLITE_MOVE: Final = _MOVE.format(**_JSON)
_SQLITE_ASK: Final = _ASK.format(**_JSON)
_SQLITE_EVENT: Final = f"{_EVENT} VALUES (0, ?, ?, ?, ?, 'available')"


async def make_available(database: Database, ids: Sequence[str], now: datetime, *, pdf_signatures: bool) -> int:
    """Put queued deliveries of pull agencies into their inboxes, a whole batch at once; answer how many.

    `pdf_signatures`: documents that hold a signed PDF, whoever is to get them, are asked about (`hub.inspect`).
    """
    if database.is_sqlite:
        return await _make_available(database, ids, now, pdf_signatures=pdf_signatures)
    async with database.alone() as conn:
        statement = ASKING_STATEMENT if pdf_signatures else STATEMENT
        moved = (await conn.exec_driver_sql(statement, (list(ids), now))).one()[0]
    return int(moved)


async def _make_available(database: Database, ids: Sequence[str], now: datetime, *, pdf_signatures: bool) -> int:
    at, given = plain_time(now), orjson.dumps([plain_uuid(each) for each in ids]).decode()
    keys: set[str] = set()

    def work(execute: Execute) -> int:
        moved = list(execute(_SQLITE_MOVE, (at, given)))
        execute(_SQLITE_EVENT, [(at, *row[:3]) for row in moved if row[3] == "document"])
        for _, sender, recipient, _ in moved:
            keys.update((bell.inbox(recipient), bell.feed(sender)))
        if pdf_signatures and list(execute(_SQLITE_ASK, (at, at, given))):
            keys.add(inspections.ASKED)
        return len(moved)

    count = await database.at_once(work)
    database.bell.ring(keys)
    return count
