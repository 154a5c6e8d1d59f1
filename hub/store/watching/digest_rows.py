"""What digests are made of: the open alerts, or the news of a span, each with whom to write to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.alert import STARTS_AT, Kind, State, Step
from hub.store.tables import agency, alert, notice


def _with_contacts(query: Select[Any]) -> Select[Any]:
    parent = agency.alias("parent_agency")
    return (
        query.add_columns(
            agency.c.name.label("agency_name"),
            agency.c.contact,
            parent.c.name.label("parent_name"),
            parent.c.contact.label("parent_contact"),
        )
        .join(agency, agency.c.code == alert.c.agency, isouter=True)
        .join(parent, parent.c.code == alert.c.parent, isouter=True)
    )


def _row(row: Any) -> dict[str, Any]:
    return {**row, "starts_at": STARTS_AT.get(Kind(row["kind"]), Step.AGENCY)}


async def open_alerts(conn: AsyncConnection, after: str, most: int) -> list[dict[str, Any]]:
    """Alerts that are not cleared, in the order of their ids."""
    query = _with_contacts(select(alert)).where(alert.c.state != State.CLEARED.value, alert.c.id > after)
    return [_row(row) for row in (await conn.execute(query.order_by(alert.c.id).limit(most))).mappings()]


async def news(conn: AsyncConnection, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
    """What became of alerts from one moment up to another, the latest first. `step` is the one at that time."""
    columns = [column for column in alert.c if column.name not in ("step", "count", "rank", "note")]
    query = _with_contacts(
        select(*columns, notice.c.what, notice.c.at, notice.c.step, notice.c.count, notice.c.rank, notice.c.note)
        .select_from(notice)
        .join(alert, alert.c.id == notice.c.alert_id)
    ).where(notice.c.at >= since, notice.c.at < until)
    return [_row(row) for row in (await conn.execute(query.order_by(notice.c.seq.desc()).limit(most))).mappings()]


async def calls(conn: AsyncConnection, now: datetime, most: int) -> list[dict[str, Any]]:
    """News that the webhook has not taken yet and that is to be posted now, oldest first."""
    columns = [column for column in alert.c if column.name not in ("step", "count", "rank", "note")]
    query = _with_contacts(
        select(
            *columns,
            notice.c.seq,
            notice.c.what,
            notice.c.at,
            notice.c.step,
            notice.c.count,
            notice.c.rank,
            notice.c.note,
            notice.c.call_attempts,
        )
        .select_from(notice)
        .join(alert, alert.c.id == notice.c.alert_id)
    ).where(notice.c.call_at <= now)
    return [_row(row) for row in (await conn.execute(query.order_by(notice.c.seq).limit(most))).mappings()]
