"""Tell whoever is to be told again: reminders, and alerts that go up a step, when their time has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.alert.tools import Tools
from hub.domain import alert as rules
from hub.domain.alert import Event
from hub.store.watching import alerts

_AT_MOST: Final = 500


@dataclass(slots=True)
class Told:
    """How many were reminded, and how many went up."""

    reminded: int = 0
    escalated: int = 0


async def whoever_is_due(room: Tools, now: datetime) -> Told:
    """Everything that is due, in batches; each batch is one transaction."""
    told = Told()
    while True:
        async with room.database.write() as conn:
            due = await alerts.due(conn, now, _AT_MOST)
            happened = []
            for before in due:
                after, event = rules.due(before, now, room.pace(before.kind, before.agency, before.rank))
                if event and await alerts.change(conn, before, after):
                    happened.append((after, event))
                    told.reminded += event is Event.REMINDED
                    told.escalated += event is Event.ESCALATED
            await alerts.tell(conn, happened, now, calls=room.calls)
        if len(due) < _AT_MOST or not happened:
            return told
