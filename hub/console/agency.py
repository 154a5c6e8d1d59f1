"""One agency: its entry, its connection, its keys and certificates, its traffic, and what waits for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from hub.console import agency_files, deeds, files, listing, looks, reforms, tracing, words
from hub.console.agencies import Looker, days_left, days_tone, standing
from hub.console.alerts import ago, tone
from hub.console.asked import Asked
from hub.console.certificates import by
from hub.console.charts import pillars
from hub.console.frame import PageRoute, TheVisit, Visit
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain import alert, deadline
from hub.domain.access import Action, allowed
from hub.domain.agency import Agency
from hub.domain.roles import Person
from hub.gateway.callers import of_agency
from hub.store.directory import agencies, certificates, keys, names
from hub.store.directory.keys import ApiKey
from hub.store.directory.reform import planning
from hub.store.lists import connections
from hub.store.trust import signatures
from hub.store.watching import alerts

router = APIRouter(route_class=PageRoute, include_in_schema=False)
DAYS: Final = 28
_CHILDREN: Final = 50
_WAITING: Final = 10
_WAITING_AT_MOST: Final = 1_000  # counted; beyond it there are more
_ALERTS: Final = 20
_CALLS: Final = 20
_PUSHED: Final = ("webhook", "folder")  # channels by which the hub calls, rather than is asked


@dataclass(frozen=True, slots=True)
class Traffic:
    """Four weeks of documents: the picture with its labels, and the sums."""

    picture: pillars.Pillars
    labels: list[str]
    rows: list[tuple[date, int, int]]
    sent: int
    received: int
    behind: list[tuple[str, str]]  # where each day's two figures lead


@router.get("/agencies/{code}")
async def page(code: str, here: TheVisit, person: Looker) -> Response:
    """Everything the console knows of an agency; with `format` one of its tables (`list`) as a file."""
    known = await deeds.in_sight(here, person, Action.CONNECTIONS, code)
    if wanted := files.asked_for(here.request.query_params, *agency_files.LISTS):
        return agency_files.answer(here, await known_of(here, person, known), *wanted)
    done = here.request.query_params.get("done", "")
    told = {"suspended": here.speech("agency_was_suspended"), "resumed": here.speech("agency_was_resumed"),
            "revoked": here.speech("key_was_revoked")}  # fmt: skip
    return await shown(here, person, known, done=told.get(done, ""))


async def shown(  # noqa: PLR0913 - what a form has to say comes back on the same page
    here: Visit, person: Person, code: str, *, done: str = "", trouble: str = "", new_key: str = "", status: int = 200
) -> HTMLResponse:
    """The page of an agency in sight (canonical code), with what came of a form."""
    keeps = allowed(person, Action.CHANGE_DIRECTORY, await of_agency(here.console.hub, code))
    facts = await known_of(here, person, code)
    return here.page("agency.html", person, status, **facts, keeps=keeps, done=done, trouble=trouble, new_key=new_key)


async def known_of(here: Visit, person: Person, code: str) -> dict[str, Any]:
    """What the pages of an agency (canonical code) are made of."""
    hub, speech, now = here.console.hub, here.speech, here.now
    watches = allowed(person, Action.WATCH)
    async with hub.database.read() as conn:
        one = await agencies.get(conn, code)
        facts = (await connections.facts(conn, [code], now))[code]
        channel = await connections.reached(conn, code)
        children = await agencies.search(conn, parent=code, limit=_CHILDREN + 1)
        named = (await names.load(conn, [code])).get(code, [])
        bound = await certificates.certificates_of(conn, code)
        made = await keys.keys_of(conn, code)
        legacy = await signatures.of_agency(conn, code, midnight(now - timedelta(days=DAYS)), now)
        days = await connections.days(conn, code, now - timedelta(days=DAYS))
        waiting = await connections.waiting(conn, code, _WAITING) if watches else []
        count = await connections.how_many_wait(conn, code, _WAITING_AT_MOST)
        called = await connections.calls(conn, code, _CALLS) if watches and channel.channel in _PUSHED else []
        changed = await planning.listed(conn, agencies=[code], limit=reforms.SHOWN_AT_MOST)
        alarms = await alerts.listing(conn, {"agency": code}, None, _ALERTS) if watches else []
    if not allowed(person, Action.READ_SUBJECT):
        waiting = [{**row, "subject": speech("subject_hidden")} for row in waiting]
    others = await hub.directory.resolve({row["sender"] for row in waiting} | ({one.parent} if one.parent else set()))
    return {
        "one": one,
        "level": speech.named(words.LEVELS, one.level.value),
        "standing": standing(speech, one, now),
        "suspended": one.suspended,
        "facts": facts,
        "channel": channel,
        "channel_word": speech.named(words.CHANNELS, channel.channel),
        "parent": listing.party(others, one.parent) if one.parent else None,
        "children": children[:_CHILDREN],
        "more_children": len(children) > _CHILDREN,
        "names": [(since if since != names.BEGINNING else None, name) for since, name in named],
        "contact": contact(one),
        "changes": [reforms.line(speech, change) for change in changed],
        "certificates": [certificate(speech, row, now) for row in bound],
        "signatures": legacy_counts(speech, legacy),
        "keys": [key(speech, each, now) for each in made],
        "traffic": traffic(code, days, now),
        "waiting": [_waits(speech, row, listing.party(others, row["sender"]), now) for row in waiting],
        "waiting_count": speech.number(count) + ("+" if count >= _WAITING_AT_MOST else ""),
        "is_pushed": channel.channel in _PUSHED,
        "calls": [_call(speech, row, now) for row in called],
        "alerts": [_alarm(speech, row, now) for row in alarms],
        "watches": watches,
        "since": (now - timedelta(days=DAYS)).astimezone(deadline.LOCAL).date().isoformat(),
    }


# -- as the template sees it ------------------------------------------------------------------------------------


def contact(one: Agency) -> list[tuple[str, str]]:
    """Whom to call: what is known, the usual parts first."""
    usual = ("name", "title", "phone", "email")
    parts = [name for name in usual if one.contact.get(name)] + [name for name in one.contact if name not in usual]
    return [(name, one.contact[name]) for name in parts]


def certificate(speech: Speech, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A bound certificate and how long it still counts."""
    ends = min(filter(None, (row["valid_to"], row["not_after"])))
    if row["revoked_at"]:
        badge = Badge("off", "cross", speech("withdrawn_certificate"))
    elif row["not_before"] > now:
        badge = Badge("move", "clock", speech("not_yet"))
    else:
        badge = Badge(*days_tone(ends, now), days_left(speech, ends, now))
    subject = row["subject"] or speech("to_come")
    return {**row, "ends": ends, "badge": badge, "by": by(speech, row), "subject": subject}


def key(speech: Speech, one: ApiKey, now: datetime) -> dict[str, Any]:
    """An API key, without its secret, which the hub does not have."""
    if one.revoked_at:
        badge = Badge("off", "cross", speech("key_revoked"))
    elif one.is_over(now):
        badge = Badge("off", "clock", speech("key_over"))
    elif one.expires_at:
        badge = Badge("wait", "clock", days_left(speech, one.expires_at, now))
    else:
        badge = Badge("good", "check", speech("key_good"))
    return {"id": one.id, "made_at": one.created_at, "used_at": one.last_used_at, "badge": badge,
            "is_live": not one.revoked_at and not one.is_over(now)}  # fmt: skip


def legacy_counts(speech: Speech, counted: dict[str, Any]) -> list[tuple[Badge, int, int, str]]:
    """Verdicts on what an agency sent, each with how often it was taken and refused, and its name; legacy kinds have none."""
    taken, refused = counted["taken"]["verdicts"], counted["refused"]["verdicts"]
    rows = [(looks.verdict(speech, name), taken.get(name, 0), refused.get(name, 0), name) for name in words.VERDICTS]
    kinds = {**counted["taken"]["legacy"], **counted["refused"]["legacy"]}
    rows += [
        (
            Badge("wait", "unsigned", name),
            counted["taken"]["legacy"].get(name, 0),
            counted["refused"]["legacy"].get(name, 0),
            "",
        )
        for name in kinds
    ]
    return [row for row in rows if row[1] or row[2]]


def midnight(moment: datetime) -> datetime:
    """The beginning of a moment's day in Vietnam."""
    return moment.astimezone(deadline.LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)


def traffic(code: str, days: dict[date, connections.Day], now: datetime) -> Traffic | None:
    """The picture of four weeks; none when nothing was exchanged."""
    if not days:
        return None
    last = now.astimezone(deadline.LOCAL).date()
    shown_days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = [(day, days[day].sent if day in days else 0, days[day].received if day in days else 0) for day in shown_days]
    picture = pillars.draw([row[1:] for row in rows], beside=True)
    labels = [f"{day:%d/%m}" for day in shown_days]
    behind = []
    for day, *_ in rows:
        of_day = Asked(period="all", since=day.isoformat(), until=day.isoformat())
        behind.append((of_day.address(sender=code), of_day.address(to=code)))
    return Traffic(picture, labels, rows, sum(row[1] for row in rows), sum(row[2] for row in rows), behind)


def _waits(speech: Speech, row: dict[str, Any], sender: listing.Party, now: datetime) -> dict[str, Any]:
    return {
        **row,
        "badge": looks.state(speech, row["state"]),
        "party": sender,
        "age": speech.age(row["created_at"], now),
        "is_late": row["due_at"] is not None and row["due_at"] <= now,
    }


def _call(speech: Speech, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    tone, icon = ("good", "check") if row["what"] == "delivered" else ("bad", "alert")
    badge = Badge(tone, icon, speech.named(words.EVENTS, row["what"]))
    detail = tracing.detail_of(speech, row["what"], row["detail"] or "")
    return {**row, "badge": badge, "detail": detail, "age": speech.age(row["at"], now)}


def _alarm(speech: Speech, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    word = speech.of(alert.NAMES[alert.Kind(row["kind"])])
    return {"id": row["id"], "badge": Badge(tone(row), "bell", word), "count": row["count"],
            "raised_at": row["raised_at"], "age": ago(speech, row, now)}  # fmt: skip
