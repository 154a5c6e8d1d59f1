"""What each recipient holds now of a document that was changed, and how every change asked of it stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.console import words
from hub.console.listing import Party, party
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain.agency import Agency
from hub.domain.change import Outcome

_LOOKS: Final = {
    Outcome.PENDING: ("wait", "clock"),
    Outcome.AGREED: ("good", "check"),
    Outcome.OBEYED: ("good", "check"),
    Outcome.WITHDRAWN: ("good", "check"),
    Outcome.REFUSED: ("bad", "cross"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One change: what was asked, by which envelope, and how it stands."""

    by: str
    word: str
    outcome: Badge
    due_at: datetime | None
    is_late: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """One recipient: the envelope it holds, "" when none."""

    party: Party
    envelope_id: str
    word: str
    asked: tuple[Asked, ...]


def holdings(
    speech: Speech,
    held: Iterable[Mapping[str, Any]],
    asked: Iterable[Mapping[str, Any]],
    agencies: Mapping[str, Agency | None],
    now: datetime,
) -> list[Holding]:
    """Put together what is known of each recipient among `agencies`; others are on other pages, or nobody's business."""
    by: dict[str, list[Asked]] = defaultdict(list)
    for row in asked:
        outcome = Outcome(row["outcome"])
        is_late = outcome is Outcome.PENDING and row["due_at"] is not None and row["due_at"] <= now
        badge = Badge(*_LOOKS[outcome], speech(f"outcome_{outcome.value.lower()}"))
        word = speech("change_" + row["kind"].replace("-", "_"))
        waits = row["held_until"] is not None
        by[row["recipient"]].append(Asked(row["by_id"], word, badge, row["due_at"], is_late, waits))
    return [
        Holding(
            party(agencies, row["recipient"]),
            row["envelope_id"] if row["has"] else "",
            f"{speech.named(words.KINDS, row['kind'])} · {row['code']}" if row["has"] else speech("holds_nothing"),
            tuple(by[row["recipient"]]),
        )
        for row in held
        if row["recipient"] in agencies
    ]
