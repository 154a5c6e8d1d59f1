"""Routers as an application takes them in.

FastAPI works out a route's parameters and answer at the first request, for each application anew: a tenth of a second for
all of ours. Nothing of it depends on the application, so who keeps what `included` makes shares it among several.
"""

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.routing import BaseRoute


def included(routers: Iterable[APIRouter]) -> tuple[BaseRoute, ...]:
    """What `include_router` makes of each: for `FastAPI(routes=…)`, or to extend the routes of an application."""
    whole = APIRouter()
    for router in routers:
        whole.include_router(router)
    return tuple(whole.routes)
