"""What the national axis' client asks for and the hub's own API does not: lists without paging, and counts.

Read in pages by key, so that a list of any length takes the memory of one page.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Text, func, literal, select, tuple_, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import IN_INBOX
from hub.store.sql import among
from hub.store.tables import agency, agency_alias, delivery, envelope

_STATES = sorted(s.value for s in IN_INBOX)
Place = tuple[int, datetime, str]
"""Where a list goes on: rank, time, id of the last one."""


class Item(NamedTuple):
    """A document or report that waits for one of the agencies a system serves."""

    docid: str
    rank: int
    created_at: datetime
    updated_at: datetime
    sender: str
    recipient: str
    result: str | None


class Unit(NamedTuple):
    """An agency as the axis' lists show it. `qcvn102`, `qd20`: another code of it by that scheme, if it has one."""

    code: str
    name: str
    parent: str | None
    contact: str  # as JSON
    valid_to: date | None
    updated_at: datetime
    kind: str
    qcvn102: str | None
    qd20: str | None

    @property
    def mail(self) -> str:
        """The mailbox of its contact, "" when it has none."""
        return "" if self.contact == "{}" else str(orjson.loads(self.contact).get("email", ""))


def _waiting(conn: AsyncConnection, recipients: Sequence[str], kind: str) -> list[ColumnElement[bool]]:
    mine = (
        delivery.c.recipient == recipients[0] if len(recipients) == 1 else among(conn, delivery.c.recipient, recipients)
    )
    return [mine, delivery.c.state.in_(_STATES), delivery.c.kind == kind]


async def waiting(
    conn: AsyncConnection, recipients: Sequence[str], kind: str, after: Place | None, limit: int
) -> list[Item]:
    """What nobody has said `done` or `fail` of, the most urgent first, then the oldest."""
    if not recipients:
        return []
    order = (delivery.c.rank, delivery.c.created_at, delivery.c.id)
    query = (
        select(
            delivery.c.id,
            delivery.c.rank,
            delivery.c.created_at,
            func.coalesce(delivery.c.collected_at, delivery.c.available_at, delivery.c.created_at),
            delivery.c.sender,
            delivery.c.recipient,
            delivery.c.result,
        )
        .where(*_waiting(conn, recipients, kind))
        .order_by(*order)
        .limit(limit)
    )
    if after:
        place = (literal(value, column.type) for value, column in zip(after, order, strict=True))
        query = query.where(tuple_(*order) > tuple_(*place))
    return [Item(*row) for row in await conn.execute(query)]


async def count_new(conn: AsyncConnection, recipients: Sequence[str], kind: str) -> int:
    """How many wait that nobody has said anything of yet."""
    if not recipients:
        return 0
    query = (
        select(func.count()).select_from(delivery).where(*_waiting(conn, recipients, kind), delivery.c.result.is_(None))
    )
    return int((await conn.execute(query)).scalar_one())


async def delivered(conn: AsyncConnection, docid: str) -> dict[str, Any] | None:
    """One delivery with what its download and its answer need, whoever may see it."""
    query = (
        select(
            delivery.c.id,
            delivery.c.envelope_id,
            delivery.c.kind,
            delivery.c.state,
            delivery.c.sender,
            delivery.c.recipient,
            envelope.c.size,
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(delivery.c.id == docid)
    )
    row = (await conn.execute(query)).mappings().first()
    return dict(row) if row else None


async def units(conn: AsyncConnection, after: str, limit: int) -> list[Unit]:
    """The directory in the order of its codes, closed agencies included: one statement a page.

    A list has 123,000 of them, so what costs in Python is left out: contacts and times stay as they are stored.
    """
    query = (
        select(
            agency.c.code,
            agency.c.name,
            agency.c.parent,
            type_coerce(agency.c.contact, Text()),
            agency.c.valid_to,
            agency.c.updated_at,
            agency.c.kind,
            _other_code("qcvn102"),
            _other_code("qd20"),
        )
        .where(agency.c.code > after)
        .order_by(agency.c.code)
        .limit(limit)
    )
    return [Unit._make(row) for row in await conn.execute(query)]


def _other_code(scheme: str) -> ColumnElement[str | None]:
    """Another code of the agency by a scheme."""
    mine = (agency_alias.c.agency == agency.c.code, agency_alias.c.scheme == scheme)
    query = select(func.min(agency_alias.c.written)).where(*mine, agency_alias.c.written != agency.c.code)
    return query.correlate(agency).scalar_subquery()
