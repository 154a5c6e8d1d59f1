"""The audit log: appended to under one lock, each entry chained to the one before, none ever changed.

A change notes itself on its connection (`note`), and `Database.write` appends what was noted in the same transaction:
there is no change without its entry. A look is appended by a `Witness` before it is granted.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.audit import GENESIS, Entry, link
from hub.store.tables import audit, audit_head

if TYPE_CHECKING:
    from hub.store.database import Database

_NOTES: Final = "audit"
_PAGE: Final = 2_000
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


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk along the chain found. `broken_at`: the first number that is missing, doubled or altered."""

    entries: int
    head: str  # hash of the last entry, hex: written down elsewhere it binds the log
    broken_at: int | None = None


async def check(database: "Database", expected: tuple[int, str] | None = None) -> Checked:
    """Walk the whole chain. `expected`: a number and its hash as written down earlier, which must still be there."""
    async with database.read() as conn:
        head = (await conn.execute(select(audit_head))).one()
    before, seq = GENESIS, 0
    while seq < head.seq:
        query = select(audit).where(audit.c.seq > seq, audit.c.seq <= head.seq).order_by(audit.c.seq).limit(_PAGE)
        async with database.read() as conn:
            rows = (await conn.execute(query)).all()
        for row in rows:
            entry = Entry(row.action, row.object, row.details, row.actor)
            linked = link(before, row.seq, row.at, entry)
            if row.seq != seq + 1 or linked != bytes(row.hash):
                return Checked(seq, before.hex(), seq + 1)
            before, seq = linked, row.seq
            if expected and seq == expected[0] and before.hex() != expected[1]:
                return Checked(seq, before.hex(), seq)
        if not rows:
            return Checked(seq, before.hex(), seq + 1)
    if before != bytes(head.hash) or (expected and expected[0] > seq):
        return Checked(seq, before.hex(), seq + 1)
    return Checked(seq, before.hex())


class Witness:
    """Writes down looks: many at once in one transaction, each before it is granted."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, entry: Entry) -> None:
        """Return when the entry is committed; raises what kept it from being."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                async with self._database.write() as conn:
                    await append(conn, [entry for entry, _ in group])
            except Exception as error:  # noqa: BLE001 - each of them waits for the answer, whatever it is
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in group:
                    if not done.done():
                        done.set_result(None)
