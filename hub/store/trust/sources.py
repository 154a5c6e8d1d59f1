"""Where fresh word of revocation is fetched from, when next, and how it went: backoff is a row, not a memory."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import rejected
from hub.store.sql import among
from hub.store.tables import trust_source

_ERROR_AT_MOST: Final = 500  # characters
REGISTRAR: Final = "registrar"
CERTIFICATE: Final = "certificate"


class Wanted(Protocol):
    """A source as certificates name it (`hub.trust.sources`)."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def certificate(self) -> str: ...  # noqa: D102


def identity(wanted: Wanted) -> str:
    """The id of a source."""
    return hashlib.sha256(f"{wanted.kind}\n{wanted.certificate}\n{wanted.url}".encode()).hexdigest()


async def go_by(conn: AsyncConnection, wanted: Iterable[Wanted], now: datetime) -> int:
    """Fetch from what certificates name now, and from nothing that only former ones named; answers how many changed."""
    by_id = {identity(each): each for each in wanted}
    query = select(trust_source.c.id, trust_source.c.origin)
    there = {row.id: row.origin for row in await conn.execute(query)}
    gone = [each for each, origin in there.items() if origin == CERTIFICATE and each not in by_id]
    if gone:
        await conn.execute(delete(trust_source).where(among(conn, trust_source.c.id, gone)))
    new = [_row(each, CERTIFICATE, now) for each in by_id.values() if identity(each) not in there]
    if new:
        await conn.execute(insert(trust_source), new)
    return len(gone) + len(new)


async def name(conn: AsyncConnection, wanted: Wanted, now: datetime) -> bool:
    """Fetch from a source a registrar names; False when it was named before."""
    there = trust_source.c.id == identity(wanted)
    row = (await conn.execute(select(trust_source.c.id).where(there))).first()
    if row:
        await conn.execute(update(trust_source).where(there).values(next_at=now))
        return False
    await conn.execute(insert(trust_source).values(**_row(wanted, REGISTRAR, now)))
    return True


async def unname(conn: AsyncConnection, url: str) -> None:
    """Fetch no more from a URL that a registrar named."""
    named = and_(trust_source.c.url == url, trust_source.c.origin == REGISTRAR)
    if not (await conn.execute(delete(trust_source).where(named))).rowcount:
        raise rejected("source-unknown")


def _row(wanted: Wanted, origin: str, now: datetime) -> dict[str, Any]:
    return {
        "id": identity(wanted),
        "kind": wanted.kind,
        "url": wanted.url,
        "certificate": wanted.certificate,
        "origin": origin,
        "added_at": now,
        "next_at": now,
    }


async def due(conn: AsyncConnection, now: datetime, limit: int) -> list[dict[str, Any]]:
    """What is to be fetched now, what fails least first, so that the dead keep nobody waiting."""
    query = select(trust_source).where(trust_source.c.next_at <= now)
    query = query.order_by(trust_source.c.failures, trust_source.c.next_at).limit(limit)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def succeeded(
    conn: AsyncConnection, source: str, now: datetime, next_at: datetime, holds_until: datetime | None
) -> None:
    """Note a fetch that brought something usable, and until when it holds."""
    values = {
        "tried_at": now,
        "fetched_at": now,
        "next_at": next_at,
        "holds_until": holds_until,
        "failures": 0,
        "last_error": "",
    }
    await conn.execute(update(trust_source).where(trust_source.c.id == source).values(**values))


async def failed(conn: AsyncConnection, source: str, now: datetime, next_at: datetime, error: str) -> None:
    """Note a fetch that brought nothing, and when it is tried again."""
    values = {
        "tried_at": now,
        "next_at": next_at,
        "failures": trust_source.c.failures + 1,
        "last_error": error[:_ERROR_AT_MOST],
    }
    await conn.execute(update(trust_source).where(trust_source.c.id == source).values(**values))


async def listing(conn: AsyncConnection) -> list[dict[str, Any]]:
    """Every source with how it went, the worst first."""
    query = select(trust_source).order_by(trust_source.c.failures.desc(), trust_source.c.kind, trust_source.c.url)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def standing(conn: AsyncConnection, now: datetime) -> dict[str, int]:
    """How many sources there are, how many cannot be reached or used, and of how many what they gave has run out."""
    stale = or_(
        trust_source.c.holds_until < now, and_(trust_source.c.fetched_at.is_(None), trust_source.c.failures > 0)
    )
    query = select(
        func.count().label("sources"),
        func.sum(case((trust_source.c.failures > 0, 1), else_=0)).label("failing"),
        func.sum(case((stale, 1), else_=0)).label("stale"),
    ).where(trust_source.c.kind != "ca")
    row = (await conn.execute(query)).one()
    return {"sources": row.sources, "failing": int(row.failing or 0), "stale": int(row.stale or 0)}
