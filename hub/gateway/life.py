"""What becomes of a document: who holds what of it now, what was asked of whom, what it is related to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.envelope import Kind
from hub.domain.roles import Person
from hub.errors import Rejected
from hub.findings import finding
from hub.gateway import views
from hub.gateway.callers import may, the_hub
from hub.gateway.given import Id
from hub.gateway.stored import visible
from hub.store.road import now as store
from hub.wiring import Hub

router = APIRouter(tags=["Theo dõi · Follow"])
TheHub = Annotated[Hub, Depends(the_hub)]
Caller = Annotated[Agency | Person, Depends(may(Action.TRACE))]


@router.get("/v1/envelopes/{envelope_id}/now")
async def now(envelope_id: Id, hub: TheHub, who: Caller) -> JSONResponse:
    """What each recipient holds now of a document, and how every change asked of it stands."""
    row, deliveries = await visible(hub, envelope_id, who)
    async with hub.database.read() as conn:
        related = await store.related(conn, envelope_id)
        held = [] if row["kind"] in (Kind.RECALL, Kind.STATUS) else await store.held(conn, envelope_id)
        asked = await store.asked(conn, [envelope_id])
    mine = {d["recipient"] for d in deliveries}
    is_whole = isinstance(who, Agency) and row["sender"] in who.codes
    return JSONResponse(
        {
            "id": row["id"],
            "document_id": row["document_id"],
            "kind": row["kind"],
            "items": [holding(each) for each in held if is_whole or each["recipient"] in mine],
            "changes": [change(each) for each in asked if is_whole or each["recipient"] in mine],
            "related": [relation(each) for each in await _allowed(hub, who, related)],
        }
    )


def holding(row: dict[str, Any]) -> dict[str, Any]:
    """What one recipient holds: null with the state of what is on its way, or of what was given back."""
    holds = None
    if row["has"]:
        holds = {
            "envelope_id": row["envelope_id"],
            "kind": row["kind"],
            "document_id": row["document_id"],
            "code": row["code"],
            "since": views.at(row["since"]),
        }
    return {
        "recipient": row["recipient"],
        "holds": holds,
        "state": row["state"],
        "is_waiting": bool(row["is_waiting"]),
    }


def change(row: dict[str, Any]) -> dict[str, Any]:
    """One thing asked of one recipient, and how it stands."""
    shown = {
        "by": row["by_id"],
        "about": row["document_id"],
        "recipient": row["recipient"],
        "kind": row["kind"],
        "outcome": row["outcome"],
        "asked_at": views.at(row["asked_at"]),
        "due_at": views.at(row["due_at"]),
        "answered_at": views.at(row["answered_at"]),
        "answer": row["answer_id"],
        "waits_until": views.at(row["held_until"]),
    }
    if row["overtook"]:
        shown["warning"] = finding("overtook-document", recipient=row["recipient"]).shown()
    return shown


def relation(row: dict[str, Any]) -> dict[str, Any]:
    """One related envelope: `way` says whether this one is about it (`about`) or it about this one (`by`)."""
    names = ("relation", "way", "id", "kind", "sender", "document_id", "code")
    return {**{name: row[name] for name in names}, "received_at": views.at(row["received_at"])}


async def _allowed(hub: Hub, who: Agency | Person, related: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of related envelopes, those the caller may see by themselves."""
    found = []
    for row in related:
        try:
            await visible(hub, row["id"], who)
        except Rejected:
            continue
        found.append(row)
    return found
