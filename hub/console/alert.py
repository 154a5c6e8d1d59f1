"""One alert: the documents behind it, its history, and somebody taking it on with a note."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub.alert import acknowledge as take
from hub.alert import bounds
from hub.console import alerts as shown
from hub.console import board, deeds, files, listing, looks, words
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher, logged_in
from hub.console.places import by_id, place, place_of
from hub.console.speech import Speech
from hub.domain import alert as rules
from hub.domain import deadline
from hub.domain.access import Action, Resource, actor, allowed
from hub.domain.alert import Alert, State, Step
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import OutOfTurn, rejected
from hub.gateway.given import Id
from hub.store.columns import to_micros
from hub.store.watching import alerts, late_documents
from hub.store.watching.late import QUESTIONS

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_HISTORY: Final = 200
_COLUMNS: Final = ("code", "subject", "sender_code", "sender", "waiting_since", "collect_by", "state", "file_id")
TONES: Final = {
    "raised": "wait",
    "reminded": "wait",
    "escalated": "bad",
    "acknowledged": "move",
    "reopened": "bad",
    "cleared": "good",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says besides the alert: what went wrong, what somebody did first, the note that was being written."""

    trouble: str = ""
    done: str = ""
    note: str = ""


@router.get("/alerts/{alert_id}")
async def page(alert_id: Id, here: TheVisit, person: Watcher) -> Response:
    """An alert, its documents a page at a time (all of them as a file with `format`), and its history."""
    found = await _in_sight(here, person, alert_id)
    if wanted := files.asked_for(here.request.query_params, ""):
        return await _file(here, person, found, wanted[1])
    is_done = here.request.query_params.get("done") == "1" and found.state is State.ACKNOWLEDGED
    return await _shown(here, person, found, Said(done=here.speech("alert_done") if is_done else ""))


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(
    alert_id: Id, here: TheVisit, person: Annotated[Person, Depends(logged_in(Action.ACKNOWLEDGE))]
) -> Response:
    """Take an alert on. Whoever comes second is told what the first one did, and may add to it."""
    hub, speech = here.console.hub, here.speech
    deed = await deeds.read(here)
    found = await _in_sight(here, person, alert_id)
    if deed.trouble:
        return await _shown(here, person, found, Said(deed.trouble, note=deed.reason), deed.status)
    if deed.fields.get("seen", "") != _mark(found):
        return await _shown(here, person, found, Said(_first(here, found), note=deed.reason), 409)
    try:
        after = await take.acknowledge(
            hub.database, found, person.name, actor(person), deed.reason, here.now, calls=hub.alerts.calls
        )
    except OutOfTurn:
        return await _shown(here, person, found, Said(speech("alert_over"), note=deed.reason), 409)
    if after is None:
        found = await _in_sight(here, person, alert_id)
        return await _shown(here, person, found, Said(_first(here, found), note=deed.reason), 409)
    return here.redirect(f"/alerts/{found.id}?done=1")


def _mark(of: Alert) -> str:
    """Which acknowledgement a page was written with."""
    return str(to_micros(of.acknowledged_at)) if of.acknowledged_at else ""


def _first(here: Visit, found: Alert) -> str:
    if found.state is State.CLEARED:
        return here.speech("alert_over")
    if found.acknowledged_at is None:
        return here.speech("alert_changed")
    at, by = here.speech.time(found.acknowledged_at), found.acknowledged_by
    return here.speech("alert_first", name=by, time=at, note=found.note)


async def _in_sight(here: Visit, person: Person, alert_id: str) -> Alert:
    hub = here.console.hub
    async with hub.database.read() as conn:
        found = await alerts.get(conn, alert_id) if is_id(alert_id) else None
    if found is None:
        raise rejected("not-found")
    lineage = (await hub.directory.lineages([found.agency]))[found.agency]
    if not allowed(person, Action.WATCH, Resource(lineage)):
        raise rejected("not-found")
    return found


async def _file(here: Visit, person: Person, found: Alert, form: str) -> Response:
    """The documents behind an alert, the oldest first."""
    hub, speech = here.console.hub, here.speech
    await hub.calendars.refresh(here.now)
    rows: list[dict[str, Any]] = []
    if found.kind in QUESTIONS and found.state is not State.CLEARED:
        late = bounds.of(found.kind, here.now, hub.calendars, hub.settings)
        async with hub.database.read() as conn:
            which = {"agency": found.agency}
            rows = await late_documents.documents(conn, found.kind, late, which, None, files.ROWS_AT_MOST)
    agencies = await hub.directory.resolve({row["sender"] for row in rows})
    shows_subject = allowed(person, Action.READ_SUBJECT)
    lines = (
        (
            row["code"],
            row["subject"] if shows_subject else speech("subject_hidden"),
            row["sender"],
            listing.party(agencies, row["sender"]).name,
            row["created_at"],
            row["due_at"],
            speech.named(words.STATES, row["state"]) if row["state"] else "",
            row["envelope_id"],
        )
        for row in rows
    )
    return files.table(here, f"canh-bao-{found.kind.value}-{found.agency}", form, _COLUMNS, lines)


async def _shown(here: Visit, person: Person, found: Alert, said: Said, status: int = 200) -> Response:
    hub, speech = here.console.hub, here.speech
    await hub.calendars.refresh(here.now)
    after = place(by_id(here.request.query_params.get("after", "")) or "")
    rows: list[dict[str, Any]] = []
    async with hub.database.read() as conn:
        if found.kind in QUESTIONS and found.state is not State.CLEARED:
            late = bounds.of(found.kind, here.now, hub.calendars, hub.settings)
            begin = (found.agency, *after) if after else None
            rows = await late_documents.documents(conn, found.kind, late, {"agency": found.agency}, begin, _LINES + 1)
        happened = (await alerts.history(conn, found.id))[-_HISTORY:]
    more, rows = len(rows) > _LINES, rows[:_LINES]
    codes = {found.agency, *(row["sender"] for row in rows)} | ({found.parent} if found.parent else set())
    agencies = await hub.directory.resolve(codes)
    known = agencies[found.agency]
    row = {name: getattr(found, name) for name in Alert.__dataclass_fields__}
    row |= {"next_at": found.next_at, "contact": known.contact if known else {}}
    shows_subject = allowed(person, Action.READ_SUBJECT)
    return here.page(
        "alert.html",
        person,
        status,
        alert=shown.line(here, row, agencies),
        about=speech("alert_about_" + found.kind.value.replace("-", "_")),
        documents=[_document(here, one, agencies, shows_subject=shows_subject) for one in rows],
        has_documents=shown.counts_documents(found.kind),
        following=f"/alerts/{found.id}?after={place_of(rows[-1]['since'], rows[-1]['key'])}" if more else "",
        is_later=after is not None,
        history=[_happened(here, one, found.kind) for one in reversed(happened)],
        said=said,
        seen=_mark(found),
        may=allowed(person, Action.ACKNOWLEDGE) and found.state is not State.CLEARED,
        others=f"/alerts?agency={found.agency}",
    )


def _document(
    here: Visit, row: Mapping[str, Any], agencies: Mapping[str, Any], *, shows_subject: bool
) -> dict[str, Any]:
    age = deadline.between(row["since"], here.now, here.console.hub.calendars.of(row["agency"]))
    return {
        "id": row["envelope_id"],
        "code": row["code"],
        "subject": row["subject"] if shows_subject else here.speech("subject_hidden"),
        "sender": listing.party(agencies, row["sender"]),
        "priority": looks.priority(here.speech, row["priority"]),
        "sent_at": row["created_at"],
        "age": board.working(here.speech, age.total_seconds() / 60),
        "due_at": row["due_at"],
        "state": looks.state(here.speech, row["state"]) if row["state"] in looks.STATES else None,
    }


def _happened(here: Visit, row: Mapping[str, Any], kind: rules.Kind) -> dict[str, Any]:
    speech = here.speech
    what = rules.Event(row["what"])
    return {
        "at": row["at"],
        "age": speech.age(row["at"], here.now),
        "tone": TONES[what],
        "word": event_word(speech, what, row["step"], row["by"] or ""),
        "count": count_word(speech, kind, row["count"]),
        "note": row["note"],
    }


def event_word(speech: Speech, what: rules.Event, step: int, by: str) -> str:
    """What became of an alert, in words; `by`: the person who took it on."""
    return speech("alert_event_" + what, step=speech("alert_step_" + Step(step).name.lower()), name=by)


def count_word(speech: Speech, kind: rules.Kind, count: int) -> str:
    """How many documents stood behind an alert, in words; nothing where there are none."""
    return speech("alert_count", count=speech.number(count)) if count and shown.counts_documents(kind) else ""
