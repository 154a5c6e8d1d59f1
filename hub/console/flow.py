"""The flow map on a page of its own: between levels, and from a pair of levels down to the agencies that exchange most."""

from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import filters, listing, words
from hub.console.asked import Asked
from hub.console.charts import flow
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.domain import deadline
from hub.domain.roles import Sight
from hub.store.watching import traffic
from hub.store.watching.traffic import Between, Flow

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_FRESH_SECONDS: Final = 60.0
_PAIRS: Final = 50
SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=28)}
_RULES: Final = {
    "span": filters.one_of(tuple(SPANS)),
    "from": filters.one_of(words.LEVELS),
    "to": filters.one_of(words.LEVELS),
}


@router.get("/flow")
async def page(here: TheVisit, person: Watcher) -> Response:
    """What went between the levels in a day, a week or four; with `from` and `to`, between which agencies most."""
    asked = filters.read("/flow", here.request.query_params, _RULES)
    span = asked["span"] or "week"
    since = (here.now - SPANS[span]).replace(minute=0, second=0, microsecond=0)
    flows = await _flows(here, person.sight, span, since)
    pair = (asked["from"], asked["to"])
    found, is_cut = await _busiest(here, person.sight, span, since, pair) if all(pair) else ([], False)
    agencies = await here.console.hub.directory.resolve({code for one in found for code in (one.sender, one.recipient)})
    levels = [level for level in words.LEVELS if any(level in (f.sent_from, f.sent_to) for f in flows)]
    total = sum(f.deliveries for f in flows)
    return here.page(
        "flow.html",
        person,
        asked=asked,
        span=span,
        spans=tuple(SPANS),
        since=f"{since.astimezone(deadline.LOCAL):%Y-%m-%dT%H}",
        map=flow.draw(levels, {(f.sent_from, f.sent_to): (f.deliveries, f.late) for f in flows}) if flows else None,
        bands=[_band(here, one, total, since) for one in sorted(flows, key=lambda f: (-f.deliveries, f.sent_from))],
        pair=pair if all(pair) else None,
        pairs=[
            {
                "sender": listing.party(agencies, one.sender),
                "recipient": listing.party(agencies, one.recipient),
                "deliveries": here.speech.number(one.deliveries),
                "late": here.speech.number(one.late),
                "share": here.speech.percent(one.late, one.deliveries),
                "href": _address(since, sender=one.sender, to=one.recipient, step="sent"),
                "late_href": _address(since, sender=one.sender, to=one.recipient, step="late"),
                "width": round(100 * one.deliveries / max(found[0].deliveries, 1), 1),
            }
            for one in found
        ],
        is_cut=is_cut,
        looked_at=traffic.LIVE_AT_MOST,
    )


def _address(since: datetime, **said: str) -> str:
    """The documents behind a figure."""
    return Asked(period="all").address(since=f"{since.astimezone(deadline.LOCAL):%Y-%m-%dT%H}", **said)


def _band(here: Visit, one: Flow, total: int, since: datetime) -> dict[str, Any]:
    speech = here.speech
    levels = {"sent_from": one.sent_from, "level": one.sent_to}
    return {
        "sent_from": one.sent_from,
        "sent_to": one.sent_to,
        "deliveries": speech.number(one.deliveries),
        "share": speech.percent(one.deliveries, total),
        "late": speech.number(one.late),
        "late_share": speech.percent(one.late, one.deliveries),
        "in_time": speech.percent(one.in_time, one.in_time + one.late),
        "dead": speech.number(one.dead),
        "href": _address(since, **levels, step="sent"),
        "late_href": _address(since, **levels, step="late"),
        "dead_href": _address(since, **levels, state="dead"),
    }


async def _flows(here: Visit, sight: Sight | None, span: str, since: datetime) -> list[Flow]:
    async def ask() -> list[Flow]:
        async with here.console.hub.database.read() as conn:
            return await traffic.flows(conn, since, here.now, sight, by_hour=False)

    return await here.console.remembered.get(("flow page", sight, span), _FRESH_SECONDS, ask)


async def _busiest(
    here: Visit, sight: Sight | None, span: str, since: datetime, pair: tuple[str, str]
) -> tuple[list[Between], bool]:
    async def ask() -> tuple[list[Between], bool]:
        async with here.console.hub.database.read() as conn:
            return await traffic.busiest(conn, since, here.now, pair, sight, _PAIRS)

    return await here.console.remembered.get(("busiest", sight, span, pair), _FRESH_SECONDS, ask)
