"""Groups of recipients: "all communes of H53" as data, each membership from a day on and until another."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.agency import CODE_AT_MOST, code_key
from hub.errors import Rejected, rejected
from hub.findings import finding
from hub.store import directory_version
from hub.store.directory import agencies
from hub.store.sql import among
from hub.store.tables import agency, group_member, recipient_group


async def expand(conn: AsyncConnection, keys: Iterable[str], on: date) -> dict[str, list[str]]:
    """The members of those of these keys that are groups, as they are on a day: one statement for all of them."""
    joined = recipient_group.outerjoin(
        group_member, and_(group_member.c.group_code == recipient_group.c.code, _holds(on))
    )
    query = (
        select(recipient_group.c.code, group_member.c.agency)
        .select_from(joined)
        .where(among(conn, recipient_group.c.code, keys))
        .order_by(recipient_group.c.code, group_member.c.agency)
    )
    found: dict[str, list[str]] = {}
    for row in await conn.execute(query):
        members = found.setdefault(row.code, [])
        if row.agency:
            members.append(row.agency)
    return found


async def listed(conn: AsyncConnection, on: date) -> list[dict[str, Any]]:
    """Every group with the number of its members on a day."""
    query = (
        select(recipient_group.c.code, recipient_group.c.name, func.count(group_member.c.agency).label("members"))
        .select_from(
            recipient_group.outerjoin(
                group_member, and_(group_member.c.group_code == recipient_group.c.code, _holds(on))
            )
        )
        .group_by(recipient_group.c.code, recipient_group.c.name)
        .order_by(recipient_group.c.code)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def get(conn: AsyncConnection, code: str, on: date) -> dict[str, Any]:
    """A group with its members on a day; `unknown-group` where there is none."""
    key = code_key(code)
    name = (await conn.execute(select(recipient_group.c.name).where(recipient_group.c.code == key))).scalar()
    if name is None:
        raise rejected("unknown-group", group=code)
    members = (await expand(conn, [key], on)).get(key, [])
    return {"code": key, "name": name, "on": on.isoformat(), "members": members}


async def put(conn: AsyncConnection, code: str, name: str, now: datetime) -> str:
    """Enter a group, or name it otherwise; answer its code. No agency may have that code: it is written in To."""
    key = code_key(code)
    if not key or len(key) > CODE_AT_MOST or any(letter.isspace() for letter in key) or not name.strip():
        raise rejected("group-invalid", found=code, limit=CODE_AT_MOST)
    await directory_version.bump(conn, "group changed", key, name=name)
    if (owner := (await agencies.find(conn, [key]))[key]) is not None:
        raise rejected("code-taken", "code", found=code, agency=owner.code)
    plain = " ".join(name.split())
    renamed = await conn.execute(update(recipient_group).where(recipient_group.c.code == key).values(name=plain))
    if not renamed.rowcount:
        await conn.execute(insert(recipient_group).values(code=key, name=plain, created_at=now))
    return key


async def join(conn: AsyncConnection, code: str, members: Sequence[str], start: date, end: date | None = None) -> int:
    """Make agencies members from a day on; those who are already stay as they are. Answer how many are new."""
    key = code_key(code)
    own = await _canonical(conn, members)
    await get(conn, key, start)
    there = set((await expand(conn, [key], start)).get(key, []))
    new = [each for each in own if each not in there]
    await directory_version.bump(conn, "group joined", key, members=len(new), since=start.isoformat())
    same = and_(group_member.c.group_code == key, group_member.c.valid_from == start)
    await conn.execute(delete(group_member).where(same, among(conn, group_member.c.agency, new)))
    if new:
        rows = [{"group_code": key, "agency": each, "valid_from": start, "valid_to": end} for each in new]
        await conn.execute(insert(group_member), rows)
    return len(new)


async def join_below(conn: AsyncConnection, code: str, parent: str, level: str, start: date) -> int:
    """Make every agency of a level that stands below another a member, in one statement for each step down."""
    above = (await agencies.get(conn, parent)).code
    below = select(agency.c.code).where(agency.c.code == above).cte("below", recursive=True)
    below = below.union(select(agency.c.code).join(below, agency.c.parent == below.c.code))
    query = select(agency.c.code).where(
        agency.c.code.in_(select(below.c.code)),
        agency.c.code != above,
        agency.c.level == level,
        or_(agency.c.valid_to.is_(None), agency.c.valid_to > start),
    )
    return await join(conn, code, list((await conn.execute(query)).scalars()), start)


async def leave(conn: AsyncConnection, code: str, members: Sequence[str], on: date) -> int:
    """End memberships from a day on; who was a member before stays one for that time. Answer how many ended."""
    key = code_key(code)
    await get(conn, key, on)
    own = await _canonical(conn, members)
    await directory_version.bump(conn, "group left", key, members=len(own), on=on.isoformat())
    mine = and_(group_member.c.group_code == key, among(conn, group_member.c.agency, own))
    await conn.execute(delete(group_member).where(mine, group_member.c.valid_from >= on))
    ended = await conn.execute(
        update(group_member)
        .where(mine, or_(group_member.c.valid_to.is_(None), group_member.c.valid_to > on))
        .values(valid_to=on)
    )
    return int(ended.rowcount)


async def replace(conn: AsyncConnection, code: str, members: Sequence[str], on: date) -> None:
    """Make these, and no others, the members from a day on."""
    own = await _canonical(conn, members)
    there = (await get(conn, code, on))["members"]
    await leave(conn, code, [each for each in there if each not in set(own)], on)
    await join(conn, code, own, on)


def _holds(on: date) -> ColumnElement[bool]:
    return and_(group_member.c.valid_from <= on, or_(group_member.c.valid_to.is_(None), group_member.c.valid_to > on))


async def _canonical(conn: AsyncConnection, members: Sequence[str]) -> list[str]:
    found = await agencies.find(conn, members)
    unknown = [code for code, known in found.items() if known is None]
    if unknown:
        raise Rejected([finding("unknown-agency", "members", agency=code, candidates="—") for code in unknown])
    return list(dict.fromkeys(known.code for known in found.values() if known))
