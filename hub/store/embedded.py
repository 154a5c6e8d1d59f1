"""The embedded database: SQLite in WAL with synchronous FULL, one writer that starts with BEGIN IMMEDIATE, a few readers.

The writes that every document comes by do not go through SQLAlchemy and its driver, which visit a thread for each statement
and for each end of a cursor: `Lane` takes a whole transaction to a thread of its own and back, which costs a third.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

Values = tuple[Any, ...] | list[tuple[Any, ...]]
Execute = Callable[[str, Values], Iterable[Any]]
"""Have a statement done with its values, or with each of a list of them; answers its rows."""

Result = TypeVar("Result")
_WRITER: Final = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA cache_size = -32000",
)
_READER: Final = ("PRAGMA busy_timeout = 10000", "PRAGMA query_only = ON")


def path_of(url: str) -> str:
    """The file of a database's address, as SQLAlchemy reads it."""
    return make_url(url).database or ""


def engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """The one writer and the readers."""
    if path := path_of(url):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    writer = create_async_engine(url, poolclass=StaticPool, hide_parameters=True)
    reader = create_async_engine(url, pool_size=4, max_overflow=0, pool_timeout=10, hide_parameters=True)

    @event.listens_for(writer.sync_engine, "connect")
    def _writer_connects(dbapi: Any, _record: Any) -> None:
        _prepare(dbapi, _WRITER)

    @event.listens_for(writer.sync_engine, "begin")
    def _begin(conn: Any) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(reader.sync_engine, "connect")
    def _reader_connects(dbapi: Any, _record: Any) -> None:
        _prepare(dbapi, _READER)

    return writer, reader


def _prepare(dbapi: Any, statements: Iterable[str]) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves
    cursor = dbapi.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


class Lane:
    """A connection and its thread, for transactions that are a few plain statements. Opened by the first one."""

    def __init__(self, path: str) -> None:
        """`path`: of the database's file."""
        self._path = path
        self._conn: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def transact(self, work: Callable[[Execute], Result], *, light: bool) -> Result:
        """Do `work` as one transaction: all of it or, where it raises, nothing.

        `light`: it does not wait for the disk. Raises `sqlite3.Error`. Who is cancelled does not stop it.
        """
        thread = self._thread = self._thread or ThreadPoolExecutor(1, "sqlite")
        return await asyncio.get_running_loop().run_in_executor(thread, self._transact, work, light)

    def _transact(self, work: Callable[[Execute], Result], light: bool) -> Result:  # noqa: FBT001
        conn = self._conn = self._conn or self._opened()
        conn.execute(f"PRAGMA synchronous = {'NORMAL' if light else 'FULL'}")
        conn.execute("BEGIN IMMEDIATE")
        try:
            result = work(lambda statement, values: perform(conn, statement, values))
            conn.execute("COMMIT")
        except BaseException:
            self._undo(conn)
            raise
        return result

    def _undo(self, conn: sqlite3.Connection) -> None:
        try:
            if conn.in_transaction:  # a full disk may have rolled it back
                conn.execute("ROLLBACK")
        except sqlite3.Error:  # what cannot be undone is not committed either: the next one opens the file anew
            self._close()

    def _opened(self) -> sqlite3.Connection:
        conn = sqlite3.connect(self._path, check_same_thread=False)
        _prepare(conn, _WRITER)
        return conn

    async def close(self) -> None:
        """Finish what is under way and let go of the file; whoever comes later opens it again."""
        thread, self._thread = self._thread, None
        if thread:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._conn:
            self._conn.close()
            self._conn = None


def perform(conn: sqlite3.Connection, statement: str, values: Values) -> Iterable[Any]:
    """Have one statement of a lane done."""
    return conn.executemany(statement, values) if isinstance(values, list) else conn.execute(statement, values)
