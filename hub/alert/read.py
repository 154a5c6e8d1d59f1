"""Read every envelope once after it was accepted, for what is no state of a delivery.

That is: late sending (A5), the day set for the answer (A6), a refused recall (A9), a signature that is not valid (A10).

Read by the time of receipt, up to a minute ago: a commit that is slower than that has failed.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from hub.alert.tools import Tools
from hub.domain import deadline
from hub.domain.alert import Kind
from hub.domain.deadline import Sent
from hub.store.watching import cases

_BATCH: Final = 2_000
_BATCHES: Final = 5  # of one turn; the rest is the next turn's
SETTLED: Final = timedelta(seconds=60)
_INVALID: Final = frozenset({"broken", "untrusted", "expired", "revoked"})
_REFUSED: Final = "16"


async def new_envelopes(room: Tools, now: datetime) -> int:
    """Note the cases among what was accepted since the last turn; answers how many envelopes were read."""
    read = 0
    for _ in range(_BATCHES):
        async with room.database.write() as conn:
            place = await cases.place(conn, now - timedelta(days=room.settings.alert_days))
            rows = await cases.since(conn, place, now - SETTLED, _BATCH)
            if not rows:
                break
            found = [case for row in rows for case in _cases(room, row)]
            await cases.keep(conn, found)
            await cases.expect(conn, [(row["id"], deadline.finish_by(on)) for row in rows if (on := _due_on(row))])
            await cases.go_on(conn, rows[-1]["received_at"], rows[-1]["id"])
        read += len(rows)
        if len(rows) < _BATCH:
            break
    async with room.database.write() as conn:
        await cases.forget_answered(conn, now)
    return read


def _cases(room: Tools, row: dict[str, Any]) -> list[cases.Case]:
    kinds: list[Kind] = []
    if row["kind"] == "status":
        if row["code"] == _REFUSED:
            kinds.append(Kind.CHANGE_REFUSED)
    elif row["promulgated_on"] and _is_late(room, row):
        kinds.append(Kind.SENT_LATE)
    if row["judgement"] in _INVALID:
        kinds.append(Kind.SIGNATURE)
    rank = 3 - min(row["priority"], 3)
    return [cases.Case(kind, row["id"], row["sender"], row["received_at"], rank) for kind in kinds]


def _is_late(room: Tools, row: dict[str, Any]) -> bool:
    until = deadline.NOON if room.settings.sent_until == "noon" else timedelta(days=1)
    calendar = room.calendars.of(row["sender"])
    judged = deadline.sent(row["promulgated_on"], row["received_at"], calendar, urgent=row["priority"] > 0, until=until)
    return judged is Sent.LATE


def _due_on(row: dict[str, Any]) -> date | None:
    written = row["facts"].get("due_on")
    return date.fromisoformat(written) if written and row["kind"] != "status" else None
