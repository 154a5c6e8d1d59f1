"""What follows from a change, seen before it is made: who is below, what is under way, who may send until when."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.agency import Agency
from hub.domain.reform import ENDING, ChangeKind
from hub.store.directory.reform.effect import Settled, children
from hub.store.sql import among
from hub.store.tables import PENDING, UNANSWERED, api_key, delivery, envelope, group_member, person, vxp_system

SHOWN_AT_MOST: Final = 20  # of each kind; the rest is counted
_LEVELS_AT_MOST: Final = 20


async def of(conn: AsyncConnection, settled: Settled) -> dict[str, Any]:
    """The consequences of a change that is not written down yet."""
    asked = settled.asked
    below = await _below(conn, [one.code for one in settled.named], asked.on)
    found: dict[str, Any] = {"below": _few(below)}
    if asked.kind not in ENDING:
        return found
    ending = asked.agencies
    found["documents"] = await _under_way(conn, delivery.c.recipient, ending)
    found["sent"] = await _under_way(conn, delivery.c.sender, ending)
    found["old_codes"] = [_then(one, settled) for one in settled.named[:SHOWN_AT_MOST]]
    found["senders"] = await _senders(conn, settled)
    found["groups"] = await _list(
        conn,
        select(group_member.c.group_code).where(
            among(conn, group_member.c.agency, ending),
            group_member.c.valid_to.is_(None) | (group_member.c.valid_to > asked.on),
        ),
    )
    found["systems"] = await _list(conn, select(vxp_system.c.systemid).where(among(conn, vxp_system.c.agency, ending)))
    found["people"] = await _list(
        conn, select(person.c.name).where(among(conn, person.c.scope, ending), person.c.revoked_at.is_(None))
    )
    return found


def _then(one: Agency, settled: Settled) -> dict[str, Any]:
    """What becomes of a document to the old code from that day on; as `hub.domain.routing` will have it."""
    asked = settled.asked
    heirs = [asked.to] if asked.kind is ChangeKind.RECODE else list(asked.into)
    if len(heirs) == 1:
        return {"code": one.code, "then": "delivered", "to": heirs}
    return {"code": one.code, "then": "refused", "to": heirs or ([one.parent] if one.parent else [])}


async def _senders(conn: AsyncConnection, settled: Settled) -> list[dict[str, Any]]:
    asked = settled.asked
    query = (
        select(api_key.c.agency, func.count())
        .where(among(conn, api_key.c.agency, asked.agencies), api_key.c.revoked_at.is_(None))
        .group_by(api_key.c.agency)
    )
    keys = {code: int(count) for code, count in await conn.execute(query)}
    last = asked.on + timedelta(days=asked.grace_days)
    return [
        {"code": one.code, "name": one.name, "keys": keys[one.code], "refused_from": last.isoformat()}
        for one in settled.named
        if one.code in keys
    ]


async def _below(conn: AsyncConnection, roots: Sequence[str], on: date) -> list[str]:
    """All that are below these on the day, as it stands without the change."""
    found: list[str] = []
    level, seen = list(roots), set(roots)
    for _ in range(_LEVELS_AT_MOST):
        level = [code for code in await children(conn, level, on) if code not in seen]
        if not level:
            break
        seen |= set(level)
        found += level
    return sorted(found)


async def _under_way(conn: AsyncConnection, column: Any, codes: Iterable[str]) -> dict[str, Any]:
    """Documents not yet handed over, or handed over and not yet answered; the oldest are shown."""
    wanted = list(codes)
    shown: list[dict[str, Any]] = []
    count = 0
    for open_ones in (PENDING + " AND kind = 'document'", UNANSWERED):  # as the partial indexes have it
        where = (among(conn, column, wanted), text(open_ones))
        inner = select(delivery.c.id, delivery.c.envelope_id, delivery.c.recipient, delivery.c.state,
                       delivery.c.created_at).where(*where).subquery()  # fmt: skip
        count += int((await conn.execute(select(func.count()).select_from(inner))).scalar_one())
        query = (
            select(inner, envelope.c.document_id, envelope.c.sender)
            .join(envelope, envelope.c.id == inner.c.envelope_id)
            .order_by(inner.c.created_at)
            .limit(SHOWN_AT_MOST - len(shown))
        )
        shown += [
            {
                "envelope_id": row.envelope_id,
                "document_id": row.document_id,
                "sender": row.sender,
                "recipient": row.recipient,
                "state": row.state,
                "since": row.created_at.isoformat(),
            }
            for row in await conn.execute(query)
        ]
    return {"count": count, "first": shown}


def _few(codes: Sequence[str]) -> dict[str, Any]:
    return {"count": len(codes), "first": list(codes[:SHOWN_AT_MOST])}


async def _list(conn: AsyncConnection, query: Select[Any]) -> list[str]:
    found = await conn.execute(query.distinct())
    return sorted(found.scalars())
