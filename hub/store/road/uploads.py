"""Uploads that can be resumed: what is known of each, kept by all gateways together.

A part is an object first and a row afterwards; the row moves the upload on, if nobody else has in between. So two
requests at once never mix their bytes: the later of the two finds that the upload has moved, and keeps nothing. An
object without a row is an orphan and is swept.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import TooMany, rejected
from hub.store.database import Database
from hub.store.tables import agency as agency_table
from hub.store.tables import upload, upload_part

_KEPT_AFTER_EXPIRY: Final = timedelta(days=1)  # so that who comes late is told that it expired
_WAIT_SECONDS: Final = 60  # what a caller over its limits is told to wait

PARTS_AT_MOST: Final = 4096
"""Of one upload: each is an object and a row, however short; a line that breaks every 25 kB still brings 100 MiB."""


class Limits(NamedTuple):
    """How many uploads and how many bytes in them one agency may have open. `most`: bytes of one upload at the most."""

    number: int
    size: int
    most: int


class NewUpload(NamedTuple):
    """An upload about to begin; `size` None until it is known."""

    id: str
    agency: str
    size: int | None
    lenient: bool
    key: str
    created_at: datetime
    expires_at: datetime


async def begin(database: Database, new: NewUpload, limits: Limits) -> None:
    """Enter an upload; raises `TooMany` when its agency has as much open as it may.

    One whose size is not known counts as the largest.
    """
    async with database.write() as conn:
        mine = select(agency_table.c.code).where(agency_table.c.code == new.agency).with_for_update()
        await conn.execute(mine)  # one after the other, or two would count the same
        weight = func.coalesce(func.sum(func.coalesce(upload.c.size, limits.most)), 0)
        query = select(func.count(), weight).where(
            upload.c.agency == new.agency, upload.c.status.is_(None), upload.c.expires_at > new.created_at
        )
        count, size = (await conn.execute(query)).one()
        if count >= limits.number or size + (limits.most if new.size is None else new.size) > limits.size:
            message = "too much in open uploads"
            raise TooMany(message, retry_after=_WAIT_SECONDS, code="upload-limit")
        await conn.execute(insert(upload).values(**new._asdict(), received=0))


async def find(conn: AsyncConnection, upload_id: str, codes: Sequence[str]) -> dict[str, Any] | None:
    """What is known of an agency's upload, by any of its codes; None for nobody's and for anybody else's."""
    query = select(upload).where(upload.c.id == upload_id, upload.c.agency.in_(codes))
    row = (await conn.execute(query)).mappings().first()
    return dict(row) if row else None


async def received(conn: AsyncConnection, upload_id: str) -> int:
    """How many bytes of it are kept."""
    return (await conn.execute(select(upload.c.received).where(upload.c.id == upload_id))).scalar_one_or_none() or 0


async def measure(database: Database, upload_id: str, size: int) -> bool:
    """Note how long the whole is going to be; False when something else was said before."""
    async with database.write() as conn:
        known = update(upload).where(upload.c.id == upload_id, upload.c.size.is_(None)).values(size=size)
        await conn.execute(known)
        query = select(upload.c.size).where(upload.c.id == upload_id)
        return (await conn.execute(query)).scalar_one_or_none() == size


async def add(database: Database, upload_id: str, start: int, size: int, name: str) -> bool:
    """Add the part from byte `start`; False when the upload stands elsewhere by now, or is over."""
    async with database.write() as conn:
        moved = await conn.execute(
            update(upload)
            .where(upload.c.id == upload_id, upload.c.received == start, upload.c.status.is_(None))
            .values(received=start + size)
        )
        if not moved.rowcount:
            return False
        many = select(func.count()).where(upload_part.c.upload_id == upload_id)
        if (await conn.execute(many)).scalar_one() >= PARTS_AT_MOST:
            raise rejected("upload-parts", most=PARTS_AT_MOST)
        await conn.execute(insert(upload_part).values(upload_id=upload_id, start=start, size=size, name=name))
        return True


async def parts(conn: AsyncConnection, upload_id: str) -> list[tuple[str, int]]:
    """The names of its parts with their sizes, in order."""
    query = select(upload_part.c.name, upload_part.c.size).where(upload_part.c.upload_id == upload_id)
    return [(row.name, row.size) for row in await conn.execute(query.order_by(upload_part.c.start))]


async def settle(
    database: Database, upload_id: str, status: int, envelope_id: str | None, problem: dict[str, Any] | None
) -> list[str]:
    """Keep the verdict, until the upload expires; answers the names of the parts, which nobody needs any more."""
    async with database.write() as conn:
        await conn.execute(
            update(upload)
            .where(upload.c.id == upload_id, upload.c.status.is_(None))
            .values(status=status, envelope_id=envelope_id, problem=problem)
        )
        return await _forget_parts(conn, [upload_id])


async def cancel(database: Database, upload_id: str) -> list[str]:
    """Forget an upload; answers the names of its parts."""
    async with database.write() as conn:
        await conn.execute(delete(upload).where(upload.c.id == upload_id))
        return await _forget_parts(conn, [upload_id])


async def expire(database: Database, now: datetime, most: int) -> list[str]:
    """Forget the parts of uploads that have expired, and those long past altogether; answers the parts' names."""
    async with database.write() as conn:
        late = (
            select(upload_part.c.upload_id)
            .distinct()
            .join(upload, upload.c.id == upload_part.c.upload_id)
            .where(upload.c.expires_at <= now)
            .limit(most)
        )
        names = await _forget_parts(conn, list((await conn.execute(late)).scalars()))
        await conn.execute(delete(upload).where(upload.c.expires_at <= now - _KEPT_AFTER_EXPIRY))
        return names


async def named_among(conn: AsyncConnection, names: Iterable[str]) -> set[str]:
    """Which of these objects are parts of an upload."""
    query = select(upload_part.c.name).where(upload_part.c.name.in_(list(names)))
    return set((await conn.execute(query)).scalars())


async def _forget_parts(conn: AsyncConnection, ids: list[str]) -> list[str]:
    gone = delete(upload_part).where(upload_part.c.upload_id.in_(ids)).returning(upload_part.c.name)
    return list((await conn.execute(gone)).scalars())
