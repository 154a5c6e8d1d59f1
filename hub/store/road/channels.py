"""A delivery goes by the channel that its recipient has when it is tried, not by the one of when it was accepted."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import deadline
from hub.domain.delivery import State
from hub.domain.reform import Fact
from hub.store.sql import among
from hub.store.tables import agency, agency_reach, delivery

INBOX: Final = "inbox"


def reached_by(now: datetime) -> ScalarSelect[Any]:
    """How the recipient is reached today, of whom that is known by day."""
    today = now.astimezone(deadline.LOCAL).date()
    held = select(agency_reach.c.value).where(
        agency_reach.c.agency == agency.c.code, agency_reach.c.fact == Fact.CHANNEL, agency_reach.c.since <= today
    )
    return held.order_by(agency_reach.c.since.desc()).limit(1).scalar_subquery()


def channelled(row: dict[str, Any]) -> dict[str, Any]:
    """A delivery goes by the channel its recipient has now; `was` is the one it had when the document was accepted."""
    current, by_day = row.pop("current"), row.pop("by_day")
    channel, config = (by_day["channel"], by_day["settings"]) if by_day else (current, row["config"])
    return row | {"channel": channel, "config": config, "was": row["channel"]}


async def turn(conn: AsyncConnection, rows: list[dict[str, Any]], now: datetime) -> None:
    """Note the channel of those that go another way than when they were accepted; what is to be fetched now is queued for it."""
    turned = [row for row in rows if row.pop("was") != row["channel"]]
    for channel in {row["channel"] for row in turned}:
        ids = [row["id"] for row in turned if row["channel"] == channel]
        values: dict[str, Any] = {"channel": channel}
        if channel == INBOX:
            values |= {"state": State.QUEUED, "version": delivery.c.version + 1, "lease_until": None}
            values |= {"attempts": 0, "next_attempt_at": now}
        await conn.execute(update(delivery).where(among(conn, delivery.c.id, ids)).values(**values))
