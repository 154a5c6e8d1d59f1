"""Trends and comparing: how documents were received in a month, a quarter or a year, beside the one before and a year ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import board, comparing, files, filters, listing, words
from hub.console.asked import Asked
from hub.console.charts import pillars
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.domain import deadline
from hub.domain.indicator_words import period_name
from hub.domain.period import Period, of
from hub.domain.period import period as read_period
from hub.errors import Rejected
from hub.store.watching import months

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_MONTHS: Final = 25  # shown: two years and the month that goes on
_FRESH_SECONDS: Final = 300.0
_LENGTHS: Final = ("month", "quarter", "half", "year")
_SHARES: Final = {
    "in_time": ("in_time", ("in_time", "late")),
    "answered": ("answered", ("deliveries",)),
    "ended": ("finished", ("deliveries",)),
}
"""Each: which count, of which together."""
_STEPS: Final = {
    "deliveries": {"step": "sent"},
    "in_time": {"step": "in-time"},
    "late": {"step": "late"},
    "dead": {"state": "dead"},
    "refused": {"step": "refused"},
    "finished": {"step": "finished"},
    "answered": {"step": "answered"},
    "ended": {"step": "finished"},
}
_ROWS: Final = ("deliveries", "in_time", "late", "answered", "ended", "refused", "dead")
_COUNTS: Final = ("deliveries", "in_time", "late", "answered", "finished", "refused", "dead")
_OF_MONTHS: Final = (
    "report_period", "trend_deliveries", "trend_in_time_count", "trend_late", "trend_answered", "trend_ended",
    "trend_refused", "trend_dead",
)  # fmt: skip
"""The columns of a file of months, as phrases: the month and _COUNTS."""
_OF_AGENCIES: Final = (
    "board_agency", "alerts_code", "board_level", "trend_deliveries_now", "trend_in_time_now", "trend_deliveries_then",
    "trend_in_time_then", "trend_change",
)  # fmt: skip


def _period(given: str) -> str | None:
    try:
        found = read_period(given)
    except Rejected:
        return None
    return found.name if found.every in _LENGTHS else None


_RULES: Final = {
    "period": _period,
    "with": filters.one_of(("before", "year")),
    "level": filters.one_of(words.LEVELS),
    "agency": filters.text(35),
    "parent": filters.text(35),
    "after": filters.text(35),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """What one period came to: in words, and the documents behind it."""

    said: str
    href: str
    change: str = ""
    tone: str = "plain"


@router.get("/trends")
async def page(here: TheVisit, person: Watcher) -> Response:
    """A period beside the one before and the one a year ago, the months of two years, and agency by agency.

    With `format` as a file: the months, or with `list` the `agencies` or the periods (`compare`).
    """
    asked = filters.read("/trends", here.request.query_params, _RULES)
    today = here.now.astimezone(deadline.LOCAL).date()
    chosen = read_period(asked["period"]) if asked["period"] else of(today, "month")
    other = chosen.year_before if asked["with"] == "year" else chosen.before
    code = await board.canonical(here, asked["agency"])
    parent = await board.canonical(here, asked["parent"])
    wanted = months.Asked(asked["level"], code, parent, person.sight)
    counted = await _months(here, wanted, chosen, today)
    file = files.asked_for(here.request.query_params, "", "agencies", "compare")
    spans = (chosen, chosen.before, chosen.year_before)
    sums = [_sum(counted, span) for span in spans]
    if file and file[0] == "compare":
        heads = [here.speech("trend_figure"), *(here.speech.of(period_name(span.name)) for span in spans)]
        lines = [[here.speech(f"trend_{name}"), *(_plain(row, name) for row in sums)] for name in _ROWS]
        return files.file(f"so-sanh-{chosen.name}", file[1], heads, lines)
    if file and not file[0]:
        return files.table(here, "xu-huong", file[1], _OF_MONTHS, _month_rows(counted, today))
    after, limit = ("", files.ROWS_AT_MOST) if file else (asked["after"], _LINES + 1)
    rows = await _agencies(here, wanted, chosen, other, after, limit)
    if file:
        return files.table(here, "xu-huong-co-quan", file[1], _OF_AGENCIES, map(_agency_row, rows))
    more, rows = len(rows) > _LINES, rows[:_LINES]
    agencies = await here.console.hub.directory.resolve({row["agency"] for row in rows} | ({parent, code} - {""}))
    narrowed = {name: value for name, value in (("level", asked["level"]), ("to", code)) if value}
    is_linked = not parent
    shown = _shown(today)
    return here.page(
        "trends.html",
        person,
        asked=asked,
        chosen=chosen,
        name=here.speech.of(period_name(chosen.name)),
        names=[here.speech.of(period_name(span.name)) for span in spans],
        goes_on=chosen.after > today,
        is_empty=not any(counted.values()),
        rows=[(name, _figures(here, name, spans, sums, narrowed, is_linked=is_linked)) for name in _ROWS],
        lengths=[(length, here.speech("period_of_" + length), of(chosen.first, length).name) for length in _LENGTHS],
        earlier=asked.address(period=chosen.before.name),
        later=asked.address(period=of(chosen.after, chosen.every).name) if chosen.after <= today else "",
        picture=pillars.draw([(row["in_time"], row["late"]) for row in (_of(counted, month) for month in shown)]),
        labels=[f"{month:%m/%y}" for month in shown],
        behind=[
            tuple(_address(of(month, "month"), name, narrowed) if is_linked else "" for name in ("in_time", "late"))
            for month in shown
        ],
        months=[_month(here, counted, month, narrowed, is_linked=is_linked) for month in reversed(shown)],
        other=here.speech.of(period_name(other.name)),
        lines=[_line(here, row, agencies, chosen, other) for row in rows],
        following=asked.address(after=rows[-1]["agency"]) if more else "",
        choices=listing.choices,
        parent=listing.party(agencies, parent) if parent else None,
        one=listing.party(agencies, code) if code else None,
    )


# -- asked of the store -----------------------------------------------------------------------------------------


def _shown(today: date) -> list[date]:
    """The months of the picture, the earliest first."""
    found = [today.replace(day=1)]
    while len(found) < _MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


async def _months(here: Visit, wanted: months.Asked, chosen: Period, today: date) -> dict[date, dict[str, int]]:
    """The sums of every month that the page needs."""
    spans = (chosen, chosen.before, chosen.year_before)
    first = min(_shown(today)[0], *(span.first for span in spans))
    until = max(of(today, "month").after, *(span.after for span in spans))

    async def ask() -> dict[date, dict[str, int]]:
        async with here.console.hub.database.read() as conn:
            return await months.by_month(conn, wanted, (first, until))

    return await here.console.remembered.get(("trends", wanted, first, until), _FRESH_SECONDS, ask)


async def _agencies(
    here: Visit, wanted: months.Asked, chosen: Period, other: Period, after: str, limit: int
) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        async with here.console.hub.database.read() as conn:
            now, then = (chosen.first, chosen.after), (other.first, other.after)
            return await months.by_agency(conn, wanted, now, then, after, limit)

    key = ("trends agencies", wanted, chosen.name, other.name, after, limit)
    return await here.console.remembered.get(key, _FRESH_SECONDS, ask)


# -- as the template sees it ------------------------------------------------------------------------------------


def _of(counted: Mapping[date, dict[str, int]], month: date) -> dict[str, int]:
    return counted.get(month) or dict.fromkeys(months.COUNTS, 0)


def _sum(counted: Mapping[date, dict[str, int]], span: Period) -> dict[str, int]:
    return months.added([row for month, row in counted.items() if span.first <= month < span.after])


def _address(span: Period, name: str, narrowed: Mapping[str, str]) -> str:
    last = span.after - timedelta(days=1)
    between = Asked(period="all", since=span.first.isoformat(), until=last.isoformat())
    return between.address(**narrowed, **_STEPS[name])


def _part(sums: Mapping[str, int], name: str) -> tuple[int, int]:
    """What a share is of: the part and the whole."""
    part, whole = _SHARES[name]
    return sums[part], sum(sums[each] for each in whole)


def _share(sums: Mapping[str, int], name: str) -> float | None:
    """In percent; None of nothing."""
    part, whole = _part(sums, name)
    return 100 * part / whole if whole else None


def _plain(sums: Mapping[str, int], name: str) -> float | None:
    """A figure for a file: a count, or a share in percent."""
    share = _share(sums, name) if name in _SHARES else sums[name]
    return None if share is None else round(share, 1)


def _figures(
    here: Visit, name: str, spans: Sequence[Period], sums: Sequence[dict[str, int]], narrowed: Mapping[str, str], *,
    is_linked: bool,
) -> list[Figure]:  # fmt: skip
    """A row of the comparison: the period itself, then the others with how it differs from each."""
    speech, found = here.speech, []
    for number, (span, row) in enumerate(zip(spans, sums, strict=True)):
        if name in _SHARES:
            count, whole = _part(row, name)
            said = speech.percent(count, whole)
        else:
            said, count = speech.number(row[name]), row[name]
        href = _address(span, name, narrowed) if is_linked and count else ""
        change, tone = _change(here, name, sums[0], row) if number else ("", "plain")
        found.append(Figure(said, href, change, tone))
    return found


def _change(here: Visit, name: str, now: Mapping[str, int], then: Mapping[str, int]) -> comparing.Change:
    if name in _SHARES:
        return comparing.points(here.speech, _share(now, name), _share(then, name))
    return comparing.percent(here.speech, name, now[name], then[name])


def _month(
    here: Visit, counted: Mapping[date, dict[str, int]], month: date, narrowed: Mapping[str, str], *, is_linked: bool
) -> dict[str, Any]:
    span, row = of(month, "month"), _of(counted, month)
    cells = [
        figure for name in _ROWS for figure in _figures(here, name, (span,), (row,), narrowed, is_linked=is_linked)
    ]
    return {"name": here.speech.of(period_name(span.name)), "period": span.name, "cells": cells}


def _month_rows(counted: Mapping[date, dict[str, int]], today: date) -> list[list[Any]]:
    return [[f"{month:%Y-%m}", *(_of(counted, month)[name] for name in _COUNTS)] for month in reversed(_shown(today))]


def _halves(row: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    names = ("deliveries", "in_time", "late")
    now, then = ({name: int(row[f"{which}_{name}"]) for name in names} for which in ("now", "then"))
    return now, then


def _agency_row(row: Mapping[str, Any]) -> list[Any]:
    now, then = _halves(row)
    mine, theirs = _share(now, "in_time"), _share(then, "in_time")
    change = None if mine is None or theirs is None else round(mine - theirs, 1)
    shares = [None if share is None else round(share, 1) for share in (mine, theirs)]
    return [
        row["name"],
        row["agency"],
        row["level"],
        now["deliveries"],
        shares[0],
        then["deliveries"],
        shares[1],
        change,
    ]


def _line(
    here: Visit, row: Mapping[str, Any], agencies: Mapping[str, Any], chosen: Period, other: Period
) -> dict[str, Any]:
    now, then = _halves(row)
    to = {"to": row["agency"]}
    spans, sums = (chosen, other), (now, then)
    return {
        "agency": listing.party(agencies, row["agency"]),
        "level": here.speech.named(words.LEVELS, row["level"]),
        "deliveries": _figures(here, "deliveries", spans, sums, to, is_linked=True),
        "in_time": _figures(here, "in_time", spans, sums, to, is_linked=True),
    }
