"""Large bodies in files while they are on their way: flat memory, whatever their size.

A file of the spool belongs to the process that holds its lock; the system lets go of the lock when the process ends,
however it ends. What nobody holds is an orphan, and swept. Writing and hashing happen in one thread of low priority, a
megabyte at a time: a large body is never in the way of the event loop, and large ones take turns with each other.
"""

import asyncio
import errno
import fcntl
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from hub import metrics
from hub.errors import StorageFull, Unavailable

_PIECE: Final = 1024 * 1024  # bytes written at a time
_SYNC_EVERY: Final = 8 * _PIECE  # bytes; a disk that is told late to write much makes everybody else wait
_SUFFIX: Final = ".body"
_NICE: Final = 10
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Spooled:
    """A whole body in a file of the spool. `size` in bytes, `sha256` in hex."""

    path: Path
    size: int
    sha256: str

    def __len__(self) -> int:
        return self.size

    def read(self) -> bytes:
        """All of it in memory: only for what is known to be small."""
        return self.path.read_bytes()


Body = bytes | Spooled


def held(body: Body) -> bytes:
    """The bytes of a body wherever it lies: only of what is known to be small."""
    return body if isinstance(body, bytes) else body.read()


class Spool:
    """The folder. `most`: bytes that may lie in it for this process at one time; more are asked to come back."""

    def __init__(self, folder: Path, most: int) -> None:
        """The folder is made when it is first needed."""
        self._folder = folder
        self._left = most

    def room(self) -> "Room":
        """For one request: use as a context manager, at whose end file and weight are given back."""
        return Room(self)

    def take(self, size: int) -> None:
        """Weigh bytes in; raises `Unavailable` when there is no room for them."""
        if size > self._left:
            message = "too many bytes in the spool"
            raise Unavailable(message, retry_after=10)
        self._left -= size
        metrics.SPOOLED.inc(size)

    def give(self, size: int) -> None:
        """Give weight back."""
        self._left += size
        metrics.SPOOLED.dec(size)

    def new(self) -> tuple[Path, int]:
        """Make a file that nobody else has, and lock it; answers its descriptor too.

        The folder keeps others out; the file has the rights an original has, for it may become one.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path = self._folder / f"{secrets.token_hex(16)}{_SUFFIX}"
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists():  # a sweep may have come between making and locking
                return path, file
            os.close(file)

    @contextmanager
    def file(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A file for a moment, its name and itself: gone at the end, or swept when this process is. It weighs nothing."""
        path, handle = self.new()
        with os.fdopen(handle, "w+b") as file:
            try:
                yield path, file
            finally:
                path.unlink(missing_ok=True)

    async def sweep(self) -> int:
        """Drop the files of processes that are no more; answers how many."""
        return await asyncio.get_running_loop().run_in_executor(_writer(), self._sweep)

    def _sweep(self) -> int:
        swept = 0
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):  # somebody holds it, or it is gone
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    swept += 1
                finally:
                    os.close(file)
        return swept


class Room:
    """One request's place in the spool: nothing until `begin`, then a file and its weight."""

    __slots__ = ("_spool", "_taken", "_writer")

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._taken = 0
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.drop()
        if self._taken:
            self._spool.give(self._taken)

    def take(self, size: int) -> None:
        """Weigh bytes in until the end of the request."""
        self._spool.take(size)
        self._taken += size

    def begin(self) -> "Writer":
        """Start a file; the one before, if any, is let go."""
        if self._writer is not None:
            self._writer.drop()
        self._writer = Writer(self._spool)
        return self._writer

    async def extend(self, piece: bytes) -> Spooled:
        """Put more behind what was finished."""
        assert self._writer is not None  # noqa: S101 - who extends has begun
        await self._writer.add(piece)
        return await self._writer.finish()


class Writer:
    """A body that comes in pieces: `add` them, then `finish`. Raises `StorageFull` when the disk is."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._digest = sha256()
        self._pieces: list[bytes] = []
        self._waiting = 0  # bytes in `_pieces`
        self._size = 0
        self._synced = 0
        self._path: Path | None = None
        self._file = -1

    async def add(self, piece: bytes) -> None:
        """Take a piece; every megabyte is written before the next is taken."""
        self._pieces.append(piece)
        self._waiting += len(piece)
        if self._waiting >= _PIECE:
            await self._do(self._write)

    async def finish(self) -> Spooled:
        """Write the rest. The file is whole then; whoever keeps it for good syncs it."""
        await self._do(self._write)
        assert self._path is not None  # noqa: S101 - `_write` made it
        return Spooled(self._path, self._size, self._digest.hexdigest())

    def drop(self) -> None:
        """Let go of the file, and of its name if nobody has taken it over; off the event loop."""
        _writer().submit(self._drop)

    async def _do(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(_writer(), work))
        except OSError as error:
            if error.errno in _FULL:
                message = "no room left for a body on its way"
                raise StorageFull(message) from error
            message = f"the spool cannot be written: {type(error).__name__}"
            raise Unavailable(message) from error

    def _write(self) -> None:
        if self._path is None:
            self._path, self._file = self._spool.new()
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        for piece in pieces:
            self._digest.update(piece)
            _write_all(self._file, piece)
            self._size += len(piece)
        if self._size - self._synced >= _SYNC_EVERY:
            os.fdatasync(self._file)
            self._synced = self._size

    def _drop(self) -> None:
        if self._path is None:
            return
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._path = None


def _write_all(file: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(file, view) :]


_pool: ThreadPoolExecutor | None = None
_making = threading.Lock()


def _writer() -> ThreadPoolExecutor:
    """The one thread that writes; made by the first large body."""
    global _pool  # noqa: PLW0603 - a thread of the process's, whoever asks first
    with _making:
        if _pool is None:
            _pool = ThreadPoolExecutor(1, "spool", initializer=be_nice)
        return _pool


def be_nice() -> None:
    """Lower the priority of the calling thread: on Linux each has its own.

    Measured while ten bodies of 50 MB were written on a crowded machine: nine of ten turns of the event loop were no later
    than 5 to 9 ms with it, 12 ms without; that it may be stopped while it holds the interpreter did not show.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
