"""The flow map on a page of its own: between levels, and from a pair of levels down to the agencies that exchange most."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import files, filters, listing, words
from hub.console.asked import Asked
from hub.console.charts import flow
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.domain import deadline
from hub.domain.roles import Sight
from hub.store.watching import traffic
from hub.store.watching.traffic import Between, Flow

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_FRESH_SECONDS: Final = 60.0
_PAIRS: Final = 50
_PAIRS_AT_MOST: Final = 10_000
_CODE_AT_MOST: Final = 35
_BANDS: Final = ("sent_from", "sent_to", "flow_deliveries", "flow_in_time", "flow_late", "flow_dead")
_OF_PAIRS: Final = ("sender_code", "sender", "recipient_code", "recipient", "flow_deliveries", "flow_late")
SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=28)}


def _place(after: str) -> tuple[int, str, str] | None:
    """Where a page of pairs begins: after so many deliveries between these two."""
    count, _, codes = after.partition("~")
    sender, _, recipient = codes.partition("~")
    fits = filters.number(count) and 0 < len(sender) <= _CODE_AT_MOST and 0 < len(recipient) <= _CODE_AT_MOST
    return (-int(count), sender, recipient) if fits else None


_RULES: Final = {
    "span": filters.one_of(tuple(SPANS)),
    "from": filters.one_of(words.LEVELS),
    "to": filters.one_of(words.LEVELS),
    "after": lambda given: given if _place(given) else None,
}


@router.get("/flow")
async def page(here: TheVisit, person: Watcher) -> Response:
    """What went between the levels in a day, a week or four; with `from` and `to`, between which agencies most.

    With `format` as a file: the pairs of levels, or (`list=pairs`) of agencies.
    """
    asked = filters.read("/flow", here.request.query_params, _RULES)
    span = asked["span"] or "week"
    since = (here.now - SPANS[span]).replace(minute=0, second=0, microsecond=0)
    flows = await _flows(here, person.sight, span, since)
    pair = (asked["from"], asked["to"])
    found, is_cut = await _busiest(here, person.sight, span, since, pair) if all(pair) else ([], False)
    if wanted := files.asked_for(here.request.query_params, "", "pairs"):
        return await _file(here, flows, found, *wanted)
    most, place = max((one.deliveries for one in found), default=1), _place(asked["after"])
    rest = [one for one in found if place is None or _order(one) > place]
    found = rest[:_PAIRS]
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
                "width": round(100 * one.deliveries / most, 1),
            }
            for one in found
        ],
        following=_address_of(asked, found[-1]) if len(rest) > _PAIRS else "",
        is_cut=is_cut,
        looked_at=traffic.LIVE_AT_MOST,
    )


def _order(one: Between) -> tuple[int, str, str]:
    """By which pairs are listed: the busiest first."""
    return -one.deliveries, one.sender, one.recipient


def _address_of(asked: Filters, last: Between) -> str:
    """The next page."""
    return asked.address(after=f"{last.deliveries}~{last.sender}~{last.recipient}")


async def _file(here: Visit, flows: Sequence[Flow], pairs: Sequence[Between], which: str, form: str) -> Response:
    """The pairs of levels or of agencies, as a file."""
    if which == "pairs":
        codes = {code for one in pairs for code in (one.sender, one.recipient)}
        agencies = await here.console.hub.directory.resolve(codes)

        def who(code: str) -> tuple[str, str]:
            return code, listing.party(agencies, code).name

        rows = ([*who(one.sender), *who(one.recipient), one.deliveries, one.late] for one in pairs)
        return files.table(here, "luong-co-quan", form, _OF_PAIRS, rows)
    named = here.speech.named
    lines = (
        [
            named(words.LEVELS, one.sent_from),
            named(words.LEVELS, one.sent_to),
            one.deliveries,
            one.in_time,
            one.late,
            one.dead,
        ]
        for one in sorted(flows, key=lambda f: (-f.deliveries, f.sent_from))
    )
    return files.table(here, "luong", form, _BANDS, lines)


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
            return await traffic.busiest(conn, since, here.now, pair, sight, _PAIRS_AT_MOST)

    return await here.console.remembered.get(("busiest", sight, span, pair), _FRESH_SECONDS, ask)
