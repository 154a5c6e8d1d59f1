"""The ledger, for agencies that compare their own books and for those who watch: accepted = delivered + pending + dead."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.roles import Person
from hub.errors import rejected
from hub.gateway import cursors, views
from hub.gateway.callers import may, the_hub
from hub.store.columns import from_micros, to_micros
from hub.store.watching import ledger_view, postponed
from hub.wiring import Hub

router = APIRouter(tags=["Giám sát · Watch"])


@router.get("/v1/ledger")
async def ledger(  # noqa: PLR0913 - the question has this many parts
    hub: Annotated[Hub, Depends(the_hub)],
    who: Annotated[Agency | Person, Depends(may(Action.READ_LEDGER))],
    agency: Annotated[str | None, Query(max_length=70)] = None,
    side: Literal["sent", "received"] = "sent",
    since: Annotated[str | None, Query(alias="from")] = None,
    until: Annotated[str | None, Query(alias="to")] = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """What was accepted in each hour and what became of it; `from` within, `to` without. An agency sees its own rows."""
    wanted = ledger_view.Wanted(
        side, await _whose(hub, who, agency), cursors.moment(since, "from"), cursors.moment(until, "to")
    )
    place = _unpack(after) if after else None
    async with hub.database.read() as conn:
        rows = await ledger_view.page(conn, wanted, place, limit)
        totals = await ledger_view.totals(conn, wanted)
        kept_until = await ledger_view.kept_until(conn)
    last = rows[-1] if len(rows) == limit else None
    return JSONResponse(
        {
            "items": [shown(row) for row in rows],
            "totals": {name: totals[name] for name in _FIGURES} | {"balanced": not totals["unbalanced"]},
            "kept_until": views.at(kept_until),
            "next": cursors.pack(to_micros(last["hour"]), last["agency"]) if last else None,
        }
    )


@router.get("/v1/postponed")
async def postponed_things(
    hub: Annotated[Hub, Depends(the_hub)], who: Annotated[Person, Depends(may(Action.REQUEUE))]
) -> JSONResponse:
    """What is postponed just now and until when: endpoints left alone, notes that wait, deliveries nobody takes up."""
    async with hub.database.read() as conn:
        found = await postponed.look(conn, datetime.now(UTC))
    return JSONResponse(
        {
            "bus": "up" if await hub.bus.healthy() else "down",
            "notes": found.notes,
            "untouched": found.untouched,
            "endpoints": [
                {**row, "open_until": views.at(row["open_until"])}
                for row in found.resting
                if who.scope in (None, row["agency"])
            ],
            "unbalanced": found.unbalanced,
        }
    )


_FIGURES = ("envelopes", "accepted", "delivered", "pending", "dead")


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the ledger as answers show it."""
    return {
        "hour": views.at(row["hour"]),
        "agency": row["agency"],
        "side": row["side"],
        **{name: row[name] for name in _FIGURES},
        "balanced": row["accepted"] == row["carried"],
    }


async def _whose(hub: Hub, who: Agency | Person, agency: str | None) -> str | None:
    """The one agency that is asked about and may be; None: every agency."""
    if agency is not None:
        found = (await hub.directory.resolve([agency]))[agency]
        agency = found.code if found else agency
    if isinstance(who, Agency):
        if agency not in (None, *who.codes):
            raise rejected("forbidden", action="another agency's ledger")
        return agency or who.code
    return who.scope or agency


def _unpack(after: str) -> tuple[Any, str]:
    parts = cursors.unpack(after)
    if len(parts) != 2 or not (cursors.is_number(parts[0]) and parts[1].isprintable() and parts[1]):  # noqa: PLR2004
        raise cursors.not_a_cursor("after")
    try:
        return from_micros(int(parts[0])), parts[1]
    except (ValueError, OverflowError):
        raise cursors.not_a_cursor("after") from None
