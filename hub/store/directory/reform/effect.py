"""What each kind of change does to the directory, and how it is taken back before its day.

Everything is written down at once with its day: closures on the agency's row, names and other facts by day. So who asks
about a day is answered rightly from then on, and nothing has to be done at midnight for a document to go the right way.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import codes, deadline
from hub.domain.agency import Agency, Level
from hub.domain.reform import BEREAVING, ENDING, OF_LEVEL, UP, Asked, ChangeKind, Fact
from hub.errors import Rejected, rejected
from hub.findings import Finding, finding
from hub.store import audit
from hub.store.directory import agencies, facts, names, reach, registry, succession, systems
from hub.store.sql import among
from hub.store.tables import agency, agency_fact

_OF_LEVEL_AT_MOST = 200_000
_ABOVE_AT_MOST = 20  # levels between an agency and the top; more are a ring
_FACTS: Final[dict[ChangeKind, tuple[Fact, Callable[[Agency], str | None]]]] = {
    ChangeKind.RE_PARENT: (Fact.PARENT, lambda one: one.parent),
    ChangeKind.LEVEL: (Fact.LEVEL, lambda one: one.level.value),
    ChangeKind.SYSTEM: (Fact.SYSTEM, lambda one: one.system),
    ChangeKind.GSO: (Fact.GSO, lambda one: one.gso),
}
"""The fact that a kind changes, and how an agency has it."""
_REACH: Final = {
    ChangeKind.CHANNEL: Fact.CHANNEL,
    ChangeKind.CONTACT: Fact.CONTACT,
    ChangeKind.POLICY: Fact.SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """A change with every code found: `named` change, `heirs` succeed them or, as `above`, are their new parent."""

    asked: Asked
    named: tuple[Agency, ...]
    heirs: tuple[Agency, ...] = ()
    above: Agency | None = None

    @property
    def everybody(self) -> tuple[Agency, ...]:
        """Every agency the change names, on either side."""
        return (*self.named, *self.heirs, *((self.above,) if self.above else ()))


@dataclass(slots=True)
class Done:
    """What a change did: how the closed codes stood before, and whose facts it changed."""

    before: dict[str, Any] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)


async def settle(conn: AsyncConnection, asked: Asked) -> Settled:
    """Find everybody a change names; `Rejected` with everything that keeps it from being made at all."""
    errors = asked.faults()
    if errors:
        raise Rejected(errors)
    asked = replace(asked, agencies=await _spelt_out(conn, asked))
    found = await agencies.find(conn, (*asked.agencies, *asked.into), asked.on)
    known = await _found(conn, asked.agencies, found, errors)
    named = {one.code: one for one in [await _in_force(conn, each, asked) for each in known]}
    heirs: dict[str, Agency] = {}
    for written in asked.into:
        heir = found[written]
        if heir is None:
            errors.append(finding("successor-unknown", "into", agency=asked.agencies[0], successor=written))
        elif heir.is_closed(asked.on):
            errors.append(finding("agency-closed", "into", agency=heir.code, since=heir.valid_to))
        else:
            heirs[heir.code] = heir
    if asked.kind not in ENDING:
        errors += [
            finding("agency-closed", "agencies", agency=one.code, since=one.valid_to)
            for one in named.values()
            if one.is_closed(asked.on)
        ]
    above = None
    names_above = asked.kind is ChangeKind.RE_PARENT or (asked.kind in BEREAVING and asked.to != UP)
    if names_above and asked.to:
        above = (await agencies.find(conn, [asked.to], asked.on))[asked.to]
        if above is None:
            errors.append(finding("parent-unknown", "to", agency=asked.agencies[0], parent=asked.to))
        elif above.is_closed(asked.on) or (asked.kind in BEREAVING and above.code in named):
            errors.append(finding("agency-closed", "to", agency=above.code, since=above.valid_to))
    if errors:
        raise Rejected(errors)
    whole = replace(asked, agencies=tuple(named), into=tuple(heirs), to=above.code if above else asked.to.strip())
    return Settled(whole, tuple(named.values()), tuple(heirs.values()), above)


async def _in_force(conn: AsyncConnection, one: Agency, asked: Asked) -> Agency:
    """An agency under the code it has on the day, whichever was written; for what ends a code the one that was."""
    if asked.kind in ENDING or not one.recoded or one.is_open(asked.on):
        return one
    line = await agencies.find(conn, one.recoded, asked.on)
    others = [each for each in line.values() if each and each.is_open(asked.on)]
    return others[-1] if others else one


async def _spelt_out(conn: AsyncConnection, asked: Asked) -> tuple[str, ...]:
    """The codes of a change; `level=district` in their place stands for all that are open on that day."""
    chosen = [code.removeprefix(OF_LEVEL) for code in asked.agencies if code.startswith(OF_LEVEL)]
    if not chosen:
        return asked.agencies
    named = [code for code in asked.agencies if not code.startswith(OF_LEVEL)]
    for level in chosen:
        if level not in [*Level]:  # no level would be every agency there is
            every = ", ".join(OF_LEVEL + each for each in Level)
            raise rejected("csv-value", "agencies", column="agencies", found=OF_LEVEL + level, allowed=every)
        some = await agencies.search(conn, level=level, on=asked.on, limit=_OF_LEVEL_AT_MOST)
        named += [one.code for one in some if one.code not in named]
    if not named:
        raise rejected("change-incomplete", "agencies", kind=asked.kind.value, lacks="agencies")
    return tuple(named)


async def _found(
    conn: AsyncConnection, written: Iterable[str], found: dict[str, Agency | None], errors: list[Finding]
) -> list[Agency]:
    unknown = [code for code in written if found[code] is None]
    alike = await agencies.candidates(conn, unknown) if unknown else {}
    errors += [
        finding("unknown-agency", "agencies", agency=code, candidates=", ".join(alike.get(code, ())) or "—")
        for code in unknown
    ]
    return [one for code in written if (one := found[code])]


async def make(conn: AsyncConnection, settled: Settled, change: int, now: datetime) -> Done:
    """Write a change down with its day; `Rejected` when it cannot be, and then nothing of it may be committed."""
    asked, done = settled.asked, Done()
    done.touched |= {one.code for one in settled.named}
    match asked.kind:
        case ChangeKind.MERGE | ChangeKind.SPLIT | ChangeKind.CLOSE:
            await _close(conn, settled, change, now, done)
        case ChangeKind.RENAME:
            await succession.rename(conn, asked.agencies[0], asked.to, asked.on, now)
        case ChangeKind.RECODE:
            await _recode(conn, settled, change, now, done)
        case ChangeKind.CHANNEL | ChangeKind.CONTACT | ChangeKind.POLICY:
            await _reach(conn, settled, change, done)
        case _:
            await _check(conn, settled)
            await _put(conn, settled, *_FACTS[asked.kind], change, done)
    return done


async def undo(conn: AsyncConnection, asked: Asked, change: int, before: dict[str, Any], now: datetime) -> set[str]:
    """Take a change back whose day has not come; `Rejected` when a later one has built on it. Answers whom it touches."""
    touched = {*asked.agencies, *await facts.take_back(conn, change)}
    if asked.kind is ChangeKind.RENAME:
        await succession.unname(conn, asked.agencies[0], asked.to, asked.on)
    if asked.kind not in ENDING:
        return touched
    for code, stood in before.items():
        query = select(agency.c.valid_to).where(agency.c.code == code)
        if (await conn.execute(query)).scalar_one() != asked.on:
            raise rejected("change-overtaken", agency=code)
        ended = date.fromisoformat(stood["valid_to"]) if stood["valid_to"] else None
        values = {"valid_to": ended, "successors": stood["successors"], "grace_days": stood["grace_days"]}
        await registry.touch(conn, code, now, **values)
    if asked.kind is ChangeKind.RECODE:  # the new code is spent: it was never open, and nobody gets it again
        await registry.touch(conn, codes.canonical(asked.to), now, valid_to=asked.on, successors=list(asked.agencies))
    return touched


async def _put(
    conn: AsyncConnection,
    settled: Settled,
    fact: Fact,
    of: Callable[[Agency], str | None],
    change: int | None,
    done: Done,
) -> None:
    """Let a fact hold from the day, for the agencies under all their codes; `of` tells how it was."""
    codes = {code for one in settled.named for code in one.codes}
    others = codes - {one.code for one in settled.named}
    found = await agencies.find(conn, sorted(others), settled.asked.on) if others else {}
    was = {one.code: of(one) for one in (*settled.named, *filter(None, found.values()))}
    done.touched |= set(was)
    await facts.put(conn, fact, was, settled.asked.to or None, settled.asked.on, change)


async def _reach(conn: AsyncConnection, settled: Settled, change: int, done: Done) -> None:
    asked = settled.asked
    codes = {code for one in settled.named for code in one.codes}
    done.touched |= codes
    to: Any = asked.to or None
    if asked.kind is ChangeKind.CHANNEL:
        to = reach.channel(asked.to, asked.settings)
    elif asked.kind is ChangeKind.CONTACT:
        to = dict(asked.settings)
    await reach.put(conn, _REACH[asked.kind], codes, to, asked.on, change)


async def _check(conn: AsyncConnection, settled: Settled) -> None:
    """Refuse what the directory speaks against."""
    asked = settled.asked
    if asked.kind is ChangeKind.RE_PARENT:
        await _check_above(conn, settled)
    elif asked.kind is ChangeKind.GSO:
        await _check_gso(conn, settled)
    elif asked.kind is ChangeKind.SYSTEM and asked.to and await systems.find(conn, asked.to) is None:
        raise rejected("system-unknown", "to", agency=asked.to)


async def _close(conn: AsyncConnection, settled: Settled, change: int, now: datetime, done: Done) -> None:
    asked = settled.asked
    ahead = await _reached(conn, settled.heirs)
    errors = []
    for one in settled.named:
        if one.valid_from and asked.on <= one.valid_from:
            errors.append(finding("dates-crossed", "on", agency=one.code, start=one.valid_from, end=asked.on))
        if one.code in ahead:
            errors.append(finding("successor-loop", "into", agency=one.code, successor=", ".join(asked.into)))
    if errors:
        raise Rejected(errors)
    await _end(conn, settled, asked.into, now, done)
    heir = settled.above or (settled.heirs[0] if len(settled.heirs) == 1 else None)
    if heir or asked.to == UP:
        await _take_over(conn, settled, heir.code if heir and asked.to != UP else None, change, done)


async def _end(conn: AsyncConnection, settled: Settled, heirs: Iterable[str], now: datetime, done: Done) -> None:
    asked = settled.asked
    done.before = {
        one.code: {
            "valid_to": one.valid_to.isoformat() if one.valid_to else None,
            "successors": list(one.successors),
            "grace_days": one.grace_days,
        }
        for one in settled.named
    }
    told = {"on": asked.on.isoformat(), "successors": list(heirs), "grace_days": asked.grace_days}
    for code in asked.agencies:
        audit.note(conn, "agency closed", code, **told)
    ended = {"valid_to": asked.on, "successors": list(heirs), "grace_days": asked.grace_days, "updated_at": now}
    await conn.execute(update(agency).where(among(conn, agency.c.code, asked.agencies)).values(**ended))


async def _take_over(conn: AsyncConnection, settled: Settled, heir: str | None, change: int, done: Done) -> None:
    """Those below a closed code that go on come under `heir`, or under the body above it."""
    asked = settled.asked
    below = await children(conn, asked.agencies, asked.on)
    ending = set(asked.agencies)
    above = {one.code: one.parent for one in settled.named}
    moved: dict[str | None, dict[str, str | None]] = defaultdict(dict)
    for code, parent in below.items():
        if code in ending or code == heir:
            continue
        moved[heir or _above(parent, above)][code] = parent
    for to, was in moved.items():
        if to is not None:
            await facts.put(conn, Fact.PARENT, was, to, asked.on, change)
            done.touched |= set(was)


def _above(parent: str, above: dict[str, str | None]) -> str | None:
    """The first body above that is none of those that end with it."""
    to: str | None = parent
    for _ in range(_ABOVE_AT_MOST):
        if to not in above:
            return to
        to = above[to]
    return None


async def children(conn: AsyncConnection, parents: Iterable[str], on: date) -> dict[str, str]:
    """The agencies directly below these on a day that are open until then at least, each with its parent of that day."""
    wanted = list(parents)
    own = select(agency.c.code).where(among(conn, agency.c.parent, wanted))
    by_day = select(agency_fact.c.agency).where(
        agency_fact.c.fact == Fact.PARENT, among(conn, agency_fact.c.value, wanted), agency_fact.c.since <= on
    )
    found = set((await conn.execute(own)).scalars()) | set((await conn.execute(by_day)).scalars())
    there = set(wanted)
    return {
        code: one.parent
        for code, one in (await agencies.find(conn, sorted(found), on)).items()
        if one and one.parent in there and (one.valid_to is None or one.valid_to >= on)
    }


async def _reached(conn: AsyncConnection, heirs: Iterable[Agency]) -> set[str]:
    """These agencies, those that succeed them, and so on."""
    level, seen = list(heirs), {one.code for one in heirs}
    while level:
        following = {code for one in level for code in one.successors} - seen
        seen |= following
        level = [one for one in (await agencies.find(conn, following)).values() if one] if following else []
    return seen


async def _recode(conn: AsyncConnection, settled: Settled, change: int, now: datetime, done: Done) -> None:
    """The same body under another code: a new entry that goes on where the old one ends."""
    asked, (old,) = settled.asked, settled.named
    if old.valid_from and asked.on <= old.valid_from:
        raise rejected("dates-crossed", "on", agency=old.code, start=old.valid_from, end=asked.on)
    if old.is_closed(asked.on):
        raise rejected("agency-closed", "agencies", agency=old.code, since=old.valid_to)
    if taken := await registry.owners(conn, [asked.to]):
        raise rejected("code-taken", "to", found=asked.to, agency=next(iter(taken.values())))
    channel, config = (await reach.channels(conn, [old.code], asked.on))[old.code]
    entry = Agency(
        code=asked.to,
        name=old.name,
        level=old.level,
        kind=old.kind,
        parent=old.parent,
        channel=channel,
        signature=old.signature,
        valid_from=asked.on,
        suspended=old.suspended,
        contact=old.contact,
        accept_sha1_until=old.accept_sha1_until,
    )
    new = await registry.add(conn, entry, now, config)
    await facts.inherit(conn, old.code, new.code)  # what is planned of it already holds of it under the new code
    await names.inherit(conn, old.code, new.code)
    await facts.put(conn, Fact.CONTINUES, {new.code: old.code}, old.code, facts.BEGINNING, None)
    await _end(conn, settled, [new.code], now, done)
    await _take_over(conn, settled, new.code, change, done)
    done.touched.add(new.code)


async def _check_above(conn: AsyncConnection, settled: Settled) -> None:
    """Nobody may come to be below itself."""
    moved = {one.code for one in settled.named}
    above = settled.above
    for _ in range(_ABOVE_AT_MOST):
        if above is None:
            return
        if above.code in moved:
            code = "parent-itself" if settled.above and above.code == settled.above.code else "parent-loop"
            raise rejected(code, "to", agency=above.code, parent=settled.asked.to)
        above = (await agencies.find(conn, [above.parent], settled.asked.on))[above.parent] if above.parent else None
    raise rejected("parent-loop", "to", agency=settled.asked.agencies[0], parent=settled.asked.to)


async def _check_gso(conn: AsyncConnection, settled: Settled) -> None:
    """A statistical code is of one unit at a time."""
    asked = settled.asked
    if not asked.to:
        return
    query = facts.in_force(Fact.GSO, asked.to, asked.on)
    own = {code for one in settled.named for code in one.codes}
    holders = {str(code) for code in (await conn.execute(query)).scalars()} - own
    for holder in (await agencies.find(conn, sorted(holders), asked.on)).values():
        if holder and holder.is_open(asked.on):
            raise rejected("gso-taken", "to", found=asked.to, agency=holder.code)


def day_of(now: datetime) -> date:
    """The day it is in Vietnam."""
    return now.astimezone(deadline.LOCAL).date()
