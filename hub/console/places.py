"""Where a page of a list begins, in an address: after a time and a key, such as an id or an agency's code."""

from datetime import datetime

from hub.domain.ids import is_id
from hub.store.columns import from_micros, to_micros


def place(after: str) -> tuple[datetime, str] | None:
    """The time and the key; None for what is no place."""
    micros, _, key = after.partition("~")
    if not (micros.isascii() and micros.isdigit()) or not key.isprintable() or not key:
        return None
    try:
        return from_micros(int(micros)), key
    except (ValueError, OverflowError, OSError):
        return None


def place_of(moment: datetime, key: str) -> str:
    """The inverse of `place`."""
    return f"{to_micros(moment)}~{key}"


def by_key(given: str) -> str | None:
    """A filter's rule: any place."""
    return given if place(given) else None


def by_id(given: str) -> str | None:
    """A filter's rule: a place whose key is an id."""
    found = place(given)
    return given if found and is_id(found[1]) else None
