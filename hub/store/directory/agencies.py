"""Looking agencies up: by any of their codes, by words of a name, and as they were on a day.

However many keys are asked for, the number of statements is the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import codes, deadline
from hub.domain.agency import Agency, BoundCertificate, Kind, Level, SignaturePolicy, code_key
from hub.domain.binding import BoundBy
from hub.domain.reform import Fact
from hub.domain.roles import Sight
from hub.domain.vietnamese import fold
from hub.errors import rejected
from hub.store.directory import facts, recoded
from hub.store.sight import seen
from hub.store.sql import among
from hub.store.tables import agency, agency_alias, agency_name, certificate

_UNKNOWN_CODES_EXPLAINED = 10  # of one refusal; each costs some hundred index look-ups
_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Named:
    """An agency and every key it is found by."""

    agency: Agency
    keys: tuple[str, ...]


def today() -> date:
    """The day it is in Vietnam: what a question that names no day is about."""
    return datetime.now(UTC).astimezone(deadline.LOCAL).date()


async def find(conn: AsyncConnection, written: Iterable[str], on: date | None = None) -> dict[str, Agency | None]:
    """The agency of each code as written, or None; named as it was on the day `on` (today when none is given)."""
    wanted = {code: code_key(code) for code in written}
    known = {key: named.agency for named in await find_keys(conn, set(wanted.values()), on) for key in named.keys}
    return {code: known.get(key) for code, key in wanted.items()}


async def find_keys(conn: AsyncConnection, keys: Collection[str], on: date | None = None) -> list[Named]:
    """The agencies behind these keys (`domain.agency.code_key`), with all their keys."""
    known = select(agency_alias.c.agency).where(among(conn, agency_alias.c.key, keys))
    found = (await conn.execute(select(agency).where(agency.c.code.in_(known)))).all()
    return await _whole(conn, found, on or today())


async def get(conn: AsyncConnection, written: str, on: date | None = None) -> Agency:
    """The agency of a code; `Rejected` with the codes alike when there is none."""
    found = (await find(conn, [written], on))[written]
    if found is None:
        alike = ", ".join((await candidates(conn, [written]))[written]) or "—"
        raise rejected("unknown-agency", agency=written, candidates=alike)
    return found


async def search(  # noqa: PLR0913 - the filters of one question
    conn: AsyncConnection,
    *,
    q: str = "",
    level: str | None = None,
    parent: str | None = None,
    on: date | None = None,
    standing: str = "",
    sight: Sight | None = None,
    limit: int = 100,
    after: str = "",
) -> list[Agency]:
    """Agencies in the order of their codes, those after the code `after`.

    `q`: the beginning of a code, or words of a name, present or past, accents optional. `on`: only those whose code was
    open on that day, under the name of that day. `standing`: only those that are active, suspended, closed or to come today.
    """
    query = select(agency).order_by(agency.c.code).limit(limit)
    if after:
        query = query.where(agency.c.code > after)
    if level:
        query = query.where(facts.was(Fact.LEVEL, agency.c.level, level, on) if on else agency.c.level == level)
    if parent:
        above = await _canonical(conn, parent)
        query = query.where(facts.was(Fact.PARENT, agency.c.parent, above, on) if on else agency.c.parent == above)
    if on:
        query = query.where(
            or_(agency.c.valid_from.is_(None), agency.c.valid_from <= on),
            or_(agency.c.valid_to.is_(None), agency.c.valid_to > on),
        )
    if standing:
        query = query.where(_stands(standing))
    if sight:
        query = query.where(*seen(sight, agency.c.code))
    if q.strip():
        query = query.where(or_(_has_words(q), _has_code(q)))
    return [named.agency for named in await _whole(conn, (await conn.execute(query)).all(), on or today())]


def _stands(standing: str) -> ColumnElement[bool]:
    is_closed = and_(agency.c.valid_to.is_not(None), agency.c.valid_to <= today())
    if standing == "closed":
        return is_closed
    has_begun = or_(agency.c.valid_from.is_(None), agency.c.valid_from <= today())
    if standing == "to come":
        return and_(~is_closed, ~has_begun)
    is_suspended = agency.c.suspended_at.is_not(None)
    return and_(~is_closed, has_begun, is_suspended if standing == "suspended" else ~is_suspended)


async def candidates(conn: AsyncConnection, unknown: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each unknown code may have been meant for: a few canonical codes, the likeliest first."""
    wanted = {code: tuple(dict.fromkeys(codes.alike(code))) for code in list(unknown)[:_UNKNOWN_CODES_EXPLAINED]}
    keys = {key for alike in wanted.values() for key in alike}
    query = select(agency_alias.c.key, agency_alias.c.agency).where(among(conn, agency_alias.c.key, keys))
    known = {row.key: row.agency for row in await conn.execute(query)}
    return {
        code: tuple(dict.fromkeys(known[key] for key in alike if key in known))[:_CANDIDATES]
        for code, alike in wanted.items()
    }


async def _canonical(conn: AsyncConnection, written: str) -> str:
    query = select(agency_alias.c.agency).where(agency_alias.c.key == code_key(written))
    found = (await conn.execute(query)).scalar_one_or_none()
    return found or written


def _has_words(q: str) -> ColumnElement[bool]:
    words = fold(q).split()
    past = select(agency_name.c.agency).where(
        *(agency_name.c.name_folded.contains(word, autoescape=True) for word in words)
    )
    present = and_(*(agency.c.name_folded.contains(word, autoescape=True) for word in words))
    return or_(present, agency.c.code.in_(past))


def _has_code(q: str) -> ColumnElement[bool]:
    begins = agency_alias.c.key.startswith(code_key(q), autoescape=True)
    return agency.c.code.in_(select(agency_alias.c.agency).where(begins))


async def _whole(conn: AsyncConnection, found: Iterable[Any], day: date) -> list[Named]:
    rows = list(found)
    own = [row.code for row in rows]
    aliases = defaultdict(list)
    query = select(agency_alias.c.agency, agency_alias.c.key, agency_alias.c.written).order_by(agency_alias.c.key)
    for row in await conn.execute(query.where(among(conn, agency_alias.c.agency, own))):
        aliases[row.agency].append((row.key, row.written))
    by_day = await facts.load(conn, own)
    ends = {row.code for row in rows if row.valid_to is not None}
    perhaps = ends | {code for code, held in by_day.items() if Fact.CONTINUES in held}
    lines = await recoded.lines(conn, perhaps) if perhaps else {}
    certificates = await _certificates(conn, own, lines)
    return [
        Named(
            _agency(
                row,
                aliases[row.code],
                certificates[row.code],
                by_day.get(row.code, {}),
                day,
                lines.get(row.code, ()),
            ),
            tuple(key for key, _ in aliases[row.code]),
        )
        for row in rows
    ]


async def _certificates(
    conn: AsyncConnection, own: Collection[str], lines: Mapping[str, tuple[str, ...]]
) -> dict[str, list[BoundCertificate]]:
    """The certificates of each agency, those bound to another code of the same body with them."""
    holders = recoded.bearers(own, lines)
    found: dict[str, list[BoundCertificate]] = defaultdict(list)
    bound = select(certificate).where(among(conn, certificate.c.agency, holders)).order_by(certificate.c.created_at)
    for row in await conn.execute(bound):
        made = BoundCertificate(
            row.fingerprint,
            row.der,
            row.pinned,
            row.valid_from,
            row.valid_to,
            row.revoked_at,
            BoundBy(row.bound_by),
            row.match,
        )
        for code in holders[row.agency]:
            found[code].append(made)
    return found


def _agency(
    row: Any,
    aliases: list[tuple[str, str]],
    bound: list[BoundCertificate],
    held: Mapping[str, facts.Days],
    day: date,
    line: tuple[str, ...],
) -> Agency:
    policy = facts.on_day(held.get(Fact.SIGNATURE), row.signature, day)
    return Agency(
        code=row.code,
        name=facts.on_day(held.get(facts.NAME), row.name, day) or row.name,
        level=Level(facts.on_day(held.get(Fact.LEVEL), row.level, day) or row.level),
        kind=Kind(row.kind),
        parent=facts.on_day(held.get(Fact.PARENT), row.parent, day),
        aliases=tuple(written for _, written in aliases if written != row.code),
        channel=facts.on_day(held.get(Fact.CHANNEL), {"channel": row.channel}, day)["channel"],
        signature=SignaturePolicy(policy) if policy else None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        grace_days=row.grace_days,
        successors=tuple(row.successors),
        suspended=row.suspended_at is not None,
        contact=dict(facts.on_day(held.get(Fact.CONTACT), row.contact, day)),
        certificates=tuple(bound),
        accept_sha1_until=row.accept_sha1_until,
        system=facts.on_day(held.get(Fact.SYSTEM), None, day),
        gso=facts.on_day(held.get(Fact.GSO), None, day),
        continues=facts.on_day(held.get(Fact.CONTINUES), None, day),
        recoded=line,
    )
