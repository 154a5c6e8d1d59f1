"""Queues and inboxes: at which agencies documents wait, for how long, and whether the agency's system is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import delivery_list, files, filters, listing, words
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.console.listing import Party
from hub.console.looks import Badge
from hub.console.places import by_id, by_key, place, place_of
from hub.domain.access import Action, allowed
from hub.domain.roles import Person, Sight
from hub.domain.vietnamese import fold
from hub.errors import rejected
from hub.gateway.callers import of_agency
from hub.store.lists import queues as store
from hub.store.lists.queues import COUNTED_AT_MOST, Wanted

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_FRESH_SECONDS: Final = 10.0
SILENT: Final = timedelta(minutes=15)  # without asking for the inbox: as the overview counts who is connected
_TROUBLES: Final = ("failing", "silent")
_PARTS: Final = ("queued", "inbox", "overdue")
_COLUMNS: Final = (
    "agency", "agency_name", "level", "channel", "queued", "inbox", "overdue", "oldest_at", "came_last_hour",
    "went_last_hour", "last_seen_at", "failures", "left_alone_until", "last_error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits at one agency."""

    party: Party
    level: str
    channel: str
    counts: dict[str, int]  # queued, inbox, overdue
    oldest_at: datetime
    age: str
    came: int
    went: int
    seen_at: datetime | None
    standing: Badge  # of its connection
    error: str
    again_at: datetime | None


def _wanted(asked: Filters, now: datetime) -> Wanted:
    return Wanted(
        words=tuple(fold(asked["q"]).split()),
        level=asked["level"],
        channel=asked["channel"],
        trouble=asked["trouble"],
        silent_since=now - SILENT if asked["trouble"] == "silent" else None,
        after=place(asked["after"]),
    )


async def _rows(here: Visit, sight: Sight | None, asked: Filters, limit: int) -> list[dict[str, Any]]:
    """Agencies with what waits there, asked of the database once for all who look at the same list."""

    async def ask() -> list[dict[str, Any]]:
        async with here.console.hub.database.read() as conn:
            rows = await store.queues(conn, _wanted(asked, here.now), sight, limit)
            found: dict[str, dict[str, int]] = {}
            for start in range(0, len(rows), _LINES):
                codes = [row["code"] for row in rows[start : start + _LINES]]
                found |= await store.depths(conn, codes, here.now)
        moved = await _moves(here)
        return [{**row, **found[row["code"]], "moved": moved.get(row["code"], (0, 0))} for row in rows]

    key = ("queues", sight, tuple(sorted(asked.said.items())), limit)
    return await here.console.remembered.get(key, _FRESH_SECONDS, ask)


async def _moves(here: Visit) -> dict[str, tuple[int, int]]:
    async def ask() -> dict[str, tuple[int, int]]:
        async with here.console.hub.database.read() as conn:
            return await store.moves(conn, here.now - timedelta(hours=1))

    return await here.console.remembered.get("moves", _FRESH_SECONDS, ask)


@router.get("/queues")
async def page(here: TheVisit, person: Watcher) -> Response:
    """Where documents wait, the longest wait first."""
    rules = {
        "q": filters.text(),
        "level": filters.one_of(words.LEVELS),
        "channel": filters.one_of(words.CHANNELS),
        "trouble": filters.one_of(_TROUBLES),
        "after": by_key,
    }
    asked = filters.read("/queues", here.request.query_params, rules)
    if wanted := files.asked_for(here.request.query_params, ""):
        return await files.whole(_Sheet(here, person, asked), wanted[1], files.stamped(here, "hang-doi"))
    rows = await _rows(here, person.sight, asked, _LINES + 1)
    more, rows = len(rows) > _LINES, rows[:_LINES]
    return here.page(
        "queues.html",
        person,
        asked=asked,
        lines=[_queue(here, row) for row in rows],
        next=asked.address(after=place_of(rows[-1]["oldest_at"], rows[-1]["code"])) if more else "",
        counted_at_most=COUNTED_AT_MOST,
        choices=listing.choices,
    )


def _queue(here: Visit, row: dict[str, Any]) -> Queue:
    speech = here.speech
    return Queue(
        party=Party(row["name"], row["code"]),
        level=speech.named(words.LEVELS, row["level"]),
        channel=speech.named(words.CHANNELS, row["channel"]),
        counts={name: row[name] for name in _PARTS},
        oldest_at=row["oldest_at"],
        age=speech.age(row["oldest_at"], here.now),
        came=row["moved"][0],
        went=row["moved"][1],
        seen_at=row["polled_at"],
        standing=_standing(here, row),
        error=row["last_error"] or "",
        again_at=row["open_until"],
    )


def _standing(here: Visit, row: dict[str, Any]) -> Badge:
    speech = here.speech
    if row["suspended_at"]:
        return Badge("off", "cross", speech("queue_suspended"))
    if row["channel"] == "inbox":
        return _heard(here, row["polled_at"])
    if row["open_until"]:
        return Badge("bad", "alert", speech("queue_resting"))
    if row["failures"]:
        return Badge("wait", "alert", speech("queue_failing", count=speech.number(row["failures"])))
    return Badge("good", "check", speech("queue_pushed"))


def _heard(here: Visit, polled_at: datetime | None) -> Badge:
    if polled_at is None:
        return Badge("bad", "alert", here.speech("queue_never_seen"))
    if polled_at < here.now - SILENT:
        return Badge("wait", "clock", here.speech("queue_silent"))
    return Badge("good", "check", here.speech("queue_connected"))


class _Sheet:
    """The list for a spreadsheet."""

    columns: Sequence[str] = _COLUMNS

    def __init__(self, here: Visit, person: Person, asked: Filters) -> None:
        self._here, self._person, self._asked = here, person, asked

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        asked = Filters(self._asked.path, {**self._asked.said, "after": after})
        rows = await _rows(self._here, self._person.sight, asked, limit)
        items = [
            {
                **row,
                "agency": row["code"],
                "agency_name": row["name"],
                "came_last_hour": row["moved"][0],
                "went_last_hour": row["moved"][1],
                "last_seen_at": row["polled_at"],
                "left_alone_until": row["open_until"],
            }
            for row in rows
        ]
        return items, place_of(rows[-1]["oldest_at"], rows[-1]["code"]) if len(rows) == limit else ""


@router.get("/queues/{code}")
async def one(code: str, here: TheVisit, person: Watcher) -> Response:
    """What waits at one agency, the oldest first; the whole list as a file with `format`."""
    hub = here.console.hub
    agency = (await hub.directory.resolve([code[:70]]))[code[:70]]
    if agency is None or not allowed(person, Action.WATCH, await of_agency(hub, agency.code)):
        raise rejected("not-found")
    rules = {"part": filters.one_of(_PARTS), "after": by_id}
    asked = filters.read(f"/queues/{agency.code}", here.request.query_params, rules)
    if wanted := files.asked_for(here.request.query_params, ""):
        async with hub.database.read() as conn:
            rows = await store.waiting_at(conn, agency.code, asked["part"], here.now, None, files.ROWS_AT_MOST)
        lines = map(delivery_list.values, await delivery_list.of(here, person, rows))
        return files.table(here, f"hang-doi-{agency.code}", wanted[1], delivery_list.COLUMNS, lines)
    async with hub.database.read() as conn:
        rows = await store.waiting_at(conn, agency.code, asked["part"], here.now, place(asked["after"]), _LINES + 1)
        counts = (await store.depths(conn, [agency.code], here.now))[agency.code]
    more, rows = len(rows) > _LINES, rows[:_LINES]
    return here.page(
        "queue.html",
        person,
        asked=asked,
        agency=Party(agency.name, agency.code),
        counts=counts,
        parts=_PARTS,
        counted_at_most=COUNTED_AT_MOST,
        deliveries=await delivery_list.of(here, person, rows),
        next=asked.address(after=place_of(rows[-1]["created_at"], rows[-1]["id"])) if more else "",
    )
