"""The overview: the figures of a day, where documents go, when they are late, who waits, and what alarms."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import Markup

from hub import charts
from hub.console import filters, listing, words
from hub.console.alerts import ago, tone
from hub.console.asked import Asked
from hub.console.charts import curve, flow, heat
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher
from hub.console.listing import Card
from hub.console.speech import Speech
from hub.domain import alert, deadline
from hub.domain.access import Action, allowed
from hub.domain.roles import Person, Sight
from hub.findings import TEXTS
from hub.store.lists import overview, presence
from hub.store.lists.overview import Figures, Wanted
from hub.store.lists.tail import Place
from hub.store.watching import alerts, traffic
from hub.store.watching.traffic import Flow

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_DAY: Final = timedelta(days=1)
_WEEKS: Final = timedelta(days=28)
_SPANS: Final = {"day": _DAY, "week": timedelta(days=7), "month": _WEEKS}
_FRESH_SECONDS: Final = 10.0  # figures of the day
_SLOW_SECONDS: Final = 60.0  # figures of weeks
_SAMPLE: Final = 500  # deliveries from which the delay is told
_ALERTS: Final = 6
_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class Told:
    """What the first row of figures is made of."""

    figures: Figures
    refused: dict[str, int]
    delays: list[float]
    online: tuple[int, int]


@router.get("/")
async def page(here: TheVisit, person: Watcher) -> Response:
    """The figures and charts of what a person may see."""
    asked = filters.read("/", here.request.query_params, {"span": filters.one_of(_SPANS)})
    span = asked["span"] or "day"
    place = await here.console.following.place()  # before anything that this page shows is asked
    told, between, week, today, ages, open_alerts = await asyncio.gather(
        _told(here, person.sight),
        _flows(here, person.sight, _SPANS[span], by_hour=False),
        _flows(here, person.sight, _WEEKS, by_hour=True),
        _flows(here, person.sight, _DAY + timedelta(days=7), by_hour=True),
        _ages(here, person.sight),
        _alerts(here, person.sight, place),
    )
    return here.page(
        "overview.html",
        person,
        cards=_cards(here.speech, told),
        asked=asked,
        span=span,
        since=f"{_beginning(here.now, _SPANS[span]).astimezone(deadline.LOCAL):%Y-%m-%dT%H}",
        flow=_flow(between),
        weeks_since=f"{_beginning(here.now, _WEEKS).astimezone(deadline.LOCAL):%Y-%m-%dT%H}",
        heat=_heat(here, week),
        curve=_curve(here.now, today),
        ages=_ages_drawn(here.speech, ages),
        open_alerts=open_alerts,
        lines=await latest(here, person, place),
        place=place,
    )


@router.get("/latest")
async def newest(here: TheVisit, person: Watcher) -> Response:
    """The documents that came last and the open alerts, alone: what an open overview renews."""
    place = await here.console.following.place()
    lines, open_alerts = await asyncio.gather(latest(here, person, place), _alerts(here, person.sight, place))
    return here.page("newest.html", person, lines=lines, open_alerts=open_alerts)


async def latest(here: Visit, person: Person, place: Place) -> list[listing.Line]:
    """The documents that came last, with all that happened up to a place."""
    hub, sight = here.console.hub, person.sight

    async def ask() -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
        async with hub.database.read() as conn:
            found = (await overview.documents(conn, Wanted(), here.now, sight, _LINES)).rows
            return found, await overview.states(conn, [row["id"] for row in found], sight)

    rows, states = await here.console.remembered.get(("latest", sight), _FRESH_SECONDS, ask, place)
    if not allowed(person, Action.READ_SUBJECT):
        rows = [{**row, "subject": here.speech("subject_hidden")} for row in rows]
    agencies = await hub.directory.resolve(listing.codes_in(rows, states))
    return [listing.line(here.speech, row, states[row["id"]], agencies, here.now) for row in rows]


# -- asked of the store, once for all who look ------------------------------------------------------------------


async def _told(here: Visit, sight: Sight | None) -> Told:
    async def ask() -> Told:
        since = here.now - _DAY
        async with here.console.hub.database.read() as conn:
            return Told(
                await overview.figures(conn, since, here.now, sight),
                await presence.refused(conn, since, sight),
                await traffic.delays(conn, since, _SAMPLE, sight),
                await presence.online(conn, here.now - timedelta(minutes=15), sight),
            )

    return await here.console.remembered.get(("told", sight), _FRESH_SECONDS, ask)


async def _flows(here: Visit, sight: Sight | None, span: timedelta, *, by_hour: bool) -> list[Flow]:
    async def ask() -> list[Flow]:
        async with here.console.hub.database.read() as conn:
            return await traffic.flows(conn, _beginning(here.now, span), here.now, sight, by_hour=by_hour)

    seconds = _FRESH_SECONDS if span == _DAY else _SLOW_SECONDS
    return await here.console.remembered.get(("flows", sight, span, by_hour), seconds, ask)


def _beginning(now: datetime, span: timedelta) -> datetime:
    """Where a span begins: with a whole hour, as traffic is counted."""
    return (now - span).replace(minute=0, second=0, microsecond=0)


async def _ages(here: Visit, sight: Sight | None) -> dict[str, tuple[int, ...]]:
    calendar = here.console.hub.calendars.usual
    bounds = [deadline.before(here.now, span, calendar) for span in charts.AGES]

    async def ask() -> dict[str, tuple[int, ...]]:
        async with here.console.hub.database.read() as conn:
            return await traffic.waiting(conn, bounds, sight)

    return await here.console.remembered.get(("ages", sight), _FRESH_SECONDS, ask)


def _ages_drawn(speech: Speech, ages: dict[str, tuple[int, ...]]) -> Markup:
    if not any(any(counts) for counts in ages.values()):
        return Markup()
    levels = {level: speech.of(pair) for level, pair in words.LEVELS.items()}
    classes = [speech(f"age_{number}") for number in range(len(charts.AGES) + 1)]

    def behind(level: str) -> str:
        return Asked(period="all").address(level=level, state="uncollected")

    return Markup(charts.ages(speech("ages"), levels, classes, ages, speech.number, behind))  # noqa: S704 - escaped there


async def _alerts(here: Visit, sight: Sight | None, place: Place) -> list[dict[str, Any]]:
    hub, speech = here.console.hub, here.speech

    async def ask() -> list[dict[str, Any]]:
        async with hub.database.read() as conn:
            return await alerts.listing(conn, {"sight": sight} if sight else {}, None, _ALERTS)

    found = await here.console.remembered.get(("alerts", sight), _FRESH_SECONDS, ask, place)
    agencies = await hub.directory.resolve({row["agency"] for row in found})
    return [
        {
            "id": row["id"],
            "tone": tone(row),
            "word": speech.of(alert.NAMES[alert.Kind(row["kind"])]),
            "agency": listing.party(agencies, row["agency"]),
            "count": row["count"],
            "age": ago(speech, row, here.now),
        }
        for row in found
    ]


# -- as the template sees it ------------------------------------------------------------------------------------


def _cards(speech: Speech, told: Told) -> list[Card]:
    sent, received, uncollected, dead, signed = listing.cards(speech, told.figures)
    refused = sum(told.refused.values())
    most = max(told.refused, key=lambda code: told.refused[code], default="")
    online, known = told.online
    return [
        sent,
        received,
        uncollected,
        Card(
            speech("refused"),
            speech.number(refused),
            "bad" if refused else "plain",
            speech("refused_most", code=speech.of(TEXTS[most].title) if most in TEXTS else most)
            if refused
            else speech("none_refused"),
            "/failures?days=1#refused",
        ),
        dead,
        signed,
        _delay(speech, told.delays),
        Card(
            speech("online"),
            f"{speech.number(online)} / {speech.number(known)}",
            "plain" if online >= known else "wait",
            speech("online_line"),
            "/queues",
        ),
    ]


def _delay(speech: Speech, delays: list[float]) -> Card:
    if not delays:
        return Card(speech("delay"), "–", "plain", speech("no_delay"), "/documents?period=day")
    ordered = sorted(delays)
    p95, median = ordered[int(len(ordered) * 0.95)], ordered[len(ordered) // 2]
    tone = "good" if p95 < 2 else "wait"  # noqa: PLR2004 - seconds: the hub's own aim
    line = speech("delay_line", median=speech.span(median))
    return Card(speech("delay"), speech.span(p95), tone, line, "/documents?period=day")


def _flow(flows: list[Flow]) -> flow.FlowMap | None:
    if not flows:
        return None
    levels = [level for level in words.LEVELS if any(level in (f.sent_from, f.sent_to) for f in flows)]
    return flow.draw(levels, {(f.sent_from, f.sent_to): (f.deliveries, f.late) for f in flows})


def _heat(here: Visit, flows: list[Flow]) -> tuple[heat.Cell, ...]:
    calendar = here.console.hub.calendars.usual
    figures: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in flows:
        local = one.hour.astimezone(deadline.LOCAL)
        in_time, late = figures[local.weekday(), local.hour]
        figures[local.weekday(), local.hour] = in_time + one.in_time, late + one.late
    worked = {int(at.total_seconds() // 3600) for span in calendar.spans for at in _hours(*span)}
    return heat.draw(figures, lambda weekday, hour: weekday in calendar.weekdays and hour in worked)


def _hours(start: timedelta, end: timedelta) -> list[timedelta]:
    hour = timedelta(hours=1)
    first = start - start % hour
    return [first + number * hour for number in range(int((end - first - timedelta(seconds=1)) / hour) + 1)]


def _curve(now: datetime, flows: list[Flow]) -> dict[str, Any] | None:
    if not flows:
        return None
    this = now.replace(minute=0, second=0, microsecond=0)
    hours = [this - timedelta(hours=back) for back in reversed(range(24))]
    sent: dict[datetime, int] = defaultdict(int)
    late: dict[datetime, int] = defaultdict(int)
    for one in flows:
        sent[one.hour] += one.deliveries
        late[one.hour] += one.late
    series = {
        "last_week": [sent[hour - timedelta(days=7)] for hour in hours],
        "sent": [sent[hour] for hour in hours],
        "late": [late[hour] for hour in hours],
    }
    labels = [f"{hour.astimezone(deadline.LOCAL):%H:00}" for hour in hours]
    at = [f"{hour.astimezone(deadline.LOCAL):%Y-%m-%dT%H}" for hour in hours]
    return {"lines": curve.draw(series), "labels": labels, "series": series, "hours": at}
