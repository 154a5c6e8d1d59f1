"""One document in quarantine: why, what was found in which file, and the word of an operator that lets it go or not."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.console import deeds, listing
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.console.reasons import cause_word
from hub.domain.access import Action, actor, allowed
from hub.domain.roles import Person
from hub.errors import Rejected
from hub.findings import TEXTS
from hub.gateway.given import Id
from hub.gateway.stored import visible
from hub.store.road import inspections
from hub.store.road.inspections import Decision

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Decider = Annotated[Person, Depends(logged_in(Action.REQUEUE))]
_logger = log.get(__name__)


@router.get("/failures/quarantine/{envelope_id}")
async def page(envelope_id: Id, here: TheVisit, person: Decider) -> Response:
    """What is held against a document, and the two forms that decide about it."""
    row, deliveries = await visible(here.console.hub, envelope_id, person, Action.REQUEUE)
    return await _show(here, person, row, len(deliveries))


@router.post("/failures/quarantine/{envelope_id}")
async def decide(envelope_id: Id, here: TheVisit, person: Decider) -> Response:
    """Release it or reject it for good; who comes second is told what was decided."""
    hub = here.console.hub
    row, deliveries = await visible(hub, envelope_id, person, Action.REQUEUE)
    deed = await deeds.read(here)
    word = deed.fields.get("decision", "")
    if deed.trouble or word not in ("release", "reject"):
        trouble = deed.trouble or here.speech("form_stale")
        return await _show(
            here, person, row, len(deliveries), trouble=trouble, status=deed.status if deed.trouble else 422
        )
    decision = Decision(word == "release", actor(person), deed.reason)
    try:
        await inspections.decide(hub.database, row["id"], decision, here.now)
    except Rejected:  # somebody was first, or it never was there: the page says which
        return await _show(here, person, row, len(deliveries), trouble=here.speech("decided_before"), status=409)
    _logger.warning("quarantine.decided", envelope=row["id"], released=decision.released, by=person.name)
    done = here.speech("released_now") if decision.released else here.speech("rejected_now")
    return await _show(here, person, row, len(deliveries), done=done)


async def _show(  # noqa: PLR0913 - the page has this many parts
    here: Visit,
    person: Person,
    row: dict[str, Any],
    count: int,
    *,
    trouble: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    async with here.console.hub.database.read() as conn:
        inspected = await inspections.of(conn, row["id"])
    agencies = await here.console.hub.directory.resolve([row["sender"]])
    if not allowed(person, Action.READ_SUBJECT):
        row = {**row, "subject": here.speech("subject_hidden")}
    return here.page(
        "quarantine.html",
        person,
        status,
        row=row,
        recipients=count,
        sender=listing.party(agencies, row["sender"]),
        inspected=inspected if inspected and inspected["quarantine"] else None,
        threat=cause_word(here.speech, inspected["threat"] or inspected["malware"]) if inspected else "",
        about=TEXTS.get(inspected["threat"]) if inspected else None,
        threats=[file for file in (inspected or {}).get("files", ()) if file.get("malware", {}).get("threat")],
        names_files=allowed(person, Action.READ_SUBJECT),
        trouble=trouble,
        done=done,
    )
