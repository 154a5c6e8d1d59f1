"""The first page, as its template sees it: figures, and the documents of a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.console import looks, words
from hub.console.asked import Asked
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain.agency import Agency
from hub.store.lists.overview import Figures

_BAR: Final = 100  # width of the bar of states, in its own units
_SEAM: Final = 0.8  # between two blocks of it


@dataclass(frozen=True, slots=True)
class Card:
    """One figure, and the list behind it."""

    title: str
    figure: str
    tone: str
    note: str
    href: str
    note_href: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """An agency as people see it: its name, and its code beside it when the two differ."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the bar of states: where it begins and how wide it is, in hundredths."""

    state: str
    badge: Badge
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One document in the list."""

    id: str
    at: datetime
    age: str
    code: str
    subject: str
    sender: Party
    recipients: str
    priority: Badge | None
    kind: Badge | None
    verdict: Badge
    blocks: tuple[Block, ...]


def party(agencies: Mapping[str, Agency | None], code: str) -> Party:
    """An agency by its code, as the directory knows it today."""
    found = agencies.get(code)
    return Party(found.name if found else code, code)


def cards(speech: Speech, figures: Figures) -> list[Card]:
    """The figures of the last 24 hours, each with its list."""
    counts, documents = figures.deliveries, figures.documents
    mark = "+" if figures.is_at_least else ""

    def address(**said: str) -> str:
        return Asked(period="day").address(**said)

    def figure(name: str) -> str:
        return speech.number(counts[name]) + mark

    def in_documents(name: str) -> str:
        return speech("in_documents", count=speech.number(documents[name]))

    share = speech("no_deliveries")
    if counts["all"]:
        percent = speech.percent(counts["received"], counts["all"])
        share = speech("of_deliveries", share=percent, count=speech.number(counts["all"]))
    overdue = counts["overdue"]
    others = figures.sent - figures.signed
    return [
        Card(speech("sent"), speech.number(figures.sent) + mark, "plain", speech("sent_line"), address()),
        Card(speech("received"), figure("received"), "good", share, address(state="received")),
        Card(
            speech("uncollected"),
            figure("uncollected"),
            "wait" if counts["uncollected"] else "plain",
            speech("overdue_count", count=speech.number(overdue)) if overdue else speech("none_overdue"),
            address(state="uncollected"),
            address(state="overdue") if overdue else "",
        ),
        Card(
            speech("dead"),
            figure("dead"),
            "bad" if counts["dead"] else "plain",
            in_documents("dead") if counts["dead"] else speech("none_dead"),
            address(state="dead"),
        ),
        Card(
            speech("signed"),
            speech.percent(figures.signed, figures.sent),
            "good" if figures.sent and not others else "wait" if others else "plain",
            speech("not_valid_count", count=speech.number(others)) if others else speech("all_valid"),
            address(signature="valid"),
            address(signature="other") if others else "",
        ),
    ]


def line(
    speech: Speech,
    row: Mapping[str, Any],
    states: Sequence[Mapping[str, Any]],
    agencies: Mapping[str, Agency | None],
    now: datetime,
) -> Line:
    """One document."""
    total = sum(s["count"] for s in states)
    if total == 1:
        recipients = party(agencies, states[0]["recipient"]).name
    else:
        recipients = speech("recipients_count", count=speech.number(total))
    return Line(
        id=row["id"],
        at=row["received_at"],
        age=speech.age(row["received_at"], now),
        code=row["code"],
        subject=row["subject"],
        sender=party(agencies, row["sender"]),
        recipients=recipients,
        priority=looks.priority(speech, row["priority"]),
        kind=looks.kind(speech, row["kind"]),
        verdict=looks.verdict(speech, row["judgement"]),
        blocks=blocks(speech, states),
    )


def blocks(speech: Speech, states: Sequence[Mapping[str, Any]]) -> tuple[Block, ...]:
    """The bar of states, trouble first."""
    counts = {s["state"]: s["count"] for s in states}
    total = sum(counts.values())
    placed, x = [], 0.0
    for name in looks.STATES:
        if count := counts.get(name, 0):
            width = _BAR * count / total
            placed.append(
                Block(name, looks.state(speech, name, count), round(x, 2), round(max(width - _SEAM, _SEAM), 2))
            )
            x += width
    return tuple(placed)


def codes_in(rows: Sequence[Mapping[str, Any]], states: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """The agencies whose names a list shows."""
    alone = {s[0]["recipient"] for s in states.values() if sum(one["count"] for one in s) == 1}
    return {row["sender"] for row in rows} | alone


def choices(speech: Speech, table: Mapping[str, words.Pair]) -> list[tuple[str, str]]:
    """The options of a select."""
    return [(value, speech.of(pair)) for value, pair in table.items()]
