"""Values as they are written on the wire: dates, times, numbers, and whether a text can be seen at all."""

import re
from datetime import date, datetime, timedelta, timezone
from typing import Final

VIETNAM: Final = timezone(timedelta(hours=7), "ICT")  # no daylight saving since 1975
_YEARS: Final = range(1945, 2101)  # the first documents of this state .. beyond any real due date
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([/.-])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_STANDARD: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}")
_TIME: Final = re.compile(
    r"([0-9/.-]{8,10})[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"\s*(?:Z|[+-]((?:0[0-9]|1[0-4]):?[0-5][0-9]))?"
)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def read_date(written: str) -> tuple[date | None, bool]:
    """Read the day that is meant, None when there is no such day; and whether it was written as the standard says."""
    if _STANDARD.fullmatch(written):
        return _day(int(written[:4]), int(written[5:7]), int(written[8:])), True
    day = written[:10].rstrip("T ") if len(written) > 10 and _TIME.fullmatch(written) else written  # noqa: PLR2004
    if found := _YEAR_FIRST.fullmatch(day):
        return _day(int(found[1]), int(found[3]), int(found[4])), False
    if found := _DAY_FIRST.fullmatch(day):
        return _day(int(found[4]), int(found[3]), int(found[1])), False
    return None, False


def _day(year: int, month: int, day: int) -> date | None:
    if year not in _YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_time(written: str) -> bool:
    """Whether this is a moment: a real day, then hours and minutes; a zone only if it exists."""
    found = _TIME.fullmatch(written)
    if not found or read_date(found[1])[0] is None:
        return False
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    return hour < 24 and minute < 60 and second < 61  # noqa: PLR2004  a leap second is a second


def read_number(written: str) -> int | None:
    """Read a non-negative whole number in ASCII digits, at most nine of them; None for anything else."""
    return int(written) if _NUMBER.fullmatch(written) else None


def read_content_id(written: str) -> str:
    """Read by what a Reference and an Attachment belong together: an id, which may be written as a URL (RFC 2392)."""
    return written[4:].strip() if written[:4].lower() == "cid:" else written


def today(now: datetime) -> date:
    """Tell the day it is in Vietnam at `now`."""
    return now.astimezone(VIETNAM).date()


def is_visible(text: str) -> bool:
    """Whether a reader would see anything: not only white space, control, format or direction characters."""
    return text[:1].isalnum() or any(c.isprintable() and not c.isspace() for c in text)
