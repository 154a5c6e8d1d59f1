"""`Idempotency-Key`: one key, one body. The real guard is the document's name; this one only catches mix-ups earlier."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from hub.errors import rejected
from hub.store.database import Database
from hub.store.sql import insert_or
from hub.store.tables import idempotency


async def check(database: Database, codes: Sequence[str], key: str, sha256: str) -> str | None:
    """What this key stands for already (an envelope's id), or None; a key that was used for another body is refused.

    `codes`: all that the agency has or had.
    """
    async with database.read() as conn:
        query = select(idempotency.c.sha256, idempotency.c.envelope_id).where(
            idempotency.c.agency.in_(codes), idempotency.c.key == key
        )
        first = (await conn.execute(query)).first()
    if first is None:
        return None
    if first.sha256 != sha256:
        raise rejected("idempotency-conflict")
    return str(first.envelope_id)


async def keep(database: Database, agency: str, key: str, sha256: str, envelope_id: str, now: datetime) -> None:
    """Remember the key for what was accepted. What another body was accepted under at the same moment stays.

    That is no reason to refuse any more: this one is accepted as well, and on its way.
    """
    async with database.write() as conn:
        new = insert_or(conn, idempotency).values(
            agency=agency, key=key, sha256=sha256, envelope_id=envelope_id, at=now
        )
        await conn.execute(new.on_conflict_do_nothing())
