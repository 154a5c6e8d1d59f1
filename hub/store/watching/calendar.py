"""The calendar as people changed it: days decided otherwise, and agencies with hours of their own."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import calendar, deadline
from hub.domain.calendar import Hours, Override
from hub.domain.deadline import Calendar, Day, Limits
from hub.errors import rejected
from hub.settings import Settings
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory import agencies, recoded
from hub.store.tables import calendar_override, working_hours

_CHANGED = "calendar changed"


class Calendars:
    """The calendars of one process: the usual one, and those of agencies with hours of their own.

    `refresh` looks whether somebody changed them. Before the first one every weekday is worked: the library of public
    holidays takes half a second to load, which nobody should wait for who only wants the hub to listen.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        """Nothing is read yet."""
        self._database = database
        self.limits = limits_by(settings)
        self.usual = deadline.STANDARD
        self._own: dict[str, Calendar] = {}
        self._seen: tuple[int, int] | None = None
        self._made_of: tuple[int, list[Override], dict[str, Hours]] | None = None

    @property
    def own(self) -> Mapping[str, Calendar]:
        """The calendars of agencies with hours of their own, by code."""
        return self._own

    def of(self, code: str) -> Calendar:
        """The calendar of an agency."""
        return self._own.get(code, self.usual)

    def receive_by(self, at: datetime, priority: int) -> datetime:
        """By when a document accepted at `at` is to be collected, by the usual calendar."""
        return deadline.receive_by(at, priority, self.limits, self.usual)

    async def refresh(self, now: datetime, version: int | None = None) -> None:
        """Read the calendars again if they were changed, or a year began. `version`: the directory's, if just asked."""
        year = now.astimezone(deadline.LOCAL).year
        if version is not None and (version, year) == self._seen:
            return
        async with self._database.read() as conn:
            # the directory also says which codes an agency has, under each of which its hours stand
            seen = (await directory_version.current(conn), year)
            if seen == self._seen:
                return
            found = (year, await overrides(conn), await own_hours(conn))
        if found == self._made_of:
            self._seen = seen
            return
        _, changed, hours = found
        years = range(calendar.FIRST_YEAR, year + calendar.YEARS_AHEAD + 1)
        days = await asyncio.to_thread(calendar.official, years)
        self.usual = calendar.made(days, changed)
        self._own = {code: calendar.made(days, changed, each) for code, each in hours.items()}
        self._seen, self._made_of = seen, found


def limits_by(settings: Settings) -> Limits:
    """The limits of collecting and answering that the settings give."""
    return Limits(
        normal=timedelta(hours=settings.unreceived_hours),
        urgent=timedelta(minutes=settings.unreceived_urgent_minutes),
        flash=timedelta(minutes=settings.unreceived_flash_minutes),
        answer_urgent=timedelta(minutes=settings.answer_urgent_minutes),
    )


async def overrides(conn: AsyncConnection) -> list[Override]:
    """Every day decided otherwise, in order."""
    return [Override(r["day"], Day(r["kind"]), r["decree"], r["reason"]) for r in await override_rows(conn)]


async def override_rows(conn: AsyncConnection) -> list[dict[str, Any]]:
    """The same with who set it and when."""
    rows = (await conn.execute(select(calendar_override).order_by(calendar_override.c.day))).mappings()
    return [dict(row) for row in rows]


async def own_hours(conn: AsyncConnection) -> dict[str, Hours]:
    """The hours of agencies that have their own, under each of their codes."""
    rows = await conn.execute(select(working_hours.c.agency, working_hours.c.spans, working_hours.c.weekdays))
    hours = {row.agency: calendar.read_hours(row.spans, row.weekdays) for row in rows}
    lines = await recoded.lines(conn, hours) if hours else {}
    return {each: own for code, own in hours.items() for each in lines.get(code, (code,))}


async def put(conn: AsyncConnection, changed: list[Override], by: str, now: datetime, source: str = "") -> None:
    """Set days, over whatever was set for them before. `source`: the file that many of them come from."""
    days = [each.day for each in changed]
    await conn.execute(delete(calendar_override).where(calendar_override.c.day.in_(days)))
    await conn.execute(
        insert(calendar_override),
        [
            {
                "day": each.day,
                "kind": each.kind.value,
                "decree": each.decree,
                "reason": each.reason,
                "set_by": by,
                "set_at": now,
            }
            for each in changed
        ],
    )
    if source:
        await directory_version.bump(conn, _CHANGED, source, days=len(changed))
        return
    for each in changed:
        told = {"kind": each.kind.value, "decree": each.decree, "reason": each.reason}
        await directory_version.bump(conn, _CHANGED, each.day.isoformat(), **told)


async def drop(conn: AsyncConnection, day: date) -> bool:
    """Let a day be again what the library says. False when nothing was set for it."""
    gone = await conn.execute(delete(calendar_override).where(calendar_override.c.day == day))
    await directory_version.bump(conn, _CHANGED, day.isoformat(), kind="default")
    return bool(gone.rowcount)


async def set_hours(  # noqa: PLR0913
    conn: AsyncConnection, code: str, spans: str, weekdays: str, reason: str, by: str, now: datetime
) -> str:
    """Give an agency working hours of its own; with empty `spans` the usual ones again. Answers its canonical code."""
    known = await agencies.get(conn, code)
    if spans:
        calendar.read_hours(spans, weekdays)
        if not reason.strip():
            raise rejected("invalid-override", "reason", name="reason", problem=("bắt buộc", "is required"))
    await conn.execute(delete(working_hours).where(working_hours.c.agency.in_(known.codes)))
    if spans:
        row = {"agency": known.code, "spans": spans, "weekdays": weekdays, "reason": reason}
        await conn.execute(insert(working_hours).values(**row, set_by=by, set_at=now))
    told = {"spans": spans or "default", "weekdays": weekdays, "reason": reason}
    await directory_version.bump(conn, "working hours changed", known.code, **told)
    return known.code
