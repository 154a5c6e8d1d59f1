"""What is late now, for each kind of alert: the deadlines of `hub.domain.deadline`, turned round.

Asking for everything that began before a moment needs no deadline on the rows, so a changed calendar counts at once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from hub.domain import deadline
from hub.domain.alert import CASE_DAYS, OF_CASES, Kind
from hub.domain.deadline import Calendar, Limits
from hub.settings import Settings
from hub.store.calendar import Calendars
from hub.store.late import Bounds, Until

_PRIORITIES = (3, 2, 1, 0)  # of each rank: 0 hỏa tốc … 3 thường
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


def waiting(now: datetime, older_than: timedelta, calendars: Calendars) -> Bounds:
    """Everything that has waited for some working time, whatever its deadline and however old."""

    def until(calendar: Calendar) -> Until:
        at = deadline.before(now, older_than, calendar)
        return at, at, at, at

    beginning = datetime.min.replace(tzinfo=now.tzinfo, year=1970)
    return Bounds(
        _from(until(calendars.usual), beginning),
        beginning,
        {code: _from(until(own), beginning) for code, own in calendars.own.items()},
    )


def _from(until: Until, beginning: datetime) -> Until:
    first, second, third, fourth = (max(at, beginning) for at in until)
    return first, second, third, fourth


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
