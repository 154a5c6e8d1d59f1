"""A change that is asked of one recipient of one document: recalled, updated, replaced, taken back, or taken off the list.

Every question stands by itself, with its own deadline and its own end. What nobody has collected yet the hub withdraws
at once, and nobody is asked. Sources: the official texts of 13, 15 and 16; QĐ 28/2018 Art. 9 (who is asked to give a
document back destroys it and says so). The order of things is the hub's own proposal: none is published.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.domain.delivery import State
from hub.errors import OutOfTurn


class Change(StrEnum):
    """What is asked."""

    RECALL = "recall"
    UPDATE = "update"
    REPLACE = "replace"
    TAKE_BACK = "take-back"  # status 13
    REMOVAL = "removal"  # an update that takes the recipient off the list


class Outcome(StrEnum):
    """How it stands."""

    PENDING = "PENDING"
    AGREED = "AGREED"  # the recipient said 15
    REFUSED = "REFUSED"  # the recipient said 16
    OBEYED = "OBEYED"  # done without an answer: it registered the replacement, or gave the document back before
    WITHDRAWN = "WITHDRAWN"  # the hub withdrew the document before it was collected


class Event(StrEnum):
    """What can happen to a change that was asked."""

    AGREED = "agreed"
    REFUSED = "refused"
    REGISTERED = "registered"  # the recipient reported 03 to 06 on the document that replaces
    WITHDRAWN = "withdrawn"


C, E = Change, Event
GIVES_UP: Final = frozenset({C.RECALL, C.TAKE_BACK, C.REMOVAL})
"""Changes after which the recipient no longer has the document."""
_ANSWERS: Final = {E.AGREED: Outcome.AGREED, E.REFUSED: Outcome.REFUSED}
TABLE: Final[dict[Change, dict[Event, Outcome]]] = {  # from PENDING; every other outcome is the last
    **{kind: {**_ANSWERS, E.WITHDRAWN: Outcome.WITHDRAWN} for kind in GIVES_UP},
    C.UPDATE: {**_ANSWERS},
    C.REPLACE: {**_ANSWERS, E.REGISTERED: Outcome.OBEYED},
}
NOT_THERE_YET: Final = frozenset({State.QUEUED, State.SENDING})
"""States of a document in which a change of it would overtake it."""
_BY_CODE: Final = {"15": E.AGREED, "16": E.REFUSED, **dict.fromkeys(("03", "04", "05", "06"), E.REGISTERED)}


def after(kind: Change, outcome: Outcome, event: Event) -> Outcome:
    """Give the outcome after an event; raises `OutOfTurn` where the table has no such move."""
    if outcome is Outcome.PENDING and event in TABLE[kind]:
        return TABLE[kind][event]
    message = f"a {kind} that is {outcome} cannot be {event}"
    raise OutOfTurn(message)


def asked(kind: Change, state: State, *, is_gone: bool) -> Outcome | None:
    """How a change begins for a recipient whose delivery is in `state`; None when there is nothing to ask.

    `is_gone`: the recipient gave the document back before.
    """
    if is_gone or state is State.WITHDRAWN:
        return Outcome.OBEYED if kind in GIVES_UP else None
    return None if state is State.DEAD else Outcome.PENDING


def event_of(code: str) -> Event | None:
    """What a status code says about a change; None for codes that say nothing about one."""
    return _BY_CODE.get(code)


def moved_by(event: Event) -> tuple[Change, ...]:
    """The changes that an event ends."""
    return tuple(kind for kind, moves in TABLE.items() if event in moves)


def strongest(kinds: Collection[str]) -> str | None:
    """Of changes that wait together, the one an answer is taken to be about: giving up goes before new content."""
    order = (*sorted(GIVES_UP), C.REPLACE, C.UPDATE)
    return min(kinds, key=lambda kind: order.index(Change(kind))) if kinds else None


@dataclass(frozen=True, slots=True)
class Asking:
    """A change an envelope asks for. `document`: our id of it; `recipients` None: everybody the envelope is for."""

    kind: Change
    document: str
    sender: str  # of the document, whose feed hears of it
    recipients: tuple[str, ...] | None = None
