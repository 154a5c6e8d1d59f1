"""Who looked, written down before the look is granted; and a walk along the chain that shows whether all is still there."""

import asyncio
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from hub.domain.audit import GENESIS, Entry, link
from hub.store.audit import append
from hub.store.database import Database
from hub.store.tables import audit, audit_head

_PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk along the chain found. `broken_at`: the first number that is missing, doubled or altered."""

    entries: int
    head: str  # hash of the last entry, hex: written down elsewhere it binds the log
    broken_at: int | None = None


async def check(database: Database, expected: tuple[int, str] | None = None) -> Checked:
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

    def __init__(self, database: Database) -> None:
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
