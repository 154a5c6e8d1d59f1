"""How agencies are reached and believed, by day: the channel with its settings, the contact, the signature policy.

The agency's row says what holds today, `agency_reach` what held and what will. An agency of which none of it ever changed
has no rows there. What is changed of one code of an agency is changed of all: it is one agency (`recoded`).
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.reform import Fact
from hub.store.directory import facts
from hub.store.sql import among
from hub.store.tables import agency, agency_reach

_COLUMNS: Final = {Fact.CHANNEL: "channel", Fact.CONTACT: "contact", Fact.SIGNATURE: "signature"}


def channel(name: str, settings: Mapping[str, str]) -> dict[str, Any]:
    """A channel as it is kept by day."""
    return {"channel": name, "settings": dict(settings)}


async def put(
    conn: AsyncConnection, fact: Fact, codes: Collection[str], to: Any, on: date, change: int | None = None
) -> None:
    """From `on` it is `to` for these codes; of a channel what `channel` makes. Of today the caller tells the rows."""
    columns = (agency.c.code, agency.c[_COLUMNS[fact]], agency.c.channel_config)
    rows = (await conn.execute(select(*columns).where(among(conn, agency.c.code, codes)))).all()
    was = {row[0]: channel(row[1], row[2]) if fact is Fact.CHANNEL else row[1] for row in rows}
    await facts.put(conn, fact, was, to, on, change)


async def channels(conn: AsyncConnection, codes: Collection[str], day: date) -> dict[str, tuple[str, dict[str, str]]]:
    """The channel of each agency (canonical code) on a day, with its settings, secrets and all; two statements."""
    query = select(agency.c.code, agency.c.channel, agency.c.channel_config)
    found = {
        row.code: (row.channel, dict(row.channel_config))
        for row in await conn.execute(query.where(among(conn, agency.c.code, codes)))
    }
    by_day = (
        select(agency_reach.c.agency, agency_reach.c.value)
        .where(
            among(conn, agency_reach.c.agency, codes),
            agency_reach.c.fact == Fact.CHANNEL,
            agency_reach.c.since <= day,
        )
        .order_by(agency_reach.c.since)
    )
    for code, held in await conn.execute(by_day):
        found[code] = held["channel"], held["settings"]
    return found
