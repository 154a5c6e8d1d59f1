"""Slows guessing down: after some failures a name, or an address, must wait, and longer each time.

In memory and by process: passwords are made by the hub and long, so this spares the machine (a try costs 0.1 s and
32 MiB) more than it guards the password.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_KEYS_AT_MOST: Final = 20_000
_FIRST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(minutes=15)


@dataclass(slots=True)
class _Tries:
    count: int
    until: datetime


class Throttle:
    """Counts tries by key. A try counts when it begins, so that many at once are not more than many in turn."""

    def __init__(self, free: int) -> None:
        """`free`: failed tries that cost no waiting."""
        self._free = free
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def begin(self, key: str, now: datetime) -> int:
        """Count a try, unless the key has to wait: then answer how many seconds, else 0."""
        tries = self._tries.get(key)
        if tries and now < tries.until:
            return int((tries.until - now).total_seconds()) + 1
        if tries and now > tries.until + _LONGEST:
            tries = None  # long ago
        count = tries.count + 1 if tries else 1
        doubled = max(count - self._free, 0)
        wait = min(_FIRST * 2 ** min(doubled, 10), _LONGEST) if count >= self._free else timedelta(0)
        self._tries[key] = _Tries(count, now + wait)
        self._tries.move_to_end(key)
        if len(self._tries) > _KEYS_AT_MOST:
            self._tries.popitem(last=False)
        return 0

    def forgive(self, key: str) -> None:
        """The try that was begun has succeeded."""
        self._tries.pop(key, None)
