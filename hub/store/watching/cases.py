"""What alerts are made of besides late deliveries: cases that happened once, and days that senders set for answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, exists, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import Kind
from hub.domain.delivery import State
from hub.store.columns import Instant, from_micros, to_micros
from hub.store.sql import insert_or
from hub.store.tables import alert_case, answer_due, delivery, envelope, report
from hub.store.watching import marks

_PLACE: Final = "envelopes read"
_NIL: Final = "00000000-0000-0000-0000-000000000000"
_ANSWERED: Final = ("02", "06", "W")


@dataclass(frozen=True, slots=True)
class Case:
    """Something that happened once: about which envelope, whose it is, and when."""

    kind: Kind
    envelope_id: str
    agency: str
    at: datetime
    rank: int


async def place(conn: AsyncConnection, beginning: datetime) -> tuple[datetime, str]:
    """How far envelopes were read; `beginning` when none was."""
    kept = await marks.get(conn, _PLACE)
    if not kept:
        return beginning, _NIL
    at, _, identity = kept.partition(" ")
    return from_micros(int(at)), identity


async def go_on(conn: AsyncConnection, at: datetime, identity: str) -> None:
    """Everything up to this envelope is read."""
    await marks.put(conn, _PLACE, f"{to_micros(at)} {identity}")


async def since(conn: AsyncConnection, after: tuple[datetime, str], until: datetime, most: int) -> list[dict[str, Any]]:
    """The next envelopes in the order in which they were received. A 16 that answers nothing is left out."""
    at, identity = after
    nothing = exists().where(report.c.id == envelope.c.id, report.c.flags.op("LIKE")("%nothing-to-answer%"))
    query = (
        select(
            envelope.c.id,
            envelope.c.sender,
            envelope.c.kind,
            envelope.c.code,
            envelope.c.priority,
            envelope.c.promulgated_on,
            envelope.c.received_at,
            envelope.c.judgement,
            envelope.c.facts,
        )
        .where(
            or_(envelope.c.received_at > at, and_(envelope.c.received_at == at, envelope.c.id > identity)),
            envelope.c.received_at <= until,
            or_(envelope.c.kind != "status", envelope.c.code != "16", ~nothing),
        )
        .order_by(envelope.c.received_at, envelope.c.id)
        .limit(most)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def keep(conn: AsyncConnection, found: Sequence[Case]) -> None:
    """Note cases, each once."""
    if not found:
        return
    for start in range(0, len(found), 500):
        rows = [
            {"kind": c.kind.value, "envelope_id": c.envelope_id, "agency": c.agency, "at": c.at, "rank": c.rank}
            for c in found[start : start + 500]
        ]
        await conn.execute(insert_or(conn, alert_case).values(rows).on_conflict_do_nothing())


async def expect(conn: AsyncConnection, due: Sequence[tuple[str, datetime]]) -> None:
    """Expect an answer from every recipient of these envelopes by the end of the day the sender set."""
    for envelope_id, due_at in due:
        open_ones = select(
            delivery.c.id, delivery.c.envelope_id, delivery.c.recipient, literal(due_at, Instant()), delivery.c.rank
        ).where(
            delivery.c.envelope_id == envelope_id,
            delivery.c.kind == "document",
            delivery.c.state.not_in((State.DEAD.value, State.WITHDRAWN.value)),
            ~exists().where(answer_due.c.delivery_id == delivery.c.id),
        )
        columns = ("delivery_id", "envelope_id", "recipient", "due_at", "rank")
        await conn.execute(insert(answer_due).from_select(columns, open_ones))


async def forget_answered(conn: AsyncConnection, now: datetime) -> None:
    """Expect nothing more where the day has come and the answer is there, or the document was taken back."""
    is_answered = exists().where(
        delivery.c.id == answer_due.c.delivery_id,
        or_(delivery.c.progress.in_(_ANSWERED), delivery.c.state == State.WITHDRAWN.value),
    )
    await conn.execute(delete(answer_due).where(answer_due.c.due_at <= now, is_answered))
