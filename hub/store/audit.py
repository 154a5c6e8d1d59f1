"""The audit log: appended to under one lock, each entry chained to the one before, none ever changed.

A change notes itself on its connection (`note`), and `Database.write` appends what was noted in the same transaction:
there is no change without its entry. Looks are a `witness`'s.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.audit import Entry, link
from hub.store.tables import audit, audit_head

_NOTES: Final = "audit"
_LOOKED_AT: Final = 50
_OBJECT_AT_MOST, _ACTOR_AT_MOST = 200, 120


def note(conn: AsyncConnection, action: str, about: str = "", **details: Any) -> None:
    """Have the transaction of `conn` leave an entry when it commits. `about`: a code, a name, an id."""
    conn.info.setdefault(_NOTES, []).append(Entry(action, about, details))


def forget(conn: AsyncConnection) -> None:
    """Drop what an earlier transaction on this connection noted and did not commit."""
    conn.info.pop(_NOTES, None)


async def append_noted(conn: AsyncConnection, actor: str) -> None:
    """Append what was noted on this connection, as done by `actor`."""
    noted: list[Entry] = conn.info.pop(_NOTES, [])
    if noted:
        await append(conn, [entry if entry.actor else replace(entry, actor=actor) for entry in noted])


async def append(conn: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Append entries at the end of the chain; others wait until this transaction ends.

    The time is read under the lock, so that it goes up with the number.
    """
    head = (
        await conn.execute(
            update(audit_head)
            .values(seq=audit_head.c.seq + len(entries))
            .returning(audit_head.c.seq, audit_head.c.hash)
        )
    ).one()
    now, before, rows = datetime.now(UTC), bytes(head.hash), []
    for seq, given in enumerate(entries, head.seq - len(entries) + 1):
        entry = replace(given, actor=given.actor[:_ACTOR_AT_MOST], object=given.object[:_OBJECT_AT_MOST])
        before = link(before, seq, now, entry)
        rows.append(
            {
                "seq": seq,
                "at": now,
                "actor": entry.actor,
                "action": entry.action,
                "object": entry.object,
                "details": entry.details,
                "hash": before,
            }
        )
    await conn.execute(insert(audit), rows)
    await conn.execute(update(audit_head).values(hash=before))


async def page(  # noqa: PLR0913 - the filters of one question
    conn: AsyncConnection,
    *,
    actor: str = "",
    action: str = "",
    about: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Entries, newest first, by who did it, what was done or what it was done to, and when; before a number."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    for column, value in ((audit.c.actor, actor), (audit.c.action, action), (audit.c.object, about)):
        if value:
            query = query.where(column == value)
    query = query.where(*([audit.c.at >= since] if since else []), *([audit.c.at < until] if until else []))
    if before is not None:
        query = query.where(audit.c.seq < before)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def latest(conn: AsyncConnection, action: str, about: str, **details: str) -> dict[str, Any] | None:
    """Who did something to something last, by the latest entries about it; with these details among the entry's."""
    entries = await page(conn, action=action, about=about, limit=_LOOKED_AT)
    return next((entry for entry in entries if details.items() <= entry["details"].items()), None)
