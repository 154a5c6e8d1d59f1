"""Certificates and signatures: which end soon, the trust store, how fresh its word is, and which signatures failed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub.console import files, filters, looks, words
from hub.console.agencies import days_left, days_tone
from hub.console.asked import Asked, printable
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain import deadline
from hub.domain.access import Action, allowed
from hub.domain.roles import Person
from hub.findings import TEXTS
from hub.store.columns import from_micros, to_micros
from hub.store.lists import connections, running
from hub.store.trust import rechecks, sources, trusted

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Keeper = Annotated[Person, Depends(logged_in(Action.READ_TRUST))]
PATH: Final = "/certificates"
_LINES: Final = 50
_BAD: Final = 20
_LOOKED_AT: Final = 20_000  # documents whose verdicts are counted
_WEEKS: Final = timedelta(days=28)
_SLOW_SECONDS: Final = 60.0
_OF_FAILURES: Final = ("signature", "reason", "reason_code", "documents_word", "agencies_word")
_LISTS: Final[dict[str, tuple[str, ...]]] = {  # each with its columns, as phrases
    "refused": _OF_FAILURES,
    "odd": _OF_FAILURES,
    "rechecks": ("time", "code", "subject", "sender_code", "signature", "detail", "file_id"),
}
WHICH: Final[dict[str, words.Pair]] = {
    "60": ("còn dưới 60 ngày", "within 60 days"),
    "30": ("còn dưới 30 ngày", "within 30 days"),
    "7": ("còn dưới 7 ngày", "within 7 days"),
    "expired": ("đã hết hạn", "ended"),
    "revoked": ("đã thu hồi", "withdrawn"),
}
_TONES: Final = {"60": "wait", "30": "wait", "7": "bad", "expired": "bad", "revoked": "plain"}


def _place(after: str) -> tuple[datetime, str] | None:
    micros, _, fingerprint = after.partition("~")
    try:
        return (from_micros(int(micros)), printable(fingerprint)[:64]) if filters.number(micros) else None
    except (ValueError, OverflowError, OSError):
        return None


_RULES: Final = {"which": filters.one_of(WHICH), "after": lambda given: given if _place(given) else None}


@router.get(PATH)
async def page(here: TheVisit, person: Keeper) -> Response:
    """Certificates that end, the trust store and its sources, and what became of signatures."""
    asked = filters.read(PATH, here.request.query_params, _RULES)
    which, speech, now = asked["which"] or "60", here.speech, here.now
    if wanted := files.asked_for(here.request.query_params, *_LISTS):
        return await _file(here, person, *wanted)
    async with here.console.hub.database.read() as conn:
        counts = await connections.endings(conn, now, person.sight)
        found = await connections.ending(conn, now, which, person.sight, _place(asked["after"]), _LINES + 1)
        anchors, lists = await trusted.listing(conn)
        fetched = await sources.listing(conn)
        outcomes = await rechecks.counts(conn) if person.sight is None else {}
        bad = await rechecks.bad(conn, limit=_BAD) if person.sight is None else []
    more, found = len(found) > _LINES, found[:_LINES]
    following = ""
    if more:
        following = asked.address(after=f"{to_micros(found[-1]['ends'])}~{found[-1]['fingerprint']}")
    refused, odd = await _failures(here, person)
    hides = not allowed(person, Action.READ_SUBJECT)
    return here.page(
        "certificates.html",
        person,
        asked=asked,
        which=which,
        kinds=[
            (name, speech.of(pair), speech.number(counts[name]), _TONES[name] if counts[name] else "plain")
            for name, pair in WHICH.items()
        ],
        lines=[_line(speech, row, now) for row in found],
        following=following,
        anchors=[_anchor(speech, row, now) for row in anchors],
        lists=[{**row, "badge": _fresh(speech, row["next_update"], now)} for row in lists],
        sources=[_source(speech, row, now) for row in fetched],
        outcomes=outcomes,
        bad=[
            {
                **row,
                "verdict": looks.verdict(speech, row["outcome"]),
                "subject": speech("subject_hidden") if hides else row["subject"],
            }
            for row in bad
        ],
        watches=allowed(person, Action.WATCH),
        refused=[{**_failure(speech, row), "href": ""} for row in refused],
        odd=[{**_failure(speech, row), "href": _behind(here.now, row, odd)} for row in odd],
    )


async def _file(here: Visit, person: Person, which: str, form: str) -> Response:
    """What became of signatures, as a file: refused, taken though they are odd, or found bad later."""
    speech, rows = here.speech, list[list[Any]]()
    if which == "rechecks":
        if person.sight is None:
            async with here.console.hub.database.read() as conn:
                bad = await rechecks.bad(conn, limit=files.ROWS_AT_MOST)
            hides = not allowed(person, Action.READ_SUBJECT)
            rows = [
                [
                    row["received_at"],
                    row["code"],
                    speech("subject_hidden") if hides else row["subject"],
                    row["sender"],
                    looks.verdict(speech, row["outcome"]).word,
                    row["detail"],
                    row["envelope_id"],
                ]
                for row in bad
            ]
    else:
        refused, odd = await _failures(here, person)
        rows = [
            [
                looks.verdict(speech, row["judgement"]).word,
                _failure(speech, row)["title"],
                row["reason"],
                int(row["count"]),
                row["agencies"],
            ]
            for row in (refused if which == "refused" else odd)
        ]
    return files.table(here, f"chu-ky-{which}", form, _LISTS[which], rows)


def _beginning(now: datetime) -> datetime:
    """The day from which on signatures are counted, as it begins in Vietnam."""
    return (now - _WEEKS).astimezone(deadline.LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)


def _behind(now: datetime, row: dict[str, Any], all_of_them: Sequence[dict[str, Any]]) -> str:
    """The documents with this verdict, where it has one reason: documents are not asked for by reasons."""
    if sum(one["judgement"] == row["judgement"] for one in all_of_them) > 1:
        return ""
    day = f"{_beginning(now).astimezone(deadline.LOCAL):%Y-%m-%d}"
    return Asked(period="all").address(signature=row["judgement"], since=day)


async def _failures(here: Visit, person: Person) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    async def ask() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        since = _beginning(here.now)
        day = since.astimezone(deadline.LOCAL).date().isoformat()
        async with here.console.hub.database.read() as conn:
            refused = await running.refused_signatures(conn, day, person.sight)
            return refused, await running.odd_signatures(conn, since, _LOOKED_AT, person.sight)

    return await here.console.remembered.get(("signature failures", person.sight), _SLOW_SECONDS, ask)


@router.get(f"{PATH}.csv")
async def as_csv(here: TheVisit, person: Keeper) -> Response:
    """The certificates of the current filter as a file."""
    return await _whole(here, person, "csv")


@router.get(f"{PATH}.xlsx")
async def as_xlsx(here: TheVisit, person: Keeper) -> Response:
    """The same as a workbook."""
    return await _whole(here, person, "xlsx")


async def _whole(here: Visit, person: Person, form: str) -> Response:
    class File:
        columns: Sequence[str] = (
            "agency",
            "name",
            "ends",
            "subject",
            "issuer",
            "fingerprint",
            "bound_by",
            "pinned",
            "revoked_at",
        )

        async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
            which = filters.read(PATH, here.request.query_params, _RULES)["which"] or "60"
            async with here.console.hub.database.read() as conn:
                found = await connections.ending(conn, here.now, which, person.sight, _place(after), limit)
            last = f"{to_micros(found[-1]['ends'])}~{found[-1]['fingerprint']}" if len(found) == limit else ""
            return found, last

    return await files.whole(File(), form, "certificates")


def _line(speech: Speech, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    if row["revoked_at"]:
        badge = Badge("off", "cross", speech("withdrawn_certificate"))
    else:
        badge = Badge(*days_tone(row["ends"], now), days_left(speech, row["ends"], now))
    return {**row, "badge": badge, "by": by(speech, row), "subject": row["subject"] or speech("to_come")}


def by(speech: Speech, row: dict[str, Any]) -> str:
    """By what a certificate is bound, in words; "" for the usual: by itself."""
    told = {"key": speech("bound_by_key"), "issuer-serial": speech("bound_by_number")}.get(row["bound_by"])
    return told or ""


def _anchor(speech: Speech, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    ends = min(filter(None, (row["valid_to"], row["not_after"])))
    if row["removed_at"]:
        badge = Badge("off", "cross", speech("anchor_removed"))
    else:
        badge = Badge(*days_tone(ends, now), days_left(speech, ends, now))
    kind = speech("anchor_root") if row["kind"] == trusted.ROOT else speech("anchor_intermediate")
    return {**row, "kind_word": kind, "badge": badge, "ends": ends}


def _fresh(speech: Speech, until: datetime, now: datetime) -> Badge:
    return Badge("good", "check", speech("fresh")) if until >= now else Badge("bad", "clock", speech("stale"))


def _source(speech: Speech, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    if row["failures"]:
        badge = Badge("bad", "alert", speech("failed_times", count=row["failures"]))
    elif row["fetched_at"] is None:
        badge = Badge("wait", "clock", speech("not_fetched"))
    elif row["holds_until"] and row["holds_until"] < now:
        badge = Badge("bad", "clock", speech("stale"))
    else:
        badge = Badge("good", "check", speech("fresh"))
    return {**row, "badge": badge, "age": speech.age(row["fetched_at"], now) if row["fetched_at"] else ""}


def _failure(speech: Speech, row: dict[str, Any]) -> dict[str, Any]:
    told = TEXTS.get(row["reason"])
    return {
        **row,
        "badge": looks.verdict(speech, row["judgement"]),
        "title": speech.of(told.title) if told else "",
        "count": speech.number(int(row["count"])),
    }
