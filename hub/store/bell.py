"""Waking who waits, without polling: in this process at once, across processes by PostgreSQL's LISTEN/NOTIFY.

A ring says "look again", nothing more: it may come twice or for nothing, and whoever waits looks at the database
before and after. When the listening connection was lost everybody is woken, since rings may have been missed.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import asyncpg

from hub import log

CHANNEL: Final = "truc"
OUTBOX: Final = "o"
DIRECTORY: Final = "d"
SHOWN: Final = 7_281_992  # first half of the advisory locks by which processes show the version they go by
_PAYLOAD_AT_MOST: Final = 7900  # bytes; PostgreSQL takes payloads shorter than 8000
_logger = log.get(__name__)


def inbox(code: str) -> str:
    """The key of an agency's inbox."""
    return f"i:{code}"


def feed(code: str) -> str:
    """The key of an agency's feed of what happened to its documents."""
    return f"f:{code}"


def payloads(keys: Iterable[str]) -> list[str]:
    """Pack keys into as few NOTIFY payloads as they fit in (codes hold no newline)."""
    packed: list[str] = []
    current: list[str] = []
    room = _PAYLOAD_AT_MOST
    for key in sorted(keys):
        size = len(key.encode()) + 1
        if size > room:
            packed.append("\n".join(current))
            current, room = [], _PAYLOAD_AT_MOST
        current.append(key)
        room -= size
    return [*packed, "\n".join(current)] if current else packed


class Bell:
    """Rings and waiters of one process; with a PostgreSQL `url`, also those of every other process."""

    def __init__(self, url: str | None) -> None:
        """`url`: PostgreSQL in SQLAlchemy's spelling, or None when this process is alone."""
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://", 1) if url else None
        self._waiters: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._conn: asyncpg.Connection[Any] | None = None
        self._shown: int | None = None
        self._showing = asyncio.Lock()
        self.is_closing = False

    async def start(self) -> None:
        """Begin to listen to the other processes."""
        if self._dsn and self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="bell")

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None
        self._ring_all()

    @property
    def is_heard(self) -> bool:
        """Whether this process hears the others just now."""
        return self._conn is not None

    @property
    def shown(self) -> int | None:
        """The version of the directory that this process shows to go by."""
        return self._shown

    async def show(self, version: int) -> None:
        """Let other processes see by which version of the directory this one goes: they wait for who is behind.

        Shown by a lock on the listening connection, so that it is gone with the process.
        """
        async with self._showing:
            conn = self._conn
            if conn is None or self._shown == version:
                return
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # being lost: then it shows nothing
                await conn.execute(f"SELECT pg_advisory_lock_shared({SHOWN}, {version % 2**31})")
                if self._shown is not None:
                    await conn.execute(f"SELECT pg_advisory_unlock_shared({SHOWN}, {self._shown % 2**31})")
                self._shown = version

    def ring(self, keys: Iterable[str]) -> None:
        """Wake whoever waits for one of `keys` in this process."""
        for key in keys:
            for waiter in self._waiters.get(key, ()):
                waiter.set()

    @asynccontextmanager
    async def waiting(self, *keys: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever one of `keys` rings. Enter, look at the database, then wait: no ring falls between."""
        event = asyncio.Event()
        for key in keys:
            self._waiters[key].add(event)
        try:
            yield event
        finally:
            for key in keys:
                self._waiters[key].discard(event)
                if not self._waiters[key]:
                    del self._waiters[key]

    def waiters(self, key: str) -> int:
        """How many wait for `key` in this process."""
        return len(self._waiters.get(key, ()))

    def let_go(self) -> None:
        """The process is ending: whoever waits is woken and should wait no more."""
        self.is_closing = True
        self._ring_all()

    def _ring_all(self) -> None:
        self.ring(list(self._waiters))

    async def _listen(self) -> None:
        delay = 0.2
        while True:
            try:
                conn: asyncpg.Connection[Any] = await asyncpg.connect(self._dsn, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError) as error:
                _logger.warning("bell.unreachable", error=type(error).__name__, retry_in_seconds=delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
                continue
            delay = 0.2
            lost = asyncio.Event()
            try:
                conn.add_termination_listener(lambda _conn, lost=lost: lost.set())
                await conn.add_listener(CHANNEL, self._heard)
                self._conn, self._shown = conn, None
                self._ring_all()
                await lost.wait()
            finally:
                self._conn = None
                with suppress(Exception):
                    await conn.close(timeout=1)

    def _heard(self, _conn: object, _pid: int, _channel: str, payload: object) -> None:
        self.ring(str(payload).split("\n"))
