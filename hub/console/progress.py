"""How far documents have come: sent, arrived, registered, assigned, finished or refused, by level and by agency."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import board as boards
from hub.console import files, filters, listing, words
from hub.console.asked import Asked
from hub.console.charts import funnel
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.console.speech import Speech
from hub.store.watching import board, types

router = APIRouter(route_class=PageRoute, include_in_schema=False)
DAYS: Final = {"today": 1, "week": 7, "month": 28}
_TYPES: Final = 12
_FRESH_SECONDS: Final = 10.0
_DOWN: Final = ("deliveries", "arrived", "registered", "assigned", "finished")
_RULES: Final = {
    "span": filters.one_of(tuple(DAYS)),
    "level": filters.one_of(words.LEVELS),
    "parent": filters.text(35),
    "sort": filters.one_of(("code", "deliveries")),
    "after": lambda given: given if boards.place(given) else None,
}


@router.get("/progress")
async def page(here: TheVisit, person: Watcher) -> Response:
    """The funnel of a span, its levels, its agencies and types of documents; the last two as files with `format`."""
    asked = filters.read("/progress", here.request.query_params, _RULES)
    span = asked["span"] or "month"
    since = boards.first_day(here.now, DAYS[span])
    parent = await boards.canonical(here, asked["parent"])
    wanted = board.Asked(since, asked["sort"] or "deliveries", asked["level"], parent, person.sight)
    if as_file := files.asked_for(here.request.query_params, "", "types"):
        return await _file(here, wanted, *as_file)
    kinds = await _kinds(here, wanted)
    rows, levels = await boards.figures(here, wanted, boards.place(asked["after"]))
    more, rows = len(rows) > boards.LINES, rows[: boards.LINES]
    agencies = await here.console.hub.directory.resolve({row["agency"] for row in rows} | ({parent} - {""}))
    total = {name: sum(row[name] for row in levels) for name in board.STEPS}
    narrowed = {"level": asked["level"]} if asked["level"] else {}
    in_order = sorted(levels, key=lambda row: list(words.LEVELS).index(row["level"]))
    return here.page(
        "progress.html",
        person,
        asked=asked,
        span=span,
        spans=tuple(DAYS),
        since=since,
        funnel=funnel.draw([(name, total[name]) for name in _DOWN]) if total["deliveries"] else (),
        cells=_cells(here.speech, total, since, narrowed, is_linked=not parent),
        levels=[
            {
                "name": here.speech.named(words.LEVELS, row["level"]),
                "href": asked.address(level=row["level"]),
                "cells": _cells(here.speech, row, since, {"level": row["level"]}, is_linked=not parent),
            }
            for row in in_order
        ],
        lines=[
            {
                "agency": listing.party(agencies, row["agency"]),
                "level": here.speech.named(words.LEVELS, row["level"]),
                "cells": _cells(here.speech, row, since, {"to": row["agency"]}, is_linked=True),
            }
            for row in rows
        ],
        kinds=[
            {
                "name": kind["type"] or here.speech("document_type_none"),
                "cells": _cells(
                    here.speech, kind, since, {**narrowed, "type": kind["type"] or types.NONE}, is_linked=not parent
                ),
            }
            for kind in kinds[:_TYPES]
        ],
        kinds_count=len(kinds),
        following=asked.address(after=f"{rows[-1]['key']}~{rows[-1]['agency']}") if more else "",
        steps=board.STEPS,
        choices=listing.choices,
        parent=listing.party(agencies, parent) if parent else None,
    )


async def _kinds(here: Visit, wanted: board.Asked) -> list[dict[str, Any]]:
    """How far documents of each type have come: asked once for all who look."""

    async def ask() -> list[dict[str, Any]]:
        async with here.console.hub.database.read() as conn:
            return await types.sums(conn, wanted)

    return await here.console.remembered.get(("types", replace(wanted, sort="code")), _FRESH_SECONDS, ask)


async def _file(here: Visit, wanted: board.Asked, which: str, form: str) -> Response:
    """The agencies or the types, all of them."""
    if which == "types":
        columns = ["type", *board.STEPS]
        found = await _kinds(here, wanted)
        lines = ([kind["type"], *(kind[name] for name in board.STEPS)] for kind in found)
        name = f"loai-van-ban-{wanted.since}"
    else:
        async with here.console.hub.database.read() as conn:
            rows = await board.by_agency(conn, wanted, None, files.ROWS_AT_MOST)
        columns = ["agency", "code", "level", *board.STEPS]
        lines = ([row["name"], row["agency"], row["level"], *(row[name] for name in board.STEPS)] for row in rows)
        name = f"trang-thai-{wanted.since}"
    return files.file(name, form, [here.speech("progress_" + column) for column in columns], lines)


def _cells(
    speech: Speech, row: Mapping[str, Any], since: date, narrowed: Mapping[str, str], *, is_linked: bool
) -> Sequence[dict[str, Any]]:
    """The figures of a row, one a step, each with its share of what was sent and the documents behind it.

    Documents cannot be asked for by who is above their recipients: sums below a parent have no list of their own.
    """

    def address(step: str) -> str:
        said = "sent" if step == "deliveries" else step
        return Asked(period="all").address(since=since.isoformat(), **narrowed, step=said) if is_linked else ""

    return [
        {
            "step": step,
            "count": speech.number(row[step]),
            "share": "" if step == "deliveries" else speech.percent(row[step], row["deliveries"]),
            "width": round(100 * row[step] / row["deliveries"], 1) if row["deliveries"] else 0,
            "tone": "bad" if step == "refused" else "good" if step == "finished" else "move",
            "href": address(step),
        }
        for step in board.STEPS
    ]
