"""One way into the database: `read()` and `write()`, and one place where the database's failures get our names.

SQLite is in `hub.store.embedded`. PostgreSQL: asyncpg, READ COMMITTED; reads run without a transaction, so each costs one
round trip.
"""

import asyncio
import errno
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from hub.errors import StorageFull, Unavailable
from hub.store import audit, embedded, row_security
from hub.store.bell import CHANNEL, Bell, payloads
from hub.store.embedded import Execute, Result
from hub.store.proof import changes
from hub.store.sql import ASIDE
from hub.store.stillness import Commits, Stillness

PG_SETTINGS: Final = {
    "application_name": "truc",
    "statement_timeout": "15000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
    "jit": "off",  # our statements are short; compiling them costs more than they do
    "random_page_cost": "1.1",  # no spinning disk: with the default of 4 the planner reads whole tables instead
}
"""What each connection to PostgreSQL begins with."""


class Database:
    """The hub's database and its bell. Build with `Database(url)`, use after `await open()`."""

    def __init__(self, url: str, pool_size: int = 10, actor: str = "system", *, row_security: bool = False) -> None:
        """Prepare engines; nothing is connected yet. `actor`: who changes what, for the audit log, unless `write` says.

        `row_security`: what is read for an agency is read under the rules of `hub.store.row_security` (PostgreSQL).
        """
        self.url = url
        self.actor = actor
        self.is_sqlite = url.startswith("sqlite")
        self.bell = Bell(None if self.is_sqlite else url)
        self._commits = Commits(embedded.path_of(url) if self.is_sqlite else "")
        self.row_security = row_security and not self.is_sqlite
        self._write_lock = asyncio.Lock()
        if self.is_sqlite:
            self._writer, self._reader = embedded.engines(url)
            self._lane = embedded.Lane(embedded.path_of(url))
        else:
            self._writer = _postgresql_engine(url, pool_size, PG_SETTINGS)
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            light = _postgresql_engine(url, 1, {**PG_SETTINGS, "synchronous_commit": "off"})
            self._light = light.execution_options(isolation_level="AUTOCOMMIT")
        changes.watch(self._writer.sync_engine)

    async def open(self) -> "Database":
        """Start listening for the bell. A PostgreSQL that is down is tried again in the background."""
        await self.bell.start()
        return self

    async def close(self) -> None:
        """Let go of every connection."""
        await self.bell.stop()
        self._commits.close()
        await self._writer.dispose()
        if self.is_sqlite:
            async with self._write_lock:
                await self._lane.close()
            await self._reader.dispose()
        else:
            await self._light.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for questions. Each statement sees what was committed when it started."""
        with _named():
            async with self._reader.connect() as conn:
                yield conn

    @asynccontextmanager
    async def read_for(self, *codes: str) -> AsyncIterator[AsyncConnection]:
        """A connection for questions on behalf of an agency (its canonical codes): with `row_security` it sees only its own."""
        if not self.row_security:
            async with self.read() as conn:
                yield conn
            return
        with _named():
            async with self._writer.connect() as conn, conn.begin():
                await row_security.become(conn, codes)
                yield conn

    @asynccontextmanager
    async def write(self, actor: str = "") -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends well, rolled back otherwise.

        What it rings, rings at commit. What it notes (`audit.note`) is in the audit log with it, as done by `actor`.
        """
        if self.is_sqlite:
            async with self._write_lock, self._transaction(actor or self.actor) as conn:
                yield conn
        else:
            async with self._transaction(actor or self.actor) as conn:
                yield conn

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[AsyncConnection]:
        """`write`, for what writes no event: whoever waits for news does not wait for it, however long it takes."""
        async with self.write() as conn:
            if not self.is_sqlite:
                await conn.execute(text(f"SET LOCAL application_name = '{ASIDE}'"))
            facts = conn.info  # taken here: a connection that broke meanwhile has none to ask for
            facts["is_aside"] = True
            try:
                yield conn
            finally:
                facts.pop("is_aside", None)

    @asynccontextmanager
    async def _transaction(self, actor: str) -> AsyncIterator[AsyncConnection]:
        with _named():
            async with self._writer.connect() as conn:
                conn.info.pop("rings", None)
                changes.begin(conn)
                audit.forget(conn)
                async with conn.begin():
                    yield conn
                    await audit.append_noted(conn, actor)
                    await changes.write(conn)
                    rings: set[str] = conn.info.pop("rings", set())
                    if rings and not self.is_sqlite:
                        for payload in payloads(rings):
                            await conn.execute(text("SELECT pg_notify(:c, :p)"), {"c": CHANNEL, "p": payload})
        self.bell.ring(rings)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one statement that is a transaction of its own, in one round trip to PostgreSQL.

        It rings for nobody and notes nothing in the audit log. On SQLite: `at_once`.
        """
        async with self.read() as conn:
            yield conn

    @asynccontextmanager
    async def light(self) -> AsyncIterator[AsyncConnection]:
        """`alone`, for what need not wait for the disk, since a crash of the machine that undoes it does no harm.

        Whatever is committed by `write` or `alone` afterwards brings it to the disk as well.
        """
        if self.is_sqlite:  # `at_once` does not wait
            async with self.write() as conn:
                yield conn
            return
        with _named():
            async with self._light.connect() as conn:
                yield conn

    async def at_once(self, work: Callable[[Execute], Result], *, light: bool = False) -> Result:
        """The same two on SQLite: a few plain statements as one transaction (`hub.store.embedded.Lane`)."""
        with _named():
            async with self._write_lock:
                return await self._lane.transact(work, light=light)

    def ring(self, conn: AsyncConnection, keys: Iterable[str]) -> None:
        """Wake whoever waits for `keys` (`bell.inbox(code)` …) when the transaction of `conn` commits."""
        conn.info.setdefault("rings", set()).update(keys)

    @asynccontextmanager
    async def patient(self) -> AsyncIterator[AsyncConnection]:
        """A connection to PostgreSQL of its own for work that may take hours but must not lock others out for long.

        Its statements take their time and wait for a lock three seconds; its transactions are the caller's business.
        """
        settings = {"application_name": "truc-migrate", "statement_timeout": "0", "lock_timeout": "3000"}
        engine = create_async_engine(
            self.url, poolclass=NullPool, connect_args={"server_settings": settings, "timeout": 5}
        )
        with _named():
            async with engine.connect() as conn:
                yield conn

    def stillness(self) -> Stillness:
        """What a room that looks now and then asks first, whether anything was committed at all."""
        return Stillness(self._commits)

    async def is_up(self) -> bool:
        """Whether a question is answered just now."""
        try:
            async with asyncio.timeout(3), self.read() as conn:
                await conn.execute(text("SELECT 1"))
        except (Unavailable, TimeoutError):
            return False
        return True


def _postgresql_engine(url: str, pool_size: int, settings: Mapping[str, str]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,  # what a failure is told with, in a log, names no subject, key or password
        connect_args={"server_settings": dict(settings), "command_timeout": 20, "timeout": 5},
    )

    @event.listens_for(engine.sync_engine, "handle_error")
    def _stuck(context: ExceptionContext) -> None:
        """Give a connection that stopped in the middle of something to nobody else."""
        if isinstance(getattr(context.original_exception, "__cause__", None), asyncpg.InternalClientError):
            context.is_disconnect = True

    return engine


class _named:  # noqa: N801 - reads as a statement: `with _named():`
    """Give a failing database our names. IntegrityError passes: the caller knows which constraint it relies on."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, IntegrityError):
            return
        if is_disk_full(error):
            message = "no room left in the database"
            raise StorageFull(message) from error
        if isinstance(
            error, (OperationalError, InterfaceError, PoolTimeout, sqlite3.OperationalError, *_DRIVER_DOWN)
        ) or (isinstance(error, DBAPIError) and (error.connection_invalidated or _is_passing(error))):
            message = f"the database does not answer: {_words(error)}"
            raise Unavailable(message) from error


def _words(error: BaseException) -> str:
    """What the driver says, in one line: no statement, no parameters."""
    origin = getattr(error, "orig", None) or error
    said = (str(origin).splitlines() or [""])[0]
    return f"{type(origin).__name__}: {said}" if said else type(origin).__name__


_DRIVER_DOWN: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # the connection stopped in the middle of something
    ConnectionError,
    OSError,
    TimeoutError,
)


# admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, lock_not_available, query_canceled,
# deadlock_detected, serialization_failure: each says "later", none says "never"
_PASSING: Final = frozenset({"57P01", "57P02", "57P03", "53300", "55P03", "57014", "40P01", "40001"})


def _is_passing(error: DBAPIError) -> bool:
    """Also a connection that breaks in the middle of a question: SQLAlchemy wraps it, the driver's own word is its cause."""
    return getattr(error.orig, "sqlstate", None) in _PASSING or isinstance(
        getattr(error.orig, "__cause__", None), _DRIVER_DOWN
    )


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` says that a disk is full: SQLite's words, PostgreSQL's 53100, or the system's (a quota is a disk)."""
    origin = getattr(error, "orig", None) or error
    return (
        getattr(origin, "sqlstate", None) == "53100"
        or "database or disk is full" in str(origin)
        or getattr(origin, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    )
