"""Following a document: where it is, what happened, what the hub thought of it, its bytes and its receipt."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from hub.domain.access import Action, allowed
from hub.domain.agency import Agency
from hub.domain.delivery import State
from hub.domain.roles import Person
from hub.domain.vietnamese import fold
from hub.gateway import cursors, views
from hub.gateway.callers import may, the_hub, watcher
from hub.gateway.downloads import Look, download
from hub.gateway.given import Id
from hub.gateway.stored import reading, stored_envelope, veiled, visible
from hub.store.road import envelopes, events
from hub.wiring import Hub

router = APIRouter(tags=["Theo dõi · Follow"])
TheHub = Annotated[Hub, Depends(the_hub)]
Caller = Annotated[Agency | Person, Depends(may(Action.TRACE))]
Reader = Annotated[Agency | Person, Depends(may(Action.READ_CONTENT))]
Holder = Annotated[Agency | Person, Depends(may(Action.READ_RECEIPT))]


@router.get("/v1/envelopes/{envelope_id}")
async def show(envelope_id: Id, hub: TheHub, who: Caller) -> JSONResponse:
    """One envelope with the state of each delivery, and each recipient's latest report."""
    return JSONResponse(await stored_envelope(hub, envelope_id, who))


@router.get("/v1/envelopes/{envelope_id}/timeline")
async def timeline(envelope_id: Id, hub: TheHub, who: Caller) -> JSONResponse:
    """Everything that happened, oldest first; a recipient sees its own part."""
    _, deliveries = await visible(hub, envelope_id, who)
    async with reading(hub, who) as conn:
        happened = await events.timeline(conn, envelope_id)
    mine = {None, *(d["recipient"] for d in deliveries)}
    happened = [e for e in happened if e["recipient"] in mine]
    return JSONResponse({"events": [views.event(e) for e in happened]})


@router.head("/v1/envelopes/{envelope_id}/original", include_in_schema=False)
@router.get("/v1/envelopes/{envelope_id}/original")
async def original(envelope_id: Id, request: Request, hub: TheHub, who: Reader) -> Response:
    """The bytes exactly as they came. People who watch see where documents are; what is in them, if it was granted."""
    row, _ = await visible(hub, envelope_id, who, Action.READ_CONTENT)
    look = Look(who, envelope_id)
    return await download(hub, request, look, row["size"], row["sha256"])


@router.get("/v1/envelopes/{envelope_id}/receipt")
async def receipt(envelope_id: Id, request: Request, hub: TheHub, who: Holder) -> Response:
    """The signed receipt; with `Accept: application/jose` the bare JWS."""
    row, _ = await visible(hub, envelope_id, who, Action.READ_RECEIPT)
    if "application/jose" in request.headers.get("accept", ""):
        return PlainTextResponse(row["receipt"], media_type="application/jose")
    return JSONResponse(views.receipt(row["receipt"]))


@router.get("/v1/envelopes/{envelope_id}/explain")
async def explain(envelope_id: Id, hub: TheHub, who: Caller) -> JSONResponse:
    """Why the hub did what it did with this envelope: verdict, warnings, routing, tries and times."""
    row, deliveries = await visible(hub, envelope_id, who)
    return JSONResponse(explanation(row, deliveries))


def explanation(row: dict[str, Any], deliveries: list[dict[str, Any]]) -> dict[str, Any]:
    """The decisions on record for one envelope."""
    return {
        "id": row["id"],
        "received_at": views.at(row["received_at"]),
        "sha256": row["sha256"],
        "signature": {"verdict": row["judgement"], "reason": row["reason"] or None, "signer": row["signer"] or None},
        "facts": row["facts"],
        "warnings": row["warnings"],
        "routing": [
            {
                "addressed_as": d["addressed_as"],
                "recipient": d["recipient"],
                "level": d["level"] or None,
                "channel": d["channel"] or None,
                "why": d["reason"]
                or (
                    "alias or successor of the code as written" if d["addressed_as"] != d["recipient"] else "as written"
                ),
                "state": d["state"],
                "attempts": d["attempts"],
                "next_attempt_at": views.at(d["next_attempt_at"]),
                "collect_by": views.at(d["due_at"]),
            }
            for d in deliveries
        ],
    }


@router.get("/v1/envelopes")
async def search(  # noqa: PLR0913 - the question has this many parts
    hub: TheHub,
    person: Annotated[Person, Depends(watcher)],
    q: Annotated[str, Query(max_length=200)] = "",
    state: State | None = None,
    level: Annotated[str | None, Query(pattern="^(central|province|district|commune)$")] = None,
    agency: Annotated[str | None, Query(max_length=35)] = None,
    since: Annotated[str | None, Query(alias="from")] = None,
    until: Annotated[str | None, Query(alias="to")] = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JSONResponse:
    """Documents, newest first: by words of the number, subject or id (accents optional), state, level, agency, time."""
    async with hub.database.read() as conn:
        page = await envelopes.search(
            conn,
            q=q,
            state=state.value if state else None,
            level=level,
            agency=agency,
            sight=person.sight,
            since=cursors.moment(since, "from"),
            until=cursors.moment(until, "to"),
            before=cursors.unpack_place(after) if after else None,
            limit=limit,
            by_subject=allowed(person, Action.READ_SUBJECT),
        )
        found = page.rows
        states = await envelopes.states(conn, [row["id"] for row in found])
    items = [
        {
            **{k: v for k, v in row.items() if k not in ("received_at", "judgement")},
            "received_at": views.at(row["received_at"]),
            "verdict": row["judgement"],
            "recipients": sum(states[row["id"]].values()),
            "states": states[row["id"]],
        }
        for row in found
    ]
    goes_on = (found[-1]["received_at"], found[-1]["id"]) if len(found) == limit else page.cut
    place = cursors.pack_place(*goes_on) if goes_on else None
    if not allowed(person, Action.READ_SUBJECT):  # nor is it guessed at by searching for its words
        wanted = fold(q).split()
        items = [i for i in items if all(word in fold(f"{i['code']} {i['document_id']}") for word in wanted)]
    return JSONResponse({"items": veiled(person, items), "next": place})
