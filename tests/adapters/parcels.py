"""Parcels for the tests of adapters."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from hub.adapter import Parcel

ORIGINAL: Final = "<edXML>Về việc thử nghiệm</edXML>".encode()
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def parcel(config: dict[str, str], number: int = 1, original: bytes = ORIGINAL, **changes: Any) -> Parcel:
    """A parcel like those the hub makes; parcels of different numbers are different deliveries."""

    async def pieces() -> AsyncIterator[bytes]:
        yield original

    usual = Parcel(
        delivery_id=str(UUID(int=number)),
        envelope_id=str(UUID(int=1000 + number)),
        kind="document",
        document_id=f"000.00.00.H53,2026/11/25,{number}/UBND-VP",
        sender="000.00.00.H53",
        recipient="000.01.32.H53",
        code=f"{number}/UBND-VP",
        subject="Về việc thử nghiệm trục liên thông",
        priority=0,
        size=len(original),
        sha256=hashlib.sha256(original).hexdigest(),
        available_at=datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC),
        attempt=1,
        pieces=pieces,
        config=config,
    )
    return replace(usual, **changes)
