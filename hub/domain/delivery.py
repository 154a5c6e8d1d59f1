"""The state of a delivery: one envelope on its way to one agency. Everything that affects it lives here.

Two rules. An agency's answer beats anything its channel says. An answered, dead or withdrawn delivery moves again
only where the table says so.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hub.errors import OutOfTurn


class State(StrEnum):
    """Where a delivery is."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    DELIVERED = "DELIVERED"
    AVAILABLE = "AVAILABLE"
    COLLECTED = "COLLECTED"
    CONFIRMED = "CONFIRMED"
    DEAD = "DEAD"
    WITHDRAWN = "WITHDRAWN"


SHOWN: Final[dict[str, tuple[str, str]]] = {
    State.QUEUED: ("Chờ gửi", "Queued"),
    State.SENDING: ("Đang gửi", "Sending"),
    State.DELIVERED: ("Đã tới hệ thống", "Handed over"),
    State.AVAILABLE: ("Trong hộp thư", "In the inbox"),
    State.COLLECTED: ("Đã lấy về", "Collected"),
    State.CONFIRMED: ("Đã xác nhận", "Confirmed"),
    "FAILED": ("Bên nhận báo lỗi", "Failed at recipient"),
    State.DEAD: ("Văn bản lỗi", "Dead letter"),
    State.WITHDRAWN: ("Đã thu hồi", "Withdrawn"),
}
"""The words of the states people are told: a confirmation that says fail is shown as `FAILED`."""


class Event(StrEnum):
    """What can happen to a delivery."""

    MADE_AVAILABLE = "made available"
    CLAIMED = "claimed"
    HANDED_OVER = "handed over"
    FAILED = "failed"
    LEASE_LOST = "lease lost"
    GAVE_UP = "gave up"
    REQUEUED = "requeued"
    COLLECTED = "collected"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    GIVEN_BACK = "given back"


S, E = State, Event
TABLE: Final[dict[State, dict[Event, State]]] = {
    S.QUEUED: {E.MADE_AVAILABLE: S.AVAILABLE, E.CLAIMED: S.SENDING, E.GAVE_UP: S.DEAD, E.WITHDRAWN: S.WITHDRAWN},
    S.SENDING: {
        E.HANDED_OVER: S.DELIVERED,
        E.FAILED: S.QUEUED,
        E.LEASE_LOST: S.QUEUED,
        E.GAVE_UP: S.DEAD,
        E.COLLECTED: S.COLLECTED,
        E.CONFIRMED: S.CONFIRMED,
    },
    S.DELIVERED: {E.COLLECTED: S.COLLECTED, E.CONFIRMED: S.CONFIRMED, E.GIVEN_BACK: S.WITHDRAWN},
    S.AVAILABLE: {
        E.COLLECTED: S.COLLECTED,
        E.CONFIRMED: S.CONFIRMED,
        E.WITHDRAWN: S.WITHDRAWN,
        E.GIVEN_BACK: S.WITHDRAWN,
    },
    S.COLLECTED: {E.COLLECTED: S.COLLECTED, E.CONFIRMED: S.CONFIRMED, E.GIVEN_BACK: S.WITHDRAWN},
    S.CONFIRMED: {},
    S.DEAD: {E.REQUEUED: S.QUEUED, E.WITHDRAWN: S.WITHDRAWN},
    S.WITHDRAWN: {},
}
FINAL: Final = frozenset({S.CONFIRMED, S.WITHDRAWN})
IN_INBOX: Final = frozenset({S.AVAILABLE, S.DELIVERED, S.COLLECTED})
UNCOLLECTED: Final = frozenset({S.QUEUED, S.SENDING, S.AVAILABLE, S.DELIVERED})


def sources(event: Event) -> tuple[State, ...]:
    """The states from which `event` may happen; the store's conditional updates are built from it."""
    return tuple(state for state, moves in TABLE.items() if event in moves)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery's state and the version it was read at; a store saves only over the version it came from."""

    state: State = State.QUEUED
    version: int = 1

    def after(self, event: Event) -> "Delivery":
        """The delivery after `event`; raises `OutOfTurn` where the table has no such move."""
        try:
            return replace(self, state=TABLE[self.state][event], version=self.version + 1)
        except KeyError:
            message = f"a delivery that is {self.state} cannot be {event}"
            raise OutOfTurn(message) from None


def fold(states: Collection[State]) -> str:
    """One word for an envelope from the states of its deliveries: the least advanced living one decides.

    DEAD shows as soon as any delivery is dead: somebody must look.
    """
    order = [S.DEAD, S.QUEUED, S.SENDING, S.AVAILABLE, S.DELIVERED, S.COLLECTED, S.CONFIRMED, S.WITHDRAWN]
    return min(states, key=order.index).value if states else S.QUEUED.value
