"""Answers shared for some seconds: two hundred open pages ask the database once, not two hundred times."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, NamedTuple, TypeVar

Answer = TypeVar("Answer")
_AT_MOST: Final = 200  # answers kept: each is a page's worth


class _Kept(NamedTuple):
    asked_at: float
    version: Hashable
    answer: asyncio.Future[Any]


class Remembered:
    """What was asked lately, by key. Whoever asks while an answer is on its way waits for that one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds that only grow."""
        self._clock = clock
        self._kept: dict[Hashable, _Kept] = {}

    async def get(
        self, key: Hashable, seconds: float, ask: Callable[[], Awaitable[Answer]], version: Hashable = None
    ) -> Answer:
        """The answer under `key`, asked anew when it is older than `seconds` or of another `version` of what it is about.

        A failure is told and not kept.
        """
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or kept.version != version or (kept.answer.done() and now - kept.asked_at > seconds):
            self._drop(now)
            kept = self._kept[key] = _Kept(now, version, asyncio.ensure_future(ask()))
        try:
            answer: Answer = await asyncio.shield(kept.answer)
        except Exception:
            if self._kept.get(key) is kept:
                del self._kept[key]
            raise
        return answer

    def _drop(self, now: float) -> None:
        """Make room: the oldest goes first."""
        while len(self._kept) >= _AT_MOST:
            oldest = min(self._kept, key=lambda key: self._kept[key].asked_at)
            if now < self._kept[oldest].asked_at:
                return
            del self._kept[oldest]
