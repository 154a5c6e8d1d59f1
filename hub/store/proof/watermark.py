"""Up to where rows are decided: every number below is committed for all to see, or will never be.

A serial number is taken before its row is committed, so number 41 may appear after 42. The log must not step over it.
So: note the last number taken, and the transactions under way; once all of those have ended, everything up to that
number is decided (PostgreSQL waits so itself when it builds an index concurrently). No clock of the database, no index,
no column more; and it holds in a restored database, whose transaction ids begin anew.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Table, cast, func, select, text
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.sql import is_postgresql

# Every transaction holds its own virtual id; one that has written also holds a real one. Background workers and other
# databases write no rows of ours.
_UNDER_WAY: Final = """
SELECT l.virtualtransaction, EXISTS (
  SELECT 1 FROM pg_locks AS x WHERE x.locktype = 'transactionid' AND x.mode = 'ExclusiveLock' AND x.pid = l.pid
) AS has_written
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()
  AND coalesce(a.datname = current_database(), true) AND coalesce(a.backend_type = 'client backend', true)
"""
_NUMBER_BEFORE_WRITING_SECONDS: Final = 20.0
"""A statement takes a number an instant before its row: one that has written nothing for longer than statements may
last (15 s) is only reading, such as a backup, and is waited for no more."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Numbers that were taken when it was made, by table, and the transactions that were under way."""

    numbers: dict[str, int]
    under_way: frozenset[str]
    made: float


async def mark(conn: AsyncConnection, serial: Iterable[Table], in_order: Iterable[Table] = ()) -> Mark:
    """Note where tables are. `in_order`: tables whose numbers are given under a lock, so that none appears late."""
    # SQLite has one writer: there all numbers appear in order
    taken = _taken if is_postgresql(conn) else _greatest
    columns = [*(taken(table).label(table.name) for table in serial), *(_greatest(t).label(t.name) for t in in_order)]
    numbers = (await conn.execute(select(*columns))).one()._asdict()
    under_way = frozenset(await _under_way(conn)) if is_postgresql(conn) else frozenset()
    return Mark(numbers, under_way, time.monotonic())


async def is_decided(conn: AsyncConnection, marked: Mark) -> bool:
    """Whether everything up to the mark's numbers is committed or gone."""
    if not marked.under_way:
        return True
    left = {v: has_written for v, has_written in (await _under_way(conn)).items() if v in marked.under_way}
    is_long_ago = time.monotonic() - marked.made > _NUMBER_BEFORE_WRITING_SECONDS
    return not any(has_written or not is_long_ago for has_written in left.values())


async def _under_way(conn: AsyncConnection) -> dict[str, bool]:
    return {row.virtualtransaction: row.has_written for row in await conn.execute(text(_UNDER_WAY))}


def _taken(table: Table) -> ColumnElement[int]:
    sequence = cast(func.pg_get_serial_sequence(table.name, "seq"), REGCLASS)
    return func.coalesce(func.pg_sequence_last_value(sequence), 0)


def _greatest(table: Table) -> ColumnElement[int]:
    return select(func.coalesce(func.max(table.c.seq), 0)).scalar_subquery()
