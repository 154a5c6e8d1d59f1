"""How agencies receive: counted by day into `agency_day`, and summed for the agency board and the processing status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.report import REACHED
from hub.domain.roles import Sight
from hub.domain.vietnamese import sort_key
from hub.domain.waited import CLASSES, OVER, QUARTER, Quarter
from hub.store.columns import Instant, to_micros
from hub.store.sight import seen
from hub.store.sql import among, is_postgresql
from hub.store.tables import agency, agency_day, agency_seen

STEPS: Final = ("deliveries", "arrived", "registered", "assigned", "finished", "refused")
SORTS: Final = ("code", "name", "deliveries", "median", "p90", "in_time", "answered", "silent")
_COUNTS: Final = tuple(c.name for c in agency_day.columns)[2:]
_NEVER: Final = 10**15
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which agencies, since which day, in which order (one of SORTS, the other way round with `-` before it)."""

    since: date
    sort: str = "code"
    level: str = ""
    parent: str = ""  # an agency's code: it, and those right below it
    sight: Sight | None = None


# -- counting ---------------------------------------------------------------------------------------------------


async def recount(conn: AsyncConnection, day: date, quarters: Sequence[Quarter], now: datetime) -> None:
    """Count a day anew, by its quarters of an hour: one statement however many documents it had."""
    await conn.execute(delete(agency_day).where(agency_day.c.day == day))
    since = quarters[0].begins.astimezone(UTC)
    given = {"day": day, "since": since, "until": since + _DAY, "now": now}
    types: list[BindParameter[Any]] = [bindparam("day", type_=Date())]
    types += [bindparam(name, type_=Instant()) for name in ("since", "until", "now")]
    await conn.execute(text(_counting(quarters, since, postgresql=is_postgresql(conn))).bindparams(*types), given)


def _counting(quarters: Sequence[Quarter], since: datetime, *, postgresql: bool) -> str:
    """The statement. The moments of the quarters stand in it as they are: numbers of our own making."""

    def moment(at: datetime) -> str:
        micros = to_micros(at)
        return f"to_timestamp({micros // 1_000_000})" if postgresql else str(micros)

    seconds = int(QUARTER.total_seconds())
    first = to_micros(since) // 1_000_000
    number = (
        f"CAST(floor((extract(epoch FROM e.received_at) - {first}) / {seconds}) AS integer)"
        if postgresql
        else f"(e.received_at - {first * 1_000_000}) / {seconds * 1_000_000}"
    )
    rows = ", ".join(
        f"({n}, {int(q.is_worked)}, {moment(q.begins)}, {', '.join(map(moment, q.until))})"
        for n, q in enumerate(quarters)
    )
    waits = "state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'DELIVERED')"
    reached = {step: f"progress IN ({', '.join(map(repr, codes))})" for step, codes in REACHED.items()}
    figures = {
        "deliveries": "1 = 1",
        "in_time": "got <= due_at",
        "late": f"got > due_at OR ({waits} AND due_at <= :now)",
        "dead": "state = 'DEAD'",
        "arrived": f"got IS NOT NULL OR {reached['answered']}",
        "received": "got IS NOT NULL",
        **reached,
    } | {f"within_{minutes}": f"counted <= until_{minutes}" for minutes in CLASSES}
    counts = ", ".join(f"count(CASE WHEN {figures[name]} THEN 1 END)" for name in _COUNTS)
    limits = ", ".join(f"until_{minutes}" for minutes in CLASSES)
    got = "coalesce(d.collected_at, d.confirmed_at)"
    return (
        f"INSERT INTO agency_day (day, agency, {', '.join(_COUNTS)}) "  # noqa: S608 - our own words and numbers
        f"WITH quarter (number, worked, begins, {limits}) AS (VALUES {rows}), "
        f"one AS (SELECT d.recipient, d.state, d.due_at, d.progress, {got} AS got, {limits}, "
        f"CASE WHEN q.worked = 1 THEN {got} - (e.received_at - q.begins) ELSE {got} END AS counted "
        f"FROM envelope e JOIN delivery d ON d.envelope_id = e.id JOIN quarter q ON q.number = {number} "
        "WHERE e.received_at >= :since AND e.received_at < :until AND e.kind <> 'status' "
        "AND d.kind = 'document' AND d.state <> 'WITHDRAWN' AND d.level <> '') "
        f"SELECT :day, recipient, {counts} FROM one GROUP BY recipient"
    )


async def forget(conn: AsyncConnection, before: date) -> None:
    """Drop the days before one."""
    await conn.execute(delete(agency_day).where(agency_day.c.day < before))


# -- asking -----------------------------------------------------------------------------------------------------


def _sums(asked: Asked) -> Select[Any]:
    columns = [cast(func.sum(agency_day.c[name]), BigInteger).label(name) for name in _COUNTS]
    query = (
        select(agency_day.c.agency, agency.c.name, agency.c.level, agency.c.parent, *columns)
        .join(agency, agency.c.code == agency_day.c.agency)
        .where(agency_day.c.day >= asked.since)
        .group_by(agency_day.c.agency, agency.c.name, agency.c.level, agency.c.parent)
    )
    return query.where(*narrowed(agency_day.c.agency, asked.level, asked.parent, asked.sight))


def narrowed(column: ColumnElement[str], level: str, parent: str, sight: Sight | None) -> list[ColumnElement[bool]]:
    """Of what is counted by agency, joined with `agency`: a level, an agency and those right below it, those in sight.

    `column`: the counts' own, of codes. Empty, and None, narrow nothing.
    """
    wanted = [agency.c.level == level] if level else []
    if parent:
        wanted.append(or_(agency.c.parent == parent, agency.c.code == parent))
    return wanted + (seen(sight, column) if sight else [])


async def weeks(
    conn: AsyncConnection, codes: Sequence[str], since: date, number: int
) -> dict[str, list[tuple[int, int]]]:
    """How many deliveries to each of some agencies were in time and late, in each of `number` weeks from a day on."""
    query = select(agency_day.c.agency, agency_day.c.day, agency_day.c.in_time, agency_day.c.late).where(
        among(conn, agency_day.c.agency, codes), agency_day.c.day >= since
    )
    found = {code: [(0, 0)] * number for code in codes}
    for row in await conn.execute(query):
        week = min((row.day - since).days // 7, number - 1)
        in_time, late = found[row.agency][week]
        found[row.agency][week] = in_time + row.in_time, late + row.late
    return found


async def by_level(conn: AsyncConnection, asked: Asked) -> list[dict[str, Any]]:
    """The sums of each level."""
    sums = _sums(asked).subquery()
    columns = [cast(func.sum(sums.c[name]), BigInteger).label(name) for name in _COUNTS]
    query = select(sums.c.level, func.count().label("agencies"), *columns).group_by(sums.c.level)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def by_agency(
    conn: AsyncConnection, asked: Asked, after: tuple[int, str] | None, limit: int
) -> list[dict[str, Any]]:
    """The sums of each agency that was sent anything, in the order asked for; `key` and `agency` say where the next page begins.

    Each has `median` and `p90`, minutes of working time until it received (None when it received nothing), `in_time_share`
    and `answered_share` in thousandths, `polled_at` and `channel`.
    """
    sums = _sums(asked).subquery()
    figures = select(
        *sums.c,
        agency.c.channel,
        agency_seen.c.polled_at,
        _quantile(sums.c, 0.5).label("median"),
        _quantile(sums.c, 0.9).label("p90"),
        _share(sums.c.in_time, sums.c.in_time + sums.c.late).label("in_time_share"),
        _share(sums.c.answered, sums.c.deliveries).label("answered_share"),
    ).select_from(
        sums.join(agency, agency.c.code == sums.c.agency).outerjoin(
            agency_seen, and_(agency_seen.c.agency == sums.c.agency, agency.c.channel == "inbox")
        )
    )
    ordered = figures.subquery()
    if asked.sort.removeprefix("-") == "name":
        rows = [{**row, "key": 0} for row in (await conn.execute(select(*ordered.c))).mappings()]
        return _by_name(rows, after[1] if after else "", limit, falls=asked.sort.startswith("-"))
    key = _key(conn, ordered.c, asked.sort).label("key")
    query = select(*ordered.c, key).order_by(key, ordered.c.agency).limit(limit)
    if after:
        query = query.where(or_(key > after[0], and_(key == after[0], ordered.c.agency > after[1])))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


def _by_name(rows: list[dict[str, Any]], after: str, limit: int, *, falls: bool) -> list[dict[str, Any]]:
    """As a Vietnamese list goes, by syllable and tone, which no database of ours knows: sorted here, all of them."""
    rows.sort(key=lambda row: (sort_key(row["name"]), row["agency"]), reverse=falls)
    begin = next((place + 1 for place, row in enumerate(rows) if row["agency"] == after), 0)
    return rows[begin : begin + limit]


def _quantile(counts: Any, part: float) -> ColumnElement[int]:
    """Minutes within which this part was received: between the ends of a class as if evenly spread."""
    wanted = literal(part) * counts["received"]
    whens, lower, below = [], 0, literal(0)
    for minutes in CLASSES:
        within = counts[f"within_{minutes}"]
        more = case((within > below, within - below), else_=1)
        place = lower + (minutes - lower) * (wanted - below) / more
        whens.append((within >= wanted, cast(place, BigInteger)))
        lower, below = minutes, within
    return case((counts["received"] == 0, None), *whens, else_=OVER)


def _share(part: ColumnElement[int], whole: ColumnElement[int]) -> ColumnElement[int]:
    return case((whole == 0, None), else_=part * 1000 // case((whole == 0, 1), else_=whole))


def _key(conn: AsyncConnection, columns: Any, sort: str) -> ColumnElement[int]:
    """A whole number to sort by, ascending: what somebody should look at comes first, what says nothing last."""
    name = sort.removeprefix("-")
    if name == "code":
        return literal(0)
    if name == "silent":
        seen_at: ColumnElement[Any] = columns.polled_at
        value: ColumnElement[int] = (
            cast(func.extract("epoch", seen_at), BigInteger)
            if is_postgresql(conn)
            else cast(type_coerce(seen_at, BigInteger) / 1_000_000, BigInteger)
        )
    elif name in ("in_time", "answered"):
        value = columns[f"{name}_share"]
    else:
        value = -columns[name]
    if sort.startswith("-"):
        value = -value
    return cast(func.coalesce(value, _NEVER), BigInteger)
