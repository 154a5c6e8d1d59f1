"""Waiting until a change of the directory holds in every process: only then is it answered."""

import asyncio
import time
from typing import Final

from hub.store import directory_version
from hub.store.database import Database

LEASE_SECONDS: Final = 2.0
"""How long a process trusts what it remembers of the directory after it last looked."""
_ASKED_EVERY: Final = 0.01


async def taken_up(database: Database) -> None:
    """Wait until every process that can be heard goes by what is committed, two seconds at most.

    A process that cannot be heard trusts what it remembers for no longer than that. On SQLite there is one process, and
    commands beside it: it looks every second.
    """
    until = time.monotonic() + LEASE_SECONDS
    while not database.is_sqlite:
        async with database.read() as conn:
            is_over = not await directory_version.is_behind(conn, await directory_version.current(conn))
        if is_over or time.monotonic() > until:
            return
        await asyncio.sleep(_ASKED_EVERY)
