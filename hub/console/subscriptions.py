"""Reports that are mailed when their period is over: who gets which, what became of each mail, and the form to ask for one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.alert import figures as reports
from hub.console import deeds, files, filters
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher, logged_in
from hub.console.looks import Badge
from hub.console.places import by_id, place, place_of
from hub.console.speech import Speech
from hub.domain import deadline, subscription
from hub.domain.access import Action, actor, allowed
from hub.domain.indicator import KINDS
from hub.domain.indicator_words import period_name
from hub.domain.period import EVERY, of
from hub.domain.roles import Person
from hub.errors import Rejected, rejected
from hub.store import audit
from hub.store.watching import subscriptions as store

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH: Final = "/reports/subscriptions"
Subscriber = Annotated[Person, Depends(logged_in(Action.SUBSCRIBE))]
_LINES: Final = 50
_BADGES: Final = {  # of the states of a mail, the worst first
    "UNCERTAIN": ("bad", "alert"),
    "REFUSED": ("bad", "cross"),
    "WRITTEN": ("wait", "clock"),
    "SENDING": ("move", "out"),
    "SENT": ("good", "check"),
}
_COLUMNS: Final = (
    "number", "report_kind", "subscription_every", "subscription_scope", "subscription_forms", "subscription_to",
    "subscription_next", "state", "subscription_by",
)  # fmt: skip
_MAILS: Final = ("report_period", "subscription_to", "state", "subscription_written", "subscription_sent", "reason")
_FIELDS: Final = ("kind", "every", "agency", "below", "pdf", "xlsx", "addresses")
_logger = log.get(__name__)


@router.get(PATH)
async def page(here: TheVisit, person: Watcher) -> Response:
    """Who is mailed which report, the newest first, and how the last mails went; as a file with `format`."""
    if wanted := files.asked_for(here.request.query_params, ""):
        lines = await _listed(here, person, 0, files.ROWS_AT_MOST)
        return files.table(here, "dang-ky-bao-cao", wanted[1], _COLUMNS, map(_values, lines))
    done = here.request.query_params.get("done", "")
    told = {"made": here.speech("subscription_was_made"), "ended": here.speech("subscription_was_ended")}
    return await _shown(here, person, done=told.get(done, ""))


async def _shown(
    here: Visit,
    person: Person,
    *,
    done: str = "",
    trouble: str = "",
    asked_for: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    speech, settings = here.speech, here.console.hub.settings
    asked = filters.read(PATH, here.request.query_params, {"after": filters.number})
    lines = await _listed(here, person, int(asked["after"] or 0), _LINES + 1)
    more, lines = len(lines) > _LINES, lines[:_LINES]
    return here.page(
        "subscriptions.html",
        person,
        status,
        asked=asked,
        lines=lines,
        following=asked.address(after=str(lines[-1]["id"])) if more else "",
        may=allowed(person, Action.SUBSCRIBE),
        has_mail=bool(settings.smtp_host),
        kinds=[(kind, speech("report_" + kind.replace("-", "_"))) for kind in KINDS],
        everys=[(every, speech("period_of_" + every)) for every in EVERY],
        fields={"kind": "", "every": "month", "pdf": "1", **dict.fromkeys(("agency", "below", "xlsx", "addresses"), "")}
        | dict(asked_for or {}),
        is_asking=asked_for is not None,
        done=done,
        trouble=trouble,
        at_most=subscription.ADDRESSES_AT_MOST,
    )


@router.post(PATH)
async def make(here: TheVisit, person: Subscriber) -> Response:
    """Subscribe to a report, from the period that goes on."""
    hub = here.console.hub
    deed = await deeds.read(here)
    given = {name: deed.fields.get(name, "") for name in _FIELDS}
    if deed.trouble:
        return await _shown(here, person, trouble=deed.trouble, asked_for=given, status=deed.status)
    forms = [form for form in subscription.FORMS if given[form]]
    try:
        scope = await _wanted_scope(here, person, given)
        addresses = subscription.addresses_in(given["addresses"])
        wanted = subscription.checked(given["kind"], given["every"], scope, forms, addresses)
    except Rejected as refusal:
        return await _shown(here, person, trouble=deeds.told(here, refusal), asked_for=given, status=422)
    begins = subscription.begins(wanted.every, here.now.astimezone(deadline.LOCAL).date())
    async with hub.database.write(actor(person)) as conn:
        number = await store.add(conn, wanted, begins, actor(person), here.now)
        told = {"kind": wanted.kind, "every": wanted.every, "scope": scope, "to": ", ".join(addresses)}
        audit.note(conn, "report subscribed", str(number), **told, reason=deed.reason)
    _logger.info("report.subscribed", subscription=number, by=person.name)
    return here.redirect(f"{PATH}?done=made")


async def _wanted_scope(here: Visit, person: Person, given: Mapping[str, str]) -> str:
    """Of which agencies the report is: a person's own, or one that a person who sees all names."""
    if person.sight is not None or not given["agency"].strip():
        return reports.scope_of(person.sight)
    code = given["agency"].strip()[:70]
    found = (await here.console.hub.directory.resolve([code]))[code]
    if found is None:
        raise rejected("invalid-parameter", "agency", name="agency", problem=here.speech("no_such_agency"), found=code)
    return found.code + ("/" if given["below"] else "")


async def _one(here: Visit, person: Person, given: str) -> dict[str, Any]:
    async with here.console.hub.database.read() as conn:
        found = await store.get(conn, int(given)) if filters.number(given) else None
    own = _whose(person)
    if found is None or (own is not None and found["made_by"] != own):
        raise rejected("not-found")
    return found


@router.post(f"{PATH}/{{number}}/end")
async def end(number: str, here: TheVisit, person: Subscriber) -> Response:
    """End a subscription; whoever comes second is told who was first."""
    found = await _one(here, person, number)
    deed = await deeds.read(here)
    if deed.trouble:
        return await _shown(here, person, trouble=deed.trouble, status=deed.status)
    async with here.console.hub.database.write(actor(person)) as conn:
        is_ended = await store.end(conn, found["id"], actor(person), here.now)
        if is_ended:
            audit.note(conn, "report subscription ended", str(found["id"]), reason=deed.reason)
    if is_ended:
        return here.redirect(f"{PATH}?done=ended")
    first = await _one(here, person, number)
    by = first["ended_by"].removeprefix("person:")
    trouble = here.speech("subscription_ended_first", name=by, time=here.speech.time(first["ended_at"]))
    return await _shown(here, person, trouble=trouble, status=409)


@router.get(f"{PATH}/{{number}}")
async def one(number: str, here: TheVisit, person: Watcher) -> Response:
    """The mails of a subscription, the newest first, and what became of each; as a file with `format`."""
    found = await _one(here, person, number)
    rules = {"after": by_id}
    asked = filters.read(f"{PATH}/{found['id']}", here.request.query_params, rules)
    file = files.asked_for(here.request.query_params, "")
    before, limit = (None, files.ROWS_AT_MOST) if file else (place(asked["after"]), _LINES + 1)
    async with here.console.hub.database.read() as conn:
        rows = await store.mails_of(conn, found, before, limit)
    lines = [_mail(here.speech, row) for row in rows]
    if file:
        values = (
            (m["period"], m["address"], m["badge"].word, m["written_at"], m["sent_at"], m["error"]) for m in lines
        )
        return files.table(here, f"thu-bao-cao-{found['id']}", file[1], _MAILS, values)
    more, lines = len(lines) > _LINES, lines[:_LINES]
    [shown] = await _lines(here, [found])
    return here.page(
        "subscription.html",
        person,
        asked=asked,
        one=shown,
        mails=lines,
        following=asked.address(after=place_of(lines[-1]["written_at"], lines[-1]["id"])) if more else "",
        may=allowed(person, Action.SUBSCRIBE),
    )


# -- as the templates see it ------------------------------------------------------------------------------------


def _whose(person: Person) -> str | None:
    """Whose subscriptions somebody sees: who has a scope, the own ones; None for everybody's."""
    return None if person.sight is None else actor(person)


async def _listed(here: Visit, person: Person, after: int, limit: int) -> list[dict[str, Any]]:
    """The subscriptions that a person sees, the newest first."""
    async with here.console.hub.database.read() as conn:
        rows = await store.listing(conn, _whose(person), after, limit)
    return await _lines(here, rows)


async def _lines(here: Visit, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Subscriptions, each with what became of the mails about its last period."""
    last = {row["id"]: of(row["made_until"], row["every"]).before.name for row in rows}
    async with here.console.hub.database.read() as conn:
        mailed = await store.latest(conn, {row["id"]: (last[row["id"]], row["addresses"]) for row in rows})
    return [_line(here, row, last[row["id"]], mailed[row["id"]]) for row in rows]


def _line(here: Visit, row: Mapping[str, Any], last: str, mailed: list[dict[str, Any]]) -> dict[str, Any]:
    speech, scope = here.speech, row["scope"]
    below = speech("subscription_below", code=scope[:-1]) if scope.endswith("/") else ""
    upcoming = of(row["made_until"], row["every"])
    error = next((each["error"] for each in mailed if each["error"]), None)
    return {
        **row,
        "title": speech("report_" + row["kind"].replace("-", "_")),
        "every_word": speech("period_of_" + row["every"]),
        "scope_word": below or scope or speech("subscription_all"),
        "forms_word": row["forms"].upper().replace(",", ", "),
        "next": speech.of(period_name(upcoming.name)),
        "next_on": upcoming.after,
        "last": speech.of(period_name(last)) if mailed else "",
        "badge": _standing(here, row, mailed),
        "trouble": row["error"] or error or "",
        "by": row["made_by"].removeprefix("person:"),
        "is_live": row["ended_at"] is None,
    }


def _standing(here: Visit, row: Mapping[str, Any], mailed: list[dict[str, Any]]) -> Badge:
    """How it goes: ended, in trouble, mails on their way, or all of the last ones with their readers."""
    speech = here.speech
    if row["ended_at"]:
        return Badge("off", "cross", speech("subscription_ended"))
    if row["error"]:
        return Badge("bad", "alert", speech("subscription_failing"))
    if mailed:
        states = [each["state"] for each in mailed]
        worst = next(state for state in _BADGES if state in states)
        said = speech("subscription_mails", count=states.count(worst), state=speech("mail_" + worst.lower()))
        return Badge(*_BADGES[worst], said)
    if not here.console.hub.settings.smtp_host:
        return Badge("wait", "alert", speech("subscription_no_mail"))
    return Badge("move", "clock", speech("subscription_waits"))


def _mail(speech: Speech, row: Mapping[str, Any]) -> dict[str, Any]:
    period = row["period"].partition(":")[2]
    badge = Badge(*_BADGES[row["state"]], speech("mail_" + row["state"].lower()))
    return {**row, "period": speech.of(period_name(period)), "badge": badge, "error": row["error"] or ""}


def _values(line: Mapping[str, Any]) -> list[Any]:
    return [
        line["id"],
        line["title"],
        line["every_word"],
        line["scope_word"],
        line["forms_word"],
        ", ".join(line["addresses"]),
        line["next"] if line["is_live"] else "",
        line["badge"].word,
        line["by"],
    ]
