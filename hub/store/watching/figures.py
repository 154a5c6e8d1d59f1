"""What reports are counted from, read in the order in which it was received, and reports as they were issued."""

from collections.abc import AsyncIterator, Collection
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import String, and_, cast, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.ids import new_id
from hub.domain.period import Period
from hub.domain.reform import Fact
from hub.domain.report import REACHED
from hub.domain.roles import Sight
from hub.store.directory import facts, names
from hub.store.sight import seen
from hub.store.sql import among
from hub.store.tables import agency, declared_figure, delivery, envelope, issued_report, report

_BATCH: Final = 2_000
_NIL: Final = "00000000-0000-0000-0000-000000000000"


async def documents(
    conn: AsyncConnection, period: Period
) -> AsyncIterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """The documents of a period and their deliveries, a batch at a time."""
    at, identity = period.since, _NIL
    paper = cast(envelope.c.facts, String).contains('"paper":')
    columns = (envelope.c.id, envelope.c.sender, envelope.c.judgement, paper.label("paper"), envelope.c.promulgated_on)
    while True:
        after = or_(envelope.c.received_at > at, and_(envelope.c.received_at == at, envelope.c.id > identity))
        query = (
            select(*columns, envelope.c.received_at, envelope.c.priority)
            .where(after, envelope.c.received_at >= period.since, envelope.c.received_at < period.until)
            .where(envelope.c.kind.in_(("new", "replace")))
            .order_by(envelope.c.received_at, envelope.c.id)
            .limit(_BATCH)
        )
        sent = [dict(row) for row in (await conn.execute(query)).mappings()]
        if sent:
            yield sent, await _deliveries(conn, [row["id"] for row in sent])
        if len(sent) < _BATCH:
            return
        at, identity = sent[-1]["received_at"], sent[-1]["id"]


async def _deliveries(conn: AsyncConnection, ids: list[str]) -> list[dict[str, Any]]:
    first = (
        select(func.min(report.c.received_at))
        .where(report.c.delivery_id == delivery.c.id, report.c.code.in_(REACHED["answered"]))
        .scalar_subquery()
    )
    query = select(
        delivery.c.recipient,
        delivery.c.state,
        delivery.c.created_at,
        delivery.c.collected_at,
        delivery.c.progress,
        first.label("first_report_at"),
    ).where(among(conn, delivery.c.envelope_id, ids), delivery.c.kind == "document")
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def in_sight(conn: AsyncConnection, sight: Sight) -> set[str]:
    """The codes of the agencies somebody sees."""
    return set((await conn.execute(select(agency.c.code).where(*seen(sight, agency.c.code)))).scalars())


async def valid_agencies(conn: AsyncConnection, period: Period) -> list[tuple[str, str]]:
    """Agencies (code, level) that were valid on some day of a period, each with its level of the last day of it."""
    began = or_(agency.c.valid_from.is_(None), agency.c.valid_from < period.after)
    lasted = or_(agency.c.valid_to.is_(None), agency.c.valid_to > period.first)
    rows = await conn.execute(select(agency.c.code, agency.c.level).where(began, lasted))
    then = await facts.held(conn, Fact.LEVEL, period.after - timedelta(days=1))  # of whom it ever changed
    return [(row.code, then.get(row.code, row.level)) for row in rows]


async def called(conn: AsyncConnection, codes: Collection[str], day: date) -> dict[str, str]:
    """What agencies were called on a day: a report that is printed again must not rename them."""
    rows = await conn.execute(select(agency.c.code, agency.c.name).where(among(conn, agency.c.code, codes)))
    by_day = await names.load(conn, codes)
    return {row.code: names.on_day(by_day.get(row.code, []), row.name, day) for row in rows}


async def declared(conn: AsyncConnection, period: str, name: str) -> dict[str, int]:
    """What agencies declared for a period."""
    query = select(declared_figure.c.agency, declared_figure.c.value).where(
        declared_figure.c.period == period, declared_figure.c.name == name
    )
    return {row.agency: row.value for row in await conn.execute(query)}


async def declare(  # noqa: PLR0913
    conn: AsyncConnection, code: str, period: str, name: str, value: int, source: str, by: str, now: datetime
) -> None:
    """Keep what an agency declares for a period, in the place of what it declared before."""
    same = and_(declared_figure.c.agency == code, declared_figure.c.period == period, declared_figure.c.name == name)
    await conn.execute(delete(declared_figure).where(same))
    row = {
        "agency": code,
        "period": period,
        "name": name,
        "value": value,
        "source": source,
        "set_by": by,
        "set_at": now,
    }
    await conn.execute(insert(declared_figure).values(**row))


async def issued(conn: AsyncConnection, kind: str, period: str, scope: str) -> dict[str, Any] | None:
    """The report as it was issued last."""
    query = (
        select(issued_report.c.content)
        .where(issued_report.c.kind == kind, issued_report.c.period == period, issued_report.c.scope == scope)
        .order_by(issued_report.c.made_at.desc())
        .limit(1)
    )
    found: dict[str, Any] | None = (await conn.execute(query)).scalar_one_or_none()
    return found


async def issue(conn: AsyncConnection, content: dict[str, Any], scope: str, by: str, now: datetime) -> None:
    """Keep a report as it is, so that the same can be printed again."""
    row = {"id": new_id(), "kind": content["kind"], "period": content["period"], "scope": scope, "made_at": now}
    await conn.execute(insert(issued_report).values(**row, made_by=by, content=content))


async def shelf(
    conn: AsyncConnection, scope: str, before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Reports that were issued for a scope, the latest first, without what they say."""
    columns = (issued_report.c.id, issued_report.c.kind, issued_report.c.period)
    query = (
        select(*columns, issued_report.c.made_at, issued_report.c.made_by)
        .where(issued_report.c.scope == scope)
        .order_by(issued_report.c.made_at.desc(), issued_report.c.id.desc())
        .limit(limit)
    )
    if before:
        at, last = before
        made_at = issued_report.c.made_at
        query = query.where(or_(made_at < at, and_(made_at == at, issued_report.c.id < last)))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def from_shelf(conn: AsyncConnection, identity: str, scope: str) -> dict[str, Any] | None:
    """One of them, as it was issued."""
    query = select(issued_report.c.content).where(issued_report.c.id == identity, issued_report.c.scope == scope)
    found: dict[str, Any] | None = (await conn.execute(query)).scalar_one_or_none()
    return found
