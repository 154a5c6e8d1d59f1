"""Nobody changes the registry unseen: each row that a transaction changes is written down, as it became, before it commits.

The statements themselves are watched, so no change can forget to say so. A row that is changed past the hub, by hand
in the database, has no such line: that is what the auditor finds.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    BindParameter,
    Column,
    Delete,
    Engine,
    Insert,
    String,
    Table,
    Update,
    event,
    insert,
    select,
    tuple_,
)
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.operators import eq

from hub.store import directory_version, tables
from hub.store.proof.records import canonical
from hub.store.sql import among
from hub.store.tables import registry_change

WATCHED: Final[tuple[Table, ...]] = (
    tables.agency,
    tables.agency_alias,
    tables.agency_name,
    tables.agency_fact,
    tables.agency_reach,
    tables.directory_change,
    tables.api_key,
    tables.certificate,
    tables.trust_anchor,
    tables.revocation_list,
    tables.ocsp_answer,
    tables.person,
    tables.hub_key,
)
_NAMES: Final = {table.name: table for table in WATCHED}
_VOLATILE: Final = frozenset({("api_key", "last_used_at")})  # use, not change
_AT_ONCE: Final = 500  # rows of one question
_INFO: Final = "registry"
Key = tuple[Any, ...]
Touched = dict[str, set[Key] | None]
"""Table -> primary keys of the rows a transaction touched; None: it cannot be told which, so look at all of them."""


def watch(engine: Engine) -> None:
    """Notice what is changed through this engine."""
    event.listen(engine, "before_execute", _notice)


def begin(conn: AsyncConnection) -> None:
    """Forget what an earlier transaction on this connection touched."""
    conn.info.pop(_INFO, None)


def _notice(conn: Connection, statement: Any, many: Any, one: Any, _options: Any) -> None:
    if not isinstance(statement, (Insert, Update, Delete)):
        return
    table = _NAMES.get(getattr(statement.table, "name", ""))
    if table is None:
        return
    touched: Touched = conn.info.setdefault(_INFO, {})
    rows = list(many) if many else [one] if one else []
    keys = _inserted(table, statement, rows) if isinstance(statement, Insert) else _found(conn, table, statement, rows)
    there = touched.setdefault(table.name, set())
    if keys is None or there is None:
        touched[table.name] = None
    else:
        there |= keys


def _inserted(table: Table, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> set[Key] | None:
    given = rows or [statement.compile().params]
    try:
        return {tuple(row[column.name] for column in table.primary_key) for row in given}
    except KeyError:
        return None


def _found(
    conn: Connection, table: Table, statement: Update | Delete, rows: Sequence[Mapping[str, Any]]
) -> set[Key] | None:
    where = statement.whereclause
    primary: list[Column[Any]] = list(table.primary_key)
    if where is None:
        return None
    if rows:  # one statement for many rows: told only where it names each row by its key
        is_by_key = isinstance(where, BinaryExpression) and where.operator is eq and [where.left] == primary
        if not is_by_key or not isinstance(where.right, BindParameter):
            return None
        return {(row[where.right.key],) for row in rows}
    return {tuple(row) for row in conn.execute(select(*primary).where(where))}


async def write(conn: AsyncConnection) -> None:
    """Write down the rows this transaction changed: called right before it commits."""
    touched: Touched = conn.info.pop(_INFO, {})
    if not touched:
        return
    version = await directory_version.current(conn)
    for table in WATCHED:
        if table.name in touched:
            await record(conn, table, touched[table.name], version)
    conn.info.pop(_INFO, None)


async def record(conn: AsyncConnection, table: Table, keys: Iterable[Key] | None, version: int) -> int:
    """Write down rows of a table that are not as they were last written down; answers how many."""
    wanted = None if keys is None else sorted(keys, key=repr)
    changed = 0
    if wanted is None:
        present = [await _rows(conn, table, None)]
        known = {tuple(orjson.loads(k)) for k in (await last_records(conn, table.name, None))}
        chunks: list[list[Key]] = [sorted({*present[0], *known}, key=repr)]
    else:
        chunks = [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]
    now = datetime.now(UTC)
    for chunk in chunks:
        rows = await _rows(conn, table, None if wanted is None else chunk)
        names = {shown_key(key): rows.get(key) for key in chunk}
        before = await last_records(conn, table.name, None if wanted is None else list(names))
        new = [
            {"at": now, "version": version, "subject": table.name, "key": key, "record": after}
            for key, after in names.items()
            if before.get(key) != after
        ]
        if new:
            await conn.execute(insert(registry_change), new)
            changed += len(new)
    return changed


def shown_key(key: Key) -> str:
    """A primary key as the changes name it."""
    return canonical(list(key)).decode()


def text_of(table: Table, row: Mapping[str, Any]) -> str:
    """The record of a row of the registry."""
    return canonical({str(n): v for n, v in row.items() if (table.name, n) not in _VOLATILE}).decode()


async def _rows(conn: AsyncConnection, table: Table, keys: Sequence[Key] | None) -> dict[Key, str]:
    primary: list[Column[Any]] = list(table.primary_key)
    query = select(table)
    if keys is not None:
        is_text = len(primary) == 1 and isinstance(primary[0].type, String)
        one = among(conn, primary[0], [k for (k,) in keys]) if is_text else tuple_(*primary).in_(keys)
        query = query.where(one)
    names = [str(column.name) for column in table.columns]
    at = [names.index(column.name) for column in primary]
    kept = [(name, place) for place, name in enumerate(names) if (table.name, name) not in _VOLATILE]
    return {  # a directory that is brought in is some hundred thousand rows: no mapping is made of each
        tuple(row[place] for place in at): canonical({name: row[place] for name, place in kept}).decode()
        for row in await conn.execute(query)
    }


async def last_records(conn: AsyncConnection, subject: str, keys: Sequence[str] | None) -> dict[str, str | None]:
    """What was last written down of rows: key -> record, None for one that went."""
    columns = (registry_change.c.key, registry_change.c.record)
    query = select(*columns).where(registry_change.c.subject == subject).order_by(registry_change.c.seq)
    if keys is not None:
        query = query.where(among(conn, registry_change.c.key, keys))
    return {row.key: row.record for row in await conn.execute(query)}


async def baseline(conn: AsyncConnection) -> int:
    """Write down tables of which nothing was ever written down: what an older release of the hub left."""
    version = await directory_version.current(conn)
    written = 0
    for table in WATCHED:
        known = select(registry_change.c.seq).where(registry_change.c.subject == table.name).limit(1)
        if (await conn.execute(known)).first() is None:
            written += await record(conn, table, None, version)
    return written
