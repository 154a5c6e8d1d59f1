"""What the demo's month refused: as many as there would have been, for reasons that offices do stumble over."""

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert

from hub.demo import country
from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.ids import new_id
from hub.store.database import Database
from hub.store.tables import refusal
from hub.store.trust.signatures import Refusals

REASONS: Final = {
    "signature-invalid": 31, "unknown-recipient": 22, "schema": 14, "certificate-time": 11, "duplicate-document": 9,
    "classified-not-allowed": 4,
}  # fmt: skip
"""Codes of problems, and how often each comes among a hundred or so."""
_JUDGED: Final = {"signature-invalid": "broken", "certificate-time": "expired"}
_SHARE: Final = 0.04  # of what was sent


async def write(database: Database, rng: random.Random, agencies: Sequence[Agency], times: Sequence[datetime]) -> None:
    """Write the refusals of the days on which documents were sent at these times."""
    clumsy = [a for a in agencies if a.code not in country.PUSHED][::3]
    rows: list[dict[str, Any]] = []
    signatures = Refusals(database)
    for at in sorted(rng.sample(list(times), max(round(len(times) * _SHARE), 1))):
        code = rng.choices(list(REASONS), list(REASONS.values()))[0]
        agency = rng.choice(clumsy).code
        rows.append(
            {
                "id": new_id(),
                "at": at,
                "agency": agency,
                "status": 409 if code == "duplicate-document" else 422,
                "codes": [code],
                "sha256": None,
                "receipt": None,
                "receipt_sha256": hashlib.sha256(b"").hexdigest(),
            }
        )
        if code in _JUDGED:
            signatures.count(agency, at.astimezone(deadline.LOCAL).date(), _JUDGED[code], code)
    async with database.write() as conn:
        await conn.execute(insert(refusal), rows)
    await signatures.write()
