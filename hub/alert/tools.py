"""What watching is done with, and how late is late by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alert import bounds
from hub.alert.message import Post
from hub.domain import alert
from hub.domain.alert import Pace
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory.memory import Directory
from hub.store.watching.calendar import Calendars
from hub.store.watching.late import Bounds


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything else it knows is in the database, so any worker may go on where another stopped."""

    database: Database
    directory: Directory
    calendars: Calendars
    settings: Settings
    tell: Post | None = None
    """Posts to the webhook; None when no webhook is set."""

    def pace(self, kind: alert.Kind, agency: str, rank: int) -> Pace:
        """How soon alerts of a kind and an agency are repeated and go up."""
        slowly = alert.UNHURRIED.get(kind, 1)
        remind = timedelta(hours=self.settings.remind_hours) * slowly
        escalate = timedelta(hours=self.settings.escalate_hours) * slowly
        return alert.pace(rank, remind, escalate, self.calendars.of(agency))

    @property
    def calls(self) -> bool:
        """Whether a webhook hears of alerts."""
        return self.tell is not None

    def bounds(self, kind: alert.Kind, now: datetime) -> Bounds:
        """What of a kind is late now."""
        return bounds.of(kind, now, self.calendars, self.settings)
