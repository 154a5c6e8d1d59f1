"""The live view: what happens, as it happens; and the stream that also has other pages renew what they show."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from hub.console import files, filters, listing, looks, tracing, words
from hub.console.alert import TONES, count_word, event_word
from hub.console.alerts import looks_of
from hub.console.filters import Filters
from hub.console.following import Item
from hub.console.frame import GUARDS, PageRoute, TheVisit, Visit, Watcher, visit
from hub.console.speech import Speech
from hub.domain.access import Action, allowed
from hub.domain.alert import NAMES, Event, Kind
from hub.domain.deadline import LOCAL
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.findings import TEXTS
from hub.gateway.callers import guarding
from hub.store.lists import tail
from hub.store.lists.tail import ALERT, REFUSED, Notice, Place, place_in

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ROWS_AT_MOST: Final = 200
_HEARTBEAT_SECONDS: Final = 15.0
_DETAIL_AT_MOST: Final = 160  # characters
_REFRESH_SECONDS: Final = 10  # of the page without scripts
_FILE_ROWS: Final = 10_000  # news in a file
_COLUMNS: Final = (
    "time", "event", "code", "sender_code", "sender", "recipient_code", "recipient", "detail", "file_id",
)  # fmt: skip
KINDS: Final = (*words.EVENTS, REFUSED, ALERT)


@guarding(Action.WATCH)
async def onlooker(request: Request) -> Person | None:
    """Who watches; None rather than the login page: a script asks, and would show that in the middle of another."""
    found = await visit(request).person()
    return found if allowed(found, Action.WATCH) else None


Onlooker = Annotated[Person | None, Depends(onlooker)]
_RULES: Final = {"what": filters.one_of(KINDS), "agency": filters.text(70)}


@router.get("/live")
async def page(here: TheVisit, person: Watcher) -> Response:
    """The latest news, to which the browser adds those that come; without scripts the page renews itself.

    With `format` the latest 10,000 of the current filter as a file.
    """
    asked = filters.read("/live", here.request.query_params, {**_RULES, "pause": filters.one_of(("1",))})
    wanted = await _wanted(here, asked)
    if as_file := files.asked_for(here.request.query_params, ""):
        return await _file(here, person, wanted, as_file[1])
    async with here.console.hub.database.read() as conn:
        found, place = await tail.newest(conn, wanted, person.sight, ROWS_AT_MOST)
    stream = Filters("/live/events", {k: v for k, v in asked.said.items() if k != "pause"})
    return here.page(
        "live.html",
        person,
        asked=asked,
        items=[_shown(here, each) for each in await here.console.following.items(found)],
        stream="" if asked["pause"] else stream.address(since=str(place)),
        refresh_seconds=_REFRESH_SECONDS,
        rows_at_most=ROWS_AT_MOST,
        kinds=[(kind, _word(here, kind)) for kind in KINDS],
        choices=listing.choices,
    )


async def _file(here: Visit, person: Person, wanted: tail.Asked, form: str) -> Response:
    """The latest news of the current filter, more of them than a page shows."""
    async with here.console.hub.database.read() as conn:
        found, _ = await tail.newest(conn, wanted, person.sight, _FILE_ROWS)
    shown = [_shown(here, each) for each in await here.console.following.items(found)]
    rows = (
        [
            line["news"].at,
            line["word"],
            line["link"],
            line["news"].sender,
            line["sender"].name,
            line["news"].recipient,
            line["recipient"].name if line["recipient"] else "",
            line["detail"],
            line["news"].envelope_id or (line["news"].notice.alert_id if line["news"].notice else ""),
        ]
        for line in shown
    )
    return files.table(here, "dien-bien", form, _COLUMNS, rows)


@router.get("/live/events")
async def events(here: TheVisit, person: Onlooker) -> Response:
    """News as server-sent events: each as a line of the live view, or (`quiet`) only that there are some.

    `since` or, on coming back, `Last-Event-ID` says from where. `envelope` narrows them to one document.
    """
    if person is None or here.console.following.has_enough(person.name):  # 204: a browser does not ask again
        return Response(status_code=204, headers=GUARDS)
    query = here.request.query_params
    asked = filters.read("/live/events", query, _RULES)
    place = place_in(here.request.headers.get("last-event-id", "")) or place_in(query.get("since", ""))
    stream = _Stream(here, person, await _wanted(here, asked), query.get("envelope", ""))
    pieces = stream.quiet(place) if query.get("quiet") else stream.lines(place)
    headers = {**GUARDS, "X-Accel-Buffering": "no"}
    return StreamingResponse(pieces, media_type="text/event-stream", headers=headers)


async def _wanted(here: Visit, asked: Filters) -> tail.Asked:
    code = asked["agency"]
    known = (await here.console.hub.directory.resolve([code]))[code] if code else None
    return tail.Asked(asked["what"], known.code if known else code)


class _Stream:
    """What one browser is sent."""

    def __init__(self, here: Visit, person: Person, wanted: tail.Asked, envelope: str) -> None:
        self._here, self._person, self._wanted = here, person, wanted
        self._envelope = envelope if is_id(envelope) else ""
        self._following = here.console.following
        self._line = here.console.templates.get_template("live_item.html")

    async def lines(self, place: Place | None) -> AsyncIterator[bytes]:
        """Each piece of news, as the live view shows it."""
        yield b"retry: 2000\n\n"
        async for found in self._found(place):
            for item in found:
                html = self._line.render(item=_shown(self._here, item), say=self._here.speech)
                data = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
                yield f"id: {item.news.place}\n{data}\n".encode()
            if not found:
                yield b": still here\n\n"

    async def quiet(self, place: Place | None) -> AsyncIterator[bytes]:
        """That there is news, and no more than that."""
        yield b"retry: 2000\n\n"
        async for found in self._found(place):
            if found:
                yield f"event: happened\nid: {found[-1].news.place}\ndata: {len(found)}\n\n".encode()
            else:
                yield b": still here\n\n"

    async def _found(self, place: Place | None) -> AsyncIterator[list[Item]]:
        """News that are for this person, and now and then none, so that a connection that broke is noticed."""
        following = self._following
        async with following.watching(self._person.name) as rung:
            found, number = await following.after(place)
            while not following.is_ending:
                mine = [each for each in found if self._is_wanted(each)]
                if mine:
                    yield mine
                elif not rung.is_set():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_HEARTBEAT_SECONDS):
                            await rung.wait()
                    if not rung.is_set():
                        yield []
                        if not await self._may_still():
                            return
                rung.clear()
                found, number = following.newer(number)

    async def _may_still(self) -> bool:
        """Whether the session holds and the account is what it was."""
        return await self._here.person() == self._person

    def _is_wanted(self, item: Item) -> bool:
        news, wanted = item.news, self._wanted
        if self._envelope and news.envelope_id != self._envelope:
            return False
        if wanted.what and news.what != wanted.what:
            return False
        if wanted.agency and wanted.agency not in (news.sender, news.recipient):
            return False
        return item.is_for(self._person.sight)


def _word(here: Visit, what: str) -> str:
    if what == ALERT:
        return here.speech("live_alert")
    if what == REFUSED:
        return here.speech("refused")
    return here.speech.named(words.EVENTS, what)


def _shown(here: Visit, item: Item) -> dict[str, Any]:
    """News in words."""
    news, speech = item.news, here.speech
    word, icon = _word(here, news.what), looks.event_icon(news.what)
    detail = tracing.detail_of(here.speech, news.what, news.detail or "")
    tone = "bad" if news.what == REFUSED else looks.event_tone(news.what, news.code or None)
    if news.what == "reported" and news.code:
        word = tracing.report_words(speech, news.code)
    if news.what == REFUSED:
        text = TEXTS.get(news.code)
        detail = speech.of(text.title) if text else news.code
    link, href = news.number, f"/documents/{news.envelope_id}" if news.envelope_id else ""
    if news.notice:
        link, href, icon, tone, detail = _alerted(speech, news.notice)
    return {
        "news": news,
        "link": link,
        "href": href,
        "tone": tone,
        "icon": icon,
        "word": word,
        "clock": speech.second(news.at),
        "is_today": news.at.astimezone(LOCAL).date() == here.now.astimezone(LOCAL).date(),
        "sender": item.sender,
        "recipient": item.recipient,
        "detail": detail if len(detail) <= _DETAIL_AT_MOST else detail[: _DETAIL_AT_MOST - 1] + "…",
    }


def _alerted(speech: Speech, told: Notice) -> tuple[str, str, str, str, str]:
    """What news of an alert are called, where they lead, their icon and tone, and what became of it."""
    kind, what = Kind(told.kind), Event(told.what)
    detail = event_word(speech, what, told.step, told.by)
    if count := count_word(speech, kind, told.count):
        detail += f" · {count}"
    return speech.of(NAMES[kind]), f"/alerts/{told.alert_id}", looks_of(kind), TONES[what], detail
