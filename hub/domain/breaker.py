"""The circuit breaker of an endpoint: after failures in a row it is left alone for a while, then tried by one probe.

    closed      open_until is None                every parcel may go
    open        now before open_until             none may; they wait without spending their tries
    half open   open_until is past                one goes as a probe, which opens the breaker for the others meanwhile

A probe that succeeds closes it, a probe that fails opens it for twice as long, and a probe that is never heard of
again (its process died) gives way to the next one when its time is over.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

REST_FIRST: Final = timedelta(seconds=10)  # twice the first wait of a retry: long enough to spare a restarting server
REST_MOST: Final = timedelta(minutes=10)  # an endpoint that is back is noticed within a coffee break
PROBE_WITHIN: Final = timedelta(minutes=1)  # longer than a lease: a probe that says nothing by then is lost


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is remembered of one endpoint. `failures`: in a row; `open_until`: nothing is sent before it."""

    failures: int = 0
    open_until: datetime | None = None

    def allows(self, now: datetime) -> bool:
        """Whether a parcel may be tried at `now`. Who goes by it must store `probe(now)` first, or two may probe."""
        return self.open_until is None or now >= self.open_until

    def probe(self, now: datetime, within: timedelta = PROBE_WITHIN) -> tuple[bool, "Breaker"]:
        """Say whether a parcel may go, and what to remember while it is under way.

        Half open, the answer is yes to the one whose change is stored; everybody else waits until it is settled, or
        `within` is over.
        """
        if self.open_until is None:
            return True, self
        if not self.allows(now):
            return False, self
        return True, replace(self, open_until=now + within)

    def after_failure(self, now: datetime, threshold: int = 5) -> "Breaker":
        """Count one more failure; from the `threshold`th in a row on it opens, for twice as long each time."""
        failures = self.failures + 1
        if failures < threshold:
            return Breaker(failures, None)
        doublings = min(failures - threshold, 16)  # far beyond REST_MOST, far below an overflow
        rest = min(timedelta(seconds=math.ldexp(REST_FIRST.total_seconds(), doublings)), REST_MOST)
        return Breaker(failures, now + rest)

    def after_success(self) -> "Breaker":
        """Close it: one success forgets every failure."""
        return Breaker()
