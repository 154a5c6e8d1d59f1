"""Changes on record: planned, approved by a second person where level 1 is touched, made on their day, or withdrawn."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.reform import Asked, Change, ChangeKind, Standing, needs_second
from hub.errors import rejected
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory import facts
from hub.store.directory.reform import consequences, effect
from hub.store.directory.reform.effect import Settled, day_of
from hub.store.sql import among
from hub.store.tables import directory_change, directory_change_agency

_NEVER_KEPT: Final = 0  # the id of what was only tried


@dataclass(frozen=True, slots=True)
class _Tried:
    settled: Settled
    change: Change
    waits: bool
    alone: bool


class _Undone(Exception):  # no error: it takes back what was only tried
    pass


async def plan(
    database: Database, asked: Asked, actor: str, now: datetime, *, alone: bool = False, dry_run: bool = False
) -> Change:
    """Put a change on record. It holds from its day unless it touches level 1: then it waits for a second person.

    `alone`: whoever asks may decide it without one. `dry_run`: only see what would follow; nothing is kept. Raises
    `Rejected` when it cannot be made as the directory stands.
    """
    (made,) = await plan_all(database, [(asked, alone)], actor, now, dry_run=dry_run)
    return made


async def plan_all(
    database: Database, wanted: Sequence[tuple[Asked, bool]], actor: str, now: datetime, *, dry_run: bool = False
) -> list[Change]:
    """Put changes on record in their order, all of them or none. Each comes with whether it may be decided `alone`.

    All are tried one after the other, also those that wait for a second person; those are tried again when they are
    approved, on the directory as it stands then.
    """
    tried: list[_Tried] = []
    with suppress(_Undone):
        async with database.write(actor) as conn:
            for asked, alone in wanted:
                tried.append(await _try(conn, asked, actor, now, alone=alone))
            if dry_run or any(one.waits for one in tried):
                raise _Undone
            return [one.change for one in tried]
    if dry_run:
        undecided = [replace(one.change, state=Standing.PLANNED) if one.waits else one.change for one in tried]
        return [replace(change, id=_NEVER_KEPT) for change in undecided]
    async with database.write(actor) as conn:
        return [
            await _keep(conn, _planned(one.settled, actor, now, one.change.consequences), one.settled)
            if one.waits
            else (await _try(conn, one.settled.asked, actor, now, alone=one.alone)).change
            for one in tried
        ]


async def _try(conn: AsyncConnection, asked: Asked, actor: str, now: datetime, *, alone: bool) -> _Tried:
    """Make a change as if nobody had to agree."""
    await directory_version.hold(conn)
    settled = await effect.settle(conn, asked)
    seen = await consequences.of(conn, settled)
    kept = await _keep(conn, _planned(settled, actor, now, seen), settled)
    waits = not alone and needs_second((*settled.named, *settled.heirs))
    return _Tried(settled, await _make(conn, kept, settled, actor, now), waits, alone)


def _planned(settled: Settled, actor: str, now: datetime, seen: Mapping[str, Any] | None) -> Change:
    return Change(_NEVER_KEPT, settled.asked, Standing.PLANNED, actor, now, consequences=seen)


async def approve(database: Database, number: int, actor: str, now: datetime) -> Change:
    """Let a planned change hold from its day; `Rejected` for whoever planned it, and when it cannot be made any more."""
    async with database.write(actor) as conn:
        await directory_version.bump(conn, "change approved", str(number))
        change = await get(conn, number)
        if change.state is not Standing.PLANNED:
            raise rejected("change-settled", change=number, state=change.state.value)
        settled = await effect.settle(conn, change.asked)
        if actor == change.planned_by:
            raise rejected("second-person", change=number, person=actor)
        return await _make(conn, change, settled, actor, now)


async def withdraw(database: Database, number: int, actor: str, now: datetime, reason: str = "") -> Change:
    """Take back a change whose day has not come; it stays on record. What holds already is changed by another change."""
    async with database.write(actor) as conn:
        await directory_version.bump(conn, "change withdrawn", str(number), **directory_version.because(reason))
        change = await get(conn, number)
        if change.state not in (Standing.PLANNED, Standing.APPROVED) or (
            change.state is Standing.APPROVED and change.asked.on <= day_of(now)
        ):
            raise rejected("change-settled", change=number, state=change.state.value)
        if change.state is Standing.APPROVED:
            touched = await effect.undo(conn, change.asked, number, dict(change.before or {}), now)
            await facts.copy(conn, touched, day_of(now))
        gone = {"state": Standing.WITHDRAWN, "withdrawn_by": actor, "withdrawn_at": now}
        await conn.execute(update(directory_change).where(directory_change.c.id == number).values(**gone))
        return await get(conn, number)


async def make_due(database: Database, now: datetime) -> list[int]:
    """Mark the approved changes made whose day has come, and let SQL filter by what they brought. Answers their ids.

    Resolution goes by days itself, so nothing waits for this.
    """
    query = (
        select(directory_change.c.id)
        .where(directory_change.c.state == Standing.APPROVED, directory_change.c.on_day <= day_of(now))
        .order_by(directory_change.c.on_day, directory_change.c.id)
    )
    async with database.read() as conn:
        if not (await conn.execute(query.limit(1))).first():
            return []
    async with database.write("system") as conn:
        await directory_version.hold(conn)
        due = list((await conn.execute(query)).scalars())
        for number in due:
            await directory_version.bump(conn, "change made", str(number))
            change = await get(conn, number)
            await facts.copy(conn, {*change.asked.agencies, *await facts.brought_by(conn, number)}, day_of(now))
            made = {"state": Standing.MADE, "made_at": now}
            await conn.execute(update(directory_change).where(directory_change.c.id == number).values(**made))
    return due


async def get(conn: AsyncConnection, number: int) -> Change:
    """One change; `Rejected` when there is none of this number."""
    row = (await conn.execute(select(directory_change).where(directory_change.c.id == number))).one_or_none()
    if row is None:
        raise rejected("change-unknown", change=number)
    return _change(row)


async def listed(
    conn: AsyncConnection,
    *,
    agencies: Sequence[str] | None = None,
    state: str = "",
    before: int | None = None,
    limit: int = 100,
) -> list[Change]:
    """Changes, the latest on record first; those that name one of some agencies (canonical codes), in a state."""
    query = select(directory_change).order_by(directory_change.c.id.desc()).limit(limit)
    if agencies is not None:
        about = select(directory_change_agency.c.change)
        about = about.where(among(conn, directory_change_agency.c.agency, agencies))
        query = query.where(directory_change.c.id.in_(about))
    if state:
        query = query.where(directory_change.c.state == state)
    if before is not None:
        query = query.where(directory_change.c.id < before)
    return [_change(row) for row in await conn.execute(query)]


async def _note(conn: AsyncConnection, asked: Asked) -> None:
    why = {name: text for name, text in (("reason", asked.reason), ("decree", asked.decree)) if text}
    about = ", ".join(asked.agencies)
    await directory_version.bump(
        conn, "change planned", about, kind=asked.kind.value, on=asked.on.isoformat(), **asked.told(), **why
    )


async def _keep(conn: AsyncConnection, change: Change, settled: Settled) -> Change:
    asked = change.asked
    await _note(conn, asked)
    row = {
        "kind": asked.kind.value,
        "agencies": list(asked.agencies),
        "what": asked.what(),
        "on_day": asked.on,
        "reason": asked.reason,
        "decree": asked.decree,
        "state": change.state.value,
        "planned_by": change.planned_by,
        "planned_at": change.planned_at,
        "consequences": change.consequences,
    }
    made = await conn.execute(insert(directory_change).values(**row).returning(directory_change.c.id))
    number = int(made.scalar_one())
    named = {one.code for one in settled.everybody}
    if asked.kind is ChangeKind.RECODE:
        named.add(asked.to)
    rows = [{"change": number, "agency": code} for code in sorted(named)]
    await conn.execute(insert(directory_change_agency), rows)
    return replace(change, id=number)


async def _make(conn: AsyncConnection, change: Change, settled: Settled, actor: str, now: datetime) -> Change:
    done = await effect.make(conn, settled, change.id, now)
    state = _decided(settled.asked, now)
    is_made = state is Standing.MADE
    if is_made:
        await facts.copy(conn, done.touched, day_of(now))
    decided: dict[str, Any] = {
        "state": state.value,
        "approved_by": actor,
        "approved_at": now,
        "made_at": now if is_made else None,
        "before": done.before,
    }
    await conn.execute(update(directory_change).where(directory_change.c.id == change.id).values(**decided))
    return await get(conn, change.id)


def _decided(asked: Asked, now: datetime) -> Standing:
    return Standing.MADE if asked.on <= day_of(now) else Standing.APPROVED


def _change(row: Any) -> Change:
    what: dict[str, Any] = row.what
    on: date = row.on_day
    asked = Asked(
        ChangeKind(row.kind),
        tuple(row.agencies),
        on,
        tuple(what.get("into", ())),
        what.get("to", ""),
        what.get("grace_days", 0),
        row.reason,
        row.decree,
        what.get("settings", {}),
    )
    return Change(
        row.id,
        asked,
        Standing(row.state),
        row.planned_by,
        row.planned_at,
        row.approved_by,
        row.approved_at,
        row.made_at,
        row.withdrawn_by,
        row.withdrawn_at,
        row.before,
        row.consequences,
    )
