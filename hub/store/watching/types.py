"""What kinds of documents agencies are sent, by the names their senders give them: counted by day, beside `board`.

A name is what stands in `TypeName` (Công văn, Quyết định …). It is free text, and one kind is written in several cases;
each is counted as it is written, and those that differ in nothing else are told as one.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.delivery import State
from hub.domain.report import REACHED
from hub.store.sql import is_postgresql
from hub.store.tables import agency, delivery, envelope, type_day
from hub.store.watching.board import STEPS, Asked, narrowed

NONE: Final = "-"
"""In an address: documents without a name of their kind."""
_DAY: Final = timedelta(days=1)
_NAME_AT_MOST: Final = 100  # characters; the reader refuses longer ones


async def recount(conn: AsyncConnection, day: date, begins: datetime) -> None:
    """Count a day anew: one statement however many documents it had. `begins`: its first moment."""
    await conn.execute(delete(type_day).where(type_day.c.day == day))
    since = begins.astimezone(UTC)
    got = func.coalesce(delivery.c.collected_at, delivery.c.confirmed_at).is_not(None)
    reached = {
        "deliveries": literal(1),
        "arrived": case((or_(got, delivery.c.progress.in_(REACHED["answered"])), 1)),
        **{step: case((delivery.c.progress.in_(codes), 1)) for step, codes in REACHED.items()},
    }
    name = func.substr(_name(conn), 1, _NAME_AT_MOST)
    counted = (
        select(literal(day, type_day.c.day.type), delivery.c.recipient, name, *(func.count(reached[s]) for s in STEPS))
        .join(delivery, delivery.c.envelope_id == envelope.c.id)
        .where(
            envelope.c.received_at >= since,
            envelope.c.received_at < since + _DAY,
            envelope.c.kind != "status",
            and_(delivery.c.kind == "document", delivery.c.state != State.WITHDRAWN, delivery.c.level != ""),
        )
        .group_by(delivery.c.recipient, name)
    )
    await conn.execute(insert(type_day).from_select(["day", "agency", "type", *STEPS], counted))


def _name(conn: AsyncConnection) -> ColumnElement[str]:
    facts = type_coerce(envelope.c.facts, Text)
    found: ColumnElement[Any] = (
        func.jsonb_extract_path_text(cast(facts, JSONB), "type")
        if is_postgresql(conn)
        else func.json_extract(facts, "$.type")
    )
    return func.coalesce(found, "")


async def forget(conn: AsyncConnection, before: date) -> None:
    """Drop the days before one."""
    await conn.execute(delete(type_day).where(type_day.c.day < before))


async def sums(conn: AsyncConnection, asked: Asked) -> list[dict[str, Any]]:
    """How far the documents of each kind have come (`type`, "" for none, and STEPS), the most frequent first."""
    columns = [cast(func.sum(type_day.c[name]), BigInteger).label(name) for name in STEPS]
    query = (
        select(type_day.c.type, *columns)
        .join(agency, agency.c.code == type_day.c.agency)
        .where(type_day.c.day >= asked.since, *narrowed(type_day.c.agency, asked.level, asked.parent, asked.sight))
        .group_by(type_day.c.type)
        .order_by(columns[0].desc(), type_day.c.type)
    )
    kinds: dict[str, dict[str, Any]] = {}
    for row in (await conn.execute(query)).mappings():
        kind = kinds.setdefault(row["type"].casefold(), {"type": row["type"], **dict.fromkeys(STEPS, 0)})
        _add(kind, row)
    return sorted(kinds.values(), key=lambda kind: (-kind["deliveries"], kind["type"]))


def _add(kind: dict[str, Any], row: Mapping[Any, Any]) -> None:
    for name in STEPS:
        kind[name] += int(row[name])


def is_of(name: str) -> ColumnElement[bool]:
    """Whether an envelope is of a kind, whatever case its sender wrote the name in. `NONE`: it names none."""
    facts = type_coerce(envelope.c.facts, Text)
    if name == NONE:
        return ~facts.contains('"type":"', autoescape=True)
    spelled = dict.fromkeys((name, name.lower(), name.upper(), name.capitalize(), name.title()))
    return or_(*(facts.contains(f'"type":{orjson.dumps(each).decode()}', autoescape=True) for each in spelled))
