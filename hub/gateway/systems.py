"""For operators: which systems still speak as clients of the national axis, until when, and when they did so last."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from hub.domain import deadline
from hub.domain.access import Action
from hub.domain.roles import Person
from hub.gateway import views
from hub.gateway.callers import may, the_hub
from hub.store.directory import systems
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])


@router.get("/v1/legacy-systems")
async def legacy(
    hub: Annotated[Hub, Depends(the_hub)], person: Annotated[Person, Depends(may(Action.WATCH))]
) -> JSONResponse:
    """Every system that signs with a shared secret: its end, its algorithm, when it was last seen; and their counts."""
    async with hub.database.read() as conn:
        rows = await systems.listed(conn)
    today = datetime.now(UTC).astimezone(deadline.LOCAL).date()
    above = await hub.directory.lineages(row["agency"] for row in rows)
    seen = [row for row in rows if person.sight is None or person.sight.covers(above[row["agency"]])]
    items = [_item(row, is_live=row["ends_on"] is None or today < row["ends_on"]) for row in seen]
    counts = {
        "all": len(items),
        "live": sum(item["live"] for item in items),
        "without_end": sum(item["live"] and item["ends_on"] is None for item in items),
        "never_seen": sum(item["last_seen_at"] is None for item in items),
    }
    return JSONResponse({"items": items, "counts": counts})


def _item(row: dict[str, Any], *, is_live: bool) -> dict[str, Any]:
    return {
        "systemid": row["systemid"],
        "agency": row["agency"],
        "name": row["name"],
        "level": row["level"],
        "algorithm": row["algorithm"],
        "created_at": views.at(row["created_at"]),
        "ends_on": row["ends_on"].isoformat() if row["ends_on"] else None,
        "live": is_live,
        "last_seen_at": views.at(row["last_seen_at"]),
        "last_agent": row["last_agent"],
    }
