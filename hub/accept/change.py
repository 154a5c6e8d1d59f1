"""Committing what changes more than its own rows: recalls and the like, and whose signer is to be looked at again."""

from datetime import datetime, timedelta
from typing import Any

from hub import failpoint
from hub.accept.considered import Considered, Tools
from hub.domain import deadline
from hub.domain.change import Asking, Change
from hub.domain.ids import delivery_id
from hub.store.bell import OUTBOX, feed
from hub.store.road import accepting, changes, recalls
from hub.store.road.changes import By, Opened
from hub.store.trust import rechecks


async def commit_change(tools: Tools, considered: Considered, now: datetime) -> bool:
    """Commit an envelope with all it asks and all that is withdrawn for it. False when its name is taken."""
    row = considered.row
    database = tools.database
    via = {code: d.recipient for d in row.deliveries if d.state != "DEAD" for code in (d.addressed_as, d.recipient)}
    due: dict[int, datetime] = {}

    def due_at(code: str) -> datetime:
        calendar = tools.calendars.of(code)
        if id(calendar) not in due:
            due[id(calendar)] = deadline.change_by(now, calendar)
        return due[id(calendar)]

    by = By(row.id, now, timedelta(minutes=tools.settings.overtake_minutes), due_at, via)
    gone: set[str] = set()
    pending: set[str] = set()
    async with database.write() as conn:
        if not await accepting.insert(conn, [row]):
            return False
        failpoint.reach("change-half-written")
        if considered.verdict.is_provisional:
            await rechecks.add(conn, row.id, row.sender, considered.verdict.fingerprint, now)
        for asking in considered.asks:
            wanted = asking.recipients if asking.recipients is not None else tuple(via)
            told = [code for code in wanted if code in via]
            opened = await changes.ask(database, conn, by, asking, told)
            gone |= {via[code] for code in opened.gone}
            pending |= {via[code] for code in opened.pending}
            if asking.kind is Change.REMOVAL:
                await _remove(tools, conn, by, asking, considered)
        # whoever gave up all there was to give up is not asked: the hub answers for it
        await recalls.answer_for(conn, [delivery_id(row.id, code) for code in sorted(gone - pending)], now)
        await changes.relate(conn, row.id, considered.relations)
        failpoint.reach("change-uncommitted")
    database.bell.ring({OUTBOX, feed(row.sender)})
    return True


async def _remove(tools: Tools, conn: Any, by: By, asking: Asking, considered: Considered) -> None:
    """Ask a document back of who is taken off its list and not addressed; it hears of it by a 13 of its own."""
    for notice in considered.notices:
        code = notice.deliveries[0].recipient
        opened: Opened = await changes.ask(tools.database, conn, by, asking, [code], notice.id)
        if opened.pending:
            await accepting.insert(conn, [notice])
