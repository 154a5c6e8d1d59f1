"""The bytes as they came. Small ones live in the row; large ones are objects named by their SHA-256.

A large original is complete and synced, file and folder, before the transaction that names it. One that no
transaction names any more is an orphan and is swept.
"""

import asyncio
import errno
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore
from obstore.store import S3Store
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub import failpoint
from hub.errors import StorageFull, Unavailable
from hub.spool import Body
from hub.store.database import Database, is_disk_full
from hub.store.tables import original

_CHUNK = 1024 * 1024  # bytes read from a file at a time
_NAME = 64  # characters of an object's name
_GOING = ".going"  # at the end of a file's name while it is being dropped
_DROPPED_WITHIN = 60.0  # seconds
_RANGE = 4 * _CHUNK  # bytes asked of a bucket at a time
_PART = 8 * _CHUNK  # bytes sent to a bucket at a time; S3 takes none below 5 MiB but the last
_PARTS_AT_ONCE = 2  # of one original: its library would have twelve in memory
_PATIENCE = timedelta(seconds=30)  # with a bucket that does not answer, all tries together


class ObjectStore(Protocol):
    """Where large originals live, by their digests; and parts of uploads, by names of the same form."""

    async def put(self, digest: str, body: Body) -> None:
        """Keep the bytes for good; raises `StorageFull` or `Unavailable`. A file of the spool may be taken over."""

    def read(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes `start` up to and without `end`, in pieces."""

    async def digests(self, older_than: datetime) -> list[str]:
        """The objects last written before `older_than`; younger ones may belong to a transaction still open."""

    async def drop(self, digest: str, older_than: datetime | None = None) -> bool:
        """Remove an object, unless it was put again since `older_than`. Answers whether it was there and is gone."""


class FolderStore:
    """Originals in a folder: `ab/cd/<digest>`."""

    def __init__(self, root: Path) -> None:
        """`root` is made when it is first needed."""
        self._root = root

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:4] / digest

    async def put(self, digest: str, body: Body) -> None:
        """Write, sync the file, rename, sync the folder. A file of the spool is renamed, where that is possible."""
        try:
            await asyncio.to_thread(self._put, digest, body)
        except OSError as error:
            if is_disk_full(error):
                message = "no room left for originals"
                raise StorageFull(message) from error
            message = f"the folder of originals cannot be written: {type(error).__name__}"
            raise Unavailable(message) from error
        failpoint.reach("original-kept")

    def _put(self, digest: str, body: Body) -> None:
        path = self._path(digest)
        if _is_kept(path):
            return
        fresh = [
            folder for folder in (path.parent.parent.parent, path.parent.parent, path.parent) if not folder.exists()
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{digest}.{secrets.token_hex(6)}")
        try:
            if isinstance(body, bytes):
                with temporary.open("xb") as file:
                    file.write(body)
            else:
                _take_over(body.path, temporary)
            failpoint.reach("original-written")
            _sync(temporary)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        for folder in (path.parent, *(f.parent for f in fresh)):
            _sync(folder)

    async def read(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read in pieces, off the event loop."""
        try:
            file = await asyncio.to_thread(self._path(digest).open, "rb")
        except OSError as error:
            message = "an original cannot be read just now"
            raise Unavailable(message) from error
        try:
            await asyncio.to_thread(file.seek, start)
            left = end - start
            while left > 0:
                piece = await asyncio.to_thread(file.read, min(_CHUNK, left))
                if not piece:
                    message = "an original is shorter than its row says"
                    raise Unavailable(message)
                left -= len(piece)
                yield piece
        finally:
            file.close()

    async def digests(self, older_than: datetime) -> list[str]:
        """The objects last written before `older_than`; younger ones may belong to a transaction still open."""

        def look() -> list[str]:
            _bring_back(self._root)
            limit = older_than.timestamp()
            return [p.name for p in self._root.glob("??/??/*") if len(p.name) == _NAME and p.stat().st_mtime < limit]

        return await asyncio.to_thread(look)

    async def drop(self, digest: str, older_than: datetime | None = None) -> bool:
        """Remove a file: out of the way first, and back where somebody was just told that it is there."""
        return await asyncio.to_thread(_drop, self._path(digest), older_than)


def _is_kept(path: Path) -> bool:
    """Whether a file is there; from now on it counts as put just now, so nobody sweeps what is about to be named."""
    with suppress(FileNotFoundError):
        os.utime(path)
        return True
    return False


def _drop(path: Path, older_than: datetime | None) -> bool:
    aside = path.with_name(f".{path.name}{_GOING}")
    with suppress(FileNotFoundError):  # it is somebody else who drops it
        path.rename(aside)
        if older_than is None or aside.stat().st_mtime < older_than.timestamp():
            aside.unlink()
            return True
        aside.rename(path)
    return False


def _bring_back(root: Path) -> None:
    """Put back what a process that died in the middle of dropping left out of the way: it may be named by now."""
    long_ago = time.time() - _DROPPED_WITHIN
    for aside in root.glob(f"??/??/.*{_GOING}"):
        with suppress(FileNotFoundError):
            if aside.stat().st_ctime < long_ago:
                with suppress(FileExistsError):
                    aside.with_name(aside.name[1 : -len(_GOING)]).hardlink_to(aside)
                aside.unlink()


def _take_over(spooled: Path, temporary: Path) -> None:
    try:
        spooled.rename(temporary)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copyfile(spooled, temporary)  # another file system: the kernel copies
    os.utime(temporary)  # written now, as far as sweeping orphans goes


def _sync(path: Path) -> None:
    """Have the system write a file, or a folder's names, down."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BucketStore:
    """Originals in an S3-compatible bucket (`s3://bucket/prefix`; keys and endpoint from the usual AWS_… variables)."""

    def __init__(self, url: str, below: str = "") -> None:
        """Nothing is asked of the bucket yet."""
        parts = urlsplit(url)
        prefix = "/".join(filter(None, (parts.path.strip("/"), below)))
        self._store = S3Store(
            parts.netloc,
            prefix=prefix or None,
            retry_config={"max_retries": 4, "retry_timeout": _PATIENCE},
        )

    async def put(self, digest: str, body: Body) -> None:
        """One atomic PUT, in parts when it is large: an object store shows an object whole or not at all."""
        with _named():
            given = body if isinstance(body, bytes) else body.path
            await obstore.put_async(self._store, digest, given, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE)

    async def read(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        """One ranged GET after the other: none of them waits for who reads, however slowly."""
        while start < end:
            with _named():
                piece = await obstore.get_range_async(self._store, digest, start=start, end=min(start + _RANGE, end))
            if not len(piece):
                raise Unavailable("an original is shorter than its row says")
            start += len(piece)
            yield bytes(piece)

    async def digests(self, older_than: datetime) -> list[str]:
        """List the bucket."""
        with _named():
            return [
                str(item["path"])
                async for page in obstore.list(self._store)
                for item in page
                if item["last_modified"] < older_than and len(str(item["path"])) == _NAME  # else of another store below
            ]

    async def drop(self, digest: str, older_than: datetime | None = None) -> bool:
        """Ask for its age and remove it: between the two lie milliseconds in which a `put` would be lost."""
        with _named():
            try:
                found = await obstore.head_async(self._store, digest)
            except FileNotFoundError:
                return False
            if older_than is not None and found["last_modified"] >= older_than:
                return False
            await obstore.delete_async(self._store, digest)
            return True


@contextmanager
def _named() -> Iterator[None]:
    """Give the bucket's failures our name; obstore says some of them in Python's own (a FileNotFoundError, a ValueError)."""
    try:
        yield
    except (obstore.exceptions.BaseError, OSError, ValueError) as error:
        raise Unavailable(f"the object store does not answer: {type(error).__name__}") from error


def object_store(url: str, below: str = "") -> ObjectStore:
    """The store a URL names: `file:///folder` or `s3://bucket/prefix`. `below`: one apart, in it."""
    if url.startswith("file://"):
        return FolderStore(Path(urlsplit(url).path) / below)
    if url.startswith("s3://"):
        return BucketStore(url, below)
    message = f"TRUC_ORIGINALS_URL must start with file:// or s3://, not {url.split(':', 1)[0]}:"
    raise ValueError(message)


async def locate(conn: AsyncConnection, envelope_id: str) -> tuple[bytes | None, str | None]:
    """An envelope's bytes when they live in the row, else the digest that names them."""
    query = select(original.c.body, original.c.digest).where(original.c.envelope_id == envelope_id)
    row = (await conn.execute(query)).one()
    return row.body, row.digest


async def pieces(database: Database, store: ObjectStore, envelope_id: str, size: int) -> AsyncIterator[bytes]:
    """All the bytes of an envelope in pieces, wherever they live."""
    async with database.read() as conn:
        body, digest = await locate(conn, envelope_id)
    if body is not None:
        yield body
        return
    async for piece in store.read(digest or "", 0, size):
        yield piece


async def named_among(conn: AsyncConnection, digests: list[str]) -> set[str]:
    """Which of these digests a row names."""
    query = select(original.c.digest).where(original.c.digest.in_(digests))
    return set((await conn.execute(query)).scalars())
