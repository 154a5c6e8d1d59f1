"""The dead letters of one cause, and sending some or all of them on their way again: counted first, then done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.console import deeds, delivery_list, files, filters, words
from hub.console.failures import groups
from hub.console.frame import PageRoute, TheVisit, Visit, Watcher, logged_in
from hub.console.places import by_id, place, place_of
from hub.console.reasons import cause_word
from hub.domain.access import Action, actor, allowed
from hub.domain.causes import UNKNOWN
from hub.domain.ids import is_id
from hub.domain.roles import Person, Sight
from hub.store.columns import from_micros, to_micros
from hub.store.lists import failures as store
from hub.store.lists.failures import Chosen
from hub.store.road.deliveries import By

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Requeuer = Annotated[Person, Depends(logged_in(Action.REQUEUE))]
_logger = log.get(__name__)
_LINES: Final = 50
_SAMPLE: Final = 20  # deliveries by which a second operator is told who was first
AT_MOST: Final = 5_000  # sent again by one form: the rest by the next
_COLUMNS: Final = (
    "id", "envelope_id", "sender", "recipient", "code", "channel", "created_at", "attempts", "reason",
)  # fmt: skip


async def _chosen(here: Visit, sight: Sight | None, asked: Mapping[str, str], until: datetime | None = None) -> Chosen:
    """What an address or a form means: single deliveries, or a group as it is now."""
    ids = tuple(dict.fromkeys(each for each in asked.get("delivery", "").split() if is_id(each)))[:AT_MOST]
    if ids:
        return Chosen(ids=ids)
    wanted = (asked.get("cause", ""), asked.get("channel", ""))
    group = next((g for g in await groups(here, sight) if (g.cause, g.channel) == wanted), None)
    return Chosen(reasons=tuple(sorted(group.reasons)) if group else (), channel=wanted[1], until=until)


@router.get("/failures/dead")
async def dead(here: TheVisit, person: Watcher) -> Response:
    """The dead letters of one cause, the oldest first, with boxes to choose some of them."""
    rules = {"cause": filters.text(), "channel": filters.text(30), "after": by_id}
    asked = filters.read("/failures/dead", here.request.query_params, rules)
    chosen = await _chosen(here, person.sight, asked.said)
    if wanted := files.asked_for(here.request.query_params, ""):
        return await files.whole(_Sheet(here, person, chosen), wanted[1], files.stamped(here, "van-ban-loi"))
    async with here.console.hub.database.read() as conn:
        rows = await store.listing(conn, chosen, person.sight, place(asked["after"]), _LINES + 1)
        measure = await store.measure(conn, chosen, person.sight)
    more, rows = len(rows) > _LINES, rows[:_LINES]
    return here.page(
        "dead.html",
        person,
        asked=asked,
        cause=cause_word(here.speech, asked["cause"] or UNKNOWN),
        channel=here.speech.named(words.CHANNELS, asked["channel"]) or here.speech("no_channel"),
        measure=measure,
        deliveries=await delivery_list.of(here, person, rows),
        next=asked.address(after=place_of(rows[-1]["created_at"], rows[-1]["id"])) if more else "",
        may_requeue=allowed(person, Action.REQUEUE),
        whole="/failures/requeue?" + urlencode({"cause": asked["cause"], "channel": asked["channel"]}),
    )


class _Sheet:
    """The dead letters of a group, for a spreadsheet."""

    columns: Sequence[str] = _COLUMNS

    def __init__(self, here: Visit, person: Person, chosen: Chosen) -> None:
        self._here, self._person, self._chosen = here, person, chosen

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        async with self._here.console.hub.database.read() as conn:
            rows = await store.listing(conn, self._chosen, self._person.sight, place(after), limit)
        return rows, place_of(rows[-1]["created_at"], rows[-1]["id"]) if len(rows) == limit else ""


@router.get("/failures/requeue")
async def ask(here: TheVisit, person: Requeuer) -> Response:
    """What would be sent again, counted before anything is done, and the form that does it."""
    query = here.request.query_params
    asked = {"cause": query.get("cause", ""), "channel": query.get("channel", "")}
    return await _form(here, person, {**asked, "delivery": " ".join(query.getlist("delivery"))}, here.now)


async def _form(
    here: Visit, person: Person, asked: Mapping[str, str], until: datetime, deed: deeds.Deed | None = None
) -> Response:
    chosen = await _chosen(here, person.sight, asked, until)
    async with here.console.hub.database.read() as conn:
        measure = await store.measure(conn, chosen, person.sight)
        some = await store.listing(conn, chosen, person.sight, None, _SAMPLE)
        earlier = await store.requeued_by(conn, chosen.ids) if chosen.ids and not measure.deliveries else None
    return here.page(
        "requeue.html",
        person,
        deed.status if deed else 200,
        measure=measure,
        at_most=AT_MOST,
        earlier=earlier,
        fields={**asked, "until": str(to_micros(until)), "sample": " ".join(row["id"] for row in some)},
        cause=cause_word(here.speech, asked["cause"]) if asked.get("cause") else "",
        trouble=deed.trouble if deed else "",
        reason=deed.reason if deed else "",
    )


@router.post("/failures/requeue")
async def requeue(here: TheVisit, person: Requeuer) -> Response:
    """Send them on their way again, and say what was done; what somebody else did first is told."""
    deed = await deeds.read(here)
    asked = {name: deed.fields.get(name, "") for name in ("cause", "channel", "delivery")}
    micros = deed.fields.get("until", "")
    until = from_micros(int(micros)) if micros.isascii() and micros.isdigit() and len(micros) < 17 else here.now  # noqa: PLR2004
    if deed.trouble:
        return await _form(here, person, asked, until, deed)
    chosen = await _chosen(here, person.sight, asked, until)
    database = here.console.hub.database
    async with database.read() as conn:
        before = await store.measure(conn, chosen, person.sight)
    by = By(actor(person), deed.reason)
    moved = await store.requeue(database, chosen, person.sight, here.now, by, AT_MOST)
    async with database.read() as conn:
        sample = [each for each in deed.fields.get("sample", "").split()[:_SAMPLE] if is_id(each)]
        others = [each for each in chosen.ids or sample if each not in set(moved)]
        earlier = await store.requeued_by(conn, others) if others else None
    _logger.info("deliveries.requeued", count=len(moved), by=person.name, reason=deed.reason)
    return here.page(
        "requeued.html",
        person,
        moved=len(moved),
        asked_for=len(chosen.ids) or before.deliveries,
        left=max(before.deliveries - len(moved), 0) if not chosen.ids else 0,
        measure=before,
        earlier=earlier,
        again="/failures/requeue?" + urlencode({"cause": asked["cause"], "channel": asked["channel"]}),
    )
