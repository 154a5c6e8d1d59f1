"""Alerts that people can live with: one for each agency and kind, however many documents stand behind it.

Raised once, reminded on a schedule, escalated from the agency to its parent, the operators and the Government Office,
acknowledged with a note, opened again when it gets worse, and cleared by the fact itself, never by hand: but for
`DOUBTED`, where only people can say what follows, and the note is their decision.
Pure: what is found, the clock and the pace are arguments. Definitions: A1-A10 of the domain, each limit a proposal.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from hub.domain import deadline
from hub.domain.deadline import Calendar
from hub.errors import OutOfTurn


class Kind(StrEnum):
    """What an alert is about."""

    UNRECEIVED = "unreceived"  # A1: not collected
    UNANSWERED = "unanswered"  # A2: collected, no 01, 02 or 03
    UNREGISTERED = "unregistered"  # A3: 01, but no 02 or 03
    CHANGE_UNANSWERED = "change-unanswered"  # A4: a recall or update, no 15 or 16
    SENT_LATE = "sent-late"  # A5: sent later than T1 allows
    OVERDUE = "overdue"  # A6: DueDate passed, no 06
    UNDELIVERABLE = "undeliverable"  # A7: a dead letter
    SILENT = "silent"  # A8: the agency's system asks for nothing
    CHANGE_REFUSED = "change-refused"  # A9: 16 to a recall
    SIGNATURE = "signature"  # A10: taken, with a signature that is not valid
    DOUBTED = "signer-doubted"  # taken, and found afterwards to be signed by a certificate that was not to be believed
    CERTIFICATE = "certificate-expiring"
    LEDGER = "ledger"  # accepted is not delivered + pending + dead


class Step(IntEnum):
    """Who is told, in the order in which it goes up."""

    AGENCY = 0
    PARENT = 1
    OPERATORS = 2
    GOVERNMENT = 3


STARTS_AT: Final[dict[Kind, Step]] = {  # where an alert begins, if not with the agency
    Kind.CHANGE_REFUSED: Step.GOVERNMENT,  # not the agency's fault: a fact to report (domain §8.3)
    Kind.LEDGER: Step.OPERATORS,
}
OPERATORS_TOO: Final = frozenset({Kind.DOUBTED})
"""What the operators hear of beside the agency, as soon as it is raised."""
OF_CASES: Final = frozenset({Kind.SENT_LATE, Kind.CHANGE_REFUSED, Kind.SIGNATURE})
"""What happened once: it counts for `CASE_DAYS`, or until somebody acknowledges it."""
CASE_DAYS: Final = 7  # proposal
OF_DELIVERIES: Final = frozenset(
    {Kind.UNRECEIVED, Kind.UNANSWERED, Kind.UNREGISTERED, Kind.CHANGE_UNANSWERED, Kind.OVERDUE, Kind.UNDELIVERABLE}
)
OF_FACTS: Final = frozenset({Kind.SILENT, Kind.CERTIFICATE, Kind.LEDGER, Kind.DOUBTED})
"""No document stands behind them, but a fact about an agency."""
NAMES: Final[dict[Kind, tuple[str, str]]] = {
    Kind.UNRECEIVED: ("Chưa nhận", "Not collected"),
    Kind.UNANSWERED: ("Đã nhận, chưa phản hồi", "Collected, not answered"),
    Kind.UNREGISTERED: ("Đã đến, văn thư chưa tiếp nhận", "Arrived, not yet registered"),
    Kind.CHANGE_UNANSWERED: ("Thu hồi, cập nhật chưa được trả lời", "Recall or update not answered"),
    Kind.SENT_LATE: ("Gửi muộn", "Sent late"),
    Kind.OVERDUE: ("Quá hạn trả lời", "Answer overdue"),
    Kind.UNDELIVERABLE: ("Không giao được", "Undeliverable"),
    Kind.SILENT: ("Hệ thống không kết nối", "System silent"),
    Kind.CHANGE_REFUSED: ("Từ chối thu hồi, cập nhật", "Recall or update refused"),
    Kind.SIGNATURE: ("Chữ ký không hợp lệ", "Signature not valid"),
    Kind.DOUBTED: ("Người ký không còn tin được khi kiểm lại", "Signer found not to be believed"),
    Kind.CERTIFICATE: ("Chứng thư sắp hết hạn", "Certificate expiring"),
    Kind.LEDGER: ("Sổ đối chiếu không khớp", "Ledger out of balance"),
}


class State(StrEnum):
    """Where an alert is."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    CLEARED = "CLEARED"


class Event(StrEnum):
    """What can happen to an alert; the words of its history."""

    RAISED = "raised"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    CLEARED = "cleared"


S, E = State, Event
TABLE: Final[dict[State, dict[Event, State]]] = {
    S.OPEN: {E.REMINDED: S.OPEN, E.ESCALATED: S.OPEN, E.ACKNOWLEDGED: S.ACKNOWLEDGED, E.CLEARED: S.CLEARED},
    S.ACKNOWLEDGED: {E.ACKNOWLEDGED: S.ACKNOWLEDGED, E.REOPENED: S.OPEN, E.CLEARED: S.CLEARED},
    S.CLEARED: {},
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the watch sees of one agency and kind just now."""

    agency: str
    count: int
    rank: int  # of the most urgent: 0 hỏa tốc … 3 thường
    oldest_at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon an alert is repeated, and how soon it goes up one step, in time that `calendar` counts."""

    remind: timedelta
    escalate: timedelta
    calendar: Calendar


Paces = Callable[[str, int], Pace]
"""(agency, rank) -> the pace of its alerts."""
_FLASH: Final = (timedelta(minutes=30), timedelta(hours=1))  # hỏa tốc; proposal
_URGENT_PART: Final = 4  # khẩn, thượng khẩn: four times as fast; proposal
UNHURRIED: Final = {Kind.CERTIFICATE: 10}
"""Kinds that are told of long before they hurt, and how many times as slowly they are repeated and go up; proposal."""


def pace(rank: int, remind: timedelta, escalate: timedelta, calendar: Calendar) -> Pace:
    """The pace of a rank: hỏa tốc by the clock on the wall, the others in working time."""
    if rank == 0:
        return Pace(*_FLASH, deadline.ROUND_THE_CLOCK)
    if rank < 3:  # noqa: PLR2004 - khẩn, thượng khẩn
        return Pace(remind / _URGENT_PART, escalate / _URGENT_PART, calendar)
    return Pace(remind, escalate, calendar)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `remind_at` and `escalate_at` are None while nobody is to be told anything more."""

    id: str
    kind: Kind
    agency: str
    level: str
    parent: str | None
    state: State
    step: Step
    count: int
    rank: int
    oldest_at: datetime
    raised_at: datetime
    changed_at: datetime
    remind_at: datetime | None
    escalate_at: datetime | None
    reminders: int = 0
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_count: int | None = None
    note: str | None = None
    cleared_at: datetime | None = None
    detail: str | None = None

    @property
    def next_at(self) -> datetime | None:
        """When something is to be done about it by the clock."""
        moments = [at for at in (self.remind_at, self.escalate_at) if at is not None]
        return min(moments, default=None)

    def after(self, event: Event) -> State:
        """The state after an event; raises `OutOfTurn` where the table has no such move."""
        try:
            return TABLE[self.state][event]
        except KeyError:
            message = f"an alert that is {self.state} cannot be {event}"
            raise OutOfTurn(message) from None


def raised(identity: str, kind: Kind, found: Found, level: str, parent: str | None, now: datetime, pace: Pace) -> Alert:  # noqa: PLR0913
    """A new alert. Whose agency the directory does not know (`level` "") goes to the operators at once."""
    step = STARTS_AT.get(kind, Step.AGENCY if level else Step.OPERATORS)
    return Alert(
        id=identity,
        kind=kind,
        agency=found.agency,
        level=level,
        parent=parent,
        state=State.OPEN,
        step=step,
        count=found.count,
        rank=found.rank,
        oldest_at=found.oldest_at,
        raised_at=now,
        changed_at=now,
        remind_at=deadline.after(now, pace.remind, pace.calendar),
        escalate_at=deadline.after(now, pace.escalate, pace.calendar) if step < Step.GOVERNMENT else None,
        detail=found.detail or None,
    )


def seen(alert: Alert, found: Found, now: datetime, pace: Pace) -> tuple[Alert, Event | None]:
    """The alert with what is there now; the same object when nothing is different.

    An acknowledged one opens again when it has doubled since, or something more urgent joined it.
    """
    if (alert.count, alert.rank, alert.oldest_at, alert.detail or "") == (
        found.count,
        found.rank,
        found.oldest_at,
        found.detail,
    ):
        return alert, None
    now_seen = replace(
        alert,
        count=found.count,
        rank=found.rank,
        oldest_at=found.oldest_at,
        detail=found.detail or None,
        changed_at=now,
    )
    is_more_urgent = found.rank < alert.rank
    if alert.state is State.ACKNOWLEDGED:
        if not is_more_urgent and found.count < 2 * (alert.acknowledged_count or 1):
            return now_seen, None
        return _paced(replace(now_seen, state=alert.after(Event.REOPENED)), now, pace), Event.REOPENED
    if is_more_urgent:  # never later than it would have been
        faster = _paced(now_seen, now, pace)
        return replace(
            faster,
            remind_at=_earlier(alert.remind_at, faster.remind_at),
            escalate_at=_earlier(alert.escalate_at, faster.escalate_at),
        ), None
    return now_seen, None


def due(alert: Alert, now: datetime, pace: Pace) -> tuple[Alert, Event | None]:
    """What the clock makes of an open alert: one step up, or a reminder, or nothing yet. Escalating counts as reminding."""
    if alert.state is State.OPEN and alert.escalate_at is not None and alert.escalate_at <= now:
        up = Step(alert.step + 1)
        if up is Step.PARENT and alert.parent is None:
            up = Step.OPERATORS
        higher = replace(alert, state=alert.after(Event.ESCALATED), step=up, changed_at=now)
        return _paced(higher, now, pace), Event.ESCALATED
    if alert.state is State.OPEN and alert.remind_at is not None and alert.remind_at <= now:
        again = deadline.after(now, pace.remind, pace.calendar)
        reminded = replace(alert, state=alert.after(Event.REMINDED), reminders=alert.reminders + 1, remind_at=again)
        return reminded, Event.REMINDED
    return alert, None


def acknowledged(alert: Alert, by: str, note: str, now: datetime) -> Alert:
    """Somebody is on it: no reminders and no escalation until it gets worse."""
    return replace(
        alert,
        state=alert.after(Event.ACKNOWLEDGED),
        acknowledged_at=now,
        acknowledged_by=by,
        acknowledged_count=alert.count,
        note=note,
        changed_at=now,
        remind_at=None,
        escalate_at=None,
    )


def cleared(alert: Alert, now: datetime) -> Alert:
    """What raised it is no more."""
    return replace(
        alert,
        state=alert.after(Event.CLEARED),
        count=0,
        cleared_at=now,
        changed_at=now,
        remind_at=None,
        escalate_at=None,
    )


def _paced(alert: Alert, now: datetime, pace: Pace) -> Alert:
    is_last = alert.step is Step.GOVERNMENT
    return replace(
        alert,
        remind_at=deadline.after(now, pace.remind, pace.calendar),
        escalate_at=None if is_last else deadline.after(now, pace.escalate, pace.calendar),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
