"""Questions about envelopes: one by id, those a recall or a report refers to, and the operators' search."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import UNCOLLECTED, State
from hub.domain.roles import Sight
from hub.store.conditions import is_in_state
from hub.store.road import parties
from hub.store.road import search as finding
from hub.store.sql import among
from hub.store.tables import delivery, envelope

_DOCUMENT_KINDS = ("new", "replace", "update")


async def get(conn: AsyncConnection, envelope_id: str) -> dict[str, Any] | None:
    """Everything about one envelope but its bytes."""
    row = (await conn.execute(select(envelope).where(envelope.c.id == envelope_id))).mappings().first()
    return dict(row) if row else None


async def oldest(conn: AsyncConnection) -> datetime | None:
    """When the first of all envelopes was received; None while there is none."""
    received: datetime | None = (await conn.execute(select(func.min(envelope.c.received_at)))).scalar_one()
    return received


async def newest(conn: AsyncConnection) -> datetime | None:
    """When the last of all envelopes was received; None while there is none."""
    received: datetime | None = (await conn.execute(select(func.max(envelope.c.received_at)))).scalar_one()
    return received


async def deliveries(conn: AsyncConnection, envelope_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The deliveries of each envelope, in the order of their recipients."""
    query = (
        select(delivery)
        .where(among(conn, delivery.c.envelope_id, envelope_ids))
        .order_by(delivery.c.envelope_id, delivery.c.recipient)
    )
    found: dict[str, list[dict[str, Any]]] = {i: [] for i in envelope_ids}
    for row in (await conn.execute(query)).mappings():
        found[row["envelope_id"]].append(dict(row))
    return found


async def states(conn: AsyncConnection, envelope_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many deliveries of each envelope are in which state."""
    query = (
        select(delivery.c.envelope_id, delivery.c.state, func.count().label("number"))
        .where(among(conn, delivery.c.envelope_id, envelope_ids))
        .group_by(delivery.c.envelope_id, delivery.c.state)
    )
    found: dict[str, dict[str, int]] = {i: {} for i in envelope_ids}
    for row in await conn.execute(query):
        found[row.envelope_id][row.state] = row.number
    return found


async def carried(conn: AsyncConnection, document_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The document envelopes the hub carried under these names, whoever sent them."""
    query = (
        select(envelope.c.id, envelope.c.sender, envelope.c.document_id, envelope.c.kind)
        .where(among(conn, envelope.c.document_id, document_ids), envelope.c.kind.in_(_DOCUMENT_KINDS))
        .order_by(envelope.c.received_at)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def carried_to(conn: AsyncConnection, document_ids: Sequence[str], codes: Sequence[str]) -> list[dict[str, Any]]:
    """Of the documents carried under these names, those that an agency sent or was sent under any of its codes."""
    to = exists().where(delivery.c.envelope_id == envelope.c.id, delivery.c.recipient.in_(codes))
    query = (
        select(envelope.c.id, envelope.c.sender, envelope.c.document_id)
        .where(
            among(conn, envelope.c.document_id, document_ids),
            envelope.c.kind.in_(_DOCUMENT_KINDS),
            or_(envelope.c.sender.in_(codes), to),
        )
        .order_by(envelope.c.received_at)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def reported_on(
    conn: AsyncConnection,
    senders: Iterable[str],
    recipient: str,
    document_id: str,
    code: str,
    promulgated_on: date | None,
) -> dict[str, Any] | None:
    """The delivery a report is about: by (sender, document id, recipient), else by (sender, số/ký hiệu, date, recipient).

    `senders`: the codes it may have been sent under; a merged agency's documents are its successor's.
    Of several (an update repeats the document's id) the latest new one counts; the whole name decides, never a part.
    """
    columns = (
        delivery.c.id.label("delivery_id"),
        delivery.c.envelope_id,
        delivery.c.recipient,
        delivery.c.version,
        delivery.c.state,
        delivery.c.progress,
        delivery.c.pending_change,
        envelope.c.document_id,
        envelope.c.code,
        envelope.c.promulgated_on,
        envelope.c.kind,
    )
    base = (
        select(*columns)
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(among(conn, envelope.c.sender, senders), delivery.c.recipient == recipient, envelope.c.kind != "status")
        .order_by((envelope.c.kind == "new").desc(), envelope.c.received_at.desc())
        .limit(1)
    )
    attempts = []
    if document_id:
        attempts.append(base.where(envelope.c.document_id == document_id))
    if code:
        by_code = base.where(envelope.c.code == code)
        attempts.append(by_code.where(envelope.c.promulgated_on == promulgated_on) if promulgated_on else by_code)
    for query in attempts:
        row = (await conn.execute(query)).mappings().first()
        if row:
            return dict(row)
    return None


_RARE: Final = frozenset({State.DEAD, *UNCOLLECTED})


async def search(  # noqa: PLR0913
    conn: AsyncConnection,
    *,
    q: str = "",
    state: str | None = None,
    level: str | None = None,
    agency: str | None = None,
    sight: Sight | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
    by_subject: bool = True,
) -> parties.Page:
    """Document envelopes, newest first, in pages by key. `q`: words, accents optional; `agency` is sender or recipient.

    `sight`: only what agencies in it sent or were sent. `by_subject`: whether the words may be those of a subject.
    """
    query = select(
        envelope.c.id,
        envelope.c.sender,
        envelope.c.kind,
        envelope.c.document_id,
        envelope.c.code,
        envelope.c.subject,
        envelope.c.priority,
        envelope.c.received_at,
        envelope.c.judgement,
        envelope.c.size,
    ).where(envelope.c.kind != "status")
    conditions: list[ColumnElement[bool]] = [is_in_state(state)] if state else []
    conditions += [delivery.c.level == level] if level else []
    if conditions:
        query = query.where(parties.has(*conditions))
    of = parties.narrowest(sight, agency or "")
    if sight and of != sight:
        query = query.where(parties.concerned(sight))
    if since:
        query = query.where(envelope.c.received_at >= since)
    if until:
        query = query.where(envelope.c.received_at < until)
    if before:
        at, last = before
        query = query.where(or_(envelope.c.received_at < at, and_(envelope.c.received_at == at, envelope.c.id < last)))
    rare = select(delivery.c.envelope_id).where(*conditions) if state in _RARE else None
    if q:
        query = query if by_subject else query.where(*finding.in_number(q))
        return await finding.find(conn, query, q, before, limit, finding.Whose(of, rare))
    return await parties.newest(conn, query, of, parties.Span(since, before), limit, rare)
