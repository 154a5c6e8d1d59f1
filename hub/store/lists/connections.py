"""How agencies are connected: certificates and their ends, when they were last seen, breakers, open alerts, traffic by day.

Asked for the agencies of one page at a time, each part by an index that begins with the agency.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import deadline
from hub.domain.alert import State as AlertState
from hub.domain.reform import shown_settings
from hub.domain.roles import Sight
from hub.store.conditions import is_open
from hub.store.directory import recoded
from hub.store.sight import seen
from hub.store.sql import among
from hub.store.tables import (
    agency,
    agency_seen,
    alert,
    api_key,
    breaker,
    certificate,
    delivery,
    envelope,
    event,
    ledger,
)

SENT, RECEIVED = "sent", "received"
CALLS_AMONG: Final = 20_000  # latest events of all agencies, among which those of one are looked for
_HANDED_OVER: Final = ("delivered", "failed", "dead")


@dataclass(slots=True)
class Connection:
    """What is known of one agency's connection. `ends`: of the certificate that ends last among those that count."""

    certificates: int = 0
    ends: datetime | None = None
    seen_at: datetime | None = None
    alerts: int = 0
    failures: int = 0
    open_until: datetime | None = None
    last_error: str = ""


@dataclass(slots=True)
class Day:
    """Documents of one day in Vietnam that an agency sent, and that it was sent."""

    sent: int = 0
    received: int = 0


@dataclass(slots=True)
class Hidden:
    """How an agency is reached, with what is secret left out."""

    channel: str
    settings: dict[str, str] = field(default_factory=dict)
    suspended_at: datetime | None = None


def until() -> ColumnElement[datetime]:
    """When a certificate's binding or the certificate itself ends, whichever is first."""
    return case(
        (certificate.c.valid_to < certificate.c.not_after, certificate.c.valid_to), else_=certificate.c.not_after
    )


async def facts(conn: AsyncConnection, codes: Collection[str], now: datetime) -> dict[str, Connection]:
    """The connections of some agencies (canonical codes), in six statements however many they are.

    What an agency has under another of its codes is its own: keys and certificates open and sign for all of them.
    """
    found = {code: Connection() for code in codes}
    holders = recoded.bearers(found, await recoded.lines(conn, found))
    counts = and_(certificate.c.revoked_at.is_(None), until() > now)
    bound = (
        select(certificate.c.agency, func.count(), func.max(until()))
        .where(among(conn, certificate.c.agency, holders), counts)
        .group_by(certificate.c.agency)
    )
    for bearer, number, ends in await conn.execute(bound):
        for code in holders[bearer]:
            found[code].certificates += number
            found[code].ends = max(filter(None, (found[code].ends, ends)))
    polled = select(agency_seen.c.agency, agency_seen.c.polled_at).where(among(conn, agency_seen.c.agency, holders))
    used = (
        select(api_key.c.agency, func.max(api_key.c.last_used_at))
        .where(among(conn, api_key.c.agency, holders), api_key.c.last_used_at.is_not(None))
        .group_by(api_key.c.agency)
    )
    for query in (polled, used):
        for bearer, at in await conn.execute(query):
            for code in holders[bearer]:
                found[code].seen_at = max(filter(None, (found[code].seen_at, at)))
    alarmed = (
        select(alert.c.agency, func.count())
        .where(among(conn, alert.c.agency, codes), alert.c.state != AlertState.CLEARED.value)
        .group_by(alert.c.agency)
    )
    for code, number in await conn.execute(alarmed):
        found[code].alerts = number
    broken = select(breaker.c.agency, breaker.c.failures, breaker.c.open_until, breaker.c.last_error)
    for row in await conn.execute(broken.where(among(conn, breaker.c.agency, codes))):
        one = found[row.agency]
        one.failures, one.open_until, one.last_error = row.failures, row.open_until, row.last_error
    return found


async def reached(conn: AsyncConnection, code: str) -> Hidden:
    """How an agency is reached. Only the address is shown: every other setting may be a secret."""
    query = select(agency.c.channel, agency.c.channel_config, agency.c.suspended_at).where(agency.c.code == code)
    row = (await conn.execute(query)).one()
    return Hidden(row.channel, shown_settings(row.channel_config), row.suspended_at)


async def days(conn: AsyncConnection, code: str, since: datetime) -> dict[date, Day]:
    """Documents an agency sent and was sent since a moment, by day in Vietnam: out of the ledger."""
    query = select(ledger.c.side, ledger.c.hour, ledger.c.envelopes).where(
        ledger.c.side.in_((SENT, RECEIVED)), ledger.c.agency == code, ledger.c.hour >= since
    )
    found: dict[date, Day] = {}
    for row in await conn.execute(query):
        day = found.setdefault(row.hour.astimezone(deadline.LOCAL).date(), Day())
        setattr(day, row.side, getattr(day, row.side) + row.envelopes)
    return found


async def waiting(conn: AsyncConnection, code: str, limit: int) -> list[dict[str, Any]]:
    """Documents that wait for an agency to collect them, the oldest first; by the index of what is late."""
    query = (
        select(
            delivery.c.envelope_id,
            delivery.c.state,
            delivery.c.created_at,
            delivery.c.due_at,
            delivery.c.attempts,
            delivery.c.next_attempt_at,
            delivery.c.channel,
            delivery.c.reason,
            delivery.c.sender,
            envelope.c.code,
            envelope.c.subject,
        )
        .join(envelope, envelope.c.id == delivery.c.envelope_id)
        .where(delivery.c.recipient == code, is_open())
        .order_by(delivery.c.created_at)
        .limit(limit)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def how_many_wait(conn: AsyncConnection, code: str, most: int) -> int:
    """How many documents wait for an agency, counted up to `most`."""
    some = select(delivery.c.id).where(delivery.c.recipient == code, is_open()).limit(most).subquery()
    return int((await conn.execute(select(func.count()).select_from(some))).scalar_one())


async def calls(conn: AsyncConnection, code: str, limit: int) -> list[dict[str, Any]]:
    """How the latest attempts to hand something over to an agency went, newest first; among the latest events of all."""
    end = (await conn.execute(select(func.coalesce(func.max(event.c.seq), 0)))).scalar_one()
    query = (
        select(event.c.at, event.c.what, event.c.detail, event.c.envelope_id, envelope.c.code)
        .join(envelope, envelope.c.id == event.c.envelope_id)
        .where(event.c.seq > end - CALLS_AMONG, event.c.recipient == code, event.c.what.in_(_HANDED_OVER))
        .order_by(event.c.seq.desc())
        .limit(limit)
    )
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def ending(
    conn: AsyncConnection,
    now: datetime,
    which: str,
    sight: Sight | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Bound certificates that end soon, have ended or were withdrawn, each with its agency, the first to end first.

    `which`: "60", "30" or "7" (days from now), "expired" or "revoked".
    """
    end = until()
    query = (
        select(
            certificate.c.fingerprint,
            certificate.c.agency,
            agency.c.name,
            certificate.c.subject,
            certificate.c.issuer,
            certificate.c.serial,
            certificate.c.bound_by,
            certificate.c.pinned,
            certificate.c.revoked_at,
            end.label("ends"),
        )
        .join(agency, agency.c.code == certificate.c.agency)
        .where(_which(which, now), *(seen(sight, certificate.c.agency) if sight else []))
        .order_by(end, certificate.c.fingerprint)
        .limit(limit)
    )
    if after:
        at, last = after
        query = query.where(or_(end > at, and_(end == at, certificate.c.fingerprint > last)))
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def endings(conn: AsyncConnection, now: datetime, sight: Sight | None) -> Mapping[str, int]:
    """How many certificates each answer of `ending` has."""
    names = ("60", "30", "7", "expired", "revoked")
    columns = [func.count(case((_which(name, now), 1))).label(f"n{name}") for name in names]
    query = select(*columns).where(*(seen(sight, certificate.c.agency) if sight else []))
    row = (await conn.execute(query)).mappings().one()
    return {name: row[f"n{name}"] for name in names}


def _which(which: str, now: datetime) -> ColumnElement[bool]:
    end = until()
    if which == "revoked":
        return certificate.c.revoked_at.is_not(None)
    stands = certificate.c.revoked_at.is_(None)
    if which == "expired":
        return and_(stands, end <= now)
    return and_(stands, end > now, end <= now + timedelta(days=int(which)))
