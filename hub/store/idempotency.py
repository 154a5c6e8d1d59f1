"""`Idempotency-Key`: one key, one body. The real guard is the document's name; this one only catches mix-ups earlier."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from hub.errors import rejected
from hub.store.database import Database
from hub.store.tables import idempotency


async def check(database: Database, agency: str, key: str, sha256: str) -> None:
    """Refuse a key that was used for another body."""
    async with database.read() as conn:
        query = select(idempotency.c.sha256).where(idempotency.c.agency == agency, idempotency.c.key == key)
        first = (await conn.execute(query)).scalar()
    if first is not None and first != sha256:
        raise rejected("idempotency-conflict")


async def keep(database: Database, agency: str, key: str, sha256: str, now: datetime) -> None:
    """Remember the key; a second time is the same."""
    try:
        async with database.write() as conn:
            await conn.execute(insert(idempotency).values(agency=agency, key=key, sha256=sha256, at=now))
    except IntegrityError:
        await check(database, agency, key, sha256)
