"""What happened, in order. One table answers both the timeline of a document and the feed of its sender."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import insert, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.conditions import is_of
from hub.store.sql import settled, tx
from hub.store.tables import envelope, event


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: `what` is one of surface's ten words, `sender` is whose document it is about."""

    at: datetime
    envelope_id: str
    sender: str
    what: str
    recipient: str | None = None
    code: str | None = None
    detail: str | None = None


async def record(conn: AsyncConnection, happened: Sequence[Happened]) -> None:
    """Write events, in the caller's transaction, in one statement."""
    if not happened:
        return
    if conn.info.get("is_aside"):
        raise RuntimeError("a transaction aside writes no events: readers would step over them")
    await conn.execute(
        insert(event).values(tx=tx(conn)),
        [
            {
                "at": h.at,
                "envelope_id": h.envelope_id,
                "sender": h.sender,
                "recipient": h.recipient,
                "what": h.what,
                "code": h.code,
                "detail": h.detail,
            }
            for h in happened
        ],
    )


async def timeline(conn: AsyncConnection, envelope_id: str) -> list[dict[str, Any]]:
    """Every event of one envelope, oldest first."""
    query = (
        select(event.c.at, event.c.recipient, event.c.what, event.c.code, event.c.detail)
        .where(event.c.envelope_id == envelope_id)
        .order_by(event.c.seq)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a feed. `is_whole`: nothing that has happened since is still waiting for an older transaction to end."""

    items: list[dict[str, Any]]
    place: tuple[int, int]
    is_whole: bool


async def feed(conn: AsyncConnection, codes: Sequence[str], after: tuple[int, int], limit: int) -> Page:
    """What happened after a place to the documents that an agency sent by any of its codes, oldest first."""
    query = (
        select(event, envelope.c.document_id, settled(conn).label("is_settled"))
        .join(envelope, envelope.c.id == event.c.envelope_id)
        .where(
            is_of(conn, event.c.sender, codes),
            tuple_(event.c.tx, event.c.seq) > tuple_(literal(after[0]), literal(after[1])),
        )
        .order_by(event.c.tx, event.c.seq)
        .limit(limit)
    )
    found = [dict(row) for row in (await conn.execute(query)).mappings()]
    items = list(takewhile(lambda row: row["is_settled"], found))
    place = (items[-1]["tx"], items[-1]["seq"]) if items else after
    return Page(items, place, len(items) == len(found))
