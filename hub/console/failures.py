"""Dead letters by cause, documents in quarantine, and refused envelopes: who fails, at what, and how often."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import files, filters, listing, words
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.console.listing import Party
from hub.console.places import by_id, place, place_of
from hub.console.reasons import cause_word
from hub.domain.access import Action, allowed
from hub.domain.roles import Person, Sight
from hub.findings import TEXTS
from hub.store.lists import failures as store
from hub.store.lists.failures import Group
from hub.store.road import inspections

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_GROUPS: Final = 50
_FRESH_SECONDS: Final = 5.0
_DAYS: Final = {"1": 1, "7": 7, "28": 28}  # of refusals
_USUAL: Final = "7"
_SENDERS: Final = 5  # named for each code
_OF_REFUSALS: Final = ("time", "sender_code", "reason", "refusal_id")
_LISTS: Final[dict[str, tuple[str, ...]]] = {  # each as a file of its own, with the columns it has there
    "dead": ("cause", "queue_channel", "deliveries", "failing_agencies", "oldest"),
    "held": ("held_since", "code", "subject", "sender_code", "sender", "threat", "file_id"),
    "refused": ("reason", "reason_code", "refused_envelopes", "sender_code", "sender", "last_time"),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """A group of dead letters."""

    word: str
    channel: str
    count: int
    agencies: int
    oldest_at: datetime
    age: str
    href: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Envelopes refused for one reason first."""

    code: str
    title: str
    fix: str
    count: int
    senders: tuple[tuple[Party, int], ...]
    others: int
    last_at: datetime
    href: str


@router.get("/failures")
async def page(here: TheVisit, person: Watcher) -> Response:
    """What failed, by cause; what is kept from its recipients; what was refused."""
    asked = filters.read("/failures", here.request.query_params, {"days": filters.one_of(_DAYS), "after": by_id})
    hub = here.console.hub
    days = _DAYS[asked["days"] or _USUAL]
    if wanted := files.asked_for(here.request.query_params, *_LISTS):
        return await _file(here, person, days, *wanted)
    found = await groups(here, person.sight)
    async with hub.database.read() as conn:
        held = await inspections.held(conn, None, place(asked["after"]), _LINES + 1, sight=person.sight)
        refused = await store.refusals(conn, here.now - timedelta(days=days), person.sight)
    more, held = len(held) > _LINES, held[:_LINES]
    agencies = await hub.directory.resolve({row["sender"] for row in held} | {row["agency"] for row in refused})
    reads = allowed(person, Action.READ_SUBJECT)
    return here.page(
        "failures.html",
        person,
        asked=asked,
        causes=[_cause(here, group) for group in found[:_GROUPS]],
        causes_cut=max(len(found) - _GROUPS, 0),
        dead=sum(group.count for group in found),
        dead_at_least=sum(group.count for group in found) >= store.LOOKED_AT,
        held=[
            {
                "row": row if reads else {**row, "subject": here.speech("subject_hidden")},
                "sender": listing.party(agencies, row["sender"]),
                "age": here.speech.age(row["done_at"], here.now),
                "threat": cause_word(here.speech, row["threat"]),
            }
            for row in held
        ],
        next=asked.address(after=place_of(held[-1]["done_at"], held[-1]["envelope_id"])) if more else "",
        refused=_refused(here, refused, agencies, asked["days"]),
        refused_count=len(refused),
        refused_days=days,
        spans=tuple(_DAYS),
        may_decide=allowed(person, Action.REQUEUE),
    )


async def _file(here: Visit, person: Person, days: int, which: str, form: str) -> Response:
    """One of the lists, whole."""
    hub = here.console.hub
    if which == "dead":
        causes = [_cause(here, group) for group in await groups(here, person.sight)]
        rows = [[c.word, c.channel, c.count, c.agencies, c.oldest_at] for c in causes]
        return files.table(here, "van-ban-loi", form, _LISTS[which], rows)
    async with hub.database.read() as conn:
        if which == "held":
            found = await inspections.held(conn, None, None, files.ROWS_AT_MOST, sight=person.sight)
        else:
            found = list(await store.refusals(conn, here.now - timedelta(days=days), person.sight))
    key = "sender" if which == "held" else "agency"
    agencies = await hub.directory.resolve({row[key] for row in found})

    def who(code: str) -> tuple[str, str]:
        return code, listing.party(agencies, code).name

    if which == "held":
        reads = allowed(person, Action.READ_SUBJECT)
        rows = [
            [
                row["done_at"],
                row["code"],
                row["subject"] if reads else here.speech("subject_hidden"),
                *who(row["sender"]),
                cause_word(here.speech, row["threat"]),
                row["envelope_id"],
            ]
            for row in found
        ]
        return files.table(here, "cach-ly", form, _LISTS[which], rows)
    last, counted = dict[tuple[str, str], datetime](), Counter[tuple[str, str]]()
    for row in found:
        key_of = first_code(row), row["agency"]
        counted[key_of] += 1
        last[key_of] = max(row["at"], last.get(key_of, row["at"]))
    rows = [
        [here.speech.of(TEXTS[code].title) if code in TEXTS else code, code, count, *who(agency), last[code, agency]]
        for (code, agency), count in counted.most_common()
    ]
    return files.table(here, "tu-choi", form, _LISTS[which], rows)


async def groups(here: Visit, sight: Sight | None) -> list[Group]:
    """The groups as they were some seconds ago at most."""

    async def ask() -> list[Group]:
        async with here.console.hub.database.read() as conn:
            return await store.groups(conn, sight)

    return await here.console.remembered.get(("dead", sight), _FRESH_SECONDS, ask)


def _cause(here: Visit, group: Group) -> Cause:
    return Cause(
        word=cause_word(here.speech, group.cause),
        channel=here.speech.named(words.CHANNELS, group.channel) or here.speech("no_channel"),
        count=group.count,
        agencies=len(group.agencies),
        oldest_at=group.oldest_at,
        age=here.speech.age(group.oldest_at, here.now),
        href="/failures/dead?" + urlencode({"cause": group.cause, "channel": group.channel}),
    )


def _refused(here: Visit, rows: Sequence[Mapping[str, Any]], agencies: Mapping[str, Any], days: str) -> list[Refused]:
    by_code: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_code[first_code(row)].append(row)
    found = []
    for code, those in sorted(by_code.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        senders = Counter(row["agency"] for row in those).most_common()
        text = TEXTS.get(code)
        found.append(
            Refused(
                code,
                here.speech.of(text.title) if text else code,
                plain_fix(here, code),
                len(those),
                tuple((listing.party(agencies, sender), count) for sender, count in senders[:_SENDERS]),
                max(len(senders) - _SENDERS, 0),
                max(row["at"] for row in those),
                "/failures/refused?" + urlencode({"code": code, **({"days": days} if days else {})}),
            )
        )
    return found


def plain_fix(here: Visit, code: str) -> str:
    """What to do about a code; "" where that depends on the single case."""
    said = here.speech.of(TEXTS[code].fix) if code in TEXTS else ""
    return "" if "{" in said else said


def first_code(row: Mapping[str, Any]) -> str:
    """The reason an envelope was refused for first."""
    return row["codes"][0] if row["codes"] else ""


@router.get("/failures/refused")
async def refused(here: TheVisit, person: Watcher) -> Response:
    """Envelopes refused for one reason, the newest first. Nothing of them is kept but that they were refused."""
    hub = here.console.hub
    rules = {
        "code": filters.text(60),
        "agency": filters.text(35),
        "days": filters.one_of(_DAYS),
        "after": filters.number,
    }
    asked = filters.read("/failures/refused", here.request.query_params, rules)
    days = _DAYS[asked["days"] or _USUAL]
    before = int(asked["after"]) if asked["after"] else None
    async with hub.database.read() as conn:
        since = here.now - timedelta(days=days)
        every = await store.refusals(conn, since, person.sight)
        rest = every if before is None else await store.refusals(conn, since, person.sight, before)
    every = [row for row in every if _is_asked(row, asked)]
    if wanted := files.asked_for(here.request.query_params, ""):
        lines = ((row["at"], row["agency"], " ".join(row["codes"]), row["id"]) for row in every)
        return files.table(here, "tu-choi", wanted[1], _OF_REFUSALS, lines)
    rows = [row for row in rest if _is_asked(row, asked)][: _LINES + 1]
    more, rows = len(rows) > _LINES, rows[:_LINES]
    agencies = await hub.directory.resolve({row["agency"] for row in rows})
    text = TEXTS.get(asked["code"])
    return here.page(
        "refused.html",
        person,
        asked=asked,
        title=here.speech.of(text.title) if text else asked["code"] or here.speech("refused_all"),
        fix=plain_fix(here, asked["code"]),
        rows=[{"row": row, "who": listing.party(agencies, row["agency"])} for row in rows],
        count=here.speech.number(len(every)) + ("+" if len(every) >= store.REFUSALS_AT_MOST else ""),
        days=days,
        next=asked.address(after=str(rows[-1]["seq"])) if more else "",
    )


def _is_asked(row: Mapping[str, Any], asked: Filters) -> bool:
    is_code = not asked["code"] or first_code(row) == asked["code"]
    return is_code and (not asked["agency"] or row["agency"] == asked["agency"])
