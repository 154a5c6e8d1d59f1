"""What agencies were called, by day. An agency that was never renamed has no rows here; its own row says it all."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.vietnamese import fold
from hub.store.sql import among
from hub.store.tables import agency, agency_name

BEGINNING: Final = date.min
Names = Mapping[str, list[tuple[date, str]]]


async def load(conn: AsyncConnection, codes: Collection[str]) -> Names:
    """The names of these agencies, each list by day."""
    query = (
        select(agency_name.c.agency, agency_name.c.since, agency_name.c.name)
        .where(among(conn, agency_name.c.agency, codes))
        .order_by(agency_name.c.agency, agency_name.c.since)
    )
    names: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in await conn.execute(query):
        names[row.agency].append((row.since, row.name))
    return names


def on_day(names: list[tuple[date, str]], otherwise: str, day: date) -> str:
    """The name in force on a day."""
    held = [name for since, name in names if since <= day]
    return held[-1] if held else otherwise


async def rename(conn: AsyncConnection, code: str, was: str, name: str, on: date, today: date) -> None:
    """From `on` the agency is called `name`; `was` is what its row says now."""
    known = (await load(conn, [code])).get(code, [])
    if not known:
        await _put(conn, code, BEGINNING, was)
    await conn.execute(delete(agency_name).where(agency_name.c.agency == code, agency_name.c.since == on))
    await _put(conn, code, on, name)
    current = on_day(sorted([*[n for n in known if n[0] != on], (on, name)]), was, today)
    await conn.execute(update(agency).where(agency.c.code == code).values(name=current, name_folded=fold(current)))


async def inherit(conn: AsyncConnection, code: str, heir: str) -> None:
    """An agency is called under another code what it is called under this one, on every day."""
    query = select(agency_name).where(agency_name.c.agency == code)
    rows = [{**row, "agency": heir} for row in (await conn.execute(query)).mappings()]
    if rows:
        await conn.execute(insert(agency_name), rows)


async def take_back(conn: AsyncConnection, code: str, name: str, on: date) -> None:
    """Drop a name that was to hold from a day to come, unless another one was given for that day since."""
    await conn.execute(
        delete(agency_name).where(agency_name.c.agency == code, agency_name.c.since == on, agency_name.c.name == name)
    )


async def correct(conn: AsyncConnection, wanted: Mapping[str, str], today: date) -> None:
    """The names in force today were written wrongly: let these agencies' history say so too."""
    for code, names in (await load(conn, list(wanted))).items():
        since = max((day for day, _ in names if day <= today), default=None)
        if since is None or (since, wanted[code]) in names:
            continue
        await conn.execute(
            update(agency_name)
            .where(agency_name.c.agency == code, agency_name.c.since == since)
            .values(name=wanted[code], name_folded=fold(wanted[code]))
        )


async def _put(conn: AsyncConnection, code: str, since: date, name: str) -> None:
    row = {"agency": code, "since": since, "name": name, "name_folded": fold(name)}
    await conn.execute(insert(agency_name).values(row))
