"""Which days are worked: the public holidays of Vietnam, and what people decided otherwise.

The library `holidays` knows the law's days, the lunar ones included, compensatory days and most swaps. Swaps are decided
each year, often late, so whatever it says can be overridden for a day, by a person, with a decree's number and a reason.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from hub.domain.deadline import Calendar, Day, Span
from hub.errors import Rejected
from hub.findings import Finding, finding

FIRST_YEAR: Final = 2019  # the axis opened on 12 March 2019
YEARS_AHEAD: Final = 2  # how far the government's decisions are looked for beyond the current year
COLUMNS: Final = ("day", "kind", "decree", "reason")
_SPAN: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")
_LONGEST: Final = 300  # characters of a reason or a decree


@dataclass(frozen=True, slots=True)
class Override:
    """One day decided otherwise than the library says."""

    day: date
    kind: Day
    decree: str  # number of the document that decided it
    reason: str


@dataclass(frozen=True, slots=True)
class Hours:
    """An agency's own working hours."""

    spans: tuple[Span, ...]
    weekdays: frozenset[int]


SEED: Final = (  # what the library does not know
    Override(date(2026, 1, 2), Day.OFF, "12729/VPCP-KGVX", "Hoán đổi ngày làm việc dịp Tết Dương lịch 2026"),
    Override(date(2026, 1, 10), Day.WORK, "12729/VPCP-KGVX", "Làm bù cho ngày 02/01/2026"),
)


def official(years: Iterable[int]) -> dict[date, Day]:
    """The days of some years that the library says are off or, though on a weekend, worked."""
    from holidays.countries.vietnam import Vietnam  # half a second: only who counts working time pays for it

    known = Vietnam(years=list(years))  # type: ignore[no-untyped-call]
    days = dict.fromkeys(known, Day.OFF)
    return {**days, **dict.fromkeys(known.weekend_workdays, Day.WORK)}


def names(year: int) -> dict[date, str]:
    """What the library calls the days off of a year, in Vietnamese."""
    from holidays.countries.vietnam import Vietnam

    return dict(Vietnam(years=[year], language="vi"))  # type: ignore[no-untyped-call]


def version_of_holidays() -> str:
    """Name and version of the library, as reports freeze it."""
    from importlib.metadata import version

    return f"holidays {version('holidays')}"


def made(days: Mapping[date, Day], overrides: Iterable[Override], hours: Hours | None = None) -> Calendar:
    """A calendar of the library's days, the overrides, and an agency's own hours."""
    exceptions = {**days, **{each.day: each.kind for each in overrides}}
    digest = sha256(repr(sorted(exceptions.items())).encode()).hexdigest()[:12]
    if hours is None:
        return Calendar(exceptions=exceptions, version=digest)
    return Calendar(weekdays=hours.weekdays, spans=hours.spans, exceptions=exceptions, version=digest)


def checked(day: str, kind: str, decree: str, reason: str, *, line: int | None = None) -> Override:
    """An override as somebody wrote it; raises `Rejected` with all that is wrong, the day first."""
    wrong: list[Finding] = []

    def wrongly(name: str, vi: str, en: str) -> None:
        wrong.append(finding("invalid-override", name, line, name=name, problem=(vi, en)))

    on = _date(day)
    if on is None:
        wrongly("day", f"“{day}” không phải ngày có thật (dạng 2026-01-02)", f"“{day}” is no day (2026-01-02)")
    elif not FIRST_YEAR <= on.year <= date.max.year - 1:
        wrongly("day", f"năm phải từ {FIRST_YEAR}", f"the year must be {FIRST_YEAR} or later")
    if kind not in set(Day):
        wrongly("kind", f"“{kind}”: chỉ nhận {', '.join(Day)}", f"“{kind}”: one of {', '.join(Day)}")
    for name, value in (("decree", decree), ("reason", reason)):
        if not value.strip():
            wrongly(name, "bắt buộc", "is required")
        elif len(value) > _LONGEST:
            wrongly(name, f"dài quá {_LONGEST} ký tự", f"longer than {_LONGEST} characters")
    if wrong or on is None:
        raise Rejected(wrong)
    _contradiction(on, Day(kind), line)
    return Override(on, Day(kind), decree.strip(), reason.strip())


def _contradiction(on: date, kind: Day, line: int | None) -> None:
    """A weekend made free, or a working day made worked, changes nothing: somebody took the wrong date."""
    known = official([on.year]).get(on)
    is_weekend = on.weekday() > 4  # noqa: PLR2004 - Friday
    if kind is Day.OFF and is_weekend and known is not Day.WORK:
        vi, en = (
            f"{on:%d/%m/%Y} đã là ngày nghỉ cuối tuần; có nhầm ngày không?",
            f"{on} is a weekend: is it the right date?",
        )
    elif kind is Day.WORK and not is_weekend and known is None:
        vi, en = (
            f"{on:%d/%m/%Y} đã là ngày làm việc; có nhầm ngày không?",
            f"{on} is a working day: is it the right date?",
        )
    else:
        return
    raise Rejected([finding("invalid-override", "day", line, name="day", problem=(vi, en))])


def read_csv(text: str) -> list[Override]:
    """Overrides from a CSV with the columns day, kind, decree, reason; raises `Rejected` with every line's faults."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not rows.fieldnames or set(rows.fieldnames) != set(COLUMNS):
        vi, en = f"các cột phải là {','.join(COLUMNS)}", f"the columns must be {','.join(COLUMNS)}"
        raise Rejected([finding("invalid-override", "", 1, name="CSV", problem=(vi, en))])
    found: list[Override] = []
    wrong: list[Finding] = []
    for row in rows:
        try:
            found.append(checked(*(row[name] or "" for name in COLUMNS), line=rows.line_num))
        except Rejected as error:
            wrong.extend(error.findings)
    if wrong:
        raise Rejected(wrong)
    return found


def read_hours(spans: str, weekdays: str) -> Hours:
    """Working hours such as "07:00-11:00,13:30-17:00" and "1-5" (Monday = 1) or "1,2,3,6"; `Rejected` when unusable."""
    found: list[Span] = []
    for part in spans.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise _bad_hours("spans", f"“{part}”: dạng 07:30-11:30", f"“{part}”: write 07:30-11:30")
        a, b, c, d = map(int, match.groups())
        start, end = timedelta(hours=a, minutes=b), timedelta(hours=c, minutes=d)
        if start >= end or end > timedelta(days=1) or (found and start < found[-1][1]):
            raise _bad_hours("spans", f"“{part}” không theo thứ tự", f"“{part}” is out of order")
        found.append((start, end))
    days: set[int] = set()
    for part in weekdays.split(","):
        first, _, last = part.strip().partition("-")
        if not re.fullmatch(r"[1-7]", first) or not re.fullmatch(r"[1-7]?", last) or (last and last < first):
            raise _bad_hours("weekdays", f"“{part}”: 1-7, thứ hai là 1", f"“{part}”: 1-7, Monday is 1")
        days.update(range(int(first) - 1, int(last or first)))
    return Hours(tuple(found), frozenset(days))


def _bad_hours(name: str, vi: str, en: str) -> Rejected:
    return Rejected([finding("invalid-override", name, None, name=name, problem=(vi, en))])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()) else None
    except ValueError:
        return None
