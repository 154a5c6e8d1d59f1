"""What happened last, of everybody: the end of events, refusals and news of alerts, and what has come since a place there.

Events are read in the order of their transactions, and only those before which none can come any more, so that nobody
who follows misses one that was committed late. All of it by primary key, a bounded piece at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.store.sight import seen
from hub.store.sql import is_postgresql, settled
from hub.store.tables import alert, envelope, event, notice, refusal

REFUSED: Final = "refused"
ALERT: Final = "alert"
_SPAN: Final = 5_000  # events behind a place among which one may have been committed late
_LOOKED_AT: Final = 20_000  # latest events that are searched when only some are asked for


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read: the transaction and number of an event, the numbers of a refusal and of news of an alert."""

    tx: int = 0
    seq: int = 0
    refusal: int = 0
    notice: int = 0

    def __str__(self) -> str:
        """As it stands in an address or an event's id."""
        return f"{self.tx}-{self.seq}-{self.refusal}-{self.notice}"


def place_in(text: str) -> Place | None:
    """The inverse; None for anything else."""
    parts = text.split("-")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):  # noqa: PLR2004
        return None
    return Place(*map(int, parts))


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of an alert; the words are those of `hub.domain.alert`."""

    alert_id: str
    kind: str
    what: str
    step: int
    count: int
    by: str


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened: to a document, to an envelope of which nothing is kept (`refused`), or to an `alert`."""

    place: Place  # of itself: the other half is what was read before
    at: datetime
    what: str
    sender: str
    recipient: str | None = None
    envelope_id: str = ""
    number: str = ""  # số, ký hiệu of the document
    code: str = ""  # of a report, or of why it was refused
    detail: str = ""
    notice: Notice | None = None  # of an alert, whose agency stands as the sender


@dataclass(frozen=True, slots=True)
class Asked:
    """Which news: of a kind, about an agency."""

    what: str = ""
    agency: str = ""


_EVENT: Final = (
    event.c.tx, event.c.seq, event.c.at, event.c.what, event.c.sender, event.c.recipient, event.c.envelope_id,
    event.c.code, event.c.detail, envelope.c.code.label("number"),
)  # fmt: skip


async def end(conn: AsyncConnection) -> Place:
    """Where there is nothing more to read just now."""
    return (await _ends(conn))[1]


async def _ends(conn: AsyncConnection) -> tuple[int, Place]:
    """The number of the latest event, and the place up to which everything is settled."""
    latest = int((await conn.execute(select(func.coalesce(func.max(event.c.seq), 0)))).scalar_one())
    last = select(event.c.tx, event.c.seq)
    if is_postgresql(conn):
        last = last.where(event.c.seq > latest - _SPAN, settled(conn)).order_by(event.c.tx.desc(), event.c.seq.desc())
    else:  # one writer, so the last is the last
        last = last.order_by(event.c.seq.desc())
    found = (await conn.execute(last.limit(1))).first()
    tx, seq = (found.tx, found.seq) if found else (0, 0)
    refused = (await conn.execute(select(func.coalesce(func.max(refusal.c.seq), 0)))).scalar_one()
    told = (await conn.execute(select(func.coalesce(func.max(notice.c.seq), 0)))).scalar_one()
    return latest, Place(tx, seq, refused, told)


async def newest(conn: AsyncConnection, asked: Asked, sight: Sight | None, limit: int) -> tuple[list[News], Place]:
    """The latest news, newest first, and the place from which to read on."""
    latest, place = await _ends(conn)
    found: list[News] = []
    if asked.what not in (REFUSED, ALERT):
        query = (
            select(*_EVENT)
            .join(envelope, envelope.c.id == event.c.envelope_id)
            .where(event.c.seq > latest - _LOOKED_AT, *_events(asked, sight))
            .where(tuple_(event.c.tx, event.c.seq) <= tuple_(literal(place.tx), literal(place.seq)))
            .order_by(event.c.seq.desc())
            .limit(limit)
        )
        found = [_news(dict(row), place) for row in (await conn.execute(query)).mappings()]
    begin = replace(place, refusal=max(place.refusal - _LOOKED_AT, 0), notice=max(place.notice - _LOOKED_AT, 0))
    found += await _refusals(conn, asked, sight, begin, limit, newest_first=True)
    found += await _notices(conn, asked, sight, begin, limit, newest_first=True)
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
    found = [_news(dict(row), place) for row in rows]
    for more in (_refusals, _notices):
        place = found[-1].place if found else place
        found += await more(conn, Asked(), None, place, limit, newest_first=False)
    return found, found[-1].place if found else place


def _news(row: dict[str, Any], read: Place) -> News:
    return News(
        replace(read, tx=row["tx"], seq=row["seq"]),
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
            replace(after, refusal=row["seq"]),
            row["at"],
            REFUSED,
            row["agency"],
            code=row["codes"][0] if row["codes"] else "",
        )
        for row in (await conn.execute(query)).mappings()
    ]


async def _notices(
    conn: AsyncConnection, asked: Asked, sight: Sight | None, after: Place, limit: int, *, newest_first: bool
) -> Sequence[News]:
    if asked.what not in ("", ALERT):
        return []
    query = (
        select(notice, alert.c.kind, alert.c.agency)
        .join(alert, alert.c.id == notice.c.alert_id)
        .where(notice.c.seq > after.notice, *(seen(sight, alert.c.agency) if sight else []))
        .order_by(notice.c.seq.desc() if newest_first else notice.c.seq)
        .limit(limit)
    )
    if asked.agency:
        query = query.where(alert.c.agency == asked.agency)
    return [
        News(
            replace(after, notice=row["seq"]),
            row["at"],
            ALERT,
            row["agency"],
            detail=row["note"] or "",
            notice=Notice(row["alert_id"], row["kind"], row["what"], row["step"], row["count"], row["by"] or ""),
        )
        for row in (await conn.execute(query)).mappings()
    ]
