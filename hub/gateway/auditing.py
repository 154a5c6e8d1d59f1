"""For auditors: who looked at what, who changed what, and whether the log is whole."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from hub.domain.access import Action
from hub.domain.roles import Person
from hub.gateway import cursors, views
from hub.gateway.callers import may, the_hub
from hub.store import audit, witness
from hub.wiring import Hub

router = APIRouter(tags=["Kiểm toán · Audit"])
TheHub = Annotated[Hub, Depends(the_hub)]
Auditor = Annotated[Person, Depends(may(Action.READ_AUDIT))]


@router.get("/v1/audit")
async def entries(  # noqa: PLR0913 - the question has this many parts
    hub: TheHub,
    who: Auditor,
    actor: Annotated[str, Query(max_length=120)] = "",
    action: Annotated[str, Query(max_length=60)] = "",
    about: Annotated[str, Query(alias="object", max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=cursors.LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """Entries of the audit log, newest first, by who did it, what was done and what it was done to."""
    del who
    async with hub.database.read() as conn:
        found = await audit.page(conn, actor=actor, action=action, about=about, before=before, limit=limit)
    following = found[-1]["seq"] if len(found) == limit else None
    return JSONResponse({"items": [view(row) for row in found], "next": following})


@router.get("/v1/audit/check")
async def check(hub: TheHub, who: Auditor) -> JSONResponse:
    """Walk the whole chain: how many entries, the hash of the last, and the first that is not as it was written."""
    del who
    found = await witness.check(hub.database)
    return JSONResponse(
        {
            "whole": found.broken_at is None,
            "entries": found.entries,
            "head": found.head,
            "broken_at": found.broken_at,
        }
    )


def view(row: dict[str, Any]) -> dict[str, Any]:
    """An entry as answers show it."""
    return {**row, "at": views.at(row["at"]), "hash": bytes(row["hash"]).hex()}
