"""A document reaches its recipient: into the inbox of who pulls, through an adapter to who is pushed to.

Promise: claim (a lease), act, settle over the version that was claimed. Whatever dies in between, the lease runs out
and somebody else takes it up; what settles late changes nothing. An adapter that waits makes only its agency wait.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hub import failpoint, log
from hub.adapter import Adapter, Parcel
from hub.bus.notes import Note
from hub.domain.retry import next_attempt
from hub.errors import HandoverFailed, PermanentFailure, TemporaryFailure, Unavailable
from hub.settings import Settings
from hub.store.database import Database
from hub.store.road import arriving, breakers, deliveries, inspections, originals
from hub.store.road.deliveries import Claimed
from hub.store.road.originals import ObjectStore

_TOGETHER = 64  # parcels handed over at once by one process
_TOGETHER_PER_AGENCY = 4
_REASON_AT_MOST = 500  # characters kept of what an endpoint said
_logger = log.get(__name__)


@dataclass(slots=True)
class Deliverer:
    """The room with its tools."""

    database: Database
    originals: ObjectStore
    adapters: Mapping[str, Adapter]
    settings: Settings
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _hands: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_TOGETHER))
    _per_agency: dict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(_TOGETHER_PER_AGENCY))
    )
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def take(self, notes: Sequence[Note], *, due: bool = False) -> None:
        """Deliver what the notes name. `due`: the clock says so, so a wait after a failure is over.

        Returns when every delivery is in its inbox or held by a lease; handing over goes on behind it.
        """
        ids = list(dict.fromkeys(note.delivery for note in notes))
        gate = inspections.gate_of(self.settings)
        if not gate.is_open and ids:  # only what is clear goes on, the others wait
            ids = await inspections.clear(self.database, ids, self.now(), gate)
        if not ids:
            return
        available = await arriving.make_available(
            self.database, ids, self.now(), pdf_signatures=self.settings.pdf_signatures and gate.is_open
        )
        if available < len(ids):
            await self._push(ids, due=due)

    async def _push(self, ids: list[str], *, due: bool) -> None:
        by_agency = await deliveries.push_recipients(self.database, ids)
        if not by_agency:
            return
        now = self.now()
        resting = await breakers.resting(self.database, list(by_agency), now)
        for agency, until in resting.items():
            await deliveries.postpone(self.database, by_agency.pop(agency), until)
        ready = [delivery for group in by_agency.values() for delivery in group]
        if not ready:
            return
        lease = timedelta(seconds=self.settings.lease_seconds)
        for claimed in await deliveries.claim(self.database, ready, now, lease, due=due):
            task = asyncio.create_task(self._hand_over(claimed))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def settle_all(self) -> None:
        """Wait for what is being handed over."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def stop(self) -> None:
        """Give what is under way a moment, then let its leases run out."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=10)
            for task in late:
                task.cancel()

    async def _hand_over(self, claimed: Claimed) -> None:
        try:
            async with (
                self._per_agency[claimed.recipient],
                self._hands,
                asyncio.timeout(self.settings.lease_seconds * 0.9),
            ):
                handover = await self._adapter(claimed).hand_over(self._parcel(claimed))
        except PermanentFailure as error:
            await self._settle_quietly(deliveries.settle_dead(self.database, claimed, self.now(), _cut(error)))
        except (HandoverFailed, Unavailable, TimeoutError) as error:
            await self._failed(claimed, error)
        except Exception as error:
            _logger.exception("deliver.adapter-broke", delivery=claimed.id, channel=claimed.channel)
            await self._failed(claimed, TemporaryFailure(type(error).__name__))
        else:
            failpoint.reach("handed-over")
            await self._settle_quietly(
                deliveries.settle_handed_over(self.database, claimed, self.now(), handover.detail)
            )
            await self._settle_quietly(breakers.succeeded(self.database, claimed.recipient))

    def _adapter(self, claimed: Claimed) -> Adapter:
        try:
            return self.adapters[claimed.channel]
        except KeyError:
            message = f"no adapter for the channel {claimed.channel}"
            raise PermanentFailure(message) from None

    async def _failed(self, claimed: Claimed, error: Exception) -> None:
        reason = _cut(error) or "no answer in time"
        now = self.now()
        if claimed.attempts >= self.settings.retry_attempts:
            await self._settle_quietly(
                deliveries.settle_dead(self.database, claimed, now, f"{claimed.attempts} tries failed; last: {reason}")
            )
        else:
            again_at = next_attempt(
                claimed.attempts,
                now,
                self.settings.retry_first_seconds,
                self.settings.retry_most_seconds,
                random.random(),  # noqa: S311 - jitter
                error.retry_after if isinstance(error, TemporaryFailure) else None,
            )
            await self._settle_quietly(deliveries.settle_failed(self.database, claimed, now, reason, again_at))
        await self._settle_quietly(
            breakers.failed(self.database, claimed.recipient, reason, now, self.settings.breaker_failures)
        )

    async def _settle_quietly(self, settling: object) -> None:
        """A settlement the database cannot take just now is not lost: the lease runs out and it is done again."""
        try:
            await settling  # type: ignore[misc]
        except Unavailable as error:
            _logger.warning("deliver.settle-later", reason=str(error))

    def _parcel(self, claimed: Claimed) -> Parcel:
        def pieces() -> AsyncIterator[bytes]:
            return originals.pieces(self.database, self.originals, claimed.envelope_id, claimed.size)

        return Parcel(
            delivery_id=claimed.id,
            envelope_id=claimed.envelope_id,
            kind=claimed.kind,
            document_id=claimed.document_id,
            sender=claimed.sender,
            recipient=claimed.recipient,
            code=claimed.code,
            subject=claimed.subject,
            priority=claimed.priority,
            size=claimed.size,
            sha256=claimed.sha256,
            available_at=claimed.created_at,
            attempt=claimed.attempts,
            pieces=pieces,
            config=claimed.config,
        )


def _cut(error: Exception) -> str:
    return str(error)[:_REASON_AT_MOST]
