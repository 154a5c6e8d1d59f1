"""The list of documents: found by words and filters, a page at a time, counted, and whole as a file."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import files, listing, saved, words
from hub.console.asked import Asked, asked
from hub.console.frame import Elsewhere, PageRoute, TheVisit, Visit, Watcher
from hub.console.places import place, place_of
from hub.domain.access import Action, allowed
from hub.domain.ids import is_id, read_id
from hub.domain.roles import Person
from hub.domain.vietnamese import fold
from hub.errors import Rejected
from hub.gateway.stored import visible
from hub.store.lists import overview
from hub.store.road import search

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_EXACT: Final = 10  # documents with the very accents asked for, ahead of the others
_REFRESH_SECONDS: Final = 30
_COUNTED_AT_MOST: Final = 10_000  # the newest documents, that are looked at; beyond them a count carries a plus
_FRESH_SECONDS: Final = 10.0
_COLUMNS: Final = (
    "code", "subject", "document_id", "sender_code", "sender", "kind", "priority", "time", "signature", "recipients",
    "state",
)  # fmt: skip


@router.get("/documents")
async def documents(here: TheVisit, person: Watcher) -> Response:
    """A list of documents, newest first; the whole list as a file with `format`."""
    wanted = asked(here.request.query_params)
    if as_file := files.asked_for(here.request.query_params, ""):
        return await files.whole(_File(here, person, wanted), as_file[1], files.stamped(here, "van-ban"))
    hub, speech = here.console.hub, here.speech
    if is_id(sought := read_id(wanted.q)):
        with suppress(Rejected):  # of what is out of sight nothing is told, not even that it is there
            await visible(hub, sought, person)
            raise Elsewhere(f"/documents/{sought}")
    async with hub.database.read() as conn:
        page = await overview.documents(conn, _question(here, person, wanted), here.now, person.sight, _LINES + 1)
        rows: Sequence[Mapping[str, Any]] = page.rows[:_LINES]
        more = len(page.rows) > _LINES
        goes_on = (rows[-1]["received_at"], rows[-1]["id"]) if more else page.cut
        if wanted.q and not wanted.after and search.has_accents(wanted.q):  # who types accents means them
            exact = await overview.as_written(conn, _question(here, person, wanted), here.now, person.sight, _EXACT)
            rows = list({row["id"]: row for row in (*exact, *rows)}.values())
        states = await overview.states(conn, [row["id"] for row in rows], person.sight)
    rows = _allowed(here, person, wanted, rows)
    asked_for = {code for code in (wanted.sender, wanted.to) if code}
    agencies = await hub.directory.resolve(listing.codes_in(rows, states) | asked_for)
    return here.page(
        "documents.html",
        person,
        asked=wanted,
        views=await saved.of(here, person, "/documents"),
        counted=await _counted(here, person, wanted),
        named=lambda code: listing.party(agencies, code),
        lines=[listing.line(speech, row, states[row["id"]], agencies, here.now) for row in rows],
        older=wanted.address(after=place_of(*goes_on)) if goes_on else "",
        refresh_seconds=_REFRESH_SECONDS,
        choices=listing.choices,
    )


def _question(here: Visit, person: Person, wanted: Asked) -> overview.Wanted:
    """What is asked of the store: who may not read subjects does not ask by their words."""
    return replace(wanted.wanted(here.now), by_subject=allowed(person, Action.READ_SUBJECT))


def _allowed(here: Visit, person: Person, wanted: Asked, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Subjects only for who may read them; nor are they guessed at by searching for their words."""
    if allowed(person, Action.READ_SUBJECT):
        return list(rows)
    words_asked = fold(wanted.q).split()
    open_to = [r for r in rows if all(word in fold(f"{r['code']} {r['document_id']}") for word in words_asked)]
    return [{**row, "subject": here.speech("subject_hidden")} for row in open_to]


async def _counted(here: Visit, person: Person, wanted: Asked) -> str:
    """How many there are, in documents and in deliveries: figures elsewhere count the latter. Words are not counted."""
    if wanted.q or not wanted.is_filtered:
        return ""

    async def ask() -> tuple[int, int, bool]:
        async with here.console.hub.database.read() as conn:
            return await overview.counted(conn, wanted.wanted(here.now), here.now, person.sight, _COUNTED_AT_MOST)

    key = ("documents counted", wanted.address(), person.sight)
    found, deliveries, are_all = await here.console.remembered.get(key, _FRESH_SECONDS, ask)
    mark = "" if are_all else "+"
    number = here.speech.number
    return here.speech("documents_counted", documents=number(found) + mark, deliveries=number(deliveries) + mark)


class _File:
    """The whole list, for a file."""

    def __init__(self, here: Visit, person: Person, wanted: Asked) -> None:
        self.here, self.person, self.wanted = here, person, wanted
        self.columns: Sequence[str] = [*map(here.speech, _COLUMNS), here.speech("file_id")]

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        """The documents after a place, and the next place."""
        here, sight, speech = self.here, self.person.sight, self.here.speech
        wanted = _question(here, self.person, replace(self.wanted, after=""))
        async with here.console.hub.database.read() as conn:
            page = await overview.documents(
                conn, replace(wanted, before=place(after) if after else None), here.now, sight, limit
            )
            rows = page.rows
            states = await overview.states(conn, [row["id"] for row in rows], sight)
        goes_on = (rows[-1]["received_at"], rows[-1]["id"]) if len(rows) == limit else page.cut
        following = place_of(*goes_on) if goes_on else ""
        shown = _allowed(here, self.person, self.wanted, rows)
        agencies = await here.console.hub.directory.resolve({row["sender"] for row in shown})
        items = []
        for row in shown:
            mine = states[row["id"]]
            values = (
                row["code"],
                row["subject"],
                row["document_id"],
                row["sender"],
                listing.party(agencies, row["sender"]).name,
                speech.named(words.KINDS, row["kind"]),
                speech.of(words.PRIORITIES[min(row["priority"], len(words.PRIORITIES) - 1)]),
                row["received_at"],
                speech.named(words.VERDICTS, row["judgement"]),
                sum(each["count"] for each in mine),
                "; ".join(f"{speech.named(words.STATES, each['state'])}: {each['count']}" for each in mine),
                row["id"],
            )
            items.append(dict(zip(self.columns, values, strict=True)))
        return items, following
