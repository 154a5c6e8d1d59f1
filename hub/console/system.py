"""The hub itself: whether its parts answer, whether the ledger balances, who has which errand, the log, settings, versions."""

import asyncio
import platform
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

import hub
from hub.clamd import Clamd
from hub.console import days, files
from hub.console.asked import Asked
from hub.console.charts import pillars
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.console.listing import Card
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain import deadline
from hub.domain.access import Action, allowed
from hub.domain.roles import Person
from hub.store import migrate
from hub.store.lists import running
from hub.store.lists.running import Load
from hub.store.proof import log as leaves
from hub.store.proof.standing import Standing, standing
from hub.store.trust import sources
from hub.store.watching import mails

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Seer = Annotated[Person, Depends(logged_in(Action.SYSTEM))]
_FRESH_SECONDS: Final = 10.0
_HOURS: Final = 48
_ROOM_BYTES: Final = 1024**3  # less free disk than this is worth a word
_HEADS: Final = 10
_BEHIND_SECONDS: Final = 300.0  # as the alert rules for Prometheus
_UNSTAMPED_SECONDS: Final = 3600.0
_LATE_SECONDS: Final = 60  # a note that waits longer than this is not being carried
_SCANNER_SECONDS: Final = 3
_MAIL_SECONDS: Final = 900.0  # as `truc doctor`
_LISTS: Final[dict[str, tuple[str, ...]]] = {  # each with its columns, as phrases
    "ledger": ("hour", "ledger_accepted", "ledger_carried", "ledger_delivered", "ledger_pending", "dead"),
    "log": ("log_size", "log_signed", "log_stamped", "log_root"),
    "calendar": ("day", "worked_as", "decree", "reason_label", "set_by", "time"),
    "settings": ("setting", "value"),
}
_PARTS: Final = ("sqlalchemy", "fastapi", "uvicorn", "lxml", "signxml", "cryptography", "aiokafka", "holidays")


@dataclass(frozen=True, slots=True)
class Told:
    """What is asked of the database and the parts at once."""

    ready: list[tuple[str, Badge, str]]
    load: Load
    hours: list[dict[str, Any]]
    errands: list[dict[str, Any]]
    heads: list[leaves.Head]
    log: Standing
    schema: tuple[str | None, str | None]


@router.get("/system")
async def page(here: TheVisit, person: Seer) -> Response:
    """How the hub runs; with `format` one of its tables (`list`) as a file."""
    if wanted := files.asked_for(here.request.query_params, *_LISTS):
        return await _file(here, person, *wanted)
    done = here.speech("calendar_was_set") if here.request.query_params.get("done") == "calendar" else ""
    return await shown(here, person, done=done)


async def _file(here: Visit, person: Person, which: str, form: str) -> Response:
    """One of the tables."""
    told = await _lately(here)
    rows: list[list[Any]] = []
    if which == "ledger":
        names = ("hour", "accepted", "carried", "delivered", "pending", "dead")
        rows = [[row[name] for name in names] for row in reversed(told.hours) if row["accepted"] or row["carried"]]
    elif which == "log":
        rows = [[head.size, head.at, head.stamped_at, head.root.hex()] for head in told.heads]
    elif which == "calendar":
        listed = await days.listed(here)
        rows = [
            [row["day"].isoformat(), row["word"], row["decree"], row["reason"], row["set_by"], row["set_at"]]
            for row in listed
        ]
    elif allowed(person, Action.READ_TRUST):
        rows = [[name, str(value)] for name, value in here.console.hub.settings.shown().items()]
    return files.table(here, f"he-thong-{which}", form, _LISTS[which], rows)


async def shown(  # noqa: PLR0913 - what a form has to say comes back on the same page
    here: Visit,
    person: Person,
    *,
    done: str = "",
    trouble: str = "",
    asked: dict[str, str] | None = None,
    replaces: bool = False,
    status: int = 200,
) -> Response:
    """The page, with what came of the calendar's form (`asked`: what was written into it)."""
    console, speech = here.console, here.speech
    told = await _lately(here)
    labels = [f"{row['hour'].astimezone(deadline.LOCAL):%H:00 %d/%m}" for row in told.hours]
    hours = [f"{row['hour'].astimezone(deadline.LOCAL):%Y-%m-%dT%H}" for row in told.hours]
    sees_settings = allowed(person, Action.READ_TRUST)
    return here.page(
        "system.html",
        person,
        status,
        ready=told.ready,
        cards=_cards(here, told.load, watches=allowed(person, Action.WATCH)),
        hours=[{**row, "label": label, "at": at} for row, label, at in zip(told.hours, labels, hours, strict=True)],
        watches=allowed(person, Action.WATCH),
        ledger=pillars.draw([(row["delivered"], row["pending"], row["dead"]) for row in told.hours]),
        behind=[_behind(hour) for hour in hours],
        labels=[label.partition(" ")[0] for label in labels],
        errands=[
            {**row, "word": _named(speech, row["errand"]), "is_held": row["until"] > here.now} for row in told.errands
        ],
        size=speech.number(told.log.size),
        heads=told.heads,
        kept=_kept(here, told.log),
        schema=told.schema,
        settings=console.hub.settings.shown() if sees_settings else {},
        versions=_versions(),
        overrides=await days.listed(here),
        kinds=days.kinds(speech),
        sets_days=allowed(person, Action.CHANGE_DIRECTORY) and person.sight is None,
        asked={**dict.fromkeys(days.FIELDS, ""), **(asked or {})},
        is_deciding=asked is not None,
        replaces=replaces,
        done=done,
        trouble=trouble,
    )


def _behind(hour: str) -> tuple[str, str, str]:
    """Where an hour's deliveries lead, done, pending and dead: of the first two there is one list, of all."""
    of_hour = Asked(period="all", since=hour, until=hour)
    return of_hour.address(), of_hour.address(), of_hour.address(state="dead")


async def _lately(here: Visit) -> Told:
    """What was found out some seconds ago at most."""
    told: Told = await here.console.remembered.get(
        ("system", here.speech.language), _FRESH_SECONDS, lambda: _told(here)
    )
    return told


async def _told(here: Visit) -> Told:
    database = here.console.hub.database
    since = (here.now - timedelta(hours=_HOURS - 1)).replace(minute=0, second=0, microsecond=0)
    schema = await migrate.revisions(database)
    async with database.read() as conn:
        load = await running.load(conn, here.now)
        hours = {row["hour"]: row for row in await running.by_hour(conn, since)}
        errands = await running.errands(conn)
        heads, log = await leaves.latest_heads(conn, _HEADS), await standing(conn, here.now)
        trusted = await sources.standing(conn, here.now)
        letters = await mails.waiting(conn)
    every = [since + timedelta(hours=number) for number in range(_HOURS)]
    empty = dict.fromkeys(("accepted", "carried", "delivered", "pending", "dead", "odd"), 0)
    ready = await _ready(here, schema, trusted)
    if here.console.hub.settings.smtp_host:
        ready.append(_mail(here, *letters))
    whole = [hours.get(hour, {"hour": hour, **empty}) for hour in every]
    return Told(ready, load, whole, errands, heads, log, schema)


def _mail(here: Visit, waiting: int, since: datetime | None, reason: str | None) -> tuple[str, Badge, str]:
    """Whether mail goes out: nothing that waits has waited long."""
    speech = here.speech
    if since is None:
        return speech("part_mail"), Badge("good", "check", speech("part_up")), speech("mail_none_waits")
    told = speech("mail_waits", count=speech.number(waiting), since=speech.time(since), reason=reason or "–")
    if (here.now - since).total_seconds() < _MAIL_SECONDS:
        return speech("part_mail"), Badge("good", "check", speech("part_up")), told
    return speech("part_mail"), Badge("bad", "alert", speech("part_down")), told


async def _ready(
    here: Visit, schema: tuple[str | None, str | None], trusted: dict[str, int]
) -> list[tuple[str, Badge, str]]:
    """Each part, whether it is well, and what that means for people."""
    the_hub, speech = here.console.hub, here.speech

    def part(word: str, detail: str, *, well: bool) -> tuple[str, Badge, str]:
        badge = Badge("good", "check", speech("part_up")) if well else Badge("bad", "alert", speech("part_down"))
        return word, badge, detail

    bus = await the_hub.bus.healthy()
    settings = the_hub.settings
    kind = "Kafka" if settings.bus == "kafka" else speech("bus_inside")
    database = "SQLite" if settings.is_embedded else "PostgreSQL"
    free = (await asyncio.to_thread(shutil.disk_usage, settings.home)).free
    parts = [
        part(speech("part_database"), database, well=True),
        part(speech("part_bus"), kind if bus else speech("bus_down"), well=bus),
        part(speech("part_schema"), str(schema[0]), well=schema[0] == schema[1]),
        part(speech("part_disk"), speech("disk_free", size=speech.size(free)), well=free > _ROOM_BYTES),
    ]
    if trusted["sources"]:
        line = speech("sources_standing", count=trusted["sources"], failing=trusted["failing"], stale=trusted["stale"])
        parts.append(part(speech("part_sources"), line, well=not trusted["failing"] + trusted["stale"]))
    if settings.clamd:
        is_up = await Clamd(settings.clamd, _SCANNER_SECONDS).is_up()
        parts.append(part(speech("part_scanner"), "ClamAV", well=is_up))
    return parts


def _cards(here: Visit, load: Load, *, watches: bool) -> list[Card]:
    speech = here.speech
    waits = (here.now - load.oldest).total_seconds() if load.oldest else 0.0
    return [
        Card(
            speech("outbox"),
            speech.number(load.notes),
            "bad" if waits > _LATE_SECONDS else "plain",
            speech("outbox_oldest", age=speech.span(waits)) if load.oldest else speech("outbox_empty"),
            "/queues" if watches else "#parts",
        ),
        Card(
            speech("dead"),
            speech.number(load.dead) + ("+" if load.dead >= running.DEAD_AT_MOST else ""),
            "bad" if load.dead else "good",
            speech("dead_line") if load.dead else speech("none_dead"),
            "/failures" if watches else "#ledger",
        ),
        Card(
            speech("ledger_odd"),
            speech.number(load.unbalanced),
            "bad" if load.unbalanced else "good",
            speech("ledger_is_odd") if load.unbalanced else speech("ledger_balances"),
            "#ledger",
        ),
        Card(
            speech("ledger_behind"),
            speech.span(load.behind),
            "wait" if load.behind > _LATE_SECONDS else "good",
            speech("ledger_behind_line"),
            "#ledger",
        ),
    ]


def _kept(here: Visit, log: Standing) -> list[tuple[str, Badge]]:
    """Whether the log is signed, and stamped where an authority is set, as far as it goes."""
    speech = here.speech

    def owed(word: str, seconds: float, most: float) -> tuple[str, Badge]:
        if seconds <= most:
            return speech(word), Badge("good", "check", speech("log_keeps_up"))
        return speech(word), Badge("bad", "clock", speech("log_owes", age=speech.span(seconds)))

    kept = [owed("log_head", log.behind, _BEHIND_SECONDS)]
    if here.console.hub.settings.tsa_url:
        kept.append(owed("log_stamped", log.unstamped, _UNSTAMPED_SECONDS))
    return kept


def _versions() -> list[tuple[str, str]]:
    return [
        ("Trục", hub.__version__),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in _PARTS),
    ]


def _named(speech: Speech, errand: str) -> str:
    names = {
        "alerts": speech("errand_alerts"),
        "log": speech("errand_log"),
        "recheck": speech("errand_recheck"),
        "reports": speech("errand_reports"),
        "refresh": speech("errand_refresh"),
        "tally": speech("errand_tally"),
    }
    return names.get(errand, errand)
