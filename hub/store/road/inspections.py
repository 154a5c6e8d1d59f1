"""Which documents are to be looked into, what was found, and who may go on its way.

A document is asked about before it is delivered, by whoever delivers it, so none is forgotten; what it costs is one
question for a batch of notes, and a row where there is something to look into. Where there is a gate no delivery goes on
before the document is clear: nothing was found, a person released it, or policy lets it through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, exists, func, literal, null, or_, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.bus.notes import Note
from hub.domain.delivery import Event, State, sources
from hub.domain.quarantine import Gate, Malware, Quarantine, gate
from hub.domain.roles import Sight
from hub.errors import rejected
from hub.settings import Settings
from hub.store import audit, bell
from hub.store.conditions import IS_HELD
from hub.store.database import Database
from hub.store.road import outbox
from hub.store.road.deliveries import tell
from hub.store.sight import seen
from hub.store.sql import among, insert_or, is_postgresql, skip_locked
from hub.store.tables import delivery, envelope, inspection

ASKED: Final = "inspect"
"""The bell's key: there is something to look into."""
_HAS_FILES: Final = '"attachments":['  # as `accept` writes the facts; a quote inside a text is escaped
HAS_SIGNED_PDF: Final = '"signed":true'
"""Stands in the facts of a document that holds a PDF with a signature, and in no other's: a quote in a text is escaped."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A document this worker looks into until its lease runs out."""

    envelope_id: str
    tries: int
    received_at: datetime
    size: int
    attachments: list[dict[str, Any]]
    type_name: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it."""

    files: list[dict[str, Any]]
    malware: Malware = Malware.NOT_ASKED
    threat: str = ""  # its name, or the code of what is wrong with the PDFs
    quarantine: Quarantine = Quarantine.NONE
    was_awaited: bool = False  # by deliveries


@dataclass(frozen=True, slots=True)
class Decision:
    """An operator's word on a document in quarantine: who, and why."""

    released: bool
    by: str
    reason: str


def gate_of(settings: Settings) -> Gate:
    """What documents with files wait for in this hub."""
    return gate(scanning=bool(settings.clamd), types=settings.pdf_demanded, senders=settings.pdf_demanded_of)


async def clear(database: Database, ids: Sequence[str], now: datetime, through: Gate) -> list[str]:
    """Of these deliveries those that may go on; what is to be looked into is asked about.

    Without a gate nobody waits, and `arriving.make_available` asks by itself.
    """
    facts = type_coerce(envelope.c.facts, Text)
    has_signed_pdf = facts.contains(HAS_SIGNED_PDF, autoescape=True)
    query = (
        select(
            delivery.c.id,
            delivery.c.envelope_id,
            delivery.c.rank,
            delivery.c.sender,
            inspection.c.envelope_id.label("known"),
            inspection.c.next_at,
            inspection.c.malware,
            inspection.c.quarantine,
            (envelope.c.facts if through.types else null()).label("facts"),
            has_signed_pdf.label("has_signed_pdf"),
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .join(inspection, inspection.c.envelope_id == delivery.c.envelope_id, isouter=True)
        .where(delivery.c.kind == "document", facts.contains(_HAS_FILES, autoescape=True))
    )
    async with database.read() as conn:
        rows = (await conn.execute(query.where(among(conn, delivery.c.id, ids)))).all()
    waiting = [row for row in rows if through.holds(row.facts.get("type", "") if row.facts else "", row.sender)]
    new = {row.envelope_id: row.rank for row in rows if row.known is None and row.has_signed_pdf}
    new |= {row.envelope_id: row.rank for row in waiting if row.known is None}
    again = {row.envelope_id for row in waiting if through.scanning and row.known and _was_not_scanned(row)}
    if new or again:
        await _ask(database, new, sorted(again), now)
    held = {row.id for row in waiting if not row.known or not _is_clear(through, row)}
    return [each for each in ids if each not in held]


def _is_clear(through: Gate, row: Any) -> bool:
    return through.is_clear(row.malware, row.quarantine, looked_into=row.next_at is None)


def _was_not_scanned(row: Any) -> bool:
    """Whether it was looked into while there was no scanner."""
    return row.next_at is None and row.malware == Malware.NOT_ASKED and row.quarantine == Quarantine.NONE


async def _ask(database: Database, new: dict[str, int], again: Sequence[str], now: datetime) -> None:
    rows = [
        {
            "envelope_id": envelope_id,
            "rank": rank,
            "asked_at": now,
            "next_at": now,
            "tries": 0,
            "files": [],
            "malware": Malware.NOT_ASKED,
            "threat": "",
            "quarantine": Quarantine.NONE,
        }
        for envelope_id, rank in sorted(new.items())
    ]
    async with database.write() as conn:
        if rows:
            await conn.execute(insert_or(conn, inspection).on_conflict_do_nothing(), rows)
        if again:
            await conn.execute(
                update(inspection).where(among(conn, inspection.c.envelope_id, again)).values(next_at=now, tries=0)
            )
        database.ring(conn, {ASKED})


async def claim(
    database: Database, now: datetime, most: int, lease: timedelta, size_at_most: int | None = None
) -> list[Asked]:
    """Take up to `most` documents, the most urgent first; they are mine until `now + lease`. `size_at_most`: bytes."""
    due = select(inspection.c.envelope_id).where(inspection.c.next_at <= now)
    if size_at_most is not None:
        is_small = exists().where(envelope.c.id == inspection.c.envelope_id, envelope.c.size <= size_at_most)
        due = due.where(is_small)
    async with database.read() as conn:  # asked often, so it writes nothing when there is nothing
        if (await conn.execute(due.limit(1))).first() is None:
            return []
    async with database.write() as conn:
        chosen = due.order_by(inspection.c.rank, inspection.c.next_at).limit(most)
        taken = await conn.execute(
            update(inspection)
            .where(inspection.c.envelope_id.in_(skip_locked(conn, chosen).scalar_subquery()))
            .values(next_at=now + lease, tries=inspection.c.tries + 1)
            .returning(inspection.c.envelope_id, inspection.c.tries)
        )
        tries = {row.envelope_id: row.tries for row in taken}
        query = select(envelope.c.id, envelope.c.sender, envelope.c.received_at, envelope.c.size, envelope.c.facts)
        rows = (await conn.execute(query.where(among(conn, envelope.c.id, tries)))).all()
    return [
        Asked(
            row.id,
            tries[row.id],
            row.received_at,
            row.size,
            row.facts.get("attachments", []),
            row.facts.get("type", ""),
            row.sender,
        )
        for row in rows
    ]


async def settle(database: Database, asked: Asked, found: Found, now: datetime) -> bool:
    """Keep what was found; what is clear goes on at once, what is not becomes dead. False when the lease was lost."""
    async with database.write() as conn:
        kept = await conn.execute(
            update(inspection)
            .where(inspection.c.envelope_id == asked.envelope_id, *_is_mine(asked))
            .values(
                next_at=None,
                done_at=now,
                files=found.files,
                malware=found.malware,
                threat=found.threat,
                quarantine=found.quarantine,
            )
        )
        if not kept.rowcount:
            return False
        if found.quarantine is Quarantine.HELD:
            await _bury(database, conn, asked.envelope_id, f"quarantine: {found.threat}", now)
        elif found.was_awaited:
            await _send_on(database, conn, asked.envelope_id)
        return True


async def postpone(database: Database, asked: Asked, until: datetime) -> None:
    """Take it up again then."""
    async with database.write() as conn:
        mine = update(inspection).where(inspection.c.envelope_id == asked.envelope_id, *_is_mine(asked))
        await conn.execute(mine.values(next_at=until))


def _is_mine(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return inspection.c.tries == asked.tries, inspection.c.next_at.is_not(None)


async def decide(database: Database, envelope_id: str, decision: Decision, now: datetime) -> dict[str, Any]:
    """Release a document from quarantine, or reject it for good; raises `Rejected` when it is not there (any more)."""
    word = Quarantine.RELEASED if decision.released else Quarantine.REJECTED
    async with database.write(decision.by) as conn:
        here = select(inspection).where(inspection.c.envelope_id == envelope_id)
        row = (await conn.execute(here.with_for_update() if is_postgresql(conn) else here)).mappings().first()
        if row is None or not row["quarantine"]:
            raise rejected("not-found")
        if row["quarantine"] != Quarantine.HELD:
            raise rejected("quarantine-decided", decision=row["quarantine"], by=row["decided_by"])
        await conn.execute(
            update(inspection)
            .where(inspection.c.envelope_id == envelope_id)
            .values(quarantine=word, decided_at=now, decided_by=decision.by[:120], decision=decision.reason[:1000])
        )
        audit.note(conn, f"quarantine {word}", envelope_id, threat=row["threat"], reason=decision.reason[:500])
        if decision.released:
            await _raise(conn, envelope_id, now)
            await _send_on(database, conn, envelope_id)
        else:
            await _bury(database, conn, envelope_id, f"quarantine: rejected: {decision.reason[:400]}", now)
    return {"envelope_id": envelope_id, "quarantine": word.value, "threat": row["threat"], "by": decision.by}


_IN_QUARANTINE: Final = delivery.c.reason.startswith("quarantine: ")


async def _bury(database: Database, conn: AsyncConnection, envelope_id: str, reason: str, now: datetime) -> None:
    """Make the deliveries that wait dead letters, and tell the sender; those in quarantine already get a new reason."""
    waits = delivery.c.state == State.QUEUED
    moved = await conn.execute(
        update(delivery)
        .where(delivery.c.envelope_id == envelope_id, or_(waits, and_(delivery.c.state == State.DEAD, _IN_QUARANTINE)))
        .values(state=State.DEAD, version=delivery.c.version + 1, next_attempt_at=None, reason=reason)
        .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
    )
    await tell(database, conn, moved.all(), now, "dead", reason)


async def _raise(conn: AsyncConnection, envelope_id: str, now: datetime) -> None:
    await conn.execute(
        update(delivery)
        .where(delivery.c.envelope_id == envelope_id, delivery.c.state.in_(sources(Event.REQUEUED)), _IN_QUARANTINE)
        .values(state=State.QUEUED, version=delivery.c.version + 1, attempts=0, next_attempt_at=now, reason=None)
    )


async def _send_on(database: Database, conn: AsyncConnection, envelope_id: str) -> None:
    """Leave a note for each delivery that waited for this."""
    query = select(delivery.c.level, delivery.c.recipient, delivery.c.id, delivery.c.rank).where(
        delivery.c.envelope_id == envelope_id, delivery.c.state == State.QUEUED
    )
    waiting = (await conn.execute(query)).all()
    await outbox.leave(conn, [Note(row.level, row.recipient, row.id, 3 - row.rank) for row in waiting])
    if waiting:
        database.ring(conn, {bell.OUTBOX})


async def of(conn: AsyncConnection, envelope_id: str) -> dict[str, Any] | None:
    """What is on record of the files of one document."""
    row = (await conn.execute(select(inspection).where(inspection.c.envelope_id == envelope_id))).mappings().first()
    return dict(row) if row else None


async def held(
    conn: AsyncConnection,
    sender: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
    *,
    sight: Sight | None = None,
) -> list[dict[str, Any]]:
    """Documents in quarantine, the longest there first, in pages by key. `sight`: sent by or to agencies in it."""
    query = (
        select(
            inspection.c.envelope_id,
            inspection.c.done_at,
            inspection.c.malware,
            inspection.c.threat,
            envelope.c.sender,
            envelope.c.document_id,
            envelope.c.code,
            envelope.c.subject,
            envelope.c.received_at,
        )
        .join(envelope, envelope.c.id == inspection.c.envelope_id)
        .where(IS_HELD)
        .order_by(inspection.c.done_at, inspection.c.envelope_id)
        .limit(limit)
    )
    if sender:
        query = query.where(envelope.c.sender == sender)
    if sight:
        sent, received = seen(sight, envelope.c.sender, delivery.c.recipient)
        query = query.where(or_(sent, exists().where(delivery.c.envelope_id == envelope.c.id, received)))
    if after:
        query = query.where(tuple_(inspection.c.done_at, inspection.c.envelope_id) > tuple_(*_place(after)))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


def _place(after: tuple[datetime, str]) -> tuple[Any, Any]:
    return literal(after[0], inspection.c.done_at.type), literal(after[1], inspection.c.envelope_id.type)


async def held_envelope(conn: AsyncConnection, delivery_id: str) -> str | None:
    """The document of a delivery, if it is in quarantine or was rejected there."""
    query = (
        select(inspection.c.envelope_id)
        .join(delivery, delivery.c.envelope_id == inspection.c.envelope_id)
        .where(delivery.c.id == delivery_id, inspection.c.quarantine.in_((Quarantine.HELD, Quarantine.REJECTED)))
    )
    found: str | None = (await conn.execute(query)).scalar_one_or_none()
    return found


async def counts(conn: AsyncConnection) -> tuple[int, int]:
    """How many documents wait to be looked into, and how many are in quarantine (each counted up to 10,000)."""
    waits = select(inspection.c.rank).where(inspection.c.next_at.is_not(None)).limit(10_000).subquery()
    here = select(inspection.c.done_at).where(IS_HELD).limit(10_000).subquery()
    query = select(
        select(func.count()).select_from(waits).scalar_subquery(),
        select(func.count()).select_from(here).scalar_subquery(),
    )
    waiting, inside = (await conn.execute(query)).one()
    return int(waiting), int(inside)
