"""When to try again after a failure: later each time, never all at once, never beyond a bound.

Half of each wait is fixed and half is chance ("equal jitter"): parcels that failed together do not come back together,
and none comes back at once. Chance is an argument, so the rule itself can be tested to the second.
"""

import math
from datetime import datetime, timedelta
from typing import Final

_DOUBLINGS_AT_MOST: Final = 60  # beyond it every wait is the bound, and 2 ** n leaves the range of a float


def next_attempt(
    attempt: int,
    now: datetime,
    first_seconds: float,
    most_seconds: float,
    chance: float,
    asked_for: float | None = None,
) -> datetime:
    """Say when the try after the failed try number `attempt` (from 1) is due.

    The wait doubles from `first_seconds` up to `most_seconds`; `chance` in [0, 1) picks the point in its upper half.
    `asked_for`: seconds the other side asked for, waited for at least, up to `most_seconds`: it may ask for years.
    """
    doublings = min(max(attempt, 1) - 1, _DOUBLINGS_AT_MOST)
    full = min(math.ldexp(first_seconds, doublings), most_seconds)
    wait = full * (1 + chance) / 2
    if asked_for is not None and asked_for > wait:  # a NaN is never greater
        wait = min(asked_for, most_seconds)
    return now + timedelta(seconds=wait)
