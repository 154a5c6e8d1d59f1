"""Reports that are mailed when their period is over, as rows: who gets which, up to which day, and what became of each mail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, cast, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.domain.subscription import Subscription
from hub.store.directory import recoded
from hub.store.sql import among
from hub.store.tables import mail, person, report_subscription

DIGEST = "report"  # what such a mail is among digests
_ONE = report_subscription.c


def named(number: int, period: str) -> str:
    """The name of a mail about one period among all mails: it can be taken once for each address."""
    return f"{number}:{period}"


async def add(conn: AsyncConnection, asked: Subscription, begins: date, by: str, now: datetime) -> int:
    """Keep a subscription; answers its number."""
    row = {
        "kind": asked.kind,
        "every": asked.every,
        "scope": asked.scope,
        "forms": ",".join(asked.forms),
        "addresses": list(asked.addresses),
        "made_until": begins,
        "made_by": by,
        "made_at": now,
    }
    return int((await conn.execute(insert(report_subscription).values(**row).returning(_ONE.id))).scalar_one())


async def listing(conn: AsyncConnection, by: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Subscriptions with a number below `after` (0: all), the newest first; `by`: made by whom, None for everybody's."""
    query = select(report_subscription).order_by(_ONE.id.desc()).limit(limit)
    if by is not None:
        query = query.where(_ONE.made_by == by)
    if after:
        query = query.where(_ONE.id < after)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def get(conn: AsyncConnection, number: int) -> dict[str, Any] | None:
    """One of them."""
    row = (await conn.execute(select(report_subscription).where(_ONE.id == number))).mappings().first()
    return dict(row) if row else None


async def live(conn: AsyncConnection) -> list[dict[str, Any]]:
    """Those that nobody ended, in the order in which they were made."""
    query = select(report_subscription).where(_ONE.ended_at.is_(None)).order_by(_ONE.id)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def advance(conn: AsyncConnection, number: int, seen: date, made_until: date) -> bool:
    """Say that the report of a period is written; False when another worker was first, or somebody ended it."""
    is_there = (_ONE.id == number, _ONE.made_until == seen, _ONE.ended_at.is_(None))
    moved = await conn.execute(update(report_subscription).where(*is_there).values(made_until=made_until, error=None))
    return bool(moved.rowcount)


async def failed(conn: AsyncConnection, number: int, error: str) -> None:
    """Say why there is no report yet."""
    await conn.execute(update(report_subscription).where(_ONE.id == number).values(error=error[:500]))


async def end(conn: AsyncConnection, number: int, by: str, now: datetime) -> bool:
    """End a subscription; False when it was ended before."""
    is_live = (_ONE.id == number, _ONE.ended_at.is_(None))
    moved = await conn.execute(update(report_subscription).where(*is_live).values(ended_by=by, ended_at=now))
    return bool(moved.rowcount)


async def end_orphans(conn: AsyncConnection, now: datetime) -> list[int]:
    """End those made by people whose account is closed since; answers their numbers. Nobody stands for them any more."""
    closed = select(literal("person:").concat(person.c.name)).where(person.c.revoked_at.is_not(None))
    are_theirs = (_ONE.ended_at.is_(None), _ONE.made_by.in_(closed))
    ended = update(report_subscription).where(*are_theirs).values(ended_by="account closed", ended_at=now)
    return list((await conn.execute(ended.returning(_ONE.id))).scalars())


async def latest(
    conn: AsyncConnection, wanted: Mapping[int, tuple[str, Sequence[str]]]
) -> dict[int, list[dict[str, Any]]]:
    """What became of the mails about one period of each subscription. `wanted`: number -> the period and the addresses."""
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in wanted}
    if not wanted:
        return found
    names = {named(number, period): number for number, (period, _) in wanted.items()}
    addresses = sorted({address for _, those in wanted.values() for address in those})
    query = select(mail.c.period, mail.c.address, mail.c.state, mail.c.error, mail.c.sent_at).where(
        among(conn, mail.c.address, addresses), mail.c.digest == DIGEST, mail.c.period.in_(names)
    )
    for row in (await conn.execute(query.order_by(mail.c.address))).mappings():
        found[names[row["period"]]].append(dict(row))
    return found


async def mails_of(
    conn: AsyncConnection, one: Mapping[str, Any], before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """The mails of a subscription, the newest first, without their content."""
    columns = [column for column in mail.c if column.name != "body"]
    query = (
        select(*columns)
        .where(among(conn, mail.c.address, one["addresses"]), mail.c.digest == DIGEST)
        .where(cast(mail.c.period, Text).startswith(named(one["id"], ""), autoescape=True))
        .order_by(mail.c.written_at.desc(), mail.c.id.desc())
        .limit(limit)
    )
    if before:
        at, last = before
        query = query.where(or_(mail.c.written_at < at, (mail.c.written_at == at) & (mail.c.id < last)))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def sight_of(conn: AsyncConnection, scope: str) -> Sight | None:
    """The agencies that a scope means; None for all."""
    if not scope:
        return None
    root = scope.removesuffix("/")
    return Sight(root, below=scope.endswith("/"), also=await recoded.others(conn, root))
