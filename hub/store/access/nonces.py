"""The nonces of signed requests: each may be used once within the time in which its request is fresh."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete

from hub.store.database import Database
from hub.store.sql import insert_or
from hub.store.tables import request_nonce

_SWEEP_EVERY: Final = 200  # uses between two sweeps of what is over


class Nonces:
    """What was used, remembered by all gateways together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._uses = 0

    async def use(self, fingerprint: str, nonce: str, expires_at: datetime, now: datetime) -> bool:
        """Use a nonce up; False when it was used before."""
        self._uses += 1
        async with self._database.write() as conn:
            new = insert_or(conn, request_nonce).values(fingerprint=fingerprint, nonce=nonce, expires_at=expires_at)
            made = await conn.execute(new.on_conflict_do_nothing().returning(request_nonce.c.nonce))
            is_new = made.first() is not None
            if self._uses % _SWEEP_EVERY == 0:
                await conn.execute(delete(request_nonce).where(request_nonce.c.expires_at < now))
        return is_new
