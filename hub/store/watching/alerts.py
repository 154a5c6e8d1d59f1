"""The rows of `alert`, and of `notice`, its history.

Two workers may watch at once: an open alert is unique, and a change is made only over the row it was read as.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import Alert, Event, Kind, State, Step
from hub.store.sight import seen
from hub.store.sql import among, is_postgresql
from hub.store.tables import agency, alert, notice


def _alert(row: Mapping[Any, Any]) -> Alert:
    facts = {name: row[name] for name in Alert.__dataclass_fields__}
    facts |= {"kind": Kind(row["kind"]), "state": State(row["state"]), "step": Step(row["step"])}
    return Alert(**facts)


def _values(of: Alert) -> dict[str, Any]:
    values = asdict(of)
    return {**values, "kind": of.kind.value, "state": of.state.value, "step": int(of.step), "next_at": of.next_at}


async def still_open(conn: AsyncConnection, kind: Kind, after: str, until: str | None) -> dict[str, Alert]:
    """Alerts of a kind that are not cleared, of the agencies after one up to another (None: to the end), by agency."""
    query = select(alert).where(alert.c.state != State.CLEARED, alert.c.kind == kind.value, alert.c.agency > after)
    if until is not None:
        query = query.where(alert.c.agency <= until)
    return {row["agency"]: _alert(row) for row in (await conn.execute(query)).mappings()}


async def add(conn: AsyncConnection, new: Sequence[Alert]) -> list[Alert]:
    """Raise alerts; answers those that nobody raised meanwhile."""
    if not new:
        return []
    into = postgresql.insert if is_postgresql(conn) else sqlite.insert
    statement = into(alert).on_conflict_do_nothing().returning(alert.c.id)
    made = set((await conn.execute(statement, [_values(each) for each in new])).scalars())
    return [each for each in new if each.id in made]


async def change(conn: AsyncConnection, before: Alert, after: Alert) -> bool:
    """Save an alert over the row it came from. False when somebody else changed it first: it is looked at again."""
    moved = await conn.execute(
        update(alert)
        .where(
            alert.c.id == before.id,
            alert.c.state == before.state.value,
            alert.c.step == int(before.step),
            alert.c.reminders == before.reminders,
            alert.c.acknowledged_at.is_not_distinct_from(before.acknowledged_at),
        )
        .values(**_values(after))
    )
    return bool(moved.rowcount)


async def tell(
    conn: AsyncConnection,
    happened: Iterable[tuple[Alert, Event]],
    now: datetime,
    *,
    calls: bool,
    by: str | None = None,
    note: str | None = None,
) -> None:
    """Write history, in the transaction of what happened. `calls`: there is a webhook that is to hear of it."""
    rows = [
        {
            "alert_id": each.id,
            "at": now,
            "what": event.value,
            "step": int(each.step),
            "count": each.count,
            "rank": each.rank,
            "by": by,
            "note": note,
            "call_at": now if calls else None,
        }
        for each, event in happened
    ]
    if rows:
        await conn.execute(insert(notice), rows)


async def due(conn: AsyncConnection, now: datetime, most: int) -> list[Alert]:
    """Alerts for which the clock says that somebody is to be told, the most overdue first."""
    query = select(alert).where(alert.c.next_at <= now).order_by(alert.c.next_at).limit(most)
    return [_alert(row) for row in (await conn.execute(query)).mappings()]


async def get(conn: AsyncConnection, identity: str) -> Alert | None:
    """One alert."""
    row = (await conn.execute(select(alert).where(alert.c.id == identity))).mappings().first()
    return _alert(row) if row else None


async def of_agencies(conn: AsyncConnection, kind: Kind, codes: Iterable[str]) -> dict[str, str]:
    """The ids of the open alerts of a kind at some agencies, by agency."""
    query = select(alert.c.agency, alert.c.id).where(
        alert.c.state != State.CLEARED, alert.c.kind == kind.value, among(conn, alert.c.agency, sorted(set(codes)))
    )
    return {row.agency: row.id for row in await conn.execute(query)}


async def history(conn: AsyncConnection, identity: str) -> list[dict[str, Any]]:
    """What became of an alert, oldest first."""
    query = select(notice).where(notice.c.alert_id == identity).order_by(notice.c.seq)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def listing(
    conn: AsyncConnection, filters: Mapping[str, Any], after: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Alerts with the agency's name and contact, the oldest first.

    `filters`: any of kind, state, agency, level, parent, rank, step (at least), raised_before, oldest_before, sight;
    `cleared`: True for those that are over as well.
    """
    query = (
        select(alert, agency.c.name.label("agency_name"), agency.c.contact)
        .join(agency, agency.c.code == alert.c.agency, isouter=True)
        .where(*_filtered(filters))
        .order_by(alert.c.raised_at, alert.c.id)
        .limit(limit)
    )
    if after:
        at, identity = after
        query = query.where(or_(alert.c.raised_at > at, and_(alert.c.raised_at == at, alert.c.id > identity)))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


def _filtered(filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        alert.c[name] == filters[name]
        for name in ("kind", "state", "agency", "level", "parent", "rank")
        if name in filters
    ]
    if "step" in filters:
        conditions.append(alert.c.step >= filters["step"])
    if "raised_before" in filters:
        conditions.append(alert.c.raised_at <= filters["raised_before"])
    if "oldest_before" in filters:
        conditions.append(alert.c.oldest_at <= filters["oldest_before"])
    if "sight" in filters:
        conditions += seen(filters["sight"], alert.c.agency)
    if not filters.get("cleared") and "state" not in filters:
        conditions.append(alert.c.state != State.CLEARED.value)
    return conditions


async def by_kind(conn: AsyncConnection, filters: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """How many alerts of each kind there are, and how many documents stand behind them. `filters`: as of `listing`."""
    query = (
        select(alert.c.kind, func.count(), func.sum(alert.c.count)).where(*_filtered(filters)).group_by(alert.c.kind)
    )
    return {kind: (int(alerts), int(documents or 0)) for kind, alerts, documents in await conn.execute(query)}


async def tally(conn: AsyncConnection) -> dict[tuple[str, str], int]:
    """How many alerts are not cleared, by kind and state."""
    query = (
        select(alert.c.kind, alert.c.state, func.count())
        .where(alert.c.state != State.CLEARED.value)
        .group_by(alert.c.kind, alert.c.state)
    )
    return {(kind, state): int(n) for kind, state, n in await conn.execute(query)}


async def calls_held(conn: AsyncConnection, numbers: Sequence[int], until: datetime) -> None:
    """News is being posted: nobody else posts it until then."""
    if numbers:
        await conn.execute(update(notice).where(notice.c.seq.in_(numbers)).values(call_at=until))


async def calls_done(conn: AsyncConnection, numbers: Sequence[int]) -> None:
    """The webhook has taken these."""
    await conn.execute(update(notice).where(notice.c.seq.in_(numbers)).values(call_at=None, call_error=None))


async def calls_failed(conn: AsyncConnection, numbers: Sequence[int], again: datetime | None, error: str) -> None:
    """The webhook has not taken these; tried again at `again`, None: given up."""
    await conn.execute(
        update(notice)
        .where(notice.c.seq.in_(numbers))
        .values(call_at=again, call_attempts=notice.c.call_attempts + 1, call_error=error)
    )
