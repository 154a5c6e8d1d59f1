"""OCSP answers in the database: of each certificate the latest one counts, the others stay as evidence.

They change far more often than anything else of the trust store, so they do not count as a change of the directory:
each process asks for what was added since it last asked.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import rejected
from hub.store.sql import among
from hub.store.tables import ocsp_answer

SLACK: Final = timedelta(minutes=2)
"""How much later than its `added_at` an answer may become visible: no transaction stays open so long."""


class Answered(Protocol):
    """An OCSP answer, as somebody says who can read them (`hub.trust.answers`)."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def certificate(self) -> str: ...  # noqa: D102
    @property
    def der(self) -> bytes: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def this_update(self) -> datetime: ...  # noqa: D102
    @property
    def next_update(self) -> datetime: ...  # noqa: D102


async def add(conn: AsyncConnection, new: Answered, source: str, now: datetime) -> bool:
    """Judge by an answer from now on; False when it is there already. One older than the one there is refused."""
    newest = select(ocsp_answer.c.fingerprint, ocsp_answer.c.this_update, ocsp_answer.c.status)
    query = newest.where(ocsp_answer.c.certificate == new.certificate)
    rows = (await conn.execute(query.order_by(ocsp_answer.c.this_update.desc()))).all()
    if any(row.fingerprint == new.fingerprint for row in rows):
        if rows[0].fingerprint == new.fingerprint:
            return False
        raise _older(new, rows[0])
    if rows and new.this_update < rows[0].this_update:
        raise _older(new, rows[0])
    await conn.execute(
        insert(ocsp_answer).values(
            fingerprint=new.fingerprint,
            certificate=new.certificate,
            der=new.der,
            status=new.status,
            this_update=new.this_update,
            next_update=new.next_update,
            added_at=now,
            source=source,
        )
    )
    return True


def _older(new: Answered, there: Any) -> Exception:
    return rejected("answer-older", at=new.this_update.isoformat(), at_there=there.this_update.isoformat())


async def fingerprints_since(conn: AsyncConnection, moment: datetime | None) -> list[tuple[str, datetime]]:
    """What was added since (None: ever), oldest first, each with when: fingerprints of answers."""
    query = select(ocsp_answer.c.fingerprint, ocsp_answer.c.added_at).order_by(ocsp_answer.c.added_at)
    if moment is None:
        latest = select(ocsp_answer.c.certificate, func.max(ocsp_answer.c.this_update).label("at"))
        of_each = latest.group_by(ocsp_answer.c.certificate).subquery()
        query = query.join(
            of_each,
            (of_each.c.certificate == ocsp_answer.c.certificate) & (of_each.c.at == ocsp_answer.c.this_update),
        )
    else:
        query = query.where(ocsp_answer.c.added_at > moment - SLACK)
    return [(row.fingerprint, row.added_at) for row in await conn.execute(query)]


async def load(conn: AsyncConnection, fingerprints: list[str]) -> dict[str, tuple[datetime, bytes]]:
    """Of these answers the latest about each certificate: its fingerprint to the answer's time and DER."""
    columns = (ocsp_answer.c.certificate, ocsp_answer.c.this_update, ocsp_answer.c.der)
    query = select(*columns).where(among(conn, ocsp_answer.c.fingerprint, fingerprints))
    found: dict[str, tuple[datetime, bytes]] = {}
    for row in await conn.execute(query.order_by(ocsp_answer.c.this_update, ocsp_answer.c.added_at)):
        found[row.certificate] = (row.this_update, row.der)
    return found
