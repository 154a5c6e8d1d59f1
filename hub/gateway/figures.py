"""`GET /v1/reports/{kind}`: the indicators of a period as JSON, CSV, XLSX or PDF."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from hub import paper
from hub.alert import figures
from hub.alert.printing import MEDIA, written
from hub.domain.access import actor
from hub.domain.period import period as read_period
from hub.domain.roles import Person
from hub.gateway import tables
from hub.gateway.callers import the_hub, watcher
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])
Kind = Literal["exchange", "signed", "on-time", "receipt", "connection"]


@router.get("/v1/reports/{kind}")
async def one(  # noqa: PLR0913
    kind: Kind,
    request: Request,
    hub: Annotated[Hub, Depends(the_hub)],
    person: Annotated[Person, Depends(watcher)],
    period: Annotated[str, Query(max_length=10)],
    again: Annotated[bool, Query(description="Make it once more, though it was issued.")] = False,  # noqa: FBT002
    form: Annotated[Literal["json", "csv", "xlsx", "pdf"] | None, Query(alias="format")] = None,
) -> Response:
    """A report of a month (2026-09), quarter (2026-Q3), half (2026-H1) or year. Once the period is over it is frozen."""
    made = await figures.report(
        hub.database,
        hub.calendars,
        hub.settings,
        kind,
        read_period(period),
        person.sight,
        actor(person),
        datetime.now(UTC),
        again=again,
    )
    accepted = request.headers.get("accept", "")
    chosen = form or ("pdf" if paper.MEDIA in accepted else tables.by_accept(accepted))
    if chosen == "json":
        return JSONResponse(made)
    headers = {"Content-Disposition": f'attachment; filename="{kind}-{period}.{chosen}"'}
    body = await asyncio.to_thread(written, made, chosen, hub.settings)
    return Response(body, headers=headers, media_type=MEDIA[chosen])
