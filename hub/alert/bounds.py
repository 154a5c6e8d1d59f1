"""What is late now, for each kind of alert: the deadlines of `hub.domain.deadline`, turned round.

Asking for everything that began before a moment needs no deadline on the rows, so a changed calendar counts at once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from hub.domain import deadline
from hub.domain.alert import CASE_DAYS, OF_CASES, Kind
from hub.domain.deadline import Calendar, Limits
from hub.settings import Settings
from hub.store.watching.calendar import Calendars
from hub.store.watching.late import Bounds, Until

_PRIORITIES = (3, 2, 1, 0)  # of each rank: 0 hỏa tốc … 3 thường
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)  # the index is asked for "up to", the deadline means "before"


def of(kind: Kind, now: datetime, calendars: Calendars, settings: Settings) -> Bounds:
    """The bounds of a kind at a moment."""
    limits = calendars.limits
    asked: dict[Kind, Callable[[Calendar], Until]] = {
        Kind.UNRECEIVED: partial(_unreceived, now, limits),
        Kind.UNANSWERED: partial(_unanswered, now),
        Kind.UNREGISTERED: partial(_unregistered, now, limits),
        Kind.CHANGE_UNANSWERED: partial(_change_unanswered, now),
    }
    days = CASE_DAYS if kind in OF_CASES else settings.alert_days
    oldest = now - timedelta(days=days)
    if kind not in asked:
        return Bounds((now, now, now, now), oldest)
    until = asked[kind]
    return Bounds(until(calendars.usual), oldest, {code: until(own) for code, own in calendars.own.items()})


def listed(kind: Kind, now: datetime, older_than: timedelta | None, calendars: Calendars, settings: Settings) -> Bounds:
    """What a list shows: everything past its deadline however old, or all that has waited for some working time."""
    if older_than is None:
        late = of(kind, now, calendars, settings)
        return late if kind in OF_CASES else replace(late, oldest=_BEGINNING)

    def until(calendar: Calendar) -> Until:
        at = deadline.before(now, older_than, calendar)
        at = max(at, _BEGINNING)
        return at, at, at, at

    return Bounds(until(calendars.usual), _BEGINNING, {code: until(own) for code, own in calendars.own.items()})


def _unreceived(now: datetime, limits: Limits, calendar: Calendar) -> Until:
    flash, more, urgent, normal = (deadline.unreceived_before(now, p, limits, calendar) for p in _PRIORITIES)
    return flash, more, urgent, normal


def _unanswered(now: datetime, calendar: Calendar) -> Until:
    at = deadline.unanswered_before(now, calendar) - _INSTANT
    return at, at, at, at


def _unregistered(now: datetime, limits: Limits, calendar: Calendar) -> Until:
    normal = deadline.unanswered_before(now, calendar) - _INSTANT
    urgent = deadline.before(now, limits.answer_urgent, calendar)
    return urgent, urgent, urgent, normal


def _change_unanswered(now: datetime, calendar: Calendar) -> Until:
    at = deadline.before(now, calendar.full_day, calendar)
    return at, at, at, at
