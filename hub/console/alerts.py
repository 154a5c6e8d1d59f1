"""Alerts as a list: one an agency and kind, with whom to call, how long it has waited and who was told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import board, files, filters, listing, looks, saved, words
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.console.looks import Badge
from hub.console.places import by_id, place, place_of
from hub.console.speech import Speech
from hub.domain import alert as rules
from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.alert import Kind, State, Step
from hub.domain.roles import Person
from hub.store.watching import alerts
from hub.store.watching.late import COUNTED_AT_MOST

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_FLASH, _NORMAL = 0, 3  # ranks: 0 hỏa tốc … 3 thường
URGENCY: Final = {"flash": 0, "very-urgent": 1, "urgent": 2, "normal": 3}
OLDER: Final = {"4": "alerts_older_4", "8": "alerts_older_8", "16": "alerts_older_16", "40": "alerts_older_40"}
STATES: Final = ("OPEN", "ACKNOWLEDGED", "CLEARED")
_COLUMNS: Final = (
    "alerts_kind", "alerts_agency", "alerts_code", "alerts_level", "alerts_parent", "alerts_count", "alerts_urgency",
    "alerts_oldest", "alerts_age", "alerts_raised", "alerts_step", "alerts_reminders", "alerts_state", "alerts_contact",
    "alerts_phone", "alerts_email", "alerts_note",
)  # fmt: skip
_RULES: Final = {
    "kind": filters.one_of(tuple(kind.value for kind in Kind)),
    "level": filters.one_of(words.LEVELS),
    "agency": filters.text(70),
    "parent": filters.text(70),
    "step": filters.one_of(tuple(step.name.lower() for step in Step)),
    "state": filters.one_of(STATES),
    "urgency": filters.one_of(URGENCY),
    "older": filters.one_of(OLDER),
    "after": by_id,
}


@router.get("/alerts")
async def page(here: TheVisit, person: Watcher) -> Response:
    """Alerts that are not over, the oldest first, or those of the state asked for; the whole list with `format`."""
    hub = here.console.hub
    asked = filters.read("/alerts", here.request.query_params, _RULES)
    await hub.calendars.refresh(here.now)
    wanted = await _wanted(here, asked, person)
    if as_file := files.asked_for(here.request.query_params, ""):
        return await _file(here, wanted, as_file[1])
    async with hub.database.read() as conn:
        rows = await alerts.listing(conn, wanted, place(asked["after"]), _LINES + 1)
        kinds = await alerts.by_kind(conn, {name: value for name, value in wanted.items() if name != "kind"})
    more, rows = len(rows) > _LINES, rows[:_LINES]
    named = {row["agency"] for row in rows} | {row["parent"] for row in rows if row["parent"]}
    agencies = await hub.directory.resolve(named)
    return here.page(
        "alerts.html",
        person,
        asked=asked,
        views=await saved.of(here, person, "/alerts"),
        kinds=[(kind, *kinds[kind]) for kind in Kind if kind in kinds],
        kind_names=rules.NAMES,
        kind_choices=[(kind.value, here.speech.of(rules.NAMES[kind])) for kind in Kind],
        lines=[line(here, row, agencies) for row in rows],
        following=asked.address(after=place_of(rows[-1]["raised_at"], rows[-1]["id"])) if more else "",
        choices=listing.choices,
        steps=[(step.name.lower(), here.speech("alert_step_" + step.name.lower())) for step in Step],
        states=[(state, here.speech("alert_state_" + state.lower())) for state in STATES],
        older=[(hours, here.speech(phrase)) for hours, phrase in OLDER.items()],
        urgencies=[(name, here.speech.of(words.PRIORITIES[3 - rank])) for name, rank in URGENCY.items()],
    )


async def _wanted(here: Visit, asked: Filters, person: Person) -> dict[str, Any]:
    """The question for the store."""
    wanted: dict[str, Any] = {name: asked[name] for name in ("kind", "level", "state") if asked[name]}
    for name in ("agency", "parent"):
        if asked[name]:
            wanted[name] = await board.canonical(here, asked[name])
    if asked["step"]:
        wanted["step"] = int(Step[asked["step"].upper()])
    if asked["urgency"]:
        wanted["rank"] = URGENCY[asked["urgency"]]
    if asked["older"]:
        span = timedelta(hours=int(asked["older"]))
        wanted["oldest_before"] = deadline.before(here.now, span, here.console.hub.calendars.usual)
    if person.sight:
        wanted["sight"] = person.sight
    return wanted


async def _file(here: Visit, wanted: Mapping[str, Any], form: str) -> Response:
    async with here.console.hub.database.read() as conn:
        rows = await alerts.listing(conn, wanted, None, files.ROWS_AT_MOST)
    return files.table(here, "canh-bao", form, _COLUMNS, (_values(here, row) for row in rows))


def _values(here: Visit, row: Mapping[str, Any]) -> list[Any]:
    speech, contact = here.speech, row["contact"] or {}
    return [
        speech.of(rules.NAMES[Kind(row["kind"])]),
        row["agency_name"] or row["agency"],
        row["agency"],
        speech.named(words.LEVELS, row["level"]),
        row["parent"],
        row["count"],
        speech.of(words.PRIORITIES[_NORMAL - row["rank"]]),
        row["oldest_at"],
        round(_age(here, row).total_seconds() / 3600, 2),
        row["raised_at"],
        speech("alert_step_" + Step(row["step"]).name.lower()),
        row["reminders"],
        speech("alert_state_" + row["state"].lower()),
        contact.get("name"),
        contact.get("phone"),
        contact.get("email"),
        row["note"],
    ]


def _age(here: Visit, row: Mapping[str, Any]) -> timedelta:
    return deadline.between(row["oldest_at"], here.now, here.console.hub.calendars.of(row["agency"]))


def line(here: Visit, row: Mapping[str, Any], agencies: Mapping[str, Agency | None]) -> dict[str, Any]:
    """One alert, as the templates show it."""
    speech = here.speech
    kind, step = Kind(row["kind"]), Step(row["step"])
    count = speech.number(row["count"]) + ("+" if row["count"] >= COUNTED_AT_MOST else "")
    is_yet = row["oldest_at"] > here.now  # a certificate that ends in days to come
    return {
        "id": row["id"],
        "kind": speech.of(rules.NAMES[kind]),
        "icon": looks_of(kind),
        "tone": tone(row),
        "agency": listing.party(agencies, row["agency"]),
        "parent": listing.party(agencies, row["parent"]) if row["parent"] else None,
        "level": speech.named(words.LEVELS, row["level"]) if row["level"] else "",
        "count": count,
        "counts_documents": counts_documents(kind) and row["state"] != State.CLEARED,
        "priority": looks.priority(speech, _NORMAL - row["rank"]),
        "oldest_at": row["oldest_at"],
        "age": ago(speech, row, here.now) if is_yet else board.working(speech, _age(here, row).total_seconds() / 60),
        "is_yet": is_yet,
        "raised_at": row["raised_at"],
        "raised": speech.age(row["raised_at"], here.now),
        "step": speech("alert_step_" + step.name.lower()),
        "step_number": int(step),
        "reminders": row["reminders"],
        "state": state(speech, row["state"]),
        "contact": {name: (row.get("contact") or {}).get(name, "") for name in ("name", "phone", "email")},
        "note": row["note"],
        "detail": row["detail"],
        "acknowledged_by": row["acknowledged_by"],
        "acknowledged_at": row["acknowledged_at"],
        "cleared_at": row["cleared_at"],
        "next_at": row["next_at"],
    }


def ago(speech: Speech, row: Mapping[str, Any], now: datetime) -> str:
    """Since when there is reason for an alert, by the clock on the wall; of a certificate, when it ends."""
    if row["oldest_at"] > now:
        return speech("alerts_ends", date=speech.date(row["oldest_at"].astimezone(deadline.LOCAL).date()))
    return speech.age(row["oldest_at"], now)


def counts_documents(kind: Kind) -> bool:
    """Whether documents stand behind an alert, rather than a fact about an agency."""
    return kind not in rules.OF_FACTS


def tone(row: Mapping[str, Any]) -> str:
    """How loud an alert is: hỏa tốc and what has gone up is bad, what somebody is on is calm."""
    if row["state"] == State.CLEARED:
        return "off"
    if row["state"] == State.ACKNOWLEDGED:
        return "move"
    return "bad" if row["rank"] == _FLASH or row["step"] > Step.PARENT else "wait"


def looks_of(kind: Kind) -> str:
    """The icon of a kind."""
    return {
        Kind.UNRECEIVED: "inbox",
        Kind.UNDELIVERABLE: "cross",
        Kind.SILENT: "pulse",
        Kind.SIGNATURE: "unsigned",
        Kind.DOUBTED: "unsigned",
        Kind.CERTIFICATE: "shield",
        Kind.LEDGER: "book",
        Kind.CHANGE_REFUSED: "back",
        Kind.CHANGE_UNANSWERED: "back",
    }.get(kind, "clock")


def state(speech: Speech, name: str) -> Badge:
    """The badge of an alert's state."""
    tones = {"OPEN": ("wait", "bell"), "ACKNOWLEDGED": ("move", "person"), "CLEARED": ("good", "check")}
    return Badge(*tones[name], speech("alert_state_" + name.lower()))
