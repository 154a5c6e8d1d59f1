"""Saved views: a list narrowed once is one click away afterwards. Each person has their own."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console.asked import printable
from hub.console.doors import form_fields, is_from_here
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.domain.ids import is_id
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway.given import Id
from hub.store.lists import saved_views

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PAGES: Final = ("/documents", "/alerts")
_NAME_AT_MOST: Final = 60  # characters
_QUERY_AT_MOST: Final = 1_000
_PASSING: Final = ("after", "format", "lang", "refresh")  # of one visit, not of the list


async def of(here: Visit, person: Person, page: str) -> list[dict[str, Any]]:
    """The views a person saved of a page, each with its address."""
    async with here.console.hub.database.read() as conn:
        found = await saved_views.of(conn, person.name, page)
    return [{**row, "href": f"{page}?{row['query']}"} for row in found]


@router.post("/views")
async def keep(here: TheVisit, person: Watcher) -> Response:
    """Save the list one is at under a name; the name again replaces it."""
    fields = await form_fields(here.request)
    if not is_from_here(here.request) or not here.is_own_form(fields.get("token", "")):
        return here.trouble(403, "view_refused")
    page = fields.get("page", "")
    name = " ".join(printable(fields.get("name", "")).split())[:_NAME_AT_MOST]
    said = [pair for pair in parse_qsl(fields.get("query", "")[:_QUERY_AT_MOST]) if pair[0] not in _PASSING]
    query = urlencode([(key, printable(value)) for key, value in said])
    if page not in PAGES or not name or not query:
        return here.trouble(422, "view_incomplete")
    async with here.console.hub.database.write() as conn:
        if not await saved_views.keep(conn, person.name, page, name, query, here.now):
            return here.trouble(422, "view_too_many")
    return here.redirect(f"{page}?{query}")


@router.post("/views/{view_id}/forget")
async def forget(view_id: Id, here: TheVisit, person: Watcher) -> Response:
    """Drop a view of one's own."""
    fields = await form_fields(here.request)
    if not is_from_here(here.request) or not here.is_own_form(fields.get("token", "")):
        return here.trouble(403, "view_refused")
    async with here.console.hub.database.write() as conn:
        page = await saved_views.forget(conn, person.name, view_id) if is_id(view_id) else ""
    if not page:
        raise rejected("not-found")
    return here.redirect(page)
