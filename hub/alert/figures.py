"""Make a report, or find it as it was issued: its figures, and everything they were counted with."""

from datetime import datetime, timedelta
from typing import Any

from hub import __version__
from hub.domain import calendar, deadline
from hub.domain.indicator import KINDS, Indicators
from hub.domain.period import Period
from hub.domain.roles import Sight
from hub.settings import Settings
from hub.store.database import Database
from hub.store.watching import figures
from hub.store.watching.calendar import Calendars


async def report(  # noqa: PLR0913 - what a report depends on
    database: Database,
    calendars: Calendars,
    settings: Settings,
    kind: str,
    period: Period,
    sight: Sight | None,
    by: str,
    now: datetime,
    *,
    again: bool = False,
) -> dict[str, Any]:
    """The report of a period. Once the period is over it is issued: the same from then on, unless made `again`."""
    scope = scope_of(sight)
    async with database.read() as conn:
        if not again and (kept := await figures.issued(conn, kind, period.name, scope)):
            return kept
    await calendars.refresh(now)
    content = await _counted(database, calendars, settings, kind, period, sight)
    content |= {"scope": scope or None, "made_at": now.astimezone(deadline.LOCAL).isoformat(timespec="seconds")}
    content["is_final"] = now >= period.until
    if content["is_final"]:
        async with database.write() as conn:
            await figures.issue(conn, content, scope, by, now)
    return content


def scope_of(sight: Sight | None) -> str:
    """How issued reports name whom they are about: "" for all."""
    return "" if sight is None else f"{sight.root}{'/' if sight.below else ''}"


async def _counted(
    database: Database, calendars: Calendars, settings: Settings, kind: str, period: Period, sight: Sight | None
) -> dict[str, Any]:
    until = deadline.NOON if settings.sent_until == "noon" else timedelta(days=1)
    counted = Indicators(until)
    async with database.read() as conn:
        seen = None if sight is None else await figures.in_sight(conn, sight)
        async for sent, received in figures.documents(conn, period):
            for row in sent:
                if seen is None or row["sender"] in seen:
                    counted.sent(row, calendars.of(row["sender"]))
            for row in received:
                if seen is None or row["recipient"] in seen:
                    counted.received(row, calendars.of(row["recipient"]))
        declared = await figures.declared(conn, period.name, "issued")
        agencies = [each for each in await figures.valid_agencies(conn, period) if seen is None or each[0] in seen]
        rows = counted.rows(kind, declared, agencies)
        codes = [row["agency"] for row in rows if "agency" in row]
        called = await figures.called(conn, codes, period.after - timedelta(days=1))
    return {
        "kind": kind,
        "period": period.name,
        "from": period.first.isoformat(),
        "until": period.after.isoformat(),
        "columns": list(KINDS[kind]),
        "rows": rows,
        "names": called,
        "counted_with": {
            "hub": __version__,
            "holidays": calendar.version_of_holidays(),
            "calendar": calendars.usual.version,
            "sent_until": settings.sent_until,
        },
        "declared": ["declared_issued"] if "declared_issued" in KINDS[kind] else [],
    }
