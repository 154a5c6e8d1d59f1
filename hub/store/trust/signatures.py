"""How an agency's envelopes were signed: those taken, from their own rows; those refused, by count alone.

Refusals are counted in the process and written down every few seconds, so that refusing costs no statement. A process
that is killed forgets the last seconds of them.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.legacy import counted
from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.sql import insert_or
from hub.store.tables import envelope, signature_refusal

_WRITE_SECONDS: Final = 5.0


@dataclass(slots=True)
class Refusals:
    """The refusals of this process that are not yet written down."""

    database: Database
    _counted: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    _writing: asyncio.Task[None] | None = None

    def count(self, agency: str, day: date, judgement: str, reason: str) -> None:
        """Count one."""
        self._counted[agency, day.isoformat(), judgement, reason] += 1

    def start(self) -> None:
        """Begin to write down."""
        self._writing = asyncio.create_task(self._run(), name="refusals")

    async def stop(self) -> None:
        """Write down what is left."""
        if self._writing:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing
            self._writing = None
            with suppress(Unavailable):
                await self.write()

    async def write(self) -> None:
        """Add what was counted to what is on record; what the database does not take stays counted."""
        taken, self._counted = self._counted, Counter()
        if not taken:
            return
        names = ("agency", "day", "judgement", "reason")
        rows = [{**dict(zip(names, key, strict=True)), "count": number} for key, number in sorted(taken.items())]
        try:
            async with self.database.write() as conn:
                new = insert_or(conn, signature_refusal)
                total = signature_refusal.c["count"] + new.excluded["count"]
                await conn.execute(new.on_conflict_do_update(index_elements=list(names), set_={"count": total}), rows)
        except Unavailable:
            self._counted.update(taken)
            raise

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_WRITE_SECONDS)
            with suppress(Unavailable):
                await self.write()


async def of_agency(conn: AsyncConnection, agency: str, since: datetime, until: datetime) -> dict[str, Any]:
    """Verdicts on the documents an agency sent in a span of time, taken and refused, and how many were field software's."""
    taken = (
        select(envelope.c.judgement, envelope.c.reason, func.count())
        .where(
            envelope.c.sender == agency,
            envelope.c.kind != "status",
            envelope.c.received_at >= since,
            envelope.c.received_at < until,
        )
        .group_by(envelope.c.judgement, envelope.c.reason)
    )
    days = since.date().isoformat(), until.date().isoformat()
    refused = (
        select(signature_refusal.c.judgement, signature_refusal.c.reason, func.sum(signature_refusal.c["count"]))
        .where(
            signature_refusal.c.agency == agency, signature_refusal.c.day >= days[0], signature_refusal.c.day <= days[1]
        )
        .group_by(signature_refusal.c.judgement, signature_refusal.c.reason)
    )
    return {
        name: counted((row[0], row[1], int(row[2])) for row in (await conn.execute(query)).all())
        for name, query in (("taken", taken), ("refused", refused))
    }
