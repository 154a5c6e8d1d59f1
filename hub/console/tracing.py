"""A document's page, as its template sees it: its lanes, its recipients, its events, its evidence."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from hub.console import looks, trace, words
from hub.console.listing import Party, party
from hub.console.looks import Badge
from hub.console.reasons import reason_word
from hub.console.speech import Speech
from hub.domain import report
from hub.domain.agency import Agency
from hub.domain.delivery import UNCOLLECTED
from hub.findings import TEXTS

_DETAIL_AT_MOST: Final = 24  # characters of a detail that stand at a dot
Agencies = Mapping[str, Agency | None]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One delivery."""

    party: Party
    addressed_as: str
    level: str
    channel: str
    state: Badge
    report: Badge | None
    report_at: datetime | None
    report_description: str
    pending: str
    due_at: datetime | None
    is_late: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the table of events."""

    at: datetime
    tone: str
    word: str
    party: Party | None
    detail: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of the signature, why, and what to do about it."""

    badge: Badge
    reason: str
    explanation: str
    fix: str
    signer: str


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: what, and where in the envelope."""

    code: str
    message: str
    path: str
    line: int | None


def is_late(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a delivery should have been collected by now, and was not."""
    return row["state"] in UNCOLLECTED and row["due_at"] is not None and row["due_at"] <= now


def recipient(speech: Speech, row: Mapping[str, Any], agencies: Agencies, now: datetime) -> Recipient:
    """One delivery in words."""
    notes = []
    if row["attempts"] > 1 or (row["attempts"] and row["next_attempt_at"]):
        notes.append(speech("attempts", count=row["attempts"]))
    if row["next_attempt_at"] and row["attempts"]:
        notes.append(speech("next_attempt", time=speech.time(row["next_attempt_at"])))
    if row["reason"]:
        notes.append(reason_word(speech, row["reason"]))
    code = row["report_code"]
    said = None
    if code:
        tone = looks.event_tone("reported", code)
        said = Badge(tone, "cross" if tone == "bad" else "check", report_words(speech, code))
    return Recipient(
        party=party(agencies, row["recipient"]),
        addressed_as=row["addressed_as"] if row["addressed_as"] != row["recipient"] else "",
        level=speech.named(words.LEVELS, row["level"]),
        channel=speech.named(words.CHANNELS, row["channel"]),
        state=looks.state(speech, row["shown"]),
        report=said,
        report_at=row["report_at"],
        report_description=row["report_description"] or "",
        pending=speech.named(words.CHANGES, row["pending_change"]) if row["pending_change"] else "",
        due_at=row["due_at"],
        is_late=is_late(row, now),
        notes=tuple(notes),
    )


def report_words(speech: Speech, code: str) -> str:
    """A status code with its name."""
    if code not in report.NAMES:
        return code
    name = speech.of(report.NAMES[code])
    return f"{code} {name[:1].upper()}{name[1:]}"


def happening(speech: Speech, row: Mapping[str, Any], agencies: Agencies) -> Happening:
    """One event in words."""
    word = report_words(speech, row["code"]) if row["what"] == "reported" and row["code"] else None
    return Happening(
        at=row["at"],
        tone=looks.event_tone(row["what"], row["code"]),
        word=word or speech.named(words.EVENTS, row["what"]),
        party=party(agencies, row["recipient"]) if row["recipient"] else None,
        detail=detail_of(speech, row["what"], row["detail"] or ""),
    )


def detail_of(speech: Speech, what: str, detail: str) -> str:
    """What more there is to say of an event; the hub's own words for a confirmation in the reader's language."""
    if what in ("failed", "dead"):
        return reason_word(speech, detail)
    return speech.named(words.RESULTS, detail) if what == "confirmed" else detail


def lanes(
    speech: Speech,
    events: Sequence[Mapping[str, Any]],
    deliveries: Sequence[Mapping[str, Any]],
    agencies: Agencies,
    now: datetime,
) -> trace.Trace:
    """The picture: the hub's lane, then one for each of these deliveries."""
    by_recipient: dict[str | None, list[trace.Event]] = {None: []}
    for row in events:
        by_recipient.setdefault(row["recipient"], []).append(_dot(speech, row, agencies))
    courses = [trace.Course(speech("hub"), "", by_recipient[None])]
    for row in deliveries:
        who = party(agencies, row["recipient"])
        happened = by_recipient.get(row["recipient"], [])
        courses.append(trace.Course(who.name, who.code, happened, row["due_at"], is_late(row, now)))
    return trace.draw(courses, now, is_open=any(row["state"] in UNCOLLECTED for row in deliveries))


def _dot(speech: Speech, row: Mapping[str, Any], agencies: Agencies) -> trace.Event:
    said = happening(speech, row, agencies)
    label = said.word
    if row["what"] in ("failed", "dead") and said.detail:
        label = f"{said.word}: {said.detail}"
        if len(label) > _DETAIL_AT_MOST:
            label = label[: _DETAIL_AT_MOST - 1].rstrip() + "…"
    title = " · ".join(filter(None, [said.word, speech.second(said.at), said.detail]))
    return trace.Event(said.at, said.tone, label, title)


def signature(speech: Speech, row: Mapping[str, Any]) -> Signature:
    """The verdict, with the text of its reason."""
    text = TEXTS.get(row["reason"])
    if text:
        explanation, fix = speech.of(text.title), speech.of(text.fix)
    else:
        good = row["judgement"] == "valid"
        explanation, fix = speech("signature_good") if good else "", ""
    if row["judgement"] == "absent":
        explanation = speech("signature_none")
    return Signature(looks.verdict(speech, row["judgement"]), row["reason"], explanation, fix, row["signer"])


def warned(speech: Speech, warnings: Sequence[Mapping[str, Any]]) -> list[Warned]:
    """The warnings kept beside an envelope."""
    vi_or_en = speech.language
    return [Warned(w["code"], w["message"][vi_or_en], w["path"], w["line"]) for w in warnings]


def facts(speech: Speech, kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The plain facts of the header that people ask for, those that are there."""
    shown = []
    for name, pair in words.FACTS.items():
        if value := kept.get(name):
            shown.append((speech.of(pair), speech.date(value) if name == "due_on" else str(value)))
    return shown


def claims(receipt: str) -> str:
    """What a receipt says, for reading; the signature is for `truc verify`. "" for what is no compact JWS."""
    payload = receipt.split(".")[1:2]
    try:
        said = orjson.loads(base64.urlsafe_b64decode(payload[0] + "=" * (-len(payload[0]) % 4)))
    except (IndexError, binascii.Error, ValueError):
        return ""
    return orjson.dumps(said, option=orjson.OPT_INDENT_2).decode()
