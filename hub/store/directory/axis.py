"""What the national axis' client asks for and the hub's own API does not: lists without paging, and counts.

Read in pages by key, so that a list of any length takes the memory of one page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.conditions import is_in_inbox, is_of
from hub.store.tables import delivery, envelope

Place = tuple[int, datetime, str]
"""Where a list goes on: rank, time, id of the last one."""


class Item(NamedTuple):
    """A document or report that waits for one of the agencies a system serves."""

    docid: str
    rank: int
    created_at: datetime
    updated_at: datetime
    sender: str
    recipient: str
    result: str | None


def _waiting(conn: AsyncConnection, recipients: Sequence[str], kind: str) -> list[ColumnElement[bool]]:
    return [is_of(conn, delivery.c.recipient, recipients), is_in_inbox(), delivery.c.kind == kind]


async def waiting(
    conn: AsyncConnection, recipients: Sequence[str], kind: str, after: Place | None, limit: int
) -> list[Item]:
    """What nobody has said `done` or `fail` of, the most urgent first, then the oldest."""
    if not recipients:
        return []
    order = (delivery.c.rank, delivery.c.created_at, delivery.c.id)
    query = (
        select(
            delivery.c.id,
            delivery.c.rank,
            delivery.c.created_at,
            func.coalesce(delivery.c.collected_at, delivery.c.available_at, delivery.c.created_at),
            delivery.c.sender,
            delivery.c.recipient,
            delivery.c.result,
        )
        .where(*_waiting(conn, recipients, kind))
        .order_by(*order)
        .limit(limit)
    )
    if after:
        place = (literal(value, column.type) for value, column in zip(after, order, strict=True))
        query = query.where(tuple_(*order) > tuple_(*place))
    return [Item(*row) for row in await conn.execute(query)]


async def count_new(conn: AsyncConnection, recipients: Sequence[str], kind: str) -> int:
    """How many wait that nobody has said anything of yet."""
    if not recipients:
        return 0
    query = (
        select(func.count()).select_from(delivery).where(*_waiting(conn, recipients, kind), delivery.c.result.is_(None))
    )
    return int((await conn.execute(query)).scalar_one())


async def delivered(conn: AsyncConnection, docid: str) -> dict[str, Any] | None:
    """One delivery with what its download and its answer need, whoever may see it."""
    query = (
        select(
            delivery.c.id,
            delivery.c.envelope_id,
            delivery.c.kind,
            delivery.c.state,
            delivery.c.sender,
            delivery.c.recipient,
            envelope.c.size,
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(delivery.c.id == docid)
    )
    row = (await conn.execute(query)).mappings().first()
    return dict(row) if row else None
