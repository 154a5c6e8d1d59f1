"""What happened last, of everybody: the end of the events and of the refusals, and what has come since a place there.

Events are read in the order of their transactions, and only those before which none can come any more, so that nobody
who follows misses one that was committed late. All of it by primary key, a bounded piece at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.store.sight import seen
from hub.store.sql import settled
from hub.store.tables import envelope, event, refusal

REFUSED: Final = "refused"
_SPAN: Final = 5_000  # events behind a place among which one may have been committed late
_LOOKED_AT: Final = 20_000  # latest events that are searched when only some are asked for


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read: the transaction and number of an event, and the number of a refusal."""

    tx: int = 0
    seq: int = 0
    refusal: int = 0

    def __str__(self) -> str:
        """As it stands in an address or an event's id."""
        return f"{self.tx}-{self.seq}-{self.refusal}"


def place_in(text: str) -> Place | None:
    """The inverse; None for anything else."""
    parts = text.split("-")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):  # noqa: PLR2004
        return None
    tx, seq, refused = map(int, parts)
    return Place(tx, seq, refused)


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened: to a document, or (`refused`) to an envelope of which nothing is kept."""

    place: Place  # of itself: the other half is what was read before
    at: datetime
    what: str
    sender: str
    recipient: str | None
    envelope_id: str
    number: str  # số, ký hiệu of the document
    code: str  # of a report, or of why it was refused
    detail: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which news: of a kind, about an agency."""

    what: str = ""
    agency: str = ""


_EVENT: Final = (
    event.c.tx, event.c.seq, event.c.at, event.c.what, event.c.sender, event.c.recipient, event.c.envelope_id,
    event.c.code, event.c.detail, envelope.c.code.label("number"),
)  # fmt: skip


async def newest(conn: AsyncConnection, asked: Asked, sight: Sight | None, limit: int) -> tuple[list[News], Place]:
    """The latest news, newest first, and the place from which to read on."""
    end = (await conn.execute(select(func.coalesce(func.max(event.c.seq), 0)))).scalar_one()
    ends = (await conn.execute(select(func.coalesce(func.max(refusal.c.seq), 0)))).scalar_one()
    last = select(event.c.tx, event.c.seq, settled(conn).label("is_settled")).where(event.c.seq > end - _SPAN)
    last = last.order_by(event.c.tx.desc(), event.c.seq.desc()).limit(_SPAN)
    tx, seq = next(((row.tx, row.seq) for row in await conn.execute(last) if row.is_settled), (0, 0))
    place = Place(tx, seq, ends)
    found: list[News] = []
    if asked.what != REFUSED:
        query = (
            select(*_EVENT)
            .join(envelope, envelope.c.id == event.c.envelope_id)
            .where(event.c.seq > end - _LOOKED_AT, *_events(asked, sight))
            .where(tuple_(event.c.tx, event.c.seq) <= tuple_(literal(tx), literal(seq)))
            .order_by(event.c.seq.desc())
            .limit(limit)
        )
        found = [_news(dict(row), ends) for row in (await conn.execute(query)).mappings()]
    found += await _refusals(conn, asked, sight, Place(tx, seq, max(ends - _LOOKED_AT, 0)), limit, newest_first=True)
    return sorted(found, key=lambda news: news.at, reverse=True)[:limit], place


async def since(conn: AsyncConnection, place: Place, limit: int) -> tuple[list[News], Place]:
    """What has come after a place, oldest first, and how far that is."""
    query = (
        select(*_EVENT, settled(conn).label("is_settled"))
        .join(envelope, envelope.c.id == event.c.envelope_id)
        .where(
            event.c.seq > place.seq - _SPAN,
            tuple_(event.c.tx, event.c.seq) > tuple_(literal(place.tx), literal(place.seq)),
        )
        .order_by(event.c.tx, event.c.seq)
        .limit(limit)
    )
    rows = takewhile(lambda row: row["is_settled"], (await conn.execute(query)).mappings().all())
    found = [_news(dict(row), place.refusal) for row in rows]
    reached = Place(found[-1].place.tx, found[-1].place.seq, place.refusal) if found else place
    refused = await _refusals(conn, Asked(), None, reached, limit, newest_first=False)
    after = refused[-1].place if refused else reached
    return [*found, *refused], after


def _news(row: dict[str, Any], refusals_read: int) -> News:
    return News(
        Place(row["tx"], row["seq"], refusals_read),
        row["at"],
        row["what"],
        row["sender"],
        row["recipient"],
        row["envelope_id"],
        row["number"],
        row["code"] or "",
        row["detail"] or "",
    )


def _events(asked: Asked, sight: Sight | None) -> list[ColumnElement[bool]]:
    conditions = [event.c.what == asked.what] if asked.what else []
    if asked.agency:
        conditions.append(or_(event.c.sender == asked.agency, event.c.recipient == asked.agency))
    if sight:
        conditions.append(or_(*seen(sight, event.c.sender, event.c.recipient)))
    return conditions


async def _refusals(
    conn: AsyncConnection, asked: Asked, sight: Sight | None, after: Place, limit: int, *, newest_first: bool
) -> Sequence[News]:
    if asked.what not in ("", REFUSED):
        return []
    order = refusal.c.seq.desc() if newest_first else refusal.c.seq
    query = (
        select(refusal.c.seq, refusal.c.at, refusal.c.agency, refusal.c.codes)
        .where(refusal.c.seq > after.refusal, *(seen(sight, refusal.c.agency) if sight else []))
        .order_by(order)
        .limit(limit)
    )
    if asked.agency:
        query = query.where(refusal.c.agency == asked.agency)
    return [
        News(
            Place(after.tx, after.seq, row["seq"]),
            row["at"],
            REFUSED,
            row["agency"],
            None,
            "",
            "",
            row["codes"][0] if row["codes"] else "",
            "",
        )
        for row in (await conn.execute(query)).mappings()
    ]
