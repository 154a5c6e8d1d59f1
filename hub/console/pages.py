"""The list of documents, the files that pages need, and where all pages are mounted."""

from typing import Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from hub.console import administration, doors, listing, operating, oversight, statics
from hub.console import overview as front
from hub.console.asked import asked, place_of
from hub.console.frame import Console, Elsewhere, PageRoute, TheVisit, Watcher
from hub.domain.access import Action, allowed
from hub.domain.ids import is_id
from hub.domain.vietnamese import fold
from hub.errors import rejected
from hub.gateway.callers import may
from hub.store import envelopes, overview, search
from hub.wiring import Hub

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LINES: Final = 50
_EXACT: Final = 10  # documents with the very accents asked for, ahead of the others
_REFRESH_SECONDS: Final = 30


def mount(api: FastAPI, hub: Hub) -> None:
    """Add the console to an application."""
    api.state.console = Console(hub)
    api.include_router(doors.router)
    if hub.settings.oidc_issuer:  # what speaks OpenID is slow to load
        from hub.console import arrivals

        api.include_router(arrivals.router)
    for each in routers()[1:]:
        api.include_router(each)


def routers() -> tuple[APIRouter, ...]:
    """Those of all pages, the doors' first."""
    return (doors.router, front.router, router, *operating.ROUTERS, *oversight.ROUTERS, *administration.ROUTERS)


@router.get("/documents")
async def documents(here: TheVisit, person: Watcher) -> Response:
    """A list of documents, newest first."""
    wanted = asked(here.request.query_params)
    hub, speech = here.console.hub, here.speech
    async with hub.database.read() as conn:
        if is_id(wanted.q) and await envelopes.get(conn, wanted.q):
            raise Elsewhere(f"/documents/{wanted.q}")
        rows = await overview.documents(conn, wanted.wanted(here.now), here.now, person.sight, _LINES + 1)
        more, rows = len(rows) > _LINES, rows[:_LINES]
        last = rows[-1] if rows else None
        if wanted.q and not wanted.after and search.has_accents(wanted.q):  # who types accents means them
            exact = await overview.as_written(conn, wanted.wanted(here.now), here.now, person.sight, _EXACT)
            rows = list({row["id"]: row for row in (*exact, *rows)}.values())
        states = await overview.states(conn, [row["id"] for row in rows], person.sight)
    if not allowed(person, Action.READ_SUBJECT):  # nor is it guessed at by searching for its words
        words_asked = fold(wanted.q).split()
        rows = [r for r in rows if all(word in fold(f"{r['code']} {r['document_id']}") for word in words_asked)]
        rows = [{**row, "subject": speech("subject_hidden")} for row in rows]
    asked_for = {code for code in (wanted.sender, wanted.to) if code}
    agencies = await hub.directory.resolve(listing.codes_in(rows, states) | asked_for)
    return here.page(
        "documents.html",
        person,
        asked=wanted,
        named=lambda code: listing.party(agencies, code),
        lines=[listing.line(speech, row, states[row["id"]], agencies, here.now) for row in rows],
        older=wanted.address(after=place_of(last["received_at"], last["id"])) if more and last else "",
        refresh_seconds=_REFRESH_SECONDS,
        choices=listing.choices,
    )


@router.get("/static/{name}", dependencies=[Depends(may(Action.LOG_IN))])
async def static(name: str, request: Request) -> Response:
    """Style, fonts, the icon: the same for everybody, so they need no login."""
    console: Console = request.app.state.console
    file = console.files.get(name)
    if file is None:
        raise rejected("not-found")
    headers = statics.headers(file, name, request.query_params.get("v", ""))
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.kind)
