"""The files that pages need, and where all pages are mounted."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from hub.console import administration, documents, doors, operating, oversight, statics
from hub.console import overview as front
from hub.console.frame import Console, PageRoute, visit
from hub.domain.access import Action
from hub.errors import rejected
from hub.gateway.callers import may
from hub.gateway.included import included
from hub.wiring import Hub

router = APIRouter(route_class=PageRoute, include_in_schema=False)


def mount(api: FastAPI, hub: Hub) -> None:
    """Add the console to an application."""
    api.state.console = Console(hub)
    api.router.routes.extend(_routes())
    _answer_browsers(api)
    if hub.settings.oidc_issuer:  # what speaks OpenID is slow to load
        from hub.console import arrivals

        api.include_router(arrivals.router)


def _answer_browsers(api: FastAPI) -> None:
    """Have a browser that asks for an address of nobody shown a page: it would offer a problem document to be saved."""
    others = cast("Callable[[Request, Exception], Awaitable[Response]]", api.exception_handlers[HTTPException])

    async def lost(request: Request, error: Exception) -> Response:
        is_lost = isinstance(error, HTTPException) and error.status_code == 404  # noqa: PLR2004
        if is_lost and "text/html" in request.headers.get("accept", ""):
            return await visit(request).not_found()
        return await others(request, error)

    api.add_exception_handler(HTTPException, lost)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    return included(routers())


def routers() -> tuple[APIRouter, ...]:
    """Those of all pages, the doors' first."""
    return (
        doors.router,
        front.router,
        router,
        documents.router,
        *operating.ROUTERS,
        *oversight.ROUTERS,
        *administration.ROUTERS,
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
