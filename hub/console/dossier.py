"""What a document's page hands out: its envelope to look at, its evidence, its receipt. Each look leaves its entry."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response

from hub.console import listing
from hub.console.frame import GUARDS, PageRoute, TheVisit, logged_in
from hub.domain.access import Action, actor
from hub.domain.audit import Entry
from hub.domain.roles import Person
from hub.errors import Rejected
from hub.gateway import proofs
from hub.gateway.downloads import Look, download
from hub.gateway.given import Id
from hub.gateway.stored import visible
from hub.pieces import pulled
from hub.store.road import originals
from hub.xml.pretty import pretty

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Person, Depends(logged_in(Action.READ_CONTENT))]
Tracer = Annotated[Person, Depends(logged_in(Action.TRACE))]
Holder = Annotated[Person, Depends(logged_in(Action.READ_RECEIPT))]


@router.get("/documents/{envelope_id}/xml")
async def xml(envelope_id: Id, here: TheVisit, person: Reader) -> Response:
    """The envelope, indented, its contents cut; of a large one its beginning. The look is in the audit log before that."""
    hub = here.console.hub
    row, _ = await visible(hub, envelope_id, person, Action.READ_CONTENT)
    await hub.witness.record(Entry("document read", row["id"], {"page": "xml"}, actor(person)))
    original = originals.pieces(hub.database, hub.originals, row["id"], row["size"])
    shown = await asyncio.to_thread(pretty, pulled(original, asyncio.get_running_loop()))
    agencies = await hub.directory.resolve([row["sender"]])
    return here.page(
        "xml.html",
        person,
        row=row,
        sender=listing.party(agencies, row["sender"]),
        shown=shown,
    )


@router.get("/documents/{envelope_id}/original")
async def original(envelope_id: Id, request: Request, here: TheVisit, person: Reader) -> Response:
    """The envelope's bytes as they came, to keep. The look is in the audit log before the first of them leaves."""
    row, _ = await visible(here.console.hub, envelope_id, person, Action.READ_CONTENT)
    answer = await download(here.console.hub, request, Look(person, row["id"]), row["size"], row["sha256"])
    answer.headers.update(GUARDS)
    return answer


@router.get("/documents/{envelope_id}/evidence")
async def evidence(envelope_id: Id, here: TheVisit, person: Tracer) -> Response:
    """The file of all that proves what became of the document; with its bytes for who may read it."""
    try:
        answer: Response = await proofs.evidence(envelope_id, here.console.hub, person)
    except Rejected as refusal:
        if refusal.code != "not-yet-logged":
            raise
        title, line = here.speech("evidence_later"), here.speech("evidence_later_line")
        return here.page("trouble.html", person, title=title, line=line)
    answer.headers.update(GUARDS)
    return answer


@router.get("/documents/{envelope_id}/receipt")
async def receipt(envelope_id: Id, here: TheVisit, person: Holder) -> Response:
    """The hub's signed receipt, for `truc verify`."""
    row, _ = await visible(here.console.hub, envelope_id, person, Action.READ_RECEIPT)
    name = f'attachment; filename="{row["id"]}.receipt.jws"'
    headers = {**GUARDS, "Content-Disposition": name}
    return PlainTextResponse(row["receipt"], headers=headers, media_type="application/jose")
