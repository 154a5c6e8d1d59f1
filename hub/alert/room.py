"""The room with its tools, and one turn of its clock."""

from dataclasses import dataclass
from datetime import datetime

from hub.alert import call, digest, look, post, read, step, subscribed
from hub.alert.tools import Tools


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
class Alerts(Tools):
    """Watches."""

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

    async def write_reports(self, now: datetime) -> int:
        """Write the reports that people subscribed to and whose period is over; answers how many mails."""
        return await subscribed.write(self, now)

    async def send_mails(self, now: datetime) -> int:
        """Send what is written; answers how many the mail server took."""
        return await post.send(self, now)

    async def call(self, now: datetime) -> int:
        """Post what is new to the webhook; answers how many items it took."""
        return await call.call(self, self.tell, now) if self.tell else 0
