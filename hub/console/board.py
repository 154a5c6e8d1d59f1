"""The agency board: how soon each agency receives and answers what it is sent, over the last four weeks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import files, filters, listing, words
from hub.console.asked import Asked
from hub.console.charts import spread, trend
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.console.listing import Party
from hub.console.speech import Speech
from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.waited import CLASSES, OVER, quantile
from hub.store.watching import board

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LINES: Final = 50
_FRESH_SECONDS: Final = 60.0
_WEEKS: Final = 12  # of the small trend; counted days are kept for longer
DAYS: Final = 28
_GOOD, _FAIR = 950, 800  # thousandths from which on a share is good, or needs a look
COLUMNS: Final = ("agency", "level", "deliveries", "median", "p90", "in_time", "answered", "silent")
_LARGEST_FIRST: Final = ("deliveries", "median", "p90", "silent")  # unless turned round; shares come smallest first
_CODE_AT_MOST: Final = 35


@dataclass(frozen=True, slots=True)
class Week:
    """A bar of the small trend: its place, its tone, what it says, and the documents behind it."""

    bar: trend.Week
    tone: str
    said: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One agency."""

    agency: Party
    level: str
    deliveries: str
    href: str
    spread: spread.Spread | None
    median: str
    p90: str
    in_time: str
    in_time_tone: str
    late_href: str
    trend: list[Week]
    answered: str
    answered_tone: str
    answered_href: str
    silent: str
    silent_tone: str


def place(after: str) -> tuple[int, str] | None:
    """Where a page begins: after this key and code."""
    key, _, code = after.partition("~")
    digits = key.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 17) or not 0 < len(code) <= _CODE_AT_MOST:  # noqa: PLR2004
        return None
    return int(key), code


_RULES: Final = {
    "level": filters.one_of(words.LEVELS),
    "parent": filters.text(_CODE_AT_MOST),
    "sort": filters.one_of((*board.SORTS, *(f"-{name}" for name in board.SORTS if name != "code"))),
    "after": lambda given: given if place(given) else None,
}


def first_day(now: datetime, days: int = DAYS) -> date:
    """The first of the days up to today, in Vietnam."""
    return now.astimezone(deadline.LOCAL).date() - timedelta(days=days - 1)


@router.get("/board")
async def page(here: TheVisit, person: Watcher) -> Response:
    """Agencies with their figures, sorted as asked; the whole list as a file with `format`."""
    asked = filters.read("/board", here.request.query_params, _RULES)
    since = first_day(here.now)
    parent = await canonical(here, asked["parent"])
    wanted = board.Asked(since, asked["sort"] or "code", asked["level"], parent, person.sight)
    if as_file := files.asked_for(here.request.query_params, ""):
        async with here.console.hub.database.read() as conn:
            rows = await board.by_agency(conn, wanted, None, files.ROWS_AT_MOST)
        return files.file(f"don-vi-{since}", as_file[1], [here.speech("board_" + c) for c in COLUMNS], map(_row, rows))
    rows, levels = await figures(here, wanted, place(asked["after"]))
    more, rows = len(rows) > LINES, rows[:LINES]
    twelve = first_day(here.now, 7 * _WEEKS)
    weeks = await _weeks(here, [row["agency"] for row in rows], twelve)
    agencies = await here.console.hub.directory.resolve({row["agency"] for row in rows} | ({parent} - {""}))
    following = asked.address(after=f"{rows[-1]['key']}~{rows[-1]['agency']}") if more else ""
    return here.page(
        "board.html",
        person,
        asked=asked,
        since=since,
        levels=[_level(here.speech, row, since) for row in levels],
        lines=[
            line(here, row, agencies, since, _trend(here.speech, row["agency"], weeks[row["agency"]], twelve))
            for row in rows
        ],
        ticks=spread.ticks(),
        trend=trend,
        limit=spread.place(here.console.hub.settings.unreceived_hours * 60),
        columns=[(name, _heading(asked, name)) for name in COLUMNS if name != "level"],
        following=following,
        choices=listing.choices,
        parent=listing.party(agencies, parent) if parent else None,
    )


async def _weeks(here: Visit, codes: list[str], since: date) -> dict[str, list[tuple[int, int]]]:
    async def ask() -> dict[str, list[tuple[int, int]]]:
        async with here.console.hub.database.read() as conn:
            return await board.weeks(conn, codes, since, _WEEKS)

    return await here.console.remembered.get(("board weeks", tuple(codes), since), _FRESH_SECONDS, ask)


async def canonical(here: Visit, code: str) -> str:
    """The canonical code of an agency by any of its codes; as written when there is none."""
    if not code:
        return ""
    found = (await here.console.hub.directory.resolve([code]))[code]
    return found.code if found else code


async def figures(
    here: Visit, wanted: board.Asked, after: tuple[int, str] | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A page of agencies, one more than it shows, and the sums of the levels: asked once for all who look."""

    async def of_agencies() -> list[dict[str, Any]]:
        async with here.console.hub.database.read() as conn:
            return await board.by_agency(conn, wanted, after, LINES + 1)

    async def of_levels() -> list[dict[str, Any]]:
        async with here.console.hub.database.read() as conn:
            return await board.by_level(conn, wanted)

    remembered, in_any_order = here.console.remembered, replace(wanted, sort="code")
    return await asyncio.gather(
        remembered.get(("board", wanted, after), _FRESH_SECONDS, of_agencies),
        remembered.get(("board levels", in_any_order), _FRESH_SECONDS, of_levels),
    )


def _row(row: Mapping[str, Any]) -> list[Any]:
    """A line of the file: plain numbers, shares in percent, times in hours of working time."""
    hours = [None if row[name] is None else round(row[name] / 60, 2) for name in ("median", "p90")]
    shares = [None if row[name] is None else row[name] / 10 for name in ("in_time_share", "answered_share")]
    return [f"{row['name']} ({row['agency']})", row["level"], row["deliveries"], *hours, *shares, row["polled_at"]]


def _heading(asked: Filters, name: str) -> tuple[str, str]:
    """Where a column's heading leads, and how the list stands by it now (`aria-sort`)."""
    known = "code" if name == "agency" else name
    now = asked["sort"] or "code"
    if now.removeprefix("-") != known:
        return asked.address(sort="" if known == "code" else known), ""
    is_turned = now.startswith("-")
    turned = known if is_turned or known == "code" else f"-{known}"
    falls = (known in _LARGEST_FIRST) != is_turned
    return asked.address(sort=turned), "descending" if falls else "ascending"


def _level(speech: Speech, row: Mapping[str, Any], since: date) -> dict[str, Any]:
    within = [row[f"within_{minutes}"] for minutes in CLASSES]
    median, p90 = quantile(within, row["received"], 0.5), quantile(within, row["received"], 0.9)

    def address(step: str) -> str:
        return Asked(period="all").address(level=row["level"], since=since.isoformat(), step=step)

    return {
        "name": row["level"],
        "agencies": speech.number(row["agencies"]),
        "deliveries": speech.number(row["deliveries"]),
        "href": address("sent"),
        "late_href": address("late") if row["late"] else address("in-time"),
        "answered_href": address("answered"),
        "spread": spread.draw(median, p90),
        "median": working(speech, median),
        "p90": working(speech, p90),
        "in_time": speech.percent(row["in_time"], row["in_time"] + row["late"]),
        "answered": speech.percent(row["answered"], row["deliveries"]),
    }


def line(
    here: Visit,
    row: Mapping[str, Any],
    agencies: Mapping[str, Agency | None],
    since: date,
    weeks: list[Week],
) -> Line:
    """One agency, as the template shows it."""
    speech = here.speech

    def address(**said: str) -> str:
        return Asked(period="all").address(to=row["agency"], since=since.isoformat(), **said)

    silent, silent_tone = "–", "plain"
    if row["polled_at"]:
        silent = speech.age(row["polled_at"], here.now)
        away = here.now - row["polled_at"]
        silent_tone = "bad" if away >= timedelta(days=1) else "plain"
    return Line(
        agency=listing.party(agencies, row["agency"]),
        level=speech.named(words.LEVELS, row["level"]),
        deliveries=speech.number(row["deliveries"]),
        href=address(step="sent"),
        spread=spread.draw(row["median"], row["p90"]),
        median=working(speech, row["median"]),
        p90=working(speech, row["p90"]),
        in_time=speech.percent(row["in_time"], row["in_time"] + row["late"]),
        in_time_tone=_tone(row["in_time_share"]),
        late_href=address(step="late") if row["late"] else address(step="in-time"),
        trend=weeks,
        answered=speech.percent(row["answered"], row["deliveries"]),
        answered_tone=_tone(row["answered_share"]),
        answered_href=address(step="answered"),
        silent=silent,
        silent_tone=silent_tone,
    )


def _trend(speech: Speech, code: str, weeks: Sequence[tuple[int, int]], since: date) -> list[Week]:
    found = []
    for bar in trend.draw(weeks):
        first = since + timedelta(days=7 * bar.number)
        days = Asked(period="all", since=first.isoformat(), until=(first + timedelta(days=6)).isoformat())
        late = weeks[bar.number][1]
        said = f"{first:%d/%m}: {speech.percent(bar.share, 1000)}"
        found.append(Week(bar, _tone(bar.share), said, days.address(to=code, step="late" if late else "in-time")))
    return found


def _tone(share: int | None) -> str:
    return "plain" if share is None else "good" if share >= _GOOD else "wait" if share >= _FAIR else "bad"


def working(speech: Speech, minutes: float | None) -> str:
    """A length of working time, in its largest unit: 8 hours are a day."""
    if minutes is None:
        return "–"
    if minutes >= OVER:
        return speech("work_over")
    if minutes < 60:  # noqa: PLR2004
        return speech("work_minutes", count=max(round(minutes), 1))
    unit, part = ("hours", 60) if minutes < 480 else ("days", 480)  # noqa: PLR2004
    count = f"{minutes / part:.1f}".removesuffix(".0")
    return speech("work_" + unit, count=count if speech.language == "en" else count.replace(".", ","))
