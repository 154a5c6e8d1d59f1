"""Systems that speak as clients of the national axis do: whose they are, until when, when they were last seen.

Only what `hub.trust.vault` made of a secret ever gets here. A change takes the version of the directory first, so every
process learns of it within two seconds.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.reform import Fact
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory import facts, recoded
from hub.store.tables import agency, vxp_narrowing, vxp_system, vxp_unit

ALGORITHM: Final = "HMAC-SHA256"
_NARROWINGS_KEPT: Final = timedelta(days=60)  # client objects live for hours or days
_AGENT_AT_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class System:
    """A system that may call. `secret` is sealed; `ends_on` is the first day on which it may not."""

    systemid: str
    agency: str
    secret: bytes
    ends_on: date | None = None

    def is_ended(self, today: date) -> bool:
        """Whether its calls are refused on `today`."""
        return self.ends_on is not None and today >= self.ends_on


async def find(conn: AsyncConnection, systemid: str) -> System | None:
    """The system of this id."""
    row = (await conn.execute(select(vxp_system).where(vxp_system.c.systemid == systemid))).one_or_none()
    return System(row.systemid, row.agency, row.secret, row.ends_on) if row else None


async def keep(conn: AsyncConnection, system: System, now: datetime) -> None:
    """Record a system; one that is there already gets this secret and end, and the old secret opens nothing any more."""
    await directory_version.bump(conn)
    facts = {
        "agency": system.agency,
        "secret": system.secret,
        "algorithm": ALGORITHM,
        "created_at": now,
        "ends_on": system.ends_on,
    }
    changed = await conn.execute(update(vxp_system).where(vxp_system.c.systemid == system.systemid).values(**facts))
    if not changed.rowcount:
        await conn.execute(insert(vxp_system).values(systemid=system.systemid, **facts))


async def end(conn: AsyncConnection, systemid: str, on: date | None) -> bool:
    """Set the first day on which its calls are refused (None: no end). False when there is no such system."""
    await directory_version.bump(conn)
    changed = await conn.execute(update(vxp_system).where(vxp_system.c.systemid == systemid).values(ends_on=on))
    return bool(changed.rowcount)


async def seen(conn: AsyncConnection, systemid: str, agent: str, now: datetime) -> None:
    """Note that a system called. No change of the directory: nobody has to forget anything for it."""
    values = {"last_seen_at": now, "last_agent": agent[:_AGENT_AT_MOST]}
    await conn.execute(update(vxp_system).where(vxp_system.c.systemid == systemid).values(**values))


async def listed(conn: AsyncConnection) -> list[dict[str, Any]]:
    """Every system with its agency's name, in the order of their ids; secrets stay where they are."""
    query = (
        select(
            vxp_system.c.systemid,
            vxp_system.c.agency,
            agency.c.name,
            agency.c.level,
            vxp_system.c.algorithm,
            vxp_system.c.created_at,
            vxp_system.c.ends_on,
            vxp_system.c.last_seen_at,
            vxp_system.c.last_agent,
        )
        .join(agency, agency.c.code == vxp_system.c.agency)
        .order_by(vxp_system.c.systemid)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def served(
    conn: AsyncConnection, systemid: str, own: Collection[str], tops: Collection[str], today: date
) -> list[str]:
    """The agencies for which a system calls: its own (by all its codes), and those that the directory has it serve today.

    A gateway's also: those at and below its `tops`, without those that have a system themselves or are served by another.
    """
    named = await facts.held(conn, Fact.SYSTEM, today)
    mine = {*own, *(code for code, by in named.items() if by == systemid)}
    if tops:
        tree = select(agency.c.code).where(agency.c.code.in_(tops)).cte("tree", recursive=True)
        tree = tree.union(select(agency.c.code).where(agency.c.parent == tree.c.code))
        below = set((await conn.execute(select(tree.c.code))).scalars())
        live = or_(vxp_system.c.ends_on.is_(None), vxp_system.c.ends_on > today)
        others = set((await conn.execute(select(vxp_system.c.agency).where(live))).scalars())
        others |= set(await recoded.later(conn, others & below))
        mine |= {code for code in below - others if named.get(code, systemid) == systemid}
    return sorted(mine)


async def registered(conn: AsyncConnection, code: str, systemid: str, now: datetime) -> None:
    """Note that a system entered this agency."""
    await conn.execute(insert(vxp_unit).values(agency=code, systemid=systemid, registered_at=now))


async def registrar_of(conn: AsyncConnection, code: str) -> str | None:
    """The system that entered this agency, under whichever of its codes, unless it took it out again."""
    own = await recoded.line(conn, code)
    query = select(vxp_unit.c.systemid).where(vxp_unit.c.agency.in_(own), vxp_unit.c.removed_at.is_(None))
    return (await conn.execute(query.limit(1))).scalar_one_or_none()


async def removed(conn: AsyncConnection, code: str, now: datetime) -> None:
    """Note that the system that entered this agency took it out."""
    own = await recoded.line(conn, code)
    await conn.execute(update(vxp_unit).where(vxp_unit.c.agency.in_(own)).values(removed_at=now))


async def is_first_use(database: Database, systemid: str, stamp: str, named: str, sha256: str, now: datetime) -> bool:
    """Whether a list of recipients belongs to this document: the object that sent it has used it for no other before."""
    key = (vxp_narrowing.c.systemid == systemid, vxp_narrowing.c.stamp == stamp, vxp_narrowing.c.named == named)
    first = select(vxp_narrowing.c.sha256).where(*key)
    async with database.read() as conn:
        known = (await conn.execute(first)).scalar_one_or_none()
    if known is None:
        old = vxp_narrowing.c.at < now - _NARROWINGS_KEPT
        values = {"systemid": systemid, "stamp": stamp, "named": named, "sha256": sha256, "at": now}
        try:
            async with database.write() as conn:
                await conn.execute(delete(vxp_narrowing).where(vxp_narrowing.c.systemid == systemid, old))
                await conn.execute(insert(vxp_narrowing).values(**values))
        except IntegrityError:  # the same object, twice at once
            async with database.read() as conn:
                known = (await conn.execute(first)).scalar_one()
        else:
            return True
    return bool(known == sha256)
