"""Look at every agency that has something open, a slice of them at a time, and settle the difference with the alerts.

Raised once and cleared by the fact: the alerts are made to agree with what is found, so a look that was missed, or made
twice, changes nothing.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.alert.tools import Tools
from hub.domain import alert as rules
from hub.domain import deadline
from hub.domain.alert import Alert, Event, Found, Kind
from hub.domain.ids import new_id
from hub.store.trust import rechecks
from hub.store.watching import alerts, late, states

SLICE: Final = 200  # agencies of one look: some tens of milliseconds, a second on a machine ten times too busy


@dataclass(slots=True)
class Looked:
    """What a look found different."""

    raised: int = 0
    cleared: int = 0
    slices: int = 0
    longest_seconds: float = 0.0


async def everywhere(room: Tools, now: datetime) -> Looked:
    """Every kind, every agency."""
    looked = Looked()
    for kind in late.QUESTIONS:
        after: str | None = ""
        while after is not None:
            started = time.perf_counter()
            after = await _slice(room, kind, after, now, looked)
            looked.slices += 1
            looked.longest_seconds = max(looked.longest_seconds, time.perf_counter() - started)
    await _states(room, now, looked)
    return looked


async def _slice(room: Tools, kind: Kind, after: str, now: datetime, looked: Looked) -> str | None:
    question = late.QUESTIONS[kind]
    async with room.database.read() as conn:
        codes = await late.agencies(conn, question, after, SLICE)
        last = codes[-1] if len(codes) == SLICE else None
        found = await late.count(conn, question, codes, room.bounds(kind, now)) if codes else []
        known = await alerts.still_open(conn, kind, after, last)
    await _settle(room, kind, found, known, now, looked)
    return last


async def _states(room: Tools, now: datetime, looked: Looked) -> None:
    """What is no lateness: silent systems, certificates at their end, a ledger out of balance, signers found out."""
    silent = timedelta(minutes=room.settings.silent_minutes)
    expires_before = now + timedelta(days=room.settings.certificate_days)
    async with room.database.read() as conn:
        by_kind = {
            Kind.SILENT: await _silent(room, await states.polled(conn), now, silent),
            Kind.CERTIFICATE: await states.expiring(conn, now, expires_before),
            Kind.LEDGER: await states.unbalanced(conn),
            Kind.DOUBTED: await rechecks.undecided(conn),
        }
        known = {kind: await alerts.still_open(conn, kind, "", None) for kind in by_kind}
    for kind, found in by_kind.items():
        await _settle(room, kind, found, known[kind], now, looked)


async def _silent(room: Tools, polled: Sequence[tuple[str, datetime]], now: datetime, span: timedelta) -> list[Found]:
    """Agencies that asked before and ask no more. When nobody asks at all it is not they who are silent, but the hub."""
    quiet = [Found(code, 1, 3, at) for code, at in polled if deadline.between(at, now, room.calendars.of(code)) >= span]
    return quiet if len(quiet) < len(polled) or len(polled) == 1 else []


async def _settle(
    room: Tools, kind: Kind, found: Sequence[Found], known: Mapping[str, Alert], now: datetime, looked: Looked
) -> None:
    there = {each.agency for each in found}
    new = [each for each in found if each.agency not in known]
    changed: list[tuple[Alert, Alert, Event | None]] = []
    for each in found:
        if before := known.get(each.agency):
            after, event = rules.seen(before, each, now, room.pace(kind, each.agency, each.rank))
            if after is not before:
                changed.append((before, after, event))
    gone = [(each, rules.cleared(each, now), Event.CLEARED) for code, each in known.items() if code not in there]
    if not (new or changed or gone):
        return
    agencies = await room.directory.resolve([each.agency for each in new])
    raised = [
        rules.raised(
            new_id(),
            kind,
            each,
            who.level.value if (who := agencies.get(each.agency)) else "",
            who.parent if who else None,
            now,
            room.pace(kind, each.agency, each.rank),
        )
        for each in new
    ]
    async with room.database.write() as conn:
        told = [(each, Event.RAISED) for each in await alerts.add(conn, raised)]
        looked.raised += len(told)
        for before, after, event in (*changed, *gone):
            if await alerts.change(conn, before, after) and event:
                told.append((after, event))
                looked.cleared += event is Event.CLEARED
        await alerts.tell(conn, told, now, calls=room.calls)
