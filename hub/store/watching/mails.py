"""Digests as rows: written with their whole content before they are sent, each under a name that can be taken once.

WRITTEN -> SENDING -> SENT. A mail server that cannot be reached puts it back to WRITTEN; one that says no for good makes
it REFUSED. When it is not known whether the server took it (a crash or a lost connection after the content was sent) it
is UNCERTAIN: people are told, and it is never sent by itself again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.sql import insert_or, skip_locked
from hub.store.tables import mail

WRITTEN, SENDING, SENT, REFUSED, UNCERTAIN = "WRITTEN", "SENDING", "SENT", "REFUSED", "UNCERTAIN"
LEASE: Final = timedelta(minutes=2)  # longer than one mail may take


@dataclass(frozen=True, slots=True)
class Letter:
    """One digest, ready to be sent."""

    id: str
    address: str
    digest: str
    period: str
    subject: str
    message_id: str
    body: bytes


async def has(conn: AsyncConnection, address: str, digest: str, period: str) -> bool:
    """Whether this digest was written before."""
    query = select(mail.c.id).where(mail.c.address == address, mail.c.digest == digest, mail.c.period == period)
    return (await conn.execute(query)).first() is not None


async def write(conn: AsyncConnection, letter: Letter, now: datetime) -> bool:
    """Write a digest. False when its name is taken: it was written before."""
    new = insert_or(conn, mail).values(**asdict(letter), state=WRITTEN, attempts=0, written_at=now, next_at=now)
    return (await conn.execute(new.on_conflict_do_nothing().returning(mail.c.id))).first() is not None


async def is_any_due(conn: AsyncConnection, now: datetime) -> bool:
    """Whether there is a digest to send."""
    query = select(mail.c.id).where(mail.c.state == WRITTEN, mail.c.next_at <= now).limit(1)
    return (await conn.execute(query)).first() is not None


async def claim(conn: AsyncConnection, now: datetime) -> Letter | None:
    """Take the next digest to send; from here until it is settled it may have reached the server."""
    one = select(mail.c.id).where(mail.c.state == WRITTEN, mail.c.next_at <= now).order_by(mail.c.next_at).limit(1)
    taken = await conn.execute(
        update(mail)
        .where(mail.c.id == skip_locked(conn, one).scalar_subquery(), mail.c.state == WRITTEN)
        .values(state=SENDING, attempts=mail.c.attempts + 1, next_at=now + LEASE)
        .returning(mail)
    )
    row = taken.mappings().first()
    return None if row is None else Letter(**{name: row[name] for name in Letter.__dataclass_fields__})


async def settle(
    conn: AsyncConnection,
    identity: str,
    state: str,
    now: datetime,
    error: str | None = None,
    again: datetime | None = None,
) -> None:
    """Say what became of a claimed digest. Only one that may still be sent keeps its content."""
    values: dict[str, Any] = {
        "state": state,
        "error": error,
        "next_at": again,
        "sent_at": now if state == SENT else None,
    }
    if state in (SENT, REFUSED):
        values["body"] = None
    await conn.execute(update(mail).where(mail.c.id == identity, mail.c.state == SENDING).values(**values))


async def give_up_lost(conn: AsyncConnection, now: datetime) -> Sequence[str]:
    """Digests whose worker died while it sent them: whether they arrived nobody knows. Answers their addresses."""
    lost = await conn.execute(
        update(mail)
        .where(mail.c.state == SENDING, mail.c.next_at <= now)
        .values(state=UNCERTAIN, next_at=None, error="the worker stopped while sending")
        .returning(mail.c.address)
    )
    return list(lost.scalars())


async def resend(conn: AsyncConnection, identity: str, now: datetime) -> bool:
    """A person decides that an uncertain digest is to be sent again, under the same Message-ID."""
    moved = await conn.execute(
        update(mail)
        .where(mail.c.id == identity, mail.c.state == UNCERTAIN)
        .values(state=WRITTEN, next_at=now, error=None)
    )
    return bool(moved.rowcount)


async def delay(conn: AsyncConnection, now: datetime, until: datetime, error: str) -> int:
    """The mail server cannot be reached: what waits is tried again later, and says why it waits."""
    moved = await conn.execute(
        update(mail).where(mail.c.state == WRITTEN, mail.c.next_at <= now).values(next_at=until, error=error)
    )
    return int(moved.rowcount)


async def waiting(conn: AsyncConnection) -> tuple[int, datetime | None, str | None]:
    """How many digests wait to be sent, since when the oldest, and why."""
    query = select(func.count(), func.min(mail.c.written_at), func.max(mail.c.error)).where(
        mail.c.state.in_((WRITTEN, SENDING))
    )
    row = (await conn.execute(query)).one()
    return int(row[0]), row[1], row[2]


async def counts(conn: AsyncConnection) -> dict[str, int]:
    """How many digests are in each state."""
    rows = await conn.execute(select(mail.c.state, func.count()).group_by(mail.c.state))
    return {state: int(number) for state, number in rows}


async def lately(conn: AsyncConnection, limit: int) -> list[dict[str, Any]]:
    """The latest digests without their content, newest first."""
    columns = [column for column in mail.c if column.name != "body"]
    query = select(*columns).order_by(mail.c.written_at.desc(), mail.c.id.desc()).limit(limit)
    return [dict(row) for row in (await conn.execute(query)).mappings()]
