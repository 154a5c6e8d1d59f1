"""Periodic reports and the plans' indicators: what the hub measured, beside it what agencies declared, never added up.

A period that is over is frozen the first time somebody asks for its report; the shelf holds every report as it was issued.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from hub.alert import figures as reports
from hub.alert.printing import MEDIA, written
from hub.console import comparing, files, filters, listing, words
from hub.console.asked import Asked
from hub.console.filters import Filters
from hub.console.frame import GUARDS, PageRoute, TheVisit, Visit, Watcher
from hub.console.places import by_id, place, place_of
from hub.console.speech import Speech
from hub.domain import deadline
from hub.domain.access import actor
from hub.domain.ids import is_id
from hub.domain.indicator import KINDS, SHARES, totals
from hub.domain.indicator_words import period_name
from hub.domain.period import of
from hub.domain.period import period as read_period
from hub.domain.roles import Person
from hub.errors import Rejected, rejected
from hub.gateway.given import Id
from hub.store.watching import figures

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_SHELF: Final = 20
_SHELF_COLUMNS: Final = ("report_kind", "report_period", "shelf_at", "shelf_by", "file_id")
_FRESH_SECONDS: Final = 300.0  # a report of a period that goes on reads all its documents

_CHOICES: Final = (  # how many of the latest periods of each length are offered
    ("period_days", "day", 8),
    ("period_weeks", "week", 13),
    ("period_months", "month", 13),
    ("period_quarters", "quarter", 5),
    ("period_halves", "half", 3),
    ("period_years", "year", 3),
)
_LISTS: Final[dict[str, dict[str, str]]] = {  # counts with a list of their own, and how it is narrowed
    "sent": {},
    "signed": {"signature": "signed"},
    "received": {},
    "uncollected": {"state": "uncollected"},
    "undeliverable": {"state": "dead"},
    "refused": {"step": "refused"},
    "finished": {"step": "finished"},
}


def _period(given: str) -> str | None:
    try:
        return read_period(given).name
    except Rejected:
        return None


_RULES: Final = {
    "kind": filters.one_of(tuple(KINDS)),
    "period": _period,
    "with": filters.one_of(("before", "year")),
    "from": lambda given: given if given.isascii() and given.isdigit() and len(given) < 7 else None,  # noqa: PLR2004
    "before": by_id,
}


@router.get("/reports")
async def page(here: TheVisit, person: Watcher) -> Response:
    """Choose a report; with `kind` and `period` it is shown, with `format` it is a file."""
    asked = filters.read("/reports", here.request.query_params, _RULES)
    if wanted := files.asked_for(here.request.query_params, "shelf"):
        return await _shelf_file(here, person, wanted[1])
    made = then = None
    if asked["kind"] and asked["period"]:
        made = await _made(here, person, asked["kind"], asked["period"])
        then = await _then(here, person, made, asked["with"]) if asked["with"] else None
        if then and (wanted := files.asked_for(here.request.query_params, "compare")):
            return _compared_file(here, made, then, wanted[1])
        if form := _form(here):
            return await _file(here, made, form)
    return await _shown(here, person, asked, made, then)


@router.get("/reports/issued/{report_id}")
async def issued(report_id: Id, here: TheVisit, person: Watcher) -> Response:
    """A report as it was issued, even if it was made again since."""
    async with here.console.hub.database.read() as conn:
        scope = reports.scope_of(person.sight)
        made = await figures.from_shelf(conn, report_id, scope) if is_id(report_id) else None
    if made is None:
        raise rejected("not-found")
    if form := _form(here):
        return await _file(here, made, form)
    rules = {name: _RULES[name] for name in ("from", "before")}
    asked = filters.read(f"/reports/issued/{report_id}", here.request.query_params, rules)
    return await _shown(here, person, asked, made)


async def _then(here: Visit, person: Person, made: Mapping[str, Any], which: str) -> dict[str, Any]:
    """The report that one is compared with: of the period before, or of the same a year ago."""
    span = read_period(made["period"])
    return await _made(here, person, made["kind"], (span.year_before if which == "year" else span.before).name)


def _compared_file(here: Visit, made: Mapping[str, Any], then: Mapping[str, Any], form: str) -> Response:
    speech, columns = here.speech, made["columns"]
    periods = [speech.of(period_name(each["period"])) for each in (made, then)]
    heads = [f"{speech('figure_' + name)} – {period}" for name in columns[1:] for period in periods]
    name = f"{made['kind']}-{made['period']}-{then['period']}"
    return files.file(name, form, [speech("figure_" + columns[0]), *heads], comparing.lines(made, then))


async def _shelf_file(here: Visit, person: Person, form: str) -> Response:
    async with here.console.hub.database.read() as conn:
        kept = await figures.shelf(conn, reports.scope_of(person.sight), None, files.ROWS_AT_MOST)
    rows = (
        (
            here.speech("report_" + one["kind"].replace("-", "_")),
            one["period"],
            one["made_at"],
            one["made_by"],
            one["id"],
        )
        for one in kept
    )
    return files.table(here, "bao-cao-da-chot", form, _SHELF_COLUMNS, rows)


def _form(here: Visit) -> str:
    form = here.request.query_params.get("format", "")
    return form if form in (*MEDIA, "json") else ""


async def _file(here: Visit, made: dict[str, Any], form: str) -> Response:
    name = f'attachment; filename="{made["kind"]}-{made["period"]}.{form}"'
    headers = {**GUARDS, "Content-Disposition": name}
    if form == "json":
        return Response(orjson.dumps(made), headers=headers, media_type="application/json")
    body = await asyncio.to_thread(written, made, form, here.console.hub.settings)
    return Response(body, headers=headers, media_type=MEDIA[form])


async def _made(here: Visit, person: Person, kind: str, period: str) -> dict[str, Any]:
    hub = here.console.hub

    async def ask() -> dict[str, Any]:
        return await reports.report(
            hub.database,
            hub.calendars,
            hub.settings,
            kind,
            read_period(period),
            person.sight,
            actor(person),
            here.now,
        )

    async with hub.database.read() as conn:
        kept = await figures.issued(conn, kind, period, reports.scope_of(person.sight))
    if kept:
        return kept
    return await here.console.remembered.get(("report", kind, period, person.sight), _FRESH_SECONDS, ask)


async def _shown(
    here: Visit, person: Person, asked: Filters, made: dict[str, Any] | None, then: dict[str, Any] | None = None
) -> Response:
    before = place(asked["before"])
    async with here.console.hub.database.read() as conn:
        shelf = await figures.shelf(conn, reports.scope_of(person.sight), before, _SHELF + 1)
    more, shelf = len(shelf) > _SHELF, shelf[:_SHELF]
    start = int(asked["from"] or 0)
    rows = made["rows"][start : start + _LINES] if made else []
    agencies = await here.console.hub.directory.resolve({row["agency"] for row in rows if "agency" in row})
    following = made is not None and len(made["rows"]) > start + _LINES
    return here.page(
        "reports.html",
        person,
        asked=asked,
        kinds=[(kind, here.speech("report_" + kind.replace("-", "_"))) for kind in KINDS],
        periods=_periods(here.speech, here.now),
        made=made,
        made_at=datetime.fromisoformat(made["made_at"]) if made else None,
        title=here.speech("report_" + made["kind"].replace("-", "_")) if made else "",
        about=here.speech("report_about_" + made["kind"].replace("-", "_")) if made else "",
        period=here.speech.of(period_name(made["period"])) if made else "",
        columns=[_heading(here.speech, made, name) for name in made["columns"]] if made else [],
        compared=_compared(here.speech, made, then) if made and then else [],
        then_period=here.speech.of(period_name(then["period"])) if then else "",
        total=_total(here.speech, made) if made else None,
        bullets=_bullets(here.speech, made) if made else [],
        rows=[_row(here.speech, made, row, agencies) for row in rows] if made else [],
        count=len(made["rows"]) if made else 0,
        following=f"{asked.address(**{'from': str(start + _LINES)})}#rows" if following else "",
        is_later=start > 0,
        shelf=[
            {
                **one,
                "title": here.speech("report_" + one["kind"].replace("-", "_")),
                "name": here.speech.of(period_name(one["period"])),
                "by": one["made_by"].removeprefix("person:"),
            }
            for one in shelf
        ],
        older=asked.address(before=place_of(shelf[-1]["made_at"], shelf[-1]["id"])) + "#shelf" if more else "",
    )


# -- as the template sees it ------------------------------------------------------------------------------------


def _periods(speech: Speech, now: datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """The periods to choose from, the latest first, by kind."""
    today = now.astimezone(deadline.LOCAL).date()
    groups = []
    for phrase, every, count in _CHOICES:
        span, names = of(today, every), list[str]()
        while len(names) < count:
            names.append(span.name)
            span = span.before
        groups.append((speech(phrase), [(name, speech.of(period_name(name))) for name in names]))
    return groups


def _heading(speech: Speech, made: Mapping[str, Any], name: str) -> tuple[str, bool]:
    return speech("figure_" + name), name in made["declared"]


def _said(speech: Speech, name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name.startswith("share_"):
        return speech.percent(round(value * 10), 1000)
    if isinstance(value, float):
        return str(value) if speech.language == "en" else str(value).replace(".", ",")
    return speech.number(value)


def _row(
    speech: Speech, made: Mapping[str, Any], row: Mapping[str, Any], agencies: Mapping[str, Any]
) -> dict[str, Any]:
    first = made["columns"][0]
    return {
        "agency": listing.party(agencies, row["agency"]) if first == "agency" else None,
        "level": "" if first == "agency" else speech.named(words.LEVELS, row["level"]),
        "cells": [
            (*_heading(speech, made, name), _said(speech, name, row[name]), _behind(made, name, row.get("agency")))
            for name in made["columns"][1:]
        ],
    }


def _total(speech: Speech, made: Mapping[str, Any]) -> list[tuple[str, bool, str, str]]:
    sums = totals(made)
    return [
        (*_heading(speech, made, name), _said(speech, name, sums[name]), _behind(made, name, "") if sums[name] else "")
        for name in made["columns"][1:]
    ]


def _compared(speech: Speech, made: Mapping[str, Any], then: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The totals beside those of another period, each with the documents behind it."""
    return [
        {
            "word": speech("figure_" + name),
            "now": (_said(speech, name, now), _behind(made, name, "") if now else ""),
            "then": (_said(speech, name, before), _behind(then, name, "") if before else ""),
            "change": change,
        }
        for name, now, before, change in comparing.of_reports(speech, made, then)
    ]


def _behind(made: Mapping[str, Any], name: str, agency: str | None) -> str:
    """The documents behind a count, for all agencies when `agency` is ""; "" where no list can be asked for."""
    if name not in _LISTS or agency is None or made["scope"]:
        return ""
    last = date.fromisoformat(made["until"]) - timedelta(days=1)
    side = "sender" if "sent" in made["columns"] else "to"
    narrowed = {side: agency} if agency else {}
    between = {"since": made["from"], "until": last.isoformat(), "kind": "issued"}
    return Asked(period="all").address(**between, **narrowed, **_LISTS[name])


def _bullets(speech: Speech, made: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """The shares of the whole, each beside what the plans ask for."""
    sums = totals(made)
    found = []
    for name, (_, _, targets) in SHARES.items():
        if name in sums and sums[name] is not None:
            value = float(sums[name] or 0)
            tone = (
                "move" if not targets else "good" if value >= targets[-1] else "wait" if value >= targets[0] else "bad"
            )
            said = _said(speech, name, value)
            found.append(
                {"word": speech("figure_" + name), "value": value, "said": said, "targets": targets, "tone": tone}
            )
    return found
