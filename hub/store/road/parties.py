"""Whose documents: for each agency those it sent or was sent, in the order they came, kept beside the road.

Whoever sees one agency or a corner of the country asks for few documents among very many. Looking them up by sender and
recipient would take an index on the tables of the hot path that every step of a delivery pays for; here a document is a
row a party, written once, by the keeper of the index of words (`hub.catalogue`). What is not entered yet is the last
minute or so and is looked through as it stands, so nothing accepted is ever missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.store.conditions import is_of
from hub.store.road.looking import Look
from hub.store.sight import seen
from hub.store.sql import among, skip_locked
from hub.store.tables import agency, delivery, envelope, party, party_until

FIRST_LOOK: Final = 5_000  # documents, the newest: most lists are full within them
_AT_ONCE: Final = 20_000  # rows of one statement
_CHUNK: Final = 1_000  # documents whose rows are read by one statement
_NEAR: Final = 25  # times as many of everybody's among which a corner's newest are sought before all of theirs
_AT_FIRST: Final = 200  # documents that are looked at for a page
LOOKED_AT_MOST: Final = 20_000  # documents for one page; where that is not enough, the page says where it went on
LEAST: Final = "00000000-0000-0000-0000-000000000000"
"""An id before all others."""
Ids = CompoundSelect[Any]
"""A question for the ids of envelopes."""


@dataclass(frozen=True, slots=True)
class Page:
    """Documents of a list. `cut`: looking ended here before the page was full; the next page goes on from here."""

    rows: list[dict[str, Any]]
    cut: tuple[datetime, str] | None = None


async def add(conn: AsyncConnection, now: datetime, look: Look) -> Look | None:
    """Enter the parties of documents, as far as `look` says. None where it is another worker's turn."""
    query = skip_locked(conn, select(party_until.c.received_at).where(party_until.c.id == 1))
    until: datetime | None = (await conn.execute(query)).scalar_one_or_none()
    if until is None:
        return None
    missing = select(envelope.c.id, envelope.c.received_at).where(
        envelope.c.received_at >= look.begins(until), envelope.c.kind != "status", ~_is_entered()
    )
    rows = (await conn.execute(missing.order_by(envelope.c.received_at, envelope.c.id).limit(look.most))).all()
    if rows:
        await _enter(conn, [row.id for row in rows])
    after = look.after([row.received_at for row in rows])
    if (reached := after.reached(until, now)) is not None:
        await conn.execute(update(party_until).values(received_at=reached))
    return after


async def _enter(conn: AsyncConnection, documents: Sequence[str]) -> None:
    counted = select(func.count()).select_from(delivery).where(among(conn, delivery.c.envelope_id, documents))
    recipients = int((await conn.execute(counted)).scalar_one())
    step = max(1, len(documents) * _AT_ONCE // max(recipients, 1))
    for start in range(0, len(documents), step):
        some = documents[start : start + step]
        sent = select(envelope.c.sender, envelope.c.received_at, envelope.c.id).where(among(conn, envelope.c.id, some))
        to = select(delivery.c.recipient, envelope.c.received_at, envelope.c.id)
        to = to.join(envelope, envelope.c.id == delivery.c.envelope_id).where(
            among(conn, delivery.c.envelope_id, some), delivery.c.recipient != envelope.c.sender
        )
        each = union_all(sent, to)
        await conn.execute(insert(party).from_select(["agency", "received_at", "envelope_id"], each))


def _is_entered() -> ColumnElement[bool]:
    """Whether an envelope's parties are: all of them, or its sender would not be among them."""
    return exists().where(
        party.c.agency == envelope.c.sender,
        party.c.received_at == envelope.c.received_at,
        party.c.envelope_id == envelope.c.id,
    )


def concerned(of: Sight) -> ColumnElement[bool]:
    """Whether an agency in sight sent an envelope or was sent it: for few envelopes, each is looked at."""
    sender, recipient = seen(of, envelope.c.sender, delivery.c.recipient)
    # PostgreSQL joins a plain IN with the agencies for each envelope anew; within a function it hashes them once
    return or_(sender, has(func.coalesce(recipient, literal(value=False)) if of.below else recipient))


def has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an envelope has such a delivery, looked up for one envelope after the other.

    Left to itself PostgreSQL joins all deliveries with all envelopes for a list that a few hundred would fill; it does
    not look into a subquery with an offset.
    """
    return select(delivery.c.id).where(delivery.c.envelope_id == envelope.c.id, *conditions).offset(0).exists()


async def codes(conn: AsyncConnection, of: Sight) -> list[str]:
    """The agencies in sight by name: given so, the database knows how few or many they are."""
    if not of.below:
        return list(of.roots)
    return list((await conn.execute(select(agency.c.code).where(*seen(of, agency.c.code)))).scalars())


def _fresh() -> ColumnElement[bool]:
    """Whether a document is not entered yet."""
    until = select(party_until.c.received_at).where(party_until.c.id == 1).scalar_subquery()
    return and_(envelope.c.received_at > until, envelope.c.kind != "status", ~_is_entered())


async def ids(conn: AsyncConnection, of: Sight, since: datetime) -> Ids:
    """The documents that the agencies in sight sent or were sent since a moment; some twice."""
    whose = among(conn, party.c.agency, await codes(conn, of))
    known = select(party.c.envelope_id).where(whose, party.c.received_at >= since)
    return union_all(known, select(envelope.c.id).where(_fresh(), concerned(of), envelope.c.received_at >= since))


@dataclass(frozen=True, slots=True)
class Span:
    """Documents received since a moment and up to a place: that one and all newer ones are out."""

    since: datetime | None = None
    before: tuple[datetime, str] | None = None

    def conditions(self, at: Any, identity: Any) -> list[ColumnElement[bool]]:
        """As SQL, on these two columns."""
        found = [at >= self.since] if self.since else []
        if self.before:
            moment, last = self.before
            found += [at <= moment, or_(at < moment, identity < last)]
        return found


async def candidates(conn: AsyncConnection, of: Sight, span: Span, most: int) -> list[tuple[datetime, str]]:
    """The newest documents of a span to which an agency in sight is a party: when each was received, and its id."""
    fresh = select(envelope.c.received_at, envelope.c.id).where(
        _fresh(), concerned(of), *span.conditions(envelope.c.received_at, envelope.c.id)
    )
    fresh = fresh.order_by(envelope.c.received_at.desc(), envelope.c.id.desc()).limit(most)
    found = {row[1]: row[0] for row in await conn.execute(fresh)}  # first, for one may be entered meanwhile
    mine = is_of(conn, party.c.agency, await codes(conn, of))
    first = await horizon(conn, span.before, most * _NEAR) if of.below and most <= _CHUNK else None
    for since in (first, None) if first else (None,):
        bounds = Span(max(filter(None, (since, span.since)), default=None), span.before)
        known = select(party.c.received_at, party.c.envelope_id).where(
            mine, *bounds.conditions(party.c.received_at, party.c.envelope_id)
        )
        if of.below or of.also:  # several of them may be parties to one document
            known = known.distinct()
        known = known.order_by(party.c.received_at.desc(), party.c.envelope_id.desc()).limit(most)
        known_rows = (await conn.execute(known)).all()
        if len(known_rows) == most:
            break
    found |= {row[1]: row[0] for row in known_rows}
    return sorted(((at, identity) for identity, at in found.items()), reverse=True)[:most]


async def newest(
    conn: AsyncConnection,
    query: Select[Any],
    of: Sight | None,
    span: Span,
    limit: int,
    rare: Select[Any] | None = None,
) -> Page:
    """The first rows of a question about envelopes (unordered, unlimited) of a span, newest first.

    `of`: only those to which an agency in this sight is a party; the question need not say so. `rare`: ids among which
    all of them are, where an index finds those: then nothing is cut.
    """
    if of:
        return await _of_some(conn, query, of, span, limit, rare)
    ordered = query.order_by(envelope.c.received_at.desc(), envelope.c.id.desc())
    first = await horizon(conn, span.before, FIRST_LOOK if rare is not None else LOOKED_AT_MOST)
    near = ordered.where(envelope.c.received_at >= first) if first else ordered
    rows = [dict(row) for row in (await conn.execute(near.limit(limit))).mappings()]
    if first is None or len(rows) == limit or (span.since and span.since >= first):
        return Page(rows)
    if rare is None:
        return Page(rows, (first, LEAST))
    rest = ordered.where(envelope.c.received_at < first, envelope.c.id.in_(rare)).limit(limit - len(rows))
    return Page(rows + [dict(row) for row in (await conn.execute(rest)).mappings()])


async def _of_some(
    conn: AsyncConnection, query: Select[Any], of: Sight, span: Span, limit: int, rare: Select[Any] | None
) -> Page:
    """Take some of theirs and keep those that are asked for; where these are not enough, take as many as may be."""
    rows: list[dict[str, Any]] = []
    for most in (max(limit, _AT_FIRST), LOOKED_AT_MOST):
        found = await candidates(conn, of, span, most)
        rows += await kept(conn, query, [identity for _, identity in found], limit - len(rows))
        if len(found) < most or len(rows) == limit:
            return Page(rows)
        span = Span(span.since, found[-1])
        if rare is not None:
            rest = query.where(envelope.c.id.in_(rare), concerned(of))
            rest = rest.where(*span.conditions(envelope.c.received_at, envelope.c.id))
            rest = rest.order_by(envelope.c.received_at.desc(), envelope.c.id.desc()).limit(limit - len(rows))
            return Page(rows + [dict(row) for row in (await conn.execute(rest)).mappings()])
    return Page(rows, span.before)


async def kept(conn: AsyncConnection, query: Select[Any], ids: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Of these documents, newest first, those that a question asks for, up to so many."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(ids), _CHUNK):  # not sorted there, for that would be taken for a reason to walk them all
        some = query.where(among(conn, envelope.c.id, ids[start : start + _CHUNK]))
        found = [dict(row) for row in (await conn.execute(some)).mappings()]
        rows += sorted(found, key=lambda row: (row["received_at"], row["id"]), reverse=True)
        if len(rows) >= limit:
            break
    return rows[:limit]


async def horizon(conn: AsyncConnection, before: tuple[datetime, str] | None, number: int) -> datetime | None:
    """When the envelope after the newest `number` before a place was received; None where there are not so many."""
    query = select(envelope.c.received_at).order_by(envelope.c.received_at.desc()).offset(number).limit(1)
    if before:
        query = query.where(envelope.c.received_at <= before[0])
    found: datetime | None = (await conn.execute(query)).scalar_one_or_none()
    return found


def narrowest(sight: Sight | None, *codes: str) -> Sight | None:
    """One agency that was asked for, else what somebody sees."""
    return next((Sight(code) for code in codes if code), sight)
