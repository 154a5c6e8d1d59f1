"""A refusal is signed too: the caller can show that it tried, when, with which bytes, and what it was told.

Only a known caller gets one, and only for a refusal proper: "come back later" is no answer to a document.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub import log
from hub.attest import words
from hub.domain.ids import new_id
from hub.errors import Unavailable
from hub.findings import Finding
from hub.store.database import Database
from hub.store.proof import receipts
from hub.trust.seal import Seal

_NOTHING_KEPT: Final = frozenset({"classified-not-allowed"})
"""Refusals after which nothing of the document may be kept, not even the digest of its bytes."""
_logger = log.get(__name__)


async def refuse(  # noqa: PLR0913 - the facts of one refusal
    database: Database,
    seal: Seal,
    agency: str,
    status: int,
    findings: Sequence[Finding],
    sha256: str | None,
    now: datetime,
) -> str | None:
    """Sign a refusal and keep it for the log. None when it cannot be kept: the hub signs nothing it has no record of."""
    identity, codes = new_id(), list(dict.fromkeys(f.code for f in findings))
    receipt = words.refusal(seal, identity, agency, status, codes, sha256, now)
    is_secret = not _NOTHING_KEPT.isdisjoint(codes)
    row = {
        "id": identity,
        "at": now,
        "agency": agency,
        "status": status,
        "codes": codes,
        "sha256": None if is_secret else sha256,
        "receipt": None if is_secret else receipt,
        "receipt_sha256": hashlib.sha256(receipt.encode()).hexdigest(),
    }
    try:
        async with database.write() as conn:
            await receipts.keep_refusal(conn, row)
    except Unavailable as error:
        _logger.warning("refusal.unsigned", agency=agency, reason=str(error))
        return None
    return receipt
