"""Two periods beside each other: how figures differ, shares in points and counts in percent of what they were."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.console.speech import Speech
from hub.domain.indicator import OF_ONE, SHARES, totals

Change = tuple[str, str]
"""In words, and its tone; nothing where there is nothing to compare with."""
NONE: Final[Change] = ("", "plain")
_WORSE: Final = frozenset({"late", "uncollected", "undeliverable", "refused", "median_hours", "p95_hours", "dead"})


def points(speech: Speech, now: float | None, then: float | None) -> Change:
    """How a share in percent differs: more of it is better."""
    if now is None or then is None:
        return NONE
    value = round(now - then, 1)
    tone = "plain" if not value else "good" if value > 0 else "bad"
    return speech("trend_points", points=signed(speech, value)), tone


def percent(speech: Speech, name: str, now: float | None, then: float | None) -> Change:
    """How a count or a length differs; of some more is worse, of none it is better."""
    if now is None or not then:
        return NONE
    value = round(100 * (now - then) / then, 1)
    tone = "plain" if not value or name not in _WORSE else "bad" if value > 0 else "good"
    return f"{signed(speech, value)} %", tone


def signed(speech: Speech, value: float) -> str:
    """A number with its sign: +5,4, −2,4, 0,0."""
    text = f"{value:+.1f}".replace("-", "−") if value else "0.0"
    return text if speech.language == "en" else text.replace(".", ",")


def figure(speech: Speech, name: str, now: float | None, then: float | None) -> Change:
    """How a figure of a report differs."""
    if name in SHARES:
        return points(speech, now, then)
    return percent(speech, name, now, then)


def of_reports(speech: Speech, now: Mapping[str, Any], then: Mapping[str, Any]) -> list[tuple[str, Any, Any, Change]]:
    """The totals of two reports of a kind: a figure's name, both values, and how they differ."""
    mine, theirs = totals(now), totals(then)
    names = [name for name in now["columns"][1:] if name not in OF_ONE]
    return [(name, mine[name], theirs[name], figure(speech, name, mine[name], theirs[name])) for name in names]


def lines(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[list[Any]]:
    """For a file: each agency or level of either report, and of each figure the value then and now."""
    first = now["columns"][0]
    mine, theirs = ({row[first]: row for row in made["rows"]} for made in (now, then))
    names: Sequence[str] = now["columns"][1:]
    return [
        [key, *(side.get(key, {}).get(name) for name in names for side in (mine, theirs))]
        for key in sorted({*mine, *theirs})
    ]
