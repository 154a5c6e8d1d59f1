"""The filters of a list, as its address says them. One that means nothing is left out, and the page says so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from hub.console.asked import printable
from hub.domain.deadline import LOCAL

Rule = Callable[[str], str | None]
"""Makes sense of a value: as it is gone by, or None."""

_AFTER: Final = "after"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for. `ignored`: the names of those that meant nothing."""

    path: str
    said: Mapping[str, str]
    ignored: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        """A filter's value; "" when it is not set."""
        return self.said.get(name, "")

    @property
    def is_filtered(self) -> bool:
        """Whether this is less than the whole list."""
        return any(value for name, value in self.said.items() if name != _AFTER)

    def address(self, path: str = "", **changes: str) -> str:
        """The address of this list (or of its likeness at `path`) with some filters changed, from its beginning on."""
        said = {**self.said, _AFTER: "", **changes}
        query = urlencode({name: value for name, value in said.items() if value})
        return (path or self.path) + (f"?{query}" if query else "")


def read(path: str, query: Mapping[str, str], rules: Mapping[str, Rule]) -> Filters:
    """Read the filters that a list knows out of an address."""
    said, ignored = {}, []
    for name, rule in rules.items():
        given = query.get(name, "").strip()
        meant = rule(given) if given else ""
        if meant is None:
            ignored.append(name)
        elif meant:
            said[name] = meant
    return Filters(path, said, tuple(ignored))


def text(at_most: int = 200) -> Rule:
    """Any words, without control characters."""
    return lambda given: " ".join(printable(given[:at_most]).split())


def one_of(known: Mapping[str, object] | tuple[str, ...]) -> Rule:
    """One of some words."""
    return lambda given: given if given in known else None


def number(given: str) -> str | None:
    """A whole number that a database can hold."""
    return given if given.isascii() and given.isdigit() and 0 < len(given) < 19 else None  # noqa: PLR2004


def moment(given: str) -> str | None:
    """A time as a form of ours gives it, in Vietnam."""
    return given if at(given) else None


def at(given: str) -> datetime | None:
    """The moment that such a time says."""
    try:
        found = datetime.fromisoformat(given)
        return (found if found.tzinfo else found.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
