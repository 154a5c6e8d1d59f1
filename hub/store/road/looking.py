"""How whoever keeps an index beside the road looks for documents that are not in it.

What was accepted first may be committed last, so all of the last minutes is looked through; but only now and then, for
the more comes in the longer that takes. Between times it is enough to look at what came since the last document that was
entered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

SETTLED: Final = timedelta(seconds=60)
"""Longer than any accept takes: what is younger may still be committing."""


@dataclass(frozen=True, slots=True)
class Look:
    """A way through time, at most `most` documents a step; `count`: how many the last step found.

    `is_whole`: everything that may be missing is looked through, so the index's mark may follow. `start`: from when on.
    """

    most: int
    start: datetime | None = None
    is_whole: bool = True
    count: int = 0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left on the way."""
        return self.count < self.most

    def begins(self, until: datetime) -> datetime:
        """Where the next step begins, for an index with a mark at `until`."""
        earliest = until - SETTLED
        return earliest if self.start is None else max(self.start, earliest)

    def after(self, found: Sequence[datetime]) -> "Look":
        """The look after a step that found documents of these times, in order."""
        return replace(self, start=found[-1] if found else self.start, count=len(found))

    def reached(self, until: datetime, now: datetime) -> datetime | None:
        """Where the index's mark goes after the last step; None where it stays, as it mostly does while nothing comes in."""
        if not self.is_whole:
            return None
        settled = now - SETTLED  # never beyond: the next whole look begins before whatever may be committed late
        reached = settled if self.is_over or self.start is None else min(self.start, settled)
        return reached if reached > until and (self.count or reached - until > SETTLED) else None
