"""What the console asks: figures of a span of time, documents as a list, one document's recipients and events.

Every question walks an index and stops: figures look at the latest `FIGURES_AT_MOST` envelopes of their span, lists are
pages by key. `sight` narrows each to what the agencies in it sent or were sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, exists, func, literal_column, or_, select
from sqlalchemy import type_coerce as coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import UNCOLLECTED, State
from hub.domain.report import REACHED
from hub.domain.roles import Sight
from hub.store.columns import to_micros
from hub.store.conditions import IS_DEAD, IS_FAILED, is_open
from hub.store.road import parties, search
from hub.store.sight import seen
from hub.store.sql import among, is_postgresql
from hub.store.tables import agency, delivery, envelope, event
from hub.store.watching import types

FIGURES_AT_MOST: Final = 50_000  # envelopes that one set of figures looks at; beyond it they are "at least"
STEPS: Final = ("sent", "answered", "arrived", "registered", "assigned", "finished", "refused", "in-time", "late")
FAILED: Final = "FAILED"  # CONFIRMED, but the recipient said that it failed
OVERDUE: Final = "overdue"
GROUPS: Final[dict[str, frozenset[str]]] = {  # sets of states people ask for by one word
    "received": frozenset({State.COLLECTED, State.CONFIRMED}),
    "uncollected": frozenset(UNCOLLECTED),
    OVERDUE: frozenset(UNCOLLECTED),
    "dead": frozenset({State.DEAD}),
}
_RARE: Final = frozenset({"uncollected", OVERDUE, "dead", FAILED, State.DEAD, *UNCOLLECTED})
"""What a partial index has: few deliveries however many there are."""
_HOURS: Final = 24
_HOUR_MICROS: Final = 3_600_000_000
_WEEK_HOURS: Final = 168
_TO_MONDAY: Final = 7 + 72  # hours from a Monday's beginning in Vietnam to that of the epoch, a Thursday, in UTC


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts since a moment. `deliveries` and `documents` (those with such a delivery) are by group."""

    sent: int
    signed: int  # whose signature is valid
    deliveries: dict[str, int]
    documents: dict[str, int]
    hours: tuple[int, ...]  # documents in each of the 24 hours from the moment on, later ones in the last

    @property
    def is_at_least(self) -> bool:
        """Whether there was more than the figures look at."""
        return self.sent >= FIGURES_AT_MOST


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents: words (`q`, accents optional), a state or a group's name, level, signature, times, a page's start."""

    q: str = ""
    state: str = ""
    level: str = ""
    signature: str = ""  # "valid", "other" for every other verdict, "signed": valid, also by old rules; else a verdict
    since: datetime | None = None
    until: datetime | None = None  # the first moment that is out
    kinds: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    before: tuple[datetime, str] | None = None
    sender: str = ""
    sent_from: str = ""  # the sender's level
    recipient: str = ""
    step: str = ""  # one of STEPS: how far a recipient has come with it
    week_hour: int | None = None  # received in this hour of the week in Vietnam, 0 being Monday's first
    type_name: str = ""  # what its sender calls its kind (`hub.store.watching.types`)
    by_subject: bool = True  # whether `q` may be words of a subject


def shown_state() -> ColumnElement[str]:
    """A delivery's state as people are told it: a confirmation that says fail is no success."""
    return case((delivery.c.result == "fail", literal_column(f"'{FAILED}'")), else_=delivery.c.state)


def _literal(states: frozenset[str]) -> str:
    return ", ".join(f"'{s}'" for s in sorted(states))


def _is_in(name: str, now: datetime) -> ColumnElement[bool]:
    """Whether a delivery is in a group or a state; as literals, so that the partial indexes serve it."""
    if name == FAILED:
        return IS_FAILED
    states = GROUPS.get(name) or frozenset({State(name)})
    found: ColumnElement[bool] = literal_column(f"delivery.state IN ({_literal(states)})", type_=delivery.c.state.type)
    if states <= UNCOLLECTED:
        found = and_(found, is_open())
    if states == {State.DEAD}:
        found = IS_DEAD
    if State.CONFIRMED in states:
        found = and_(found, func.coalesce(delivery.c.result, "") != "fail")
    return and_(found, delivery.c.due_at <= now) if name == OVERDUE else found


def _own(sight: Sight | None) -> list[ColumnElement[bool]]:
    """Deliveries that agencies in sight sent or were sent."""
    return [or_(*seen(sight, delivery.c.sender, delivery.c.recipient))] if sight else []


def _concerns(sight: Sight | None) -> list[ColumnElement[bool]]:
    return [parties.concerned(sight)] if sight else []


async def figures(conn: AsyncConnection, since: datetime, now: datetime, sight: Sight | None) -> Figures:
    """The figures of the documents received since a moment."""
    mine = [envelope.c.id.in_(await parties.ids(conn, sight, since))] if sight else []
    recent = (
        select(envelope.c.id, envelope.c.judgement, _hour(conn, since).label("hour"))
        .where(
            envelope.c.received_at >= since,
            envelope.c.kind != "status",
            *mine,
        )
        .order_by(envelope.c.received_at.desc())
        .limit(FIGURES_AT_MOST)
        .cte("recent")
    )
    by_hour = select(
        recent.c.hour,
        func.count().label("sent"),
        func.sum(case((recent.c.judgement == "valid", 1), else_=0)).label("signed"),
    ).group_by(recent.c.hour)
    hours = (await conn.execute(by_hour)).all()
    counted = []
    for name in GROUPS:
        condition = _is_in(name, now)
        counted += [
            func.count(case((condition, 1))).label(f"{name}_deliveries"),
            func.count(case((condition, delivery.c.envelope_id)).distinct()).label(f"{name}_documents"),
        ]
    query = select(func.count().label("all_deliveries"), *counted).select_from(
        recent.join(delivery, delivery.c.envelope_id == recent.c.id)
    )
    row = (await conn.execute(query.where(*_own(sight)))).mappings().one()
    per_hour = [0] * _HOURS
    for r in hours:
        per_hour[min(int(r.hour), _HOURS - 1)] += r.sent
    return Figures(
        sent=sum(r.sent for r in hours),
        signed=sum(r.signed for r in hours),
        deliveries={name: row[f"{name}_deliveries"] for name in ("all", *GROUPS)},
        documents={name: row[f"{name}_documents"] for name in GROUPS},
        hours=tuple(per_hour),
    )


def _hour(conn: AsyncConnection, since: datetime) -> ColumnElement[int]:
    if is_postgresql(conn):
        return cast(func.floor(func.extract("epoch", envelope.c.received_at - since) / 3600), BigInteger)
    micros = coerce(envelope.c.received_at, BigInteger)
    return (micros - to_micros(since)) // literal_column(str(_HOUR_MICROS), type_=BigInteger)


def _week_hour(conn: AsyncConnection) -> ColumnElement[int]:
    """In which hour of its week a document was received, by Vietnam's clock, which is never put forward."""
    hours: ColumnElement[int] = (
        cast(func.floor(func.extract("epoch", envelope.c.received_at) / 3600), BigInteger)
        if is_postgresql(conn)
        else coerce(envelope.c.received_at, BigInteger) // literal_column(str(_HOUR_MICROS), type_=BigInteger)
    )
    return (hours + _TO_MONDAY) % _WEEK_HOURS


async def documents(
    conn: AsyncConnection, wanted: Wanted, now: datetime, sight: Sight | None, limit: int
) -> parties.Page:
    """Document envelopes, newest first."""
    query, of = _documents(conn, wanted, now, sight)
    rare = _rare(wanted, now, sight)
    if wanted.q:
        return await search.find(conn, query, wanted.q, wanted.before, limit, search.Whose(of, rare))
    return await parties.newest(conn, query, of, parties.Span(wanted.since, wanted.before), limit, rare)


async def as_written(
    conn: AsyncConnection, wanted: Wanted, now: datetime, sight: Sight | None, limit: int
) -> list[dict[str, Any]]:
    """Those among them that have the words with the very accents that were asked for."""
    query, of = _documents(conn, wanted, now, sight)
    return await search.as_written(conn, query, wanted.q, limit, search.Whose(of, _rare(wanted, now, sight)))


def _rare(wanted: Wanted, now: datetime, sight: Sight | None) -> Select[Any] | None:
    """The ids of documents in a state that few are in; None for any other state."""
    if wanted.state not in _RARE:
        return None
    return select(delivery.c.envelope_id).where(*_own(sight), *_of_delivery(wanted, now))


def _documents(
    conn: AsyncConnection, wanted: Wanted, now: datetime, sight: Sight | None
) -> tuple[Select[Any], Sight | None]:
    """The question, and agencies one of which must besides be a party to each: what it asks in the end need not say so."""
    of = parties.narrowest(sight, wanted.recipient, wanted.sender)
    query: Select[Any] = select(
        envelope.c.id,
        envelope.c.sender,
        envelope.c.kind,
        envelope.c.document_id,
        envelope.c.code,
        envelope.c.subject,
        envelope.c.priority,
        envelope.c.received_at,
        envelope.c.judgement,
        envelope.c.reason,
    ).where(
        envelope.c.kind != "status",
        *(_concerns(sight) if of != sight else []),
        *([] if wanted.by_subject else search.in_number(wanted.q)),
    )
    query = query.where(*_of_envelope(conn, wanted))
    if wanted.before:
        at, last = wanted.before
        query = query.where(or_(envelope.c.received_at < at, and_(envelope.c.received_at == at, envelope.c.id < last)))
    return _with_delivery(query, wanted, now, sight), of


def _of_envelope(conn: AsyncConnection, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What is asked of the envelope itself."""
    return [
        *_of_verdict(wanted.signature),
        *([envelope.c.kind.in_(wanted.kinds)] if wanted.kinds else []),
        *([envelope.c.priority.in_(wanted.priorities)] if wanted.priorities else []),
        *([types.is_of(wanted.type_name)] if wanted.type_name else []),
        *([_week_hour(conn) == wanted.week_hour] if wanted.week_hour is not None else []),
        *([envelope.c.received_at < wanted.until] if wanted.until else []),
        *([envelope.c.received_at >= wanted.since] if wanted.since else []),
    ]


def _of_verdict(signature: str) -> list[ColumnElement[bool]]:
    is_valid = envelope.c.judgement == "valid"
    if signature == "signed":
        return [envelope.c.judgement.in_(("valid", "valid-legacy"))]
    if signature not in ("", "valid", "other"):
        return [envelope.c.judgement == signature]
    return [is_valid if signature == "valid" else ~is_valid] if signature else []


def _has_come(step: str, now: datetime) -> ColumnElement[bool]:
    """Whether a delivery has come as far as a step; those that went back are at none."""
    received = func.coalesce(delivery.c.collected_at, delivery.c.confirmed_at)
    there = and_(delivery.c.kind == "document", delivery.c.state != State.WITHDRAWN)
    if step in REACHED:
        return and_(there, delivery.c.progress.in_(REACHED[step]))
    if step == "sent":
        return there
    if step == "arrived":
        return and_(there, or_(received.is_not(None), delivery.c.progress.in_(REACHED["answered"])))
    if step == "in-time":
        return and_(there, received <= delivery.c.due_at)
    return and_(there, or_(received > delivery.c.due_at, _is_in(OVERDUE, now)))


def _with_delivery(query: Select[Any], wanted: Wanted, now: datetime, sight: Sight | None) -> Select[Any]:
    if wanted.sender:
        query = query.where(envelope.c.sender == wanted.sender)
    if wanted.sent_from:
        query = query.where(exists().where(agency.c.code == envelope.c.sender, agency.c.level == wanted.sent_from))
    conditions = _of_delivery(wanted, now)
    if not conditions:
        return query
    return query.where(parties.has(*_own(sight), *conditions))


def _of_delivery(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """What is asked of one and the same delivery."""
    return [
        *([delivery.c.recipient == wanted.recipient] if wanted.recipient else []),
        *([_has_come(wanted.step, now)] if wanted.step else []),
        *([_is_in(wanted.state, now)] if wanted.state else []),
        *([delivery.c.level == wanted.level] if wanted.level else []),
    ]


async def counted(
    conn: AsyncConnection, wanted: Wanted, now: datetime, sight: Sight | None, at_most: int
) -> tuple[int, int, bool]:
    """How many documents a list without words has, how many of their deliveries it is about, and whether these are all.

    Counted among the newest `at_most` of its span, whatever its filters: of those beyond them nothing is said.
    """
    query, of = _documents(conn, replace(wanted, before=None), now, sight)
    query = query.with_only_columns(envelope.c.id)
    until = (wanted.until, parties.LEAST) if wanted.until else None
    if of:
        some = await parties.candidates(conn, of, parties.Span(wanted.since, until), at_most)
        are_all = len(some) < at_most
        query = query.where(among(conn, envelope.c.id, [identity for _, identity in some]))
    else:
        first = await parties.horizon(conn, until, at_most)
        are_all = first is None or (wanted.since is not None and wanted.since >= first)
        query = query.where(*([] if are_all else [envelope.c.received_at >= first]))
    found = query.cte("found")
    each = select(func.count()).where(delivery.c.envelope_id == found.c.id, *_own(sight), *_of_delivery(wanted, now))
    mine = func.coalesce(
        func.sum(each.correlate(found).scalar_subquery()), 0
    )  # one look an envelope, never a join of all
    both = select(func.count(), cast(mine, BigInteger)).select_from(found)
    documents_found, deliveries = (await conn.execute(both)).one()
    return documents_found, deliveries, are_all


async def states(
    conn: AsyncConnection, envelope_ids: Sequence[str], sight: Sight | None
) -> dict[str, list[dict[str, Any]]]:
    """How many deliveries of each envelope are in which state, with one recipient of each: however many there are."""
    state = shown_state()
    query = (
        select(
            delivery.c.envelope_id,
            state.label("state"),
            func.count().label("count"),
            func.min(delivery.c.recipient).label("recipient"),
        )
        .where(among(conn, delivery.c.envelope_id, envelope_ids), *_own(sight))
        .group_by(delivery.c.envelope_id, state)
    )
    found: dict[str, list[dict[str, Any]]] = {i: [] for i in envelope_ids}
    for row in (await conn.execute(query)).mappings():
        found[row["envelope_id"]].append(dict(row))
    return found


async def recipients(  # noqa: PLR0913 - the question has this many parts
    conn: AsyncConnection, envelope_id: str, state: str, after: str, now: datetime, sight: Sight | None, limit: int
) -> list[dict[str, Any]]:
    """The deliveries of an envelope in the order of their recipients, after one of them."""
    query = (
        select(delivery, shown_state().label("shown"))
        .where(delivery.c.envelope_id == envelope_id, delivery.c.recipient > after, *_own(sight))
        .order_by(delivery.c.recipient)
        .limit(limit)
    )
    if state:
        query = query.where(_is_in(state, now))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def happened(
    conn: AsyncConnection, envelope_id: str, recipients_shown: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """The events of an envelope that concern these recipients or nobody in particular, oldest first."""
    query = (
        select(event.c.at, event.c.recipient, event.c.what, event.c.code, event.c.detail)
        .where(
            event.c.envelope_id == envelope_id,
            or_(event.c.recipient.is_(None), among(conn, event.c.recipient, recipients_shown)),
        )
        .order_by(event.c.seq)
        .limit(limit)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def namesakes(
    conn: AsyncConnection, row: dict[str, Any], sight: Sight | None, limit: int
) -> list[dict[str, Any]]:
    """Other envelopes about the same document, newest first: recalls, updates, and what they are about."""
    names = {row["document_id"], *row["facts"].get("concerns", [])}
    query = (
        select(envelope.c.id, envelope.c.kind, envelope.c.code, envelope.c.subject, envelope.c.received_at)
        .where(
            among(conn, envelope.c.document_id, sorted(names)),
            envelope.c.sender == row["sender"],
            envelope.c.kind != "status",
            envelope.c.id != row["id"],
            *_concerns(sight),
        )
        .order_by(envelope.c.received_at.desc())
        .limit(limit)
    )
    return [dict(found) for found in (await conn.execute(query)).mappings()]
