"""What was accepted while nobody could say whether its signer's certificate was revoked, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import Found, Kind
from hub.store import bell
from hub.store.database import Database
from hub.store.road import events
from hub.store.road.events import Happened
from hub.store.sql import among
from hub.store.tables import alert, certificate, delivery, envelope, recheck

WAITING: Final = "waiting"
_BAD: Final = ("revoked", "expired", "untrusted")
_NAMED: Final = 5


async def add(conn: AsyncConnection, envelope_id: str, sender: str, fingerprint: str, received_at: datetime) -> None:
    """Look at an envelope's signer again later: in the transaction that accepts it."""
    row = {
        "envelope_id": envelope_id,
        "sender": sender,
        "certificate": fingerprint,
        "received_at": received_at,
        "outcome": WAITING,
    }
    await conn.execute(insert(recheck).values(**row))


async def signers(conn: AsyncConnection, limit: int, after: str = "") -> list[tuple[str, bytes, datetime]]:
    """Whose envelopes wait: fingerprint, DER, and when the latest of them was received. In pages after a fingerprint."""
    query = (
        select(recheck.c.certificate, certificate.c.der, func.max(recheck.c.received_at).label("latest"))
        .join(certificate, certificate.c.fingerprint == recheck.c.certificate)
        .where(recheck.c.outcome == WAITING, recheck.c.certificate > after)
        .group_by(recheck.c.certificate, certificate.c.der)
        .order_by(recheck.c.certificate)
        .limit(limit)
    )
    return [(row.certificate, row.der, row.latest) for row in await conn.execute(query)]


async def waiting_of(conn: AsyncConnection, fingerprint: str, limit: int) -> list[dict[str, Any]]:
    """The envelopes of a signer that wait, oldest first."""
    mine = (recheck.c.certificate == fingerprint) & (recheck.c.outcome == WAITING)
    query = select(recheck.c.envelope_id, recheck.c.sender, recheck.c.received_at).where(mine)
    query = query.order_by(recheck.c.received_at).limit(limit)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def settle_all(conn: AsyncConnection, fingerprint: str, until: datetime, outcome: str, now: datetime) -> int:
    """Note one outcome for all of a signer's waiting envelopes that were received up to a moment; answers how many."""
    mine = (recheck.c.certificate == fingerprint) & (recheck.c.outcome == WAITING) & (recheck.c.received_at <= until)
    return (await conn.execute(update(recheck).where(mine).values(outcome=outcome, decided_at=now))).rowcount


async def settle_badly(
    database: Database, conn: AsyncConnection, rows: Sequence[dict[str, Any]], outcome: str, detail: str, now: datetime
) -> None:
    """Note what is held against envelopes that are on their way already, and tell their senders' feeds.

    `rows` as `waiting_of` gives them. One that was settled meanwhile is told of twice by nobody.
    """
    ids = [row["envelope_id"] for row in rows]
    open_ones = among(conn, recheck.c.envelope_id, ids) & (recheck.c.outcome == WAITING)
    changed = await conn.execute(
        update(recheck)
        .where(open_ones)
        .values(outcome=outcome, detail=detail, decided_at=now)
        .returning(recheck.c.envelope_id, recheck.c.sender)
    )
    news = [Happened(now, row.envelope_id, row.sender, "failed", detail=detail) for row in changed]
    await events.record(conn, news)
    database.ring(conn, {bell.feed(each.sender) for each in news})


async def of(conn: AsyncConnection, envelope_id: str) -> dict[str, Any] | None:
    """What came of one envelope's second look; None when it needed none."""
    row = (await conn.execute(select(recheck).where(recheck.c.envelope_id == envelope_id))).mappings().first()
    return dict(row) if row else None


async def bad(
    conn: AsyncConnection, *, sender: str | None = None, before: datetime | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Envelopes whose signer turned out not to be believed, the latest first."""
    query = select(recheck, envelope.c.document_id, envelope.c.code, envelope.c.subject, envelope.c.signer).join(
        envelope, envelope.c.id == recheck.c.envelope_id
    )
    query = query.where(recheck.c.outcome.in_(_BAD))
    if sender:
        query = query.where(recheck.c.sender == sender)
    if before:
        query = query.where(recheck.c.received_at < before)
    found = await conn.execute(query.order_by(recheck.c.received_at.desc()).limit(limit))
    return [dict(row) for row in found.mappings()]


async def undecided(conn: AsyncConnection) -> list[Found]:
    """Whom it concerns that a signer was found not to be believed: the sender, and who was sent the document.

    What an agency's alert was acknowledged for is decided: only what was found since is left. `detail`: the first codes.
    """
    bad_ones = recheck.c.outcome.in_(_BAD)
    sent = select(recheck.c.sender.label("agency"), recheck.c.envelope_id, recheck.c.decided_at).where(bad_ones)
    came = (
        select(delivery.c.recipient.label("agency"), recheck.c.envelope_id, recheck.c.decided_at)
        .join(delivery, delivery.c.envelope_id == recheck.c.envelope_id)
        .where(bad_ones, delivery.c.kind == "document", delivery.c.state.not_in(("DEAD", "WITHDRAWN")))
    )
    concerned = union_all(sent, came).subquery()
    decided = (
        select(func.max(alert.c.acknowledged_at))
        .where(alert.c.kind == Kind.DOUBTED.value, alert.c.agency == concerned.c.agency)
        .scalar_subquery()
    )
    query = (
        select(concerned.c.agency, concerned.c.decided_at, envelope.c.code, envelope.c.priority)
        .join(envelope, envelope.c.id == concerned.c.envelope_id)
        .where(or_(decided.is_(None), concerned.c.decided_at > decided))
        .order_by(concerned.c.decided_at, envelope.c.id)
    )
    rows: dict[str, list[Any]] = {}
    for row in await conn.execute(query):
        rows.setdefault(row.agency, []).append(row)
    return [
        Found(
            agency,
            len(some),
            min(3 - min(row.priority, 3) for row in some),
            some[0].decided_at,
            ", ".join(dict.fromkeys(row.code for row in some[:_NAMED])),
        )
        for agency, some in sorted(rows.items())
    ]


async def counts(conn: AsyncConnection) -> dict[str, int]:
    """How many there are of each outcome."""
    query = select(recheck.c.outcome, func.count().label("n")).group_by(recheck.c.outcome)
    return {row.outcome: row.n for row in await conn.execute(query)}
