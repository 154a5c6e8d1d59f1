"""Is the process alive, is the hub ready, what do its figures say. Ready means: it can take responsibility."""

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub import metrics
from hub.domain.access import Action
from hub.errors import Unavailable
from hub.gateway.callers import may, the_hub
from hub.store.lists import running
from hub.store.proof import receipts
from hub.store.proof.standing import standing
from hub.store.road import inspections, outbox
from hub.store.trust import sources
from hub.store.watching import alerts, ledger_view, mails
from hub.store.watching.postponed import Postponed
from hub.store.watching.postponed import look as postponed_now
from hub.trust.seal import published
from hub.wiring import Hub

router = APIRouter(tags=["Vận hành · Operations"], dependencies=[Depends(may(Action.PROBE))])


@router.get("/livez")
async def livez() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Whether envelopes can be accepted, and what is postponed: with the bus down accepting goes on, notes wait."""
    hub = the_hub(request)
    database = await hub.database.is_up()
    bus = await hub.bus.healthy()
    metrics.UP.labels("database").set(database)
    metrics.UP.labels("bus").set(bus)
    postponed = [] if bus else ["notes to the bus: deliveries go on by the clock, a few seconds later each"]
    trust = await _trust(hub) if database else {}
    if trust.get("stale"):
        postponed.append("signatures whose revocation sources are stale: see `truc trust sources`")
    found = await _postponed(hub) if database else None
    if found:
        postponed += found.told()
    return JSONResponse(
        {
            "status": "ready" if database else "not ready",
            "parts": {"database": "up" if database else "down", "bus": "up" if bus else "down"},
            **({"revocation_sources": trust} if trust.get("sources") else {}),
            **({"waiting": {"notes": found.notes, "untouched": found.untouched}} if found else {}),
            "postponed": postponed if database else ["everything: nothing is accepted until the database answers"],
        },
        200 if database else 503,
    )


async def _postponed(hub: Hub) -> Postponed | None:
    try:
        async with hub.database.read() as conn:
            return await postponed_now(conn, datetime.now(UTC))
    except Unavailable:
        return None


async def _trust(hub: Hub) -> dict[str, int]:
    try:
        async with hub.database.read() as conn:
            return await sources.standing(conn, datetime.now(UTC))
    except Unavailable:
        return {}


@router.get("/metrics")
async def figures(request: Request) -> Response:
    """Prometheus text format."""
    hub = the_hub(request)
    try:
        async with hub.database.read() as conn:
            metrics.OUTBOX.set(await outbox.waiting(conn))
            oldest = await running.oldest_note(conn)
            on_the_way = await running.on_the_way(conn)
            tally = await alerts.tally(conn)
            mail, _, why = await mails.waiting(conn)
            waiting, inside = await inspections.counts(conn)
            metrics.UNINSPECTED.set(waiting)
            metrics.QUARANTINE.set(inside)
            books = await ledger_view.open_sums(conn)
            metrics.BEHIND.set(await ledger_view.behind(conn, datetime.now(UTC)))
            for which, number in (await sources.standing(conn, datetime.now(UTC))).items():
                metrics.SOURCES.labels(which).set(number)
            log = await standing(conn, datetime.now(UTC))
        now = datetime.now(UTC)
        metrics.OUTBOX_OLDEST.set((now - oldest).total_seconds() if oldest else 0)
        metrics.MAIL_WAITING.set(mail)
        metrics.MAIL_UP.set(0 if why else 1)
        for gauge in (metrics.DELIVERIES, metrics.DELIVERY_OLDEST, metrics.ALERTS):
            gauge.clear()  # what there was and is no more
        for (kind, state), number in tally.items():
            metrics.ALERTS.labels(kind=kind, state=state).set(number)
        for each in on_the_way:
            metrics.DELIVERIES.labels(each.state, each.level).set(each.count)
            metrics.DELIVERY_OLDEST.labels(each.state, each.level).set((now - each.oldest).total_seconds())
        metrics.LOG_LEAVES.set(log.size)
        metrics.LOG_BEHIND.set(log.behind)
        metrics.LOG_UNSTAMPED.set(log.unstamped if hub.settings.tsa_url else 0.0)
        metrics.UNBALANCED.set(books["unbalanced"])
        for state in ("pending", "dead"):
            metrics.LEDGER.labels(state).set(books[state])
    except Unavailable:
        metrics.UP.labels("database").set(0)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/.well-known/jwks.json")
async def keys(request: Request) -> JSONResponse:
    """The hub's public keys: what it signs with now, then those it signed with before."""
    hub = the_hub(request)
    try:
        async with hub.database.read() as conn:
            known = await receipts.keys(conn)
    except Unavailable:
        known = []
    older = {key["kid"]: key for key in [*published(hub.settings.home), *known] if key.get("kid") != hub.seal.kid}
    return JSONResponse({"keys": [hub.seal.public, *older.values()]})
