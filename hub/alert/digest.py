"""Write digests: hourly what is new, daily what is open. One mail an address and period at most, however much happened.

A digest is a row before it is a mail, under (address, digest, period): writing it twice finds it written, and how far
news was told is kept in the transaction that says so.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hub import failpoint
from hub.alert import mailing
from hub.alert.letter import Contents, composed
from hub.alert.readers import Reader, readers
from hub.alert.tools import Tools
from hub.domain import deadline
from hub.domain.alert import OF_DELIVERIES, Kind
from hub.domain.ids import new_id
from hub.store.columns import from_micros, to_micros
from hub.store.watching import digest_rows, late_documents, mails, marks
from hub.store.watching.mails import Letter

HOURLY, DAILY = "hourly", "daily"
_NIL: Final = "00000000-0000-0000-0000-000000000000"
_ALERTS_AT_MOST: Final = 20_000  # alerts of one round of digests; beyond it the mails say "at least"
_DOCUMENTS: Final = 200  # of one alert in the attached table; the whole list is a call away
_LONGEST: Final = timedelta(days=1)  # news older than this is not told as news any more


async def write(room: Tools, now: datetime) -> int:
    """Write the digests whose time has come; answers how many."""
    if not room.settings.smtp_host:
        return 0
    written = await _hourly(room, now) + await _daily(room, now)
    if written:
        failpoint.reach("mail-written")
    return written


async def _hourly(room: Tools, now: datetime) -> int:
    until = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    async with room.database.read() as conn:
        kept = await marks.get(conn, HOURLY)
        since = max(from_micros(int(kept)) if kept else until, until - _LONGEST)
        rows = await digest_rows.news(conn, since, until, _ALERTS_AT_MOST) if since < until else []
    written = 0
    for reader in readers(rows, room.settings):
        written += await _write(room, reader, HOURLY, f"{until:%Y-%m-%dT%H}", now, since)
    if kept != str(to_micros(until)):
        async with room.database.write() as conn:
            await marks.put(conn, HOURLY, str(to_micros(until)))
    return written


async def _daily(room: Tools, now: datetime) -> int:
    today = due_day(room.settings.digest_at, now)
    if today is None or not room.calendars.usual.is_worked(today):
        return 0
    async with room.database.read() as conn:
        if await marks.get(conn, DAILY) == today.isoformat():
            return 0
        rows: list[dict[str, Any]] = []
        after = _NIL
        while len(rows) < _ALERTS_AT_MOST and (some := await digest_rows.open_alerts(conn, after, 1_000)):
            rows += some
            after = some[-1]["id"]
    written = 0
    for reader in readers(rows, room.settings):
        written += await _write(room, reader, DAILY, today.isoformat(), now, None)
    async with room.database.write() as conn:
        await marks.put(conn, DAILY, today.isoformat())
    return written


def due_day(at: str, now: datetime) -> date | None:
    """The local day whose digest is due, None before its time."""
    local = now.astimezone(deadline.LOCAL)
    return local.date() if f"{local:%H:%M}" >= at else None


async def _write(room: Tools, reader: Reader, digest: str, period: str, now: datetime, since: datetime | None) -> int:
    async with room.database.read() as conn:
        if await mails.has(conn, reader.address, digest, period):
            return 0
    identity = new_id()
    message_id = mailing.message_id(room.settings, digest, period, identity)
    contents = Contents(
        reader.title, list(reader.alerts.values()), await _documents(room, reader, now), now, since, room.settings
    )
    subject, body = composed(contents, reader.address, message_id, room.calendars)
    async with room.database.write() as conn:
        letter = Letter(identity, reader.address, digest, period, subject, message_id, body)
        return int(await mails.write(conn, letter, now))


async def _documents(room: Tools, reader: Reader, now: datetime) -> list[dict[str, Any]]:
    """The documents behind the alerts, for the table that goes with the mail: the oldest of each."""
    found: list[dict[str, Any]] = []
    async with room.database.read() as conn:
        for alert in list(reader.alerts.values())[:50]:
            kind = Kind(alert["kind"])
            if kind not in OF_DELIVERIES or alert["cleared_at"]:
                continue
            rows = await late_documents.documents(
                conn, kind, room.bounds(kind, now), {"agency": alert["agency"]}, None, _DOCUMENTS
            )
            found += [{**row, "kind": kind} for row in rows]
    return found
