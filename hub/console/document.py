"""The page of one document: where it is, what happened, its files, envelope and signature, and what belongs to it."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from hub.console import document_files, files, listing, looks, tracing, words
from hub.console.asked import printable
from hub.console.enclosures import enclosed
from hub.console.frame import PageRoute, TheVisit, Watcher
from hub.console.holding import holdings
from hub.console.reasons import cause_word
from hub.domain.access import Action, allowed
from hub.domain.ids import is_id
from hub.errors import rejected
from hub.gateway.given import Id
from hub.store.lists import overview
from hub.store.road import envelopes, inspections, now, related

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LANES: Final = 25
_EVENTS: Final = 1000
_RELATED: Final = 20
_CODE_AT_MOST: Final = 35


@router.get("/documents/{envelope_id}")
async def document(envelope_id: Id, here: TheVisit, person: Watcher) -> Response:
    """One document: its lanes, recipients and events, its files, envelope, signature, warnings and receipt.

    With `format` its recipients or its events (`list`) as a file.
    """
    if not is_id(envelope_id):
        raise rejected("not-found")
    hub, speech, query = here.console.hub, here.speech, here.request.query_params
    state = query.get("state", "") if query.get("state", "") in {*words.STATES, *words.GROUPS} else ""
    after = printable(query.get("after", "")[:_CODE_AT_MOST])
    if wanted := files.asked_for(query, *document_files.LISTS):
        return await document_files.answer(here, person, envelope_id, state, *wanted)
    place = await here.console.following.place()  # before anything that this page shows is asked
    async with hub.database.read() as conn:
        row = await envelopes.get(conn, envelope_id)
        states = (await overview.states(conn, [envelope_id], person.sight))[envelope_id]
        if row is None or (person.sight and not states):
            raise rejected("not-found")
        deliveries = await overview.recipients(conn, row["id"], state, after, here.now, person.sight, _LANES + 1)
        more, deliveries = len(deliveries) > _LANES, deliveries[:_LANES]
        events = await overview.happened(conn, row["id"], [d["recipient"] for d in deliveries], _EVENTS + 1)
        before = await overview.namesakes(conn, row, person.sight, _RELATED)
        later = await related.later(conn, row, person.sight, _RELATED)
        inspected = await inspections.of(conn, row["id"])
        asked = await now.asked(conn, [row["id"]])
        held = await now.held(conn, row["id"]) if asked else []
    reads = allowed(person, Action.READ_SUBJECT)
    if not reads:
        row = {**row, "subject": speech("subject_hidden")}
    agencies = await hub.directory.resolve({row["sender"], *(d["recipient"] for d in deliveries)})
    shown = events[:_EVENTS]
    return here.page(
        "document.html",
        person,
        place=place,
        row=row,
        sender=listing.party(agencies, row["sender"]),
        kind=looks.kind(speech, row["kind"]),
        priority=looks.priority(speech, row["priority"]),
        blocks=listing.blocks(speech, states),
        trace=tracing.lanes(speech, shown, deliveries, agencies, here.now),
        recipients=[(d["id"], tracing.recipient(speech, d, agencies, here.now)) for d in deliveries],
        dead={d["id"] for d in deliveries if d["state"] == "DEAD" and d["channel"]},
        may_requeue=allowed(person, Action.REQUEUE) and not _is_held(inspected),
        may_read=allowed(person, Action.READ_CONTENT),
        total=sum(s["count"] for s in states),
        state=state,
        after=after,
        next_after=deliveries[-1]["recipient"] if more else "",
        events=[tracing.happening(speech, e, agencies) for e in shown],
        events_cut=_EVENTS if len(events) > _EVENTS else 0,
        files=enclosed(speech, row["facts"], inspected, named=reads),
        held={**inspected, "threat": cause_word(speech, inspected["threat"])}
        if inspected and inspected["quarantine"]
        else None,
        signature=tracing.signature(speech, row),
        holdings=holdings(
            speech, held, asked, {d["recipient"]: agencies[d["recipient"]] for d in deliveries}, here.now
        ),
        warnings=tracing.warned(speech, row["warnings"]),
        facts=tracing.facts(speech, row["facts"]),
        claims=tracing.claims(row["receipt"]),
        before=[each for each in before if each["received_at"] <= row["received_at"]],
        later=_merged(later, [each for each in before if each["received_at"] > row["received_at"]]),
    )


def _is_held(inspected: Mapping[str, Any] | None) -> bool:
    return inspected is not None and inspected["quarantine"] in ("held", "rejected")


def _merged(*lists: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each document once, the newest first."""
    once = {each["id"]: each for those in lists for each in those}
    return sorted(once.values(), key=lambda each: each["received_at"], reverse=True)
