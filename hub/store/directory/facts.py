"""What holds of agencies from a day on: names, parents, levels, serving systems, statistical codes, channels.

An agency none of whose facts ever changed has no rows here; its own row says it all. That row always says what holds
today, so that SQL can filter by it; whoever needs a day asks here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.reform import REACH, Fact, beginning
from hub.domain.vietnamese import fold
from hub.store.sql import among
from hub.store.tables import agency, agency_fact, agency_name, agency_reach

BEGINNING: Final = date.min
NAME: Final = "name"
Days = list[tuple[date, Any]]
Facts = Mapping[str, Mapping[str, Days]]
"""Canonical code -> fact (or `NAME`) -> what it was, by day."""
_CHUNK: Final = 1_000
_COPIED: Final = (
    NAME,
    *(each.value for each in (Fact.LEVEL, Fact.PARENT, Fact.CHANNEL, Fact.CONTACT, Fact.SIGNATURE)),
)
"""The facts that the agency's row has a column for, of the same name."""
_WITH_DAYS: Final = (agency_fact, agency_reach)


async def load(conn: AsyncConnection, codes: Collection[str]) -> Facts:
    """Every fact of these agencies that has days; one statement."""
    name = select(agency_name.c.agency, literal(NAME).label("fact"), agency_name.c.since, agency_name.c.name)
    fact = select(agency_fact.c.agency, agency_fact.c.fact, agency_fact.c.since, agency_fact.c.value)
    reach = select(
        agency_reach.c.agency, agency_reach.c.fact, agency_reach.c.since, type_coerce(agency_reach.c.value, Text())
    )
    query = union_all(
        name.where(among(conn, agency_name.c.agency, codes)),
        fact.where(among(conn, agency_fact.c.agency, codes)),
        reach.where(among(conn, agency_reach.c.agency, codes)),
    )
    found: dict[str, dict[str, Days]] = defaultdict(lambda: defaultdict(list))
    for code, what, since, value in await conn.execute(query):
        found[code][what].append((since, orjson.loads(value) if what in REACH and value is not None else value))
    for days in found.values():
        for held in days.values():
            held.sort(key=lambda one: one[0])
    return found


def on_day(days: Days | None, otherwise: Any, day: date) -> Any:
    """What held on a day; `otherwise` where nothing with a day is known."""
    held = [value for since, value in days or () if since <= day]
    return held[-1] if held else otherwise


async def held(conn: AsyncConnection, fact: Fact, day: date) -> dict[str, str]:
    """Every agency of which this fact was ever changed and has a value on a day, with that value."""
    query = (
        select(agency_fact.c.agency, agency_fact.c.value)
        .where(agency_fact.c.fact == fact, agency_fact.c.since <= day)
        .order_by(agency_fact.c.since)
    )
    latest = {row.agency: row.value for row in await conn.execute(query)}
    return {code: value for code, value in latest.items() if value is not None}


async def put(conn: AsyncConnection, fact: Fact, was: Mapping[str, Any], to: Any, on: date, change: int | None) -> None:
    """From `on` it is `to` for each of these agencies; `was`: what each one's row says now."""
    codes, table = list(was), _table(fact)
    for start in range(0, len(codes), _CHUNK):
        some = codes[start : start + _CHUNK]
        mine = and_(among(conn, table.c.agency, some), table.c.fact == fact)
        known = set((await conn.execute(select(table.c.agency).where(mine))).scalars())
        await conn.execute(delete(table).where(mine, table.c.since == on))
        rows = [_row(code, fact, BEGINNING, was[code], None) for code in some if code not in known and on != BEGINNING]
        rows += [_row(code, fact, on, to, change) for code in some]
        await conn.execute(insert(table), rows)


async def take_back(conn: AsyncConnection, change: int) -> list[str]:
    """Drop what a change brought; answers whose facts it were."""
    codes = await brought_by(conn, change)
    for table in _WITH_DAYS:
        await conn.execute(delete(table).where(table.c.change == change))
    return codes


async def inherit(conn: AsyncConnection, code: str, heir: str) -> None:
    """What holds of an agency from whatever day holds of it under another code."""
    for table in _WITH_DAYS:
        query = select(table).where(table.c.agency == code, table.c.fact != Fact.CONTINUES)
        rows = [{**row, "agency": heir} for row in (await conn.execute(query)).mappings()]
        if rows:
            await conn.execute(insert(table), rows)


async def brought_by(conn: AsyncConnection, change: int) -> list[str]:
    """The agencies of which a change changed a fact."""
    found: set[str] = set()
    for table in _WITH_DAYS:
        found |= set((await conn.execute(select(table.c.agency).where(table.c.change == change))).scalars())
    return sorted(found)


async def note(conn: AsyncConnection, fact: Fact, known: Mapping[str, str | None], today: date) -> None:
    """This is so today, and since nobody knows when; of whom it is known by day, the present day's is corrected."""
    mine = (among(conn, agency_fact.c.agency, known), agency_fact.c.fact == fact)
    there = set((await conn.execute(select(agency_fact.c.agency).where(*mine))).scalars())
    if new := [_row(code, fact, BEGINNING, value, None) for code, value in known.items() if code not in there]:
        await conn.execute(insert(agency_fact), new)
    await correct(conn, {code: {fact.value: known[code]} for code in there}, today)


async def correct(conn: AsyncConnection, wanted: Mapping[str, Mapping[str, str | None]], today: date) -> None:
    """What agencies' rows say of today was written anew: let what has days say so too. `wanted`: code -> fact -> value."""
    for code, days in (await load(conn, list(wanted))).items():
        for fact, value in wanted[code].items():
            since = max((day for day, _ in days.get(fact, ()) if day <= today), default=None)
            if since is not None:
                row = (agency_fact.c.agency == code, agency_fact.c.fact == fact, agency_fact.c.since == since)
                await conn.execute(update(agency_fact).where(*row).values(value=value))


async def copy(conn: AsyncConnection, codes: Iterable[str], today: date) -> None:
    """Let these agencies' own rows say what holds today."""
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        held = await load(conn, some)
        query = select(agency.c.code, *(agency.c[column] for column in _COPIED), agency.c.channel_config)
        for row in (await conn.execute(query.where(among(conn, agency.c.code, some)))).all():
            days = held.get(row.code, {})
            values: dict[str, Any] = {
                column: on_day(days.get(column), getattr(row, column), today) for column in _COPIED if column in days
            }
            if reached := values.get(Fact.CHANNEL.value):
                values |= {"channel": reached["channel"], "channel_config": reached["settings"]}
            changed = {column: value for column, value in values.items() if value != getattr(row, column)}
            if NAME in changed:
                changed["name_folded"] = fold(str(changed[NAME]))
            if changed:
                await conn.execute(update(agency).where(agency.c.code == row.code).values(**changed))


def was(fact: Fact, column: ColumnElement[Any], value: str, day: date) -> ColumnElement[bool]:
    """Whether it was `value` on a day: by what has days, else by the column of the agency's row."""
    return or_(
        and_(column == value, agency.c.code.not_in(select(agency_fact.c.agency).where(agency_fact.c.fact == fact))),
        agency.c.code.in_(in_force(fact, value, day)),
    )


def in_force(fact: Fact, value: str, day: date) -> Select[tuple[str]]:
    """The agencies of which a fact with days has this value on a day."""
    later = agency_fact.alias()
    latest = (
        select(func.max(later.c.since))
        .where(later.c.agency == agency_fact.c.agency, later.c.fact == fact, later.c.since <= day)
        .scalar_subquery()
    )
    return select(agency_fact.c.agency).where(
        agency_fact.c.fact == fact, agency_fact.c.value == value, agency_fact.c.since == latest
    )


def _table(fact: Fact) -> Table:
    return agency_reach if fact in REACH else agency_fact


def _row(code: str, fact: Fact, since: date, value: Any, change: int | None) -> dict[str, Any]:
    row = {"agency": code, "fact": fact.value, "since": since, "value": value, "change": change}
    return row if fact in REACH else {**row, "at": beginning(since)}
