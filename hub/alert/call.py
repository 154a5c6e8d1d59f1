"""Tell a gateway for SMS, Zalo or Telegram what became of alerts: one signed call with all that is new.

At least once: each item has an id, and comes again under it when a call failed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from hub import log
from hub.alert.letter import RANKS, WHAT, since
from hub.alert.message import EVENT, Message, Post
from hub.alert.readers import readers
from hub.alert.tools import Tools
from hub.domain import deadline
from hub.domain.alert import NAMES, OF_FACTS, Kind, Step
from hub.errors import HandoverFailed
from hub.store.watching import alerts, digest_rows

_AT_MOST: Final = 100  # items of one call
_TRIES: Final = 12
_logger = log.get(__name__)


async def call(room: Tools, post: Post, now: datetime) -> int:
    """Post what is new, in one call after another; answers how many items the gateway took."""
    told = 0
    while True:
        async with room.database.write() as conn:
            rows = await digest_rows.calls(conn, now, _AT_MOST)
            await alerts.calls_held(conn, [row["seq"] for row in rows], now + timedelta(minutes=2))
        if not rows:
            return told
        message = Message(f"alerts-{rows[0]['seq']}-{rows[-1]['seq']}", now, _body(room, rows, now))
        numbers = [row["seq"] for row in rows]
        try:
            await post(message)
        except HandoverFailed as error:
            attempts = max(row["call_attempts"] for row in rows) + 1
            again = None if attempts >= _TRIES else now + _wait(room, attempts)
            async with room.database.write() as conn:
                await alerts.calls_failed(conn, numbers, again, str(error)[:300])
            _logger.warning("alerts.call-failed", items=len(rows), attempts=attempts, reason=str(error))
            return told
        async with room.database.write() as conn:
            await alerts.calls_done(conn, numbers)
        told += len(rows)


def _wait(room: Tools, attempts: int) -> timedelta:
    first = timedelta(seconds=room.settings.retry_first_seconds)
    return min(first * float(2 ** (attempts - 1)), timedelta(seconds=room.settings.retry_most_seconds))


def _body(room: Tools, rows: list[dict[str, Any]], now: datetime) -> bytes:
    items = [_item(room, row) for row in rows]
    return orjson.dumps({"type": EVENT, "timestamp": now.isoformat(), "data": {"items": items}})


def _item(room: Tools, row: Mapping[str, Any]) -> dict[str, Any]:
    what_vi, what_en = WHAT[row["what"]]
    urgency_en = RANKS[row["rank"]][1]
    vi, en = _about(row)
    return {
        "id": str(row["seq"]),
        "alert_id": row["id"],
        "what": row["what"],
        "kind": row["kind"],
        "agency": row["agency"],
        "agency_name": row["agency_name"],
        "level": row["level"] or None,
        "count": row["count"],
        "urgency": urgency_en,
        "step": Step(row["step"]).name.lower(),
        "at": row["at"].isoformat(),
        "text": {
            "vi": f"[{what_vi}] {vi}.",
            "en": f"[{what_en}] {en}.",
        },
        "contacts": _contacts(room, row),
    }


def _about(row: Mapping[str, Any]) -> tuple[str, str]:
    """What an alert is about, short enough for a message to a telephone."""
    kind = Kind(row["kind"])
    vi, en = NAMES[kind]
    name = row["agency_name"] or row["agency"]
    if kind in OF_FACTS:
        since_vi, since_en = since(kind, row["oldest_at"])
        return f"{vi}: {name}, {since_vi}", f"{en}: {name}, {since_en}"
    urgency_vi, urgency_en = RANKS[row["rank"]]
    oldest = f"{row['oldest_at'].astimezone(deadline.LOCAL):%H:%M %d/%m}"
    return (
        f"{vi}: {name}, {row['count']} văn bản ({urgency_vi}), lâu nhất từ {oldest}",
        f"{en}: {name}, {row['count']} documents ({urgency_en}), the oldest of {oldest}",
    )


def _contacts(room: Tools, row: Mapping[str, Any]) -> list[dict[str, str]]:
    """Whom the gateway is to tell: contact officers by telephone, the hub's own people by the addresses of the settings."""
    found = []
    if row["starts_at"] == Step.AGENCY and row["contact"]:
        found.append({"role": "agency", **row["contact"]})
    if row["step"] >= Step.PARENT and row["starts_at"] <= Step.PARENT and row["parent_contact"]:
        found.append({"role": "parent", **row["parent_contact"]})
    known = {contact.get("email", "") for contact in found}
    found += [
        {"role": "hub", "email": reader.address, "name": reader.title}
        for reader in readers([row], room.settings)
        if reader.address not in known
    ]
    return found
