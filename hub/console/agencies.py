"""Agencies and how they are connected, as a list: searched, filtered, and as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub.console import files, filters, listing, looks, words
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain import deadline
from hub.domain.access import Action
from hub.domain.agency import Agency, code_cleaned
from hub.domain.roles import Person
from hub.domain.trust import EXPIRY_TOLD
from hub.store.directory import agencies
from hub.store.lists import connections
from hub.store.lists.connections import Connection

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Looker = Annotated[Person, Depends(logged_in(Action.CONNECTIONS))]
PATH: Final = "/agencies"
_LINES: Final = 50
_SOON_DAYS: Final = 7
STANDINGS: Final[dict[str, words.Pair]] = {
    "active": ("Hoạt động", "Active"),
    "suspended": ("Tạm đình chỉ", "Suspended"),
    "closed": ("Đã đóng", "Closed"),
    "to come": ("Chưa có hiệu lực", "To come"),
}
_LOOKS: Final = {
    "active": ("good", "check"),
    "suspended": ("bad", "alert"),
    "closed": ("off", "cross"),
    "to come": ("move", "clock"),
}
_RULES: Final[Mapping[str, filters.Rule]] = {
    "q": filters.text(),
    "level": filters.one_of(words.LEVELS),
    "standing": filters.one_of(STANDINGS),
    "parent": filters.text(70),
    "after": filters.text(70),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One agency of the list."""

    code: str
    name: str
    level: str
    parent: str
    standing: Badge | None
    channel: str
    trouble: str
    certificate: Badge
    seen_at: datetime | None
    age: str
    alerts: int


@router.get(PATH)
async def page(here: TheVisit, person: Looker) -> Response:
    """The agencies a person sees, in the order of their codes."""
    asked = filters.read(PATH, here.request.query_params, _RULES)
    found, more = await _found(here, person, asked, _LINES)
    async with here.console.hub.database.read() as conn:
        known = await connections.facts(conn, [each.code for each in found], here.now)
    return here.page(
        "agencies.html",
        person,
        asked=asked,
        lines=[line(here.speech, each, known[each.code], here.now) for each in found],
        following=asked.address(after=found[-1].code) if more else "",
        levels=listing.choices(here.speech, words.LEVELS),
        standings=listing.choices(here.speech, STANDINGS),
    )


@router.get(f"{PATH}.csv")
async def as_csv(here: TheVisit, person: Looker) -> Response:
    """The same as a file: every agency of the current filter."""
    return await files.whole(_File(here, person), "csv", "agencies")


@router.get(f"{PATH}.xlsx")
async def as_xlsx(here: TheVisit, person: Looker) -> Response:
    """The same as a workbook."""
    return await files.whole(_File(here, person), "xlsx", "agencies")


@dataclass(slots=True)
class _File:
    here: Visit
    person: Person
    columns: Sequence[str] = (
        "code", "name", "level", "parent", "standing", "channel", "certificates", "certificate_ends", "last_seen", "alerts",
    )  # fmt: skip

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        here = self.here
        asked = filters.read(PATH, {**here.request.query_params, "after": after}, _RULES)
        found, more = await _found(here, self.person, asked, limit)
        async with here.console.hub.database.read() as conn:
            known = await connections.facts(conn, [each.code for each in found], here.now)
        rows = [_row(each, known[each.code], today(here)) for each in found]
        return rows, found[-1].code if more else ""


async def _found(here: Visit, person: Person, asked: Filters, most: int) -> tuple[list[Agency], bool]:
    async with here.console.hub.database.read() as conn:
        found = await agencies.search(
            conn,
            q=asked["q"],
            level=asked["level"] or None,
            parent=code_cleaned(asked["parent"]) or None,
            standing=asked["standing"],
            sight=person.sight,
            after=asked["after"],
            limit=most + 1,
        )
    return found[:most], len(found) > most


def _row(one: Agency, known: Connection, day: date) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "level": one.level.value,
        "parent": one.parent,
        "standing": one.standing(day),
        "channel": one.channel,
        "certificates": known.certificates,
        "certificate_ends": known.ends,
        "last_seen": known.seen_at,
        "alerts": known.alerts,
    }


def line(speech: Speech, one: Agency, known: Connection, now: datetime) -> Line:
    """One agency as the list shows it."""
    stands = standing(speech, one, now)
    return Line(
        code=one.code,
        name=one.name,
        level=speech.named(words.LEVELS, one.level.value),
        parent=one.parent or "",
        standing=stands,
        channel=speech.named(words.CHANNELS, one.channel),
        trouble=speech("breaker_open", count=known.failures) if known.failures else "",
        certificate=_certificates(speech, known, now),
        seen_at=known.seen_at,
        age=speech.age(known.seen_at, now) if known.seen_at else "",
        alerts=known.alerts,
    )


def standing(speech: Speech, one: Agency, now: datetime) -> Badge:
    """Whether an agency takes part today."""
    name = one.standing(now.astimezone(deadline.LOCAL).date())
    return Badge(*_LOOKS[name], speech.named(STANDINGS, name))


def _certificates(speech: Speech, known: Connection, now: datetime) -> Badge:
    if known.ends is None:
        return Badge("off", "unsigned", speech("no_certificate"))
    return looks.Badge(*days_tone(known.ends, now), days_left(speech, known.ends, now), known.certificates)


def days_left(speech: Speech, ends: datetime, now: datetime) -> str:
    """How many whole days something still holds."""
    left = (ends - now).days
    return speech("days_left", count=speech.number(left)) if left >= 0 else speech("has_ended")


def days_tone(ends: datetime, now: datetime) -> tuple[str, str]:
    """The tone and icon of something that ends then."""
    left = ends - now
    if left.days < _SOON_DAYS:
        return "bad", "alert"
    return ("wait", "clock") if left <= EXPIRY_TOLD else ("good", "shield")


def today(here: Visit) -> date:
    """The day it is in Vietnam."""
    return here.now.astimezone(deadline.LOCAL).date()
