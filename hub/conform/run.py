"""Run the cases one after the other; each ends kept, broken or not tried, whatever the others do."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import httpx

from hub.conform.cases import Case
from hub.conform.ground import Broken, Ground, NotTried


class End(StrEnum):
    """How a case ended."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_TRIED = "not-tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with how it ended, why, what was done, and how long it took (seconds)."""

    case: Case
    end: End
    why: str
    steps: tuple[str, ...]
    seconds: float

    def shown(self) -> dict[str, Any]:
        """The outcome as JSON says it."""
        return {
            "id": self.case.id,
            "title": {"vi": self.case.vi, "en": self.case.en},
            "rule": self.case.rule,
            "end": self.end.value,
            "why": self.why,
            "steps": list(self.steps),
            "seconds": round(self.seconds, 3),
        }


def run(cases: Sequence[Case], ground: Ground, told: Callable[[Outcome], None]) -> list[Outcome]:
    """Try each case on fresh documents; `told` hears of each outcome as it comes."""
    outcomes = []
    for case in cases:
        own = replace(ground, steps=[])
        started = time.monotonic()
        end, why = _tried(case, own)
        outcomes.append(Outcome(case, end, why, tuple(own.steps), time.monotonic() - started))
        told(outcomes[-1])
    return outcomes


def _tried(case: Case, ground: Ground) -> tuple[End, str]:
    try:
        case.run(ground)
    except NotTried as error:
        return End.NOT_TRIED, str(error)
    except Broken as error:
        return End.BROKEN, str(error)
    except (httpx.HTTPError, OSError) as error:
        return End.BROKEN, f"the hub did not answer: {type(error).__name__}: {error}"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:  # an answer of another shape
        return End.BROKEN, f"the answer is not what the rule describes: {type(error).__name__}: {error}"
    return End.KEPT, ""
