"""Write the reports that people subscribed to, whenever a period is over. Sending them is the mails' own business.

A report is issued first, so that whoever goes on after a crash finds the very same; then its mails are written, and in the
same transaction the subscription says that it is done with the period. A report that cannot be made holds up no other.
"""

import asyncio
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hub import failpoint, log
from hub.alert import figures, mailing
from hub.alert.printing import written
from hub.alert.report_letter import composed
from hub.alert.tools import Tools
from hub.domain import deadline, subscription
from hub.domain.ids import new_id
from hub.domain.period import Period
from hub.errors import Unavailable
from hub.store import audit, turns
from hub.store.watching import mails, subscriptions
from hub.store.watching.mails import Letter

GRACE: Final = timedelta(minutes=5)
"""After the end of a period: what was accepted in its last moments is committed by then."""
_TURN: Final = timedelta(minutes=30)  # a report of a year reads all its documents
_EVERY_SECONDS: Final = 60.0
_logger = log.get(__name__)


async def run(room: Tools) -> None:
    """Write what is due until cancelled."""
    holder = uuid.uuid4().hex
    while True:
        try:
            await once(room, datetime.now(UTC), holder)
        except Unavailable as error:
            _logger.warning("reports.wait", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)


async def once(room: Tools, now: datetime, holder: str) -> int:
    """Write what is due if it is our turn; answers how many mails were written."""
    if not room.settings.smtp_host or not await turns.take(room.database, "reports", holder, now, _TURN):
        return 0
    return await write(room, now)


async def write(room: Tools, now: datetime) -> int:
    """Write the mails of every period that is over; answers how many. Without a mail server they wait for one."""
    if not room.settings.smtp_host:
        return 0
    today = (now - GRACE).astimezone(deadline.LOCAL).date()
    async with room.database.write() as conn:
        for number in await subscriptions.end_orphans(conn, now):
            audit.note(conn, "report subscription ended", str(number), reason="account closed")
        found = await subscriptions.live(conn)
    count = 0
    for one in found:
        made_until = one["made_until"]
        while (period := subscription.due(one["every"], made_until, today)) is not None:
            try:
                mailed = await _write(room, one, made_until, period, now)
            except Unavailable:
                raise
            except Exception as error:  # told on the page of the subscription; the others go on
                _logger.exception("report.not-made", subscription=one["id"], period=period.name)
                async with room.database.write() as conn:
                    await subscriptions.failed(conn, one["id"], f"{period.name}: {type(error).__name__}: {error}")
                break
            if mailed is None:
                break
            made_until, count = period.after, count + mailed
    return count


async def _write(room: Tools, one: dict[str, Any], made_until: date, period: Period, now: datetime) -> int | None:
    """The mails about one period. None when another worker was first, or somebody ended the subscription meanwhile."""
    async with room.database.read() as conn:
        sight = await subscriptions.sight_of(conn, one["scope"])
    by = f"subscription:{one['id']}"
    made = await figures.report(room.database, room.calendars, room.settings, one["kind"], period, sight, by, now)
    forms = one["forms"].split(",")
    files = {form: await asyncio.to_thread(written, made, form, room.settings) for form in forms}
    letters = []
    for address in one["addresses"]:
        identity = new_id()
        message_id = mailing.message_id(room.settings, subscriptions.DIGEST, one["id"], period.name, identity)
        subject, body = composed(made, files, address, message_id, room.settings, now)
        name = subscriptions.named(one["id"], period.name)
        letters.append(Letter(identity, address, subscriptions.DIGEST, name, subject, message_id, body))
    async with room.database.write() as conn:
        if not await subscriptions.advance(conn, one["id"], made_until, period.after):
            return None
        count = sum([await mails.write(conn, letter, now) for letter in letters])
    failpoint.reach("mail-written")
    _logger.info("report.written", subscription=one["id"], kind=one["kind"], period=period.name, mails=count)
    return count
