"""One language at a time: phrases, figures, times and ages the way people of that language write them.

Vietnamese: `1.234,5`, `16:05 21/11/2026`, Asia/Ho_Chi_Minh. English: `1,234.5`, the same time of Vietnam.
"""

from datetime import UTC, date, datetime
from typing import Final, Literal

from hub.console import words
from hub.domain.deadline import LOCAL

Language = Literal["vi", "en"]
_AGES: Final = (  # seconds from which on, seconds of one, words
    (86_400 * 365, 86_400 * 365, ("{count} năm trước", "{count} y ago")),
    (86_400, 86_400, ("{count} ngày trước", "{count} d ago")),
    (3_600, 3_600, ("{count} giờ trước", "{count} h ago")),
    (60, 60, ("{count} phút trước", "{count} min ago")),
)
_TIED: Final = "\N{NO-BREAK SPACE}"  # between a number and its unit
_NOW: Final = ("vừa xong", "just now")
_UNITS: Final = ("B", "kB", "MB", "GB")
_KILO: Final = 1000


def language_of(asked: str, kept: str, accepted: str) -> Language:
    """The language of a page: asked for in the address, else kept in a cookie, else the browser's first, else vi."""
    for said in (asked, kept):
        if said in ("vi", "en"):
            return "en" if said == "en" else "vi"
    return "en" if accepted.strip().lower().startswith("en") else "vi"


class Speech:
    """Says things in one language. Call it with the name of a phrase and its details."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._one = int(language == "en")

    def __call__(self, phrase: str, **details: object) -> str:
        """A phrase of the catalogue."""
        return self.of(words.PHRASES[phrase]).format_map(details)

    def of(self, pair: words.Pair | list[str]) -> str:
        """The half of a pair in this language."""
        return pair[self._one]

    def named(self, table: dict[str, words.Pair], key: str) -> str:
        """The word of a table for a key; a key it does not have stands for itself."""
        return self.of(table[key]) if key in table else key

    def number(self, value: int) -> str:
        """A whole number with its thousands apart."""
        grouped = f"{value:,}"
        return grouped if self._one else grouped.replace(",", ".")

    def percent(self, part: int, whole: int) -> str:
        """A share with one decimal; whole ones without."""
        if not whole:
            return "–"
        text = f"{100 * part / whole:.1f}".removesuffix(".0")
        if part < whole and text == "100":
            text = "99.9"  # what is not all is not shown as all
        return f"{text}%" if self._one else f"{text.replace('.', ',')} %"

    def size(self, octets: int) -> str:
        """A number of bytes, in the largest unit that leaves at least one."""
        value, unit = float(octets), 0
        while value >= _KILO and unit < len(_UNITS) - 1:
            value, unit = value / _KILO, unit + 1
        text = f"{value:.1f}".removesuffix(".0") if unit else str(octets)
        return f"{text if self._one else text.replace('.', ',')} {_UNITS[unit]}"

    def time(self, moment: datetime) -> str:
        """A time in Vietnam, to the minute."""
        return f"{moment.astimezone(LOCAL):%H:%M %d/%m/%Y}"

    def second(self, moment: datetime) -> str:
        """A time in Vietnam, to the second."""
        return f"{moment.astimezone(LOCAL):%H:%M:%S %d/%m/%Y}"

    def date(self, day: date | str | None) -> str:
        """A date as people write it; what is no date stands for itself."""
        if isinstance(day, str):
            try:
                day = date.fromisoformat(day)
            except ValueError:
                return str(day)
        return f"{day:%d/%m/%Y}" if day else ""

    def span(self, seconds: float) -> str:
        """A length of time: milliseconds, seconds, or minutes."""
        if seconds < 1:
            return f"{round(seconds * 1000)}{_TIED}ms"
        if seconds < 120:  # noqa: PLR2004 - two minutes
            text = f"{seconds:.1f}"
            return f"{text if self._one else text.replace('.', ',')}{_TIED}s"
        return self.of(("{count} phút", "{count} min")).format(count=self.number(round(seconds / 60)))

    def age(self, moment: datetime, now: datetime) -> str:
        """How long ago, in the largest unit that fits; what is yet to come is just now."""
        seconds = int((now - moment).total_seconds())
        for least, unit, pair in _AGES:
            if seconds >= least:
                return self.of(pair).format(count=seconds // unit)
        return self.of(_NOW)


def utc(moment: datetime) -> str:
    """A time for machines and tooltips."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
