"""Looks again at the signers of what was accepted while nobody could say whether their certificates were revoked.

Judged as of the moment the envelope was received, by what has become known since: a certificate revoked later does not
spoil what it signed before. What turns out badly cannot be called back by the hub: it is marked, told to the sender's
feed, and raised as an alert. One of several workers at a time does it; nothing waits for it.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub import log, metrics
from hub.domain.trust import Judgement
from hub.errors import Unavailable
from hub.store import turns
from hub.store.database import Database
from hub.store.trust import rechecks
from hub.trust.chain import Chain

ERRAND: Final = "recheck"
_TURN: Final = timedelta(minutes=5)
_EVERY_SECONDS: Final = 15.0
_SIGNERS: Final = 100  # a turn
_ENVELOPES: Final = 200  # of one signer a turn, where they must be told apart
_logger = log.get(__name__)

JudgeAgain = Callable[[bytes, datetime], Awaitable[Chain | None]]


@dataclass(slots=True)
class Rechecker:
    """The room with its tools. `judge_again`: a certificate (DER) and an earlier moment to what is known of it now."""

    database: Database
    judge_again: JudgeAgain
    holder: str = field(default_factory=lambda: uuid.uuid4().hex)
    _after: str = ""  # where the round goes on: one signer nobody can say anything about must not hold up the others

    async def turn(self, now: datetime) -> int:
        """Look at some of the signers that wait; answers how many envelopes are settled."""
        async with self.database.read() as conn:
            found = await rechecks.signers(conn, _SIGNERS, self._after)
        self._after = found[-1][0] if len(found) == _SIGNERS else ""
        if not found or not await turns.take(self.database, ERRAND, self.holder, now, _TURN):
            return 0
        try:
            return sum([await self._signer(*each, now) for each in found])
        finally:
            await turns.give_back(self.database, ERRAND, self.holder, now)

    async def _signer(self, fingerprint: str, der: bytes, latest: datetime, now: datetime) -> int:
        """Who was not revoked when the latest envelope came was not when the others came."""
        chain = await self.judge_again(der, latest)
        if chain is None or not chain.is_known:
            return 0
        if chain.judgement is None:
            async with self.database.write() as conn:
                settled = await rechecks.settle_all(conn, fingerprint, latest, Judgement.VALID.value, now)
            metrics.RECHECKED.labels(Judgement.VALID.value).inc(settled)
            return settled
        async with self.database.read() as conn:
            waiting = await rechecks.waiting_of(conn, fingerprint, _ENVELOPES)
        settled = 0
        for row in waiting:
            settled += await self._envelope(fingerprint, der, row, now)
        return settled

    async def _envelope(self, fingerprint: str, der: bytes, row: dict[str, Any], now: datetime) -> int:
        chain = await self.judge_again(der, row["received_at"])
        if chain is None or not chain.is_known:
            return 0
        outcome = (chain.judgement or Judgement.VALID).value
        async with self.database.write() as conn:
            if chain.judgement is None:
                await rechecks.settle_all(conn, fingerprint, row["received_at"], outcome, now)
            else:
                detail = f"{chain.reason}: {chain.detail}"
                await rechecks.settle_badly(self.database, conn, [row], outcome, detail, now)
                _logger.warning("recheck.bad", envelope=row["envelope_id"], sender=row["sender"], reason=detail)
        metrics.RECHECKED.labels(outcome).inc()
        return 1


async def run(rechecker: Rechecker) -> None:
    """Look again until cancelled."""
    while True:
        try:
            await rechecker.turn(datetime.now(UTC))
        except Unavailable as error:
            _logger.warning("recheck.waits", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
