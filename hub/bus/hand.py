"""What one consumer of Kafka has in hand, and up to where its work is done.

The offsets of what was done are committed together, a moment later: a commit for each batch would cost a round trip
between two batches, and a consumer that dies before it makes some notes come twice, which harms nothing.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from hub import failpoint, log

COMMIT_AFTER: Final = 0.25  # seconds: how much of what was done may come again after a death
_COMMIT_WITHIN: Final = 5.0
_logger = log.get(__name__)


class Hand(ConsumerRebalanceListener):  # type: ignore[misc]
    """Whether a batch is in hand: a rebalance waits for it, so its offsets are committed by who did the work."""

    def __init__(self, consumer: AIOKafkaConsumer, within: float) -> None:
        """`within`: seconds a rebalance waits for the batch in hand."""
        self._consumer = consumer
        self._within = within
        self._is_gone = False
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._done: dict[TopicPartition, int] = {}
        self._later: asyncio.Task[None] | None = None  # waits for its moment
        self._committing = asyncio.Lock()  # nobody cuts a commit in the middle: aiokafka would leave its tasks behind

    def take(self) -> None:
        """A batch is in hand now."""
        self._is_empty.clear()

    async def finish(self, offsets: dict[TopicPartition, int]) -> None:
        """Everything up to `offsets` is done. A consumer that has left would speak for partitions that are another's."""
        if self._is_gone:
            return
        self._done |= offsets
        self._is_empty.set()
        if self._later is None:
            self._later = asyncio.create_task(self._commit_later(), name="commit")

    async def leave(self) -> None:
        """Commit what was done, and no more from now on. Call before the consumer is stopped."""
        self._is_gone = True
        self._is_empty.set()
        await self._commit()
        if self._later:
            self._later.cancel()

    async def _commit_later(self) -> None:
        while self._done:
            await asyncio.sleep(COMMIT_AFTER)
            await self._commit()
        self._later = None

    async def _commit(self) -> None:
        async with self._committing:
            offsets, self._done = self._done, {}
            if not offsets:
                return
            try:
                async with asyncio.timeout(_COMMIT_WITHIN):
                    await self._consumer.commit(offsets)
            except (KafkaError, OSError, TimeoutError) as error:
                # the partition is another's by now, or the broker away: the notes come twice, which harms nothing
                _logger.info("bus.commit-failed", error=type(error).__name__)

    async def on_partitions_revoked(self, _revoked: Any) -> None:
        """Wait for the batch in hand, but not for ever, and say what was done."""
        failpoint.reach("partitions-revoked")
        with suppress(TimeoutError):
            async with asyncio.timeout(self._within):
                await self._is_empty.wait()
        await self._commit()

    async def on_partitions_assigned(self, _assigned: Any) -> None:
        """Nothing to do."""
