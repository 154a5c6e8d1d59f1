"""The rows of `change`: what was asked of whom, who answered, and what waits for its document.

Everything here is part of a transaction of somebody else's: of the accept that asks, of the report that answers.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, Select, case, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.change import GIVES_UP, NOT_THERE_YET, Asking, Change, Event, Outcome, after, asked, event_of, moved_by
from hub.domain.change import strongest as strongest_of
from hub.domain.delivery import Event as Move
from hub.domain.delivery import State, sources
from hub.domain.ids import delivery_id
from hub.domain.report import WITHDRAWN
from hub.store.columns import Instant
from hub.store.database import Database
from hub.store.road import deliveries, recalls
from hub.store.road.events import Happened, record
from hub.store.sql import among
from hub.store.tables import change, delivery, relation

_GIVING_UP: Final = sorted(kind.value for kind in GIVES_UP)
_AT_MOST: Final = 500  # changes released a turn


@dataclass(frozen=True, slots=True)
class Opened:
    """Whom a change reaches: `gone` never had the document and are asked nothing, `pending` have to answer."""

    gone: frozenset[str]
    pending: frozenset[str]


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, when: `id` is the asking envelope's, `patience` how long it waits for a document not there yet."""

    id: str
    now: datetime
    patience: timedelta
    due: Callable[[str], datetime]  # by when this recipient is to answer
    via: Mapping[str, str] = field(default_factory=dict)  # codes the document went to -> who hears of it now


async def ask(
    database: Database, conn: AsyncConnection, by: By, asking: Asking, recipients: Sequence[str], told_by: str = ""
) -> Opened:
    """Ask these recipients of a document; withdraw at once what nobody has collected and has to be given up.

    `told_by`: the envelope through which they hear of it, where it is not the one that asks.
    """
    gone: frozenset[str] = frozenset()
    if asking.kind in GIVES_UP:
        reason = f"{asking.kind} {by.id}"
        gone = frozenset(await recalls.withdraw(database, conn, asking.document, recipients, by.now, reason))
    query = select(delivery.c.id, delivery.c.recipient, delivery.c.state, delivery.c.progress).where(
        delivery.c.envelope_id == asking.document, among(conn, delivery.c.recipient, recipients)
    )
    rows = []
    for found in await conn.execute(query):
        state = State(found.state)
        outcome = (
            Outcome.WITHDRAWN
            if found.recipient in gone
            else asked(asking.kind, state, is_gone=found.progress == WITHDRAWN)
        )
        if outcome is None:
            continue
        is_pending = outcome is Outcome.PENDING
        rows.append(
            {
                "by_id": by.id,
                "document_id": asking.document,
                "recipient": found.recipient,
                "kind": asking.kind.value,
                "document_delivery_id": found.id,
                "delivery_id": delivery_id(told_by or by.id, by.via.get(found.recipient, found.recipient)),
                "asked_at": by.now,
                "due_at": by.due(found.recipient) if is_pending else None,
                "outcome": outcome.value,
                "answered_at": None if is_pending else by.now,
                "held_until": by.now + by.patience if is_pending and state in NOT_THERE_YET else None,
                "overtook": False,
            }
        )
    if rows:
        await conn.execute(insert(change), rows)
    pending = frozenset(row["recipient"] for row in rows if row["outcome"] == Outcome.PENDING.value)
    await _mark(conn, [row["document_delivery_id"] for row in rows if row["recipient"] in pending], asking.kind, by.now)
    if asking.kind in (Change.RECALL, Change.REMOVAL):
        await record(
            conn,
            [
                Happened(by.now, asking.document, asking.sender, "recalled", recipient, detail=by.id)
                for recipient in sorted(pending)
            ],
        )
    return Opened(gone, pending)


async def relate(conn: AsyncConnection, by: str, documents: Iterable[tuple[str, str]]) -> None:
    """Note which documents (our id, kind) an envelope is about."""
    rows = [{"by_id": by, "document_id": document, "kind": kind} for document, kind in dict(documents).items()]
    if rows:
        await conn.execute(insert(relation), rows)


async def _mark(conn: AsyncConnection, ids: Sequence[str], kind: Change, now: datetime) -> None:
    """Note on the deliveries that an answer is awaited. To give a document up goes before any new content."""
    if not ids:
        return
    value: Any = kind.value
    if kind not in GIVES_UP:
        value = case((delivery.c.pending_change.in_(_GIVING_UP), delivery.c.pending_change), else_=literal(kind.value))
    since = func.coalesce(delivery.c.pending_since, literal(now, Instant()))
    await conn.execute(
        update(delivery).where(among(conn, delivery.c.id, ids)).values(pending_change=value, pending_since=since)
    )


async def pending_through(conn: AsyncConnection, told: str) -> str | None:
    """The change that a recipient was told of by the delivery `told`, while it is not answered."""
    query = select(change.c.kind).where(change.c.delivery_id == told, change.c.outcome == Outcome.PENDING.value)
    return strongest_of(list((await conn.execute(query)).scalars()))


async def answer(database: Database, conn: AsyncConnection, about: str, code: str, report: str, now: datetime) -> None:
    """A report `code` on the delivery `about` (the document's, or the asking envelope's own) ends what it answers.

    Who agreed to give a document back no longer has it: it leaves the inbox for good.
    """
    event = event_of(code)
    if event is None:
        return
    heard = change.c.delivery_id == about
    if event is not Event.REGISTERED:  # 03 on the old document says nothing about its replacement
        heard = heard | (change.c.document_delivery_id == about)
    kinds = moved_by(event)
    result = await conn.execute(
        update(change)
        .where(heard, change.c.outcome == Outcome.PENDING.value, change.c.kind.in_([k.value for k in kinds]))
        .values(
            outcome=after(kinds[0], Outcome.PENDING, event).value, answered_at=now, answer_id=report, held_until=None
        )
        .returning(change.c.document_delivery_id, change.c.kind)
    )
    ended: dict[str, set[str]] = defaultdict(set)
    for row in result:
        ended[row.document_delivery_id].add(row.kind)
    if not ended:
        return
    given_back = [i for i, named in ended.items() if event is Event.AGREED and named & set(_GIVING_UP)]
    await unmark(conn, list(ended))
    await recalls.give_back(database, conn, given_back, now, report)


async def unmark(conn: AsyncConnection, ids: Sequence[str]) -> None:
    """Take the mark off deliveries about which nothing is open any more."""
    open_still = (
        select(change.c.document_delivery_id)
        .where(change.c.document_delivery_id == delivery.c.id, change.c.outcome == Outcome.PENDING.value)
        .exists()
    )
    await conn.execute(
        update(delivery)
        .where(among(conn, delivery.c.id, ids), ~open_still)
        .values(pending_change=None, pending_since=None)
    )


def released(now: datetime | BindParameter[datetime]) -> Select[Any]:
    """The changes that have waited for their document: it is there, or the wait has been long enough."""
    original = delivery.alias("original")
    there = ~original.c.state.in_([state.value for state in NOT_THERE_YET])
    back = change.c.kind.in_(_GIVING_UP) & original.c.state.in_([s.value for s in sources(Move.WITHDRAWN)])
    late = change.c.held_until <= now
    return (
        select(change, original.c.state, there.label("is_there"), back.label("is_back"))
        .join(original, original.c.id == change.c.document_delivery_id)
        .where(change.c.held_until.is_not(None), there | back | late)
    )


async def release(database: Database, now: datetime) -> int:
    """Let go what is `released`. Answers how many.

    A recall whose document came back to the queue withdraws it, so that it never arrives after its recall.
    """
    async with database.write() as conn:
        found = (await conn.execute(released(now).limit(_AT_MOST))).mappings().all()
        for row in found:
            key = (
                change.c.by_id == row["by_id"],
                change.c.document_id == row["document_id"],
                change.c.recipient == row["recipient"],
            )
            values: dict[str, Any] = {"held_until": None, "overtook": not row["is_there"] and not row["is_back"]}
            if row["is_back"]:
                reason = f"{row['kind']} {row['by_id']}"
                gone = await recalls.withdraw(database, conn, row["document_id"], [row["recipient"]], now, reason)
                if gone:
                    await recalls.answer_for(conn, [row["delivery_id"]], now)
                    values |= {"outcome": Outcome.WITHDRAWN.value, "answered_at": now}
            await conn.execute(update(change).where(*key).values(**values))
            if "outcome" in values:
                await unmark(conn, [row["document_delivery_id"]])
        await deliveries.hasten(conn, [row["delivery_id"] for row in found], now)
        return len(found)
