"""The hub's own books: accepted = delivered + pending + dead, for each hour and each agency.

Promise: every receipt is entered once, a minute after it was given; a delivery that a receipt promises and that is not
there is found, said, and shown until it is mended. Counted as envelopes come, never by walking all there are.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from hub import log
from hub.store.database import Database
from hub.store.watching import ledger, ledger_view
from hub.trust.seal import claims_of

AFTER: Final = timedelta(minutes=1)  # longer than any accept takes: what is younger may still be committing
_AT_MOST: Final = 2000  # envelopes a transaction
_RECOUNT_AFTER: Final = timedelta(hours=2)  # by then also what a gateway with a slow clock accepted is there
_logger = log.get(__name__)


def promised(receipt: str) -> list[str]:
    """The recipients a receipt of ours names."""
    return [str(recipient) for recipient in claims_of(receipt).get("recipients", [])]


async def keep(database: Database, now: datetime, after: timedelta = AFTER) -> int:
    """Enter what was accepted until `after` ago, and bring the open rows up to date. Answers how many envelopes are new.

    Does nothing when another worker is at it.
    """
    entered = 0
    while True:
        async with database.aside() as conn:
            place = await ledger.hold(conn)
            if place is None:
                return entered
            until = (await ledger.now(conn) or now) - after
            count = await ledger.advance(conn, place, until, _AT_MOST, promised)
            entered += count
            if count < _AT_MOST:
                place = await ledger.hold(conn) or place
                await ledger.refresh(conn, place)
                await ledger.recount_next(conn, place, until - _RECOUNT_AFTER, promised)
                break
    async with database.read() as conn:
        for row in await ledger_view.unbalanced(conn):
            _logger.error(
                "ledger.out-of-balance",
                side=row["side"],
                agency=row["agency"],
                hour=row["hour"].isoformat(),
                accepted=row["accepted"],
                carried=row["carried"],
            )
    return entered


async def recount(database: Database, since: datetime, before: datetime) -> int:
    """Count the hours of a span anew (whole hours, UTC); answer how many envelopes they hold."""
    first = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    async with database.aside() as conn:
        return await ledger.recount(conn, first, before, promised)
