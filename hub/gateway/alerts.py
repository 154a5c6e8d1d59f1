"""Alerts over HTTP: the documents behind them, the alerts themselves, their history, and acknowledging one with a note."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from hub.alert import acknowledge as take
from hub.alert import bounds
from hub.domain import alert as rules
from hub.domain import deadline
from hub.domain.access import Action, Resource, actor, allowed
from hub.domain.alert import Kind, State, Step
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import OutOfTurn, rejected
from hub.gateway import cursors, tables, views
from hub.gateway.callers import may, the_hub, watcher
from hub.gateway.given import Id
from hub.store.columns import from_micros, to_micros
from hub.store.watching import alerts, late_documents
from hub.store.watching.late import COUNTED_AT_MOST, QUESTIONS, Bounds
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])
TheHub = Annotated[Hub, Depends(the_hub)]
Watcher = Annotated[Person, Depends(watcher)]
URGENCY: Final = {"flash": 0, "very-urgent": 1, "urgent": 2, "normal": 3}
_DOCUMENT_COLUMNS: Final = (
    "kind", "agency", "agency_name", "recipient", "sender", "document_id", "code", "subject", "priority", "sent_at",
    "age_working_minutes", "level", "state", "business_code", "contact_name", "contact_phone", "contact_email",
)  # fmt: skip
_AGENCY_COLUMNS: Final = (
    "kind", "agency", "agency_name", "parent", "level", "state", "step", "count", "urgency", "oldest_at", "raised_at",
    "reminders", "acknowledged_by", "note", "contact_name", "contact_phone", "contact_email",
)  # fmt: skip


@router.get("/v1/alerts")
async def listing(  # noqa: PLR0913 - the question has this many parts
    request: Request,
    hub: TheHub,
    person: Watcher,
    kind: Kind | None = None,
    view: Literal["documents", "agencies"] = "documents",
    level: Annotated[str | None, Query(pattern="^(central|province|district|commune)$")] = None,
    parent: Annotated[str | None, Query(max_length=70)] = None,
    agency: Annotated[str | None, Query(max_length=70)] = None,
    sender: Annotated[str | None, Query(max_length=70)] = None,
    urgency: Literal["flash", "very-urgent", "urgent", "normal"] | None = None,
    older_than: Annotated[str | None, Query(max_length=40)] = None,
    state: Literal["OPEN", "ACKNOWLEDGED", "CLEARED"] | None = None,
    step: Literal["agency", "parent", "operators", "government"] | None = None,
    form: Annotated[Literal["json", "csv", "xlsx"] | None, Query(alias="format")] = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """What is late: document by document, or (`view=agencies`) as alerts, one for each agency and kind.

    `older_than` counts working time. CSV and XLSX (`format`, or Accept) hold the whole list, not a page.
    """
    now = datetime.now(UTC)
    filters = await _filters(hub, level=level, parent=parent, agency=agency, sender=sender, urgency=urgency)
    if person.sight is not None:
        filters["sight"] = person.sight
    span = cursors.duration(older_than, "older_than") if older_than else None
    await hub.calendars.refresh(now)
    if view == "agencies":
        filters.pop("sender", None)
        filters |= {"kind": kind.value} if kind else {}
        filters |= {"state": state} if state else {}
        filters |= {"step": int(Step[step.upper()])} if step else {}
        if span:
            filters["raised_before"] = deadline.before(now, span, hub.calendars.usual)
        pages: tables.Pages = _Agencies(hub, filters)
    else:
        wanted = kind or Kind.UNRECEIVED
        if wanted not in QUESTIONS:
            raise rejected(
                "invalid-parameter", "kind", name="kind", problem="chỉ có view=agencies / view=agencies only"
            )
        late = bounds.listed(wanted, now, span, hub.calendars, hub.settings)
        pages = _Documents(hub, wanted, filters, late, now, shows_subject=allowed(person, Action.READ_SUBJECT))
    chosen = form or tables.by_accept(request.headers.get("accept", ""))
    if chosen != "json":
        return await tables.whole(pages, chosen, f"canh-bao-{now.astimezone(deadline.LOCAL):%Y%m%d-%H%M}")
    items, place = await pages.page(after, limit)
    return JSONResponse({"items": items, "next": place or None})


@router.get("/v1/alerts/{alert_id}")
async def one(alert_id: Id, hub: TheHub, person: Watcher) -> JSONResponse:
    """One alert with its history: who was told what, when, and who acknowledged it."""
    found = await _in_sight(hub, person, alert_id)
    async with hub.database.read() as conn:
        happened = await alerts.history(conn, found.id)
    told = [
        {
            "at": views.at(row["at"]),
            "what": row["what"],
            "step": Step(row["step"]).name.lower(),
            "count": row["count"],
            "by": row["by"],
            "note": row["note"],
        }
        for row in happened
    ]
    return JSONResponse({**_shown(_fields(found)), "history": told})


@router.post("/v1/alerts/{alert_id}/acknowledge")
async def acknowledge(
    alert_id: Id,
    hub: TheHub,
    person: Annotated[Person, Depends(may(Action.ACKNOWLEDGE))],
    said: Annotated[dict[str, Any], Body()],
) -> JSONResponse:
    """Say that somebody is on it: no more reminders and no escalation until it gets worse. A note is required."""
    note = said.get("note")
    if not isinstance(note, str) or not note.strip() or len(note) > take.NOTE_AT_MOST:
        raise rejected("invalid-parameter", "note", name="note", problem=f"1–{take.NOTE_AT_MOST} ký tự / characters")
    found = await _in_sight(hub, person, alert_id)
    clean = note.strip().replace("\x00", "")
    calls = hub.alerts.calls
    try:
        after = await take.acknowledge(
            hub.database, found, person.name, actor(person), clean, datetime.now(UTC), calls=calls
        )
    except OutOfTurn:
        raise rejected("alert-cleared", at=views.at(found.cleared_at)) from None
    if after is None:
        raise rejected("busy")
    return JSONResponse(_shown(_fields(after)))


async def _in_sight(hub: Hub, person: Person, alert_id: str) -> rules.Alert:
    async with hub.database.read() as conn:
        found = await alerts.get(conn, alert_id) if is_id(alert_id) else None
    if found is None:
        raise rejected("not-found")
    lineage = (await hub.directory.lineages([found.agency]))[found.agency]
    if not allowed(person, Action.WATCH, Resource(lineage)):
        raise rejected("not-found")
    return found


async def _filters(hub: Hub, *, urgency: str | None, **codes: str | None) -> dict[str, Any]:
    level = codes.pop("level")
    found: dict[str, Any] = {"level": level} if level else {}
    if urgency:
        found["rank"] = URGENCY[urgency]
    given = {name: code for name, code in codes.items() if code}
    known = await hub.directory.resolve(given.values())
    return found | {name: who.code if (who := known[code]) else code for name, code in given.items()}


class _Documents:
    """The documents of one kind, a page at a time."""

    columns: Sequence[str] = _DOCUMENT_COLUMNS

    def __init__(
        self,
        hub: Hub,
        kind: Kind,
        filters: Mapping[str, Any],
        late: Bounds,
        now: datetime,
        *,
        shows_subject: bool,
    ) -> None:
        self._hub, self._kind, self._filters, self._late, self._now = hub, kind, filters, late, now
        self._shows_subject = shows_subject

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        place = _unpack(after) if after else None
        async with self._hub.database.read() as conn:
            rows = await late_documents.documents(conn, self._kind, self._late, self._filters, place, limit)
            ids = await alerts.of_agencies(conn, self._kind, [row["agency"] for row in rows])
        last = rows[-1] if len(rows) == limit else None
        following = cursors.pack(last["agency"], to_micros(last["since"]), last["key"]) if last else ""
        return [self._item(row, ids) for row in rows], following

    def _item(self, row: dict[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
        calendar = self._hub.calendars.of(row["agency"])
        age = deadline.between(row["since"], self._now, calendar)
        return {
            "id": row["id"],
            "alert_id": ids.get(row["agency"]),
            "kind": self._kind.value,
            "agency": row["agency"],
            "recipient": row["recipient"],
            "recipient_name": row["agency_name"] if row["recipient"] else None,
            "sender": row["sender"],
            "envelope_id": row["envelope_id"],
            "document_id": row["document_id"],
            "code": row["code"],
            "subject": row["subject"] if self._shows_subject else None,
            "priority": row["priority"],
            "sent_at": views.at(row["created_at"]),
            "since": views.at(row["since"]),
            "due_at": views.at(row["due_at"]),
            "age_working_minutes": int(age.total_seconds() // 60),
            "level": row["level"],
            "state": row["state"],
            "business_code": row["report_code"],
            "contact": row["contact"] or {},
        }


class _Agencies:
    """The alerts themselves, a page at a time."""

    columns: Sequence[str] = _AGENCY_COLUMNS

    def __init__(self, hub: Hub, filters: Mapping[str, Any]) -> None:
        self._hub, self._filters = hub, filters

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        place = cursors.unpack_place(after) if after else None
        async with self._hub.database.read() as conn:
            rows = await alerts.listing(conn, self._filters, place, limit)
        last = rows[-1] if len(rows) == limit else None
        return [_shown(row) for row in rows], cursors.pack_place(last["raised_at"], last["id"]) if last else ""


def _fields(of: rules.Alert) -> dict[str, Any]:
    return {name: getattr(of, name) for name in rules.Alert.__dataclass_fields__} | {"next_at": of.next_at}


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """An alert as answers show it. `at_least`: there are more documents than are counted."""
    acknowledged = None
    if row["acknowledged_at"]:
        acknowledged = {"at": views.at(row["acknowledged_at"]), "by": row["acknowledged_by"], "note": row["note"]}
    return {
        "id": row["id"],
        "kind": str(row["kind"]),
        "agency": row["agency"],
        "agency_name": row.get("agency_name"),
        "level": row["level"] or None,
        "parent": row["parent"],
        "state": State(row["state"]).value,
        "step": Step(row["step"]).name.lower(),
        "count": row["count"],
        "at_least": row["count"] >= COUNTED_AT_MOST,
        "urgency": next(name for name, rank in URGENCY.items() if rank == row["rank"]),
        "oldest_at": views.at(row["oldest_at"]),
        "raised_at": views.at(row["raised_at"]),
        "reminders": row["reminders"],
        "next_at": views.at(row["next_at"]),
        "acknowledged": acknowledged,
        "cleared_at": views.at(row["cleared_at"]),
        "detail": row["detail"],
        "contact": row.get("contact") or {},
    }


def _unpack(cursor: str) -> late_documents.Place:
    parts = cursors.unpack(cursor)
    is_place = len(parts) == 3 and cursors.is_number(parts[1].removeprefix("-")) and is_id(parts[2])  # noqa: PLR2004
    if not is_place or not parts[0].isprintable():
        raise cursors.not_a_cursor("after")
    try:
        return parts[0], from_micros(int(parts[1])), parts[2]
    except (ValueError, OverflowError, OSError):
        raise cursors.not_a_cursor("after") from None
