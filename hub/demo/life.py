"""What an office does with a document that came to it, moment by moment, as its habit has it. Chance is the caller's."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from hub.demo.country import Habit
from hub.domain import deadline
from hub.domain.deadline import Calendar
from hub.domain.delivery import State

_REPORTS: Final = (
    ("01", 4, "Văn bản đã đến"),
    ("03", 40, "Đã vào sổ"),
    ("05", 300, "Đang xử lý"),
    ("06", 1500, "Đã xong"),
)
_REFUSED: Final = (("01", 4, "Văn bản đã đến"), ("02", 60, "Gửi nhầm nơi nhận"))
_TRIED_FOR: Final = timedelta(hours=26)
_TRIES: Final = 14
_SOON_ENOUGH: Final = 0.12, 0.25, 1.0  # of the usual time, for hỏa tốc, for khẩn, for the rest


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happens to a delivery: the event's word, and what the delivery says from then on."""

    at: datetime
    what: str
    facts: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """One delivery: when the hub had it, how urgent it is, by which channel it goes, and who is to take it."""

    at: datetime
    priority: int
    channel: str
    habit: Habit
    calendar: Calendar
    now: datetime

    def moments(self, rng: random.Random, *, reports: bool = True) -> Iterator[Moment]:
        """All that happens, in order of time, what lies in the future too. `reports`: it is one to be answered."""
        trouble = self.habit.trouble((self.now - self.at).days)
        if trouble and rng.random() < trouble.share:
            reason = f"{_TRIES} tries failed; last: {trouble.reason.format(ms=rng.randint(28, 70))}"
            facts = {"state": State.DEAD.value, "reason": reason, "attempts": _TRIES}
            yield Moment(self.at + _TRIED_FOR, "dead", facts, detail=reason)
            return
        there = self.at + timedelta(milliseconds=rng.lognormvariate(math.log(60), 0.7))
        is_pushed = self.channel != "inbox"
        state = State.DELIVERED if is_pushed else State.AVAILABLE
        yield Moment(there, state.value.lower(), {"state": state.value, "available_at": there})
        pace = _SOON_ENOUGH[0 if self.priority >= 3 else 1 if self.priority else 2]
        collected = self._later(there, self.habit.minutes * pace * rng.lognormvariate(0, 0.75))
        if self.habit.is_silent(self.now - collected):
            return
        yield Moment(collected, "collected", {"state": State.COLLECTED.value, "collected_at": collected})
        confirmed = collected + timedelta(seconds=rng.uniform(1, 30))
        done = {"state": State.CONFIRMED.value, "confirmed_at": confirmed, "result": "done"}
        yield Moment(confirmed, "confirmed", done, detail="done")
        if reports:
            yield from self._reports(rng, confirmed)

    def _reports(self, rng: random.Random, confirmed: datetime) -> Iterator[Moment]:
        """What it reports: at once as a rule, some days later where somebody had to be reminded, or never."""
        if rng.random() < self.habit.forgets:
            return
        told = _REFUSED if rng.random() < self.habit.refuses else _REPORTS
        begin = confirmed if rng.random() < self.habit.answers else self._later(confirmed, rng.uniform(6, 26) * 60)
        at = begin
        for code, minutes, words in told:
            at = max(at, self._later(begin, minutes * rng.lognormvariate(0, 0.6)))
            facts = {"progress": code, "report_code": code, "report_at": at, "report_description": words}
            yield Moment(at, "reported", facts, code, words)

    def _later(self, at: datetime, minutes: float) -> datetime:
        return deadline.after(at, timedelta(minutes=minutes), self.calendar)
