"""The room with its tools, and one turn of its clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alert import bounds, call, digest, look, post, read, step
from hub.domain import alert
from hub.domain.alert import Pace
from hub.settings import Settings
from hub.store.calendar import Calendars
from hub.store.database import Database
from hub.store.directory import Directory
from hub.store.late import Bounds


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did: alerts raised, cleared, reminded and escalated; slices looked at, and the longest, in seconds."""

    raised: int = 0
    cleared: int = 0
    reminded: int = 0
    escalated: int = 0
    slices: int = 0
    longest_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Alerts:
    """Watches. Everything it knows is in the database, so any worker may go on where another stopped."""

    database: Database
    directory: Directory
    calendars: Calendars
    settings: Settings
    tell: call.Post | None = None
    """Posts to the webhook; None when no webhook is set."""

    def pace(self, agency: str, rank: int) -> Pace:
        """How soon alerts of an agency are repeated and go up."""
        remind = timedelta(hours=self.settings.remind_hours)
        escalate = timedelta(hours=self.settings.escalate_hours)
        return alert.pace(rank, remind, escalate, self.calendars.of(agency))

    @property
    def calls(self) -> bool:
        """Whether a webhook hears of alerts."""
        return self.tell is not None

    async def tick(self, now: datetime) -> Turn:
        """Look at everything once: what began, what ended, and who is to be told again."""
        await self.calendars.refresh(now)
        await read.new_envelopes(self, now)
        seen = await look.everywhere(self, now)
        told = await step.whoever_is_due(self, now)
        return Turn(seen.raised, seen.cleared, told.reminded, told.escalated, seen.slices, seen.longest_seconds)

    async def write_mails(self, now: datetime) -> int:
        """Write the digests that are due; answers how many."""
        return await digest.write(self, now)

    async def send_mails(self, now: datetime) -> int:
        """Send what is written; answers how many the mail server took."""
        return await post.send(self, now)

    async def call(self, now: datetime) -> int:
        """Post what is new to the webhook; answers how many items it took."""
        return await call.call(self, self.tell, now) if self.tell else 0

    def bounds(self, kind: alert.Kind, now: datetime) -> Bounds:
        """What of a kind is late now."""
        return bounds.of(kind, now, self.calendars, self.settings)
