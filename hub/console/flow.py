"""The flow map on a page of its own: between levels, and from a pair of levels down to the agencies that exchange most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import files, filters, listing, words
from hub.console.asked import Asked, moment
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
SPANS: Final = {
    "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=28), "quarter": timedelta(days=91),
}  # fmt: skip


def _place(after: str) -> tuple[int, str, str] | None:
    """Where a page of pairs begins: after so many deliveries between these two."""
    count, _, codes = after.partition("~")
    sender, _, recipient = codes.partition("~")
    fits = filters.number(count) and 0 < len(sender) <= _CODE_AT_MOST and 0 < len(recipient) <= _CODE_AT_MOST
    return (-int(count), sender, recipient) if fits else None


def _day(given: str) -> str | None:
    """A day that a span may end with."""
    return given if len(given) == 10 and moment(given) else None  # noqa: PLR2004 - characters of 2026-11-25


_RULES: Final = {
    "ending": _day,
    "span": filters.one_of(tuple(SPANS)),
    "from": filters.one_of(words.LEVELS),
    "to": filters.one_of(words.LEVELS),
    "after": lambda given: given if _place(given) else None,
}


@dataclass(frozen=True, slots=True)
class During:
    """From when to when; `ending`: the last day of a span that is over, "" of one up to now."""

    since: datetime
    until: datetime
    span: str
    ending: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What one is remembered by."""
        return self.span, self.ending


@router.get("/flow")
async def page(here: TheVisit, person: Watcher) -> Response:
    """What went between the levels in a day, a week or four; with `from` and `to`, between which agencies most.

    With `format` as a file: the pairs of levels, or (`list=pairs`) of agencies.
    """
    asked = filters.read("/flow", here.request.query_params, _RULES)
    span = asked["span"] or "week"
    during = _during(here.now, span, asked["ending"])
    since = during.since
    flows = await _flows(here, person.sight, during)
    pair = (asked["from"], asked["to"])
    found, is_cut = await _busiest(here, person.sight, during, pair) if all(pair) else ([], False)
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
        until=asked["ending"],
        told=_told(here, during),
        earlier=asked.address(ending=f"{since.astimezone(deadline.LOCAL) - timedelta(hours=1):%Y-%m-%d}"),
        later=_later(here, asked, during),
        map=flow.draw(levels, {(f.sent_from, f.sent_to): (f.deliveries, f.late) for f in flows}) if flows else None,
        bands=[_band(here, one, total, during) for one in sorted(flows, key=lambda f: (-f.deliveries, f.sent_from))],
        pair=pair if all(pair) else None,
        pairs=[
            {
                "sender": listing.party(agencies, one.sender),
                "recipient": listing.party(agencies, one.recipient),
                "deliveries": here.speech.number(one.deliveries),
                "late": here.speech.number(one.late),
                "share": here.speech.percent(one.late, one.deliveries),
                "href": _address(during, sender=one.sender, to=one.recipient, step="sent"),
                "late_href": _address(during, sender=one.sender, to=one.recipient, step="late"),
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


def _during(now: datetime, span: str, ending: str) -> During:
    """A span up to now, or to the end of a day."""
    last = moment(ending) if ending else None
    if last is None:
        return During((now - SPANS[span]).replace(minute=0, second=0, microsecond=0), now, span)
    until = last + timedelta(days=1)
    return During(until - SPANS[span], until, span, ending)


def _later(here: Visit, asked: Filters, during: During) -> str:
    """The address of the span after one that ended; "" when there is none."""
    if not during.ending or during.until > here.now:
        return ""
    following = during.until + SPANS[during.span] - timedelta(days=1)
    ending = "" if following + timedelta(days=1) > here.now else f"{following.astimezone(deadline.LOCAL):%Y-%m-%d}"
    return asked.address(ending=ending)


def _told(here: Visit, during: During) -> str:
    """Which span it is, in words."""
    if not during.ending:
        return here.speech("period_" + during.span)
    first = during.since.astimezone(deadline.LOCAL).date()
    return here.speech("flow_between", first=here.speech.date(first), last=here.speech.date(during.ending))


def _address(during: During, **said: str) -> str:
    """The documents behind a figure."""
    since = f"{during.since.astimezone(deadline.LOCAL):%Y-%m-%dT%H}"
    return Asked(period="all").address(since=since, until=during.ending, **said)


def _band(here: Visit, one: Flow, total: int, during: During) -> dict[str, Any]:
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
        "href": _address(during, **levels, step="sent"),
        "late_href": _address(during, **levels, step="late"),
        "dead_href": _address(during, **levels, state="dead"),
    }


async def _flows(here: Visit, sight: Sight | None, during: During) -> list[Flow]:
    async def ask() -> list[Flow]:
        async with here.console.hub.database.read() as conn:
            return await traffic.flows(conn, during.since, here.now, sight, by_hour=False, until=during.until)

    return await here.console.remembered.get(("flow page", sight, during.key), _FRESH_SECONDS, ask)


async def _busiest(
    here: Visit, sight: Sight | None, during: During, pair: tuple[str, str]
) -> tuple[list[Between], bool]:
    async def ask() -> tuple[list[Between], bool]:
        async with here.console.hub.database.read() as conn:
            since, until = during.since, during.until
            return await traffic.busiest(conn, since, here.now, pair, sight, _PAIRS_AT_MOST, until)

    return await here.console.remembered.get(("busiest", sight, during.key, pair), _FRESH_SECONDS, ask)
