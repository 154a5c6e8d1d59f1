"""Bytes -> an envelope the hub is willing to believe. Pure CPU: small documents on the event loop, large ones off it.

Promise: what is read afterwards is what was signed; any fault of the sender's comes out as `Rejected`, nothing else.
"""

import asyncio
from datetime import date, datetime
from typing import Final

from hub.domain.agency import Agency
from hub.xml.open import Opened, open_document

ON_THE_LOOP_AT_MOST: Final = 128 * 1024
"""Bytes up to which a thread costs more than it frees (measured: a pool halves the rate at 8 KB)."""


async def open_envelope(body: bytes, caller: Agency, now: datetime, today: date) -> Opened:
    """Gate, parse, verify against the certificates bound to the caller, read. Raises `Rejected` with every finding."""
    certificates = tuple(c for c in caller.certificates if c.holds(now))
    accept_sha1 = caller.accept_sha1_until is not None and today <= caller.accept_sha1_until
    if len(body) <= ON_THE_LOOP_AT_MOST:
        return open_document(body, certificates, now, accept_sha1=accept_sha1)
    return await asyncio.to_thread(open_document, body, certificates, now, accept_sha1=accept_sha1)
