"""What the hub asks of a bus, and the one that lives in this process.

A consumer gets a batch, does its work in the database, and only then calls `done`: a note may come twice, and is never
lost by the bus. Urgent notes come first among those at hand.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.bus.notes import Note

BATCH_AT_MOST: Final = 500  # notes; what one statement of the store handles comfortably


@dataclass(frozen=True, slots=True)
class Batch:
    """Notes in hand. `done`: their deliveries are in the database's care, so they need not come again."""

    notes: tuple[Note, ...]
    done: Callable[[], Awaitable[None]]


class Bus(Protocol):
    """How notes travel from the relay to the workers."""

    never_fails: bool
    """Whether `publish` cannot fail, so that notes need not be kept until it has returned."""

    async def start(self) -> None:
        """Get ready. A bus that cannot be reached is tried again in the background."""

    async def close(self) -> None:
        """Let go; what was not done comes again to somebody else."""

    async def publish(self, notes: Sequence[Note]) -> None:
        """Return when the bus has every note; raise `Unavailable` when that is not sure, and all must be sent again."""

    def consume(self) -> AsyncIterator[Batch]:
        """Batches for ever, shared with every other consumer."""

    async def healthy(self) -> bool:
        """Whether the bus answers just now."""


class MemoryBus:
    """Notes within one process. What it holds is gone with the process, and the clock finds the deliveries again."""

    never_fails = True

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Note]] = []
        self._count = 0
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def publish(self, notes: Sequence[Note]) -> None:
        """Take the notes; never fails."""
        for note in notes:
            self._count += 1
            heapq.heappush(self._heap, (-note.priority, self._count, note))
        self._news.set()

    async def consume(self) -> AsyncIterator[Batch]:
        """Batches, the most urgent first. A batch not done when its consumer ends goes back."""
        while True:
            while not self._heap:
                self._news.clear()
                await self._news.wait()
            entries = [heapq.heappop(self._heap) for _ in range(min(len(self._heap), BATCH_AT_MOST))]
            finished = asyncio.Event()  # of this batch alone: a late word must not speak for the next one

            async def done(finished: asyncio.Event = finished) -> None:
                finished.set()

            try:
                yield Batch(tuple(note for _, _, note in entries), done)
            finally:
                if not finished.is_set():
                    for entry in entries:
                        heapq.heappush(self._heap, entry)
                    self._news.set()

    async def healthy(self) -> bool:
        """Always."""
        return True
