"""How fast one caller may ask: a token bucket each, in this process. Several gateways let through as many times as much."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from hub.errors import TooMany

_CALLERS_AT_MOST: Final = 50_000  # buckets; who has not called for longest starts anew with a full one


class Buckets:
    """A bucket for each caller, filled by `rate` a second up to `burst`. A rate of 0 limits nobody."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, from any moment."""
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when that was so

    def take(self, caller: str) -> None:
        """Let one request through, or raise `TooMany` with the seconds until the next may come."""
        if not self._rate:
            return
        now = self._clock()
        left, then = self._buckets.get(caller, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        if left < 1:
            raise TooMany("rate limit", retry_after=math.ceil((1 - left) / self._rate))
        self._buckets[caller] = (left - 1, now)
        self._buckets.move_to_end(caller)
        if len(self._buckets) > _CALLERS_AT_MOST:
            self._buckets.popitem(last=False)
