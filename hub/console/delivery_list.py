"""Deliveries in lists, as templates see them: what of, from whom to whom, how long already, and what went wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.console import looks, words
from hub.console.frame import Visit
from hub.console.listing import Party, party
from hub.console.looks import Badge
from hub.console.reasons import reason_word
from hub.console.tracing import is_late
from hub.domain.access import Action, allowed
from hub.domain.roles import Person

COLUMNS: Final = (
    "waiting_since", "code", "subject", "sender_code", "sender", "recipient_code", "recipient", "state", "collect_by",
    "queue_channel", "reason", "file_id",
)  # fmt: skip
"""Of a file, as phrases."""


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery."""

    id: str
    envelope_id: str
    code: str
    subject: str
    priority: Badge | None
    sender: Party
    recipient: Party
    channel: str
    state: Badge
    since: datetime
    age: str
    due_at: datetime | None
    is_late: bool
    attempts: int
    next_at: datetime | None
    reason: str


async def of(here: Visit, person: Person, rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Deliveries for a page; subjects only for who may read them."""
    agencies = await here.console.hub.directory.resolve(_codes(rows))
    speech, reads = here.speech, allowed(person, Action.READ_SUBJECT)
    return [
        Line(
            id=row["id"],
            envelope_id=row["envelope_id"],
            code=row["code"],
            subject=row["subject"] if reads else speech("subject_hidden"),
            priority=looks.priority(speech, row["priority"]),
            sender=party(agencies, row["sender"]),
            recipient=party(agencies, row["recipient"]),
            channel=speech.named(words.CHANNELS, row["channel"]),
            state=looks.state(speech, row["state"]),
            since=row["created_at"],
            age=speech.age(row["created_at"], here.now),
            due_at=row["due_at"],
            is_late=is_late(row, here.now),
            attempts=row["attempts"],
            next_at=row["next_attempt_at"] if row["attempts"] else None,
            reason=reason_word(speech, row["reason"] or ""),
        )
        for row in rows
    ]


def values(line: Line) -> list[Any]:
    """A line of a file, in the order of COLUMNS."""
    sender, recipient = line.sender, line.recipient
    return [
        line.since,
        line.code,
        line.subject,
        sender.code,
        sender.name,
        recipient.code,
        recipient.name,
        line.state.word,
        line.due_at,
        line.channel,
        line.reason,
        line.envelope_id,
    ]


def _codes(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {code for row in rows for code in (row["sender"], row["recipient"])}
