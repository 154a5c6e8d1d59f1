"""Opaque cursors: where a list goes on. What they hold is nobody's business and may change."""

import base64
import binascii
import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from hub.domain import deadline
from hub.domain.ids import is_id
from hub.errors import Rejected, rejected
from hub.store.columns import from_micros, to_micros

LARGEST: Final = 2**63 - 1
"""The largest number that a database keeps: a place in a list beyond it is none."""


def pack(*parts: int | str) -> str:
    """A cursor of some parts."""
    return base64.urlsafe_b64encode("~".join(map(str, parts)).encode()).decode().rstrip("=")


def unpack(cursor: str, name: str = "after") -> list[str]:
    """The parts of a cursor; `Rejected` when it is none of ours."""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("~")
    except (binascii.Error, ValueError):
        raise not_a_cursor(name) from None


def not_a_cursor(name: str) -> Rejected:
    """The refusal of a made-up cursor."""
    return rejected("invalid-parameter", name=name, problem="không phải con trỏ do trục cấp / not a cursor of this hub")


def pack_place(moment: datetime, identity: str) -> str:
    """A cursor into a list ordered by time and id."""
    return pack(to_micros(moment), identity)


def unpack_place(cursor: str, name: str = "after") -> tuple[datetime, str]:
    """The inverse of `pack_place`."""
    parts = unpack(cursor, name)
    if len(parts) != 2 or not is_number(parts[0].removeprefix("-")) or not is_id(parts[1]):  # noqa: PLR2004
        raise not_a_cursor(name)
    try:
        return from_micros(int(parts[0])), parts[1]
    except (ValueError, OverflowError, OSError):
        raise not_a_cursor(name) from None


def unpack_numbers(cursor: str, name: str = "after") -> tuple[int, int]:
    """A cursor of two numbers; an empty one is the beginning."""
    if not cursor:
        return 0, 0
    parts = unpack(cursor, name)
    if len(parts) != 2 or not all(is_number(p) for p in parts):  # noqa: PLR2004
        raise not_a_cursor(name)
    return int(parts[0]), int(parts[1])


def is_number(part: str) -> bool:
    """Whether a part of a cursor is a whole number that a database keeps; `²` is a digit and none."""
    return part.isascii() and part.isdigit() and len(part) < 19  # noqa: PLR2004


def duration(value: str, name: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds (`PT4H`, `P1DT30M`)."""
    match = re.fullmatch(r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?", value)
    if not match or not any(match.groups()):
        raise rejected("invalid-parameter", name=name, problem="ISO 8601, ví dụ / for example PT4H")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def moment(value: str | None, name: str) -> datetime | None:
    """A time as RFC 3339, or a date: its midnight in Vietnam."""
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        if len(value) <= 10:  # noqa: PLR2004 - a date: its midnight in Vietnam
            found = datetime.combine(found.date(), time(), deadline.LOCAL)
        return (found if found.tzinfo else found.replace(tzinfo=deadline.LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day of all years have no midnight in UTC
        raise rejected("invalid-parameter", name=name, problem="RFC 3339") from None
