"""Years at a glance: days of the agency board summed by month, and the sums asked for by month, level and agency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.period import of
from hub.domain.roles import Sight
from hub.store.tables import agency, agency_day, agency_month
from hub.store.watching import board

COUNTS: Final = tuple(c.name for c in agency_month.columns)[2:]
Span = tuple[date, date]
"""From the first day of a month to the first of the month after the last one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which recipients: of a level, one agency (`code`), or it and those right below (`parent`), of those in sight."""

    level: str = ""
    code: str = ""
    parent: str = ""
    sight: Sight | None = None


async def add_up(conn: AsyncConnection, month: date) -> None:
    """Sum the days of a month anew, by its first day; all of them must be there."""
    days = (
        select(literal(month, Date()), agency_day.c.agency, *(_sum(agency_day.c[name]) for name in COUNTS))
        .where(agency_day.c.day >= month, agency_day.c.day < of(month, "month").after)
        .group_by(agency_day.c.agency)
    )
    await conn.execute(delete(agency_month).where(agency_month.c.month == month))
    await conn.execute(insert(agency_month).from_select([c.name for c in agency_month.columns], days))


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _of(query: Select[Any], asked: Asked) -> Select[Any]:
    query = query.join(agency, agency.c.code == agency_month.c.agency)
    if asked.code:
        query = query.where(agency_month.c.agency == asked.code)
    return query.where(*board.narrowed(agency_month.c.agency, asked.level, asked.parent, asked.sight))


async def by_month(conn: AsyncConnection, asked: Asked, span: Span) -> dict[date, dict[str, int]]:
    """The sums of each month of a span that has any."""
    query = select(agency_month.c.month, *(_sum(agency_month.c[name]).label(name) for name in COUNTS))
    query = _of(query, asked).where(agency_month.c.month >= span[0], agency_month.c.month < span[1])
    rows = (await conn.execute(query.group_by(agency_month.c.month))).mappings()
    return {row["month"]: {name: int(row[name]) for name in COUNTS} for row in rows}


async def by_agency(
    conn: AsyncConnection, asked: Asked, now: Span, then: Span, after: str, limit: int
) -> list[dict[str, Any]]:
    """Agencies that were sent anything in one of two spans, in the order of their codes: `now_NAME` and `then_NAME`."""
    month = agency_month.c.month
    in_now, in_then = (and_(month >= span[0], month < span[1]) for span in (now, then))
    columns = [
        _sum(case((condition, agency_month.c[name]), else_=0)).label(f"{which}_{name}")
        for which, condition in (("now", in_now), ("then", in_then))
        for name in ("deliveries", "in_time", "late", "answered")
    ]
    query = select(agency_month.c.agency, agency.c.name, agency.c.level, *columns)
    query = _of(query, asked).where(or_(in_now, in_then), agency_month.c.agency > after)
    query = query.group_by(agency_month.c.agency, agency.c.name, agency.c.level).order_by(agency_month.c.agency)
    return [dict(row) for row in (await conn.execute(query.limit(limit))).mappings()]


def added(rows: Sequence[dict[str, int]]) -> dict[str, int]:
    """The sum of some months."""
    return {name: sum(row[name] for row in rows) for name in COUNTS}
