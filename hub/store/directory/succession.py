"""What becomes of agencies: renamed, closed, merged, split; each from a day on, be it past or to come.

A closed code stays in the directory for ever, with who succeeds it: routing reads it (`domain.routing`), and so do
people who ask who that was. Source of the rule that the other codes of a merger are closed: QĐ 09/2025/QĐ-TTg.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.routing import SUCCESSIONS_AT_MOST
from hub.errors import Rejected, rejected
from hub.findings import Finding, finding
from hub.store import directory_version
from hub.store.directory import agencies, names, recoded
from hub.store.directory.registry import touch

_SPLIT_AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class Closing:
    """How a code ends: from the day `on` it no longer receives; it may still send for `grace_days` after."""

    on: date
    successors: tuple[str, ...] = ()
    grace_days: int = 0


async def close_agency(conn: AsyncConnection, code: str, closing: Closing, now: datetime) -> Agency:
    """Close a code. Closing a closed one again corrects the day, the successors and the grace."""
    ends = {"on": closing.on.isoformat(), "successors": list(closing.successors), "grace_days": closing.grace_days}
    await directory_version.bump(conn, "agency closed", code, **ends)
    known = await agencies.get(conn, code)
    errors: list[Finding] = []
    if known.valid_from and closing.on <= known.valid_from:
        errors.append(finding("dates-crossed", agency=known.code, start=known.valid_from, end=closing.on))
    found = await agencies.find(conn, closing.successors)
    successors: dict[str, Agency] = {}
    for written, successor in found.items():
        if successor is None:
            errors.append(finding("successor-unknown", agency=known.code, successor=written))
        elif await _leads_to(conn, successor, known.code):
            errors.append(finding("successor-loop", agency=known.code, successor=successor.code))
        else:
            successors[successor.code] = successor
    if errors:
        raise Rejected(errors)
    await touch(
        conn,
        known.code,
        now,
        valid_to=closing.on,
        successors=list(successors),
        grace_days=closing.grace_days,
    )
    return await agencies.get(conn, known.code)


async def rename(conn: AsyncConnection, code: str, name: str, on: date, now: datetime) -> Agency:
    """Give an agency another name from a day on; before that day it is still found, and named, as it was."""
    await directory_version.bump(conn, "agency renamed", code, name=name, on=on.isoformat())
    known = await agencies.get(conn, code)
    plain = " ".join(name.split())
    if not plain:
        raise rejected("name-missing")
    today = now.astimezone(deadline.LOCAL).date()
    for each in (known.code, *known.later):
        await names.rename(conn, each, known.name, plain, on, today)
        await touch(conn, each, now)
    return await agencies.get(conn, known.code, today)


async def unname(conn: AsyncConnection, code: str, name: str, on: date) -> None:
    """Take a name back that was to hold from a day to come."""
    await directory_version.bump(conn, "name withdrawn", code, name=name, on=on.isoformat())
    for each in (code, *await recoded.later(conn, [code])):
        await names.take_back(conn, each, " ".join(name.split()), on)


async def merge(
    conn: AsyncConnection, merged: Sequence[str], into: str, on: date, now: datetime, grace_days: int = 0
) -> list[Agency]:
    """Close each of `merged` with the one successor `into`, which keeps its code."""
    closing = Closing(on, (into,), grace_days)
    return [await close_agency(conn, code, closing, now) for code in merged]


async def split(
    conn: AsyncConnection, code: str, into: Sequence[str], on: date, now: datetime, grace_days: int = 0
) -> Agency:
    """Close a code that is succeeded by several: senders are told to choose, nothing is guessed."""
    heirs = {agency.code if agency else written for written, agency in (await agencies.find(conn, into)).items()}
    if len(heirs) < _SPLIT_AT_LEAST:
        raise rejected("successors-few")
    return await close_agency(conn, code, Closing(on, tuple(into), grace_days), now)


async def _leads_to(conn: AsyncConnection, start: Agency, code: str) -> bool:
    level, seen = [start], {start.code}
    for _ in range(SUCCESSIONS_AT_MOST):
        if any(agency.code == code for agency in level):
            return True
        following = {heir for agency in level for heir in agency.successors} - seen
        if not following:
            return False
        level = [agency for agency in (await agencies.find(conn, following)).values() if agency]
        seen |= following
    return True
