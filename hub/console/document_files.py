"""The recipients of a document, and what happened to it, as files: all of them, however many a page shows."""

from typing import Any, Final

from fastapi.responses import Response

from hub.console import files, tracing
from hub.console.frame import Visit
from hub.domain.roles import Person
from hub.errors import rejected
from hub.store.lists import overview
from hub.store.road import envelopes

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "recipients": (
        "recipient_code", "recipient", "level", "queue_channel", "state", "report", "time", "collect_by", "detail",
    ),
    "events": ("time", "recipient_code", "recipient", "event", "detail"),
}  # fmt: skip
"""Each with its columns, as phrases."""


async def answer(here: Visit, person: Person, envelope_id: str, state: str, which: str, form: str) -> Response:
    """One of them as a file; of the recipients, those a person sees, in this state."""
    hub, speech, sight = here.console.hub, here.speech, person.sight
    async with hub.database.read() as conn:
        row = await envelopes.get(conn, envelope_id)
        states = (await overview.states(conn, [envelope_id], sight))[envelope_id]
        if row is None or (sight and not states):  # before the state narrows it: what is not theirs is not there
            raise rejected("not-found")
        rows = await overview.recipients(conn, envelope_id, state, "", here.now, sight, files.ROWS_AT_MOST)
        codes = [each["recipient"] for each in rows]
        happened = await overview.happened(conn, envelope_id, codes, files.ROWS_AT_MOST) if which == "events" else []
    agencies = await hub.directory.resolve({row["sender"], *codes})
    lines: list[list[Any]] = []
    if which == "events":
        for event in happened:
            told = tracing.happening(speech, event, agencies)
            who = (told.party.code, told.party.name) if told.party else ("", speech("hub"))
            lines.append([told.at, *who, told.word, told.detail])
    else:
        for each in rows:
            one = tracing.recipient(speech, each, agencies, here.now)
            said = one.report.word if one.report else ""
            notes = "; ".join(filter(None, (*one.notes, one.report_description)))
            lines.append(
                [
                    one.party.code,
                    one.party.name,
                    one.level,
                    one.channel,
                    one.state.word,
                    said,
                    one.report_at,
                    one.due_at,
                    notes,
                ]
            )
    return files.table(here, f"{which}-{envelope_id[:8]}", form, LISTS[which], lines)
