"""What the two databases say differently."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Integer, Table, bindparam, cast, func, literal_column, select, text, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.columns import to_micros
from hub.store.tables import event


def is_postgresql(conn: AsyncConnection) -> bool:
    """Which of the two this connection speaks to."""
    return conn.dialect.name == "postgresql"


def among(conn: AsyncConnection, column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """`column` is one of `values`: one parameter however many there are, so the statement stays the same."""
    if is_postgresql(conn):
        return column == func.any(cast(bindparam(None, list(values)), ARRAY(column.type)))
    plain = [plain_uuid(v) if _is_uuid(column) else v for v in values]
    each = func.json_each(orjson.dumps(plain).decode()).table_valued("value")
    return column.in_(select(each.c.value))


def _is_uuid(column: ColumnElement[Any]) -> bool:
    return column.type.__class__.__name__ == "Uuid"


def tx(conn: AsyncConnection) -> ColumnElement[int]:
    """This transaction's number, so that readers of `event` never step over one that commits late."""
    return literal_column("pg_current_xact_id()::text::bigint" if is_postgresql(conn) else "0")


ASIDE: Final = "truc aside"
"""What a transaction that writes no event calls itself (`Database.aside`), so that no reader of events waits for it."""
_BOUND: Final = f"""coalesce(
  (SELECT min(x::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS x WHERE NOT EXISTS (
     SELECT 1 FROM pg_stat_activity AS a WHERE a.backend_xid = x::xid
       AND (a.datname <> current_database() OR a.application_name = '{ASIDE}' OR a.usesysid IS NULL))),
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"""  # noqa: S608 - our own name


def settled(conn: AsyncConnection) -> ColumnElement[bool]:
    """Whether every predecessor of an event has been decided (committed or gone), so that a reader may step over it.

    On PostgreSQL: its transaction is older than every one that was under way when the statement began. Left out, as far
    as they can be told, are those that write no events of ours: of other databases on the same server, of the server
    itself (it vacuums and analyses, for seconds), and those that were begun by `Database.aside`.
    """
    if is_postgresql(conn):
        return event.c.tx < literal_column(_BOUND)
    return true()


def insert_or(conn: AsyncConnection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that can say what happens to a row that is there already (`on_conflict_do_nothing`, `…_do_update`)."""
    return postgresql.insert(table) if is_postgresql(conn) else sqlite.insert(table)


async def insert_rows(
    conn: AsyncConnection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows of ids, whole numbers and texts: one statement on PostgreSQL, however many there are."""
    if not rows:
        return
    if is_postgresql(conn):
        await conn.exec_driver_sql(_by_columns(table, names), tuple(map(list, zip(*rows, strict=True))))
    else:
        await conn.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _by_columns(table: Table, names: tuple[str, ...]) -> str:
    arrays = (f"${place}::{_plain_type(table.c[name])}[]" for place, name in enumerate(names, 1))
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608


def _plain_type(column: ColumnElement[Any]) -> str:
    if _is_uuid(column):
        return "uuid"
    return "bigint" if isinstance(column.type, Integer) else "text"


def skip_locked(conn: AsyncConnection, statement: Any) -> Any:
    """Take only rows nobody else holds (SQLite has one writer: nobody does)."""
    return statement.with_for_update(skip_locked=True) if is_postgresql(conn) else statement


def plain_uuid(value: str) -> str:
    """An id as SQLite stores it."""
    return value.replace("-", "").lower()


def dashed(plain: str) -> str:
    """An id as SQLite stores it, the usual way."""
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def plain_time(value: datetime | None) -> int | None:
    """A time as SQLite stores it."""
    return None if value is None else to_micros(value)


async def estimate(conn: AsyncConnection, table: str) -> int:
    """About how many rows a table has; exact on SQLite."""
    if is_postgresql(conn):
        query = text("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE relname = :t")
        return int((await conn.execute(query, {"t": table})).scalar_one())
    return int((await conn.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608 - our own names


def rows(result: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows as dictionaries."""
    return [dict(row._mapping) for row in result]  # noqa: SLF001 - SQLAlchemy's public name for it
