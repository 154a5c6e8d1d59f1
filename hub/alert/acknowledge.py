"""Somebody takes an alert on: the alert, its history and the audit log, in one transaction."""

from datetime import datetime

from hub.domain import alert as rules
from hub.domain.alert import Alert
from hub.store import audit
from hub.store.database import Database
from hub.store.watching import alerts

NOTE_AT_MOST = 1000  # characters
_AUDITED = 200  # of a note, in the audit log


async def acknowledge(  # noqa: PLR0913 - who says what, when, and who is told
    database: Database, found: Alert, name: str, actor: str, note: str, now: datetime, *, calls: bool
) -> Alert | None:
    """The alert as acknowledged; None when somebody changed it since it was read as `found`.

    `calls`: a webhook is to hear of it. Raises `OutOfTurn` when it is cleared.
    """
    after = rules.acknowledged(found, name, note, now)
    async with database.write(actor) as conn:
        if not await alerts.change(conn, found, after):
            return None
        await alerts.tell(conn, [(after, rules.Event.ACKNOWLEDGED)], now, calls=calls, by=name, note=note)
        audit.note(conn, "alert acknowledged", found.id, note=note[:_AUDITED])
    return after
