"""What things look like: a tone and an icon for each state, verdict and event. Colour is never alone: a word goes along."""

from dataclasses import dataclass
from typing import Final

from hub.console import words
from hub.console.speech import Speech

STATES: Final[dict[str, tuple[str, str]]] = {  # (tone, icon), in the order in which blocks stand
    "DEAD": ("bad", "cross"),
    "FAILED": ("bad", "alert"),
    "QUEUED": ("wait", "clock"),
    "SENDING": ("wait", "arrow"),
    "AVAILABLE": ("wait", "inbox"),
    "DELIVERED": ("wait", "inbox"),
    "COLLECTED": ("good", "down"),
    "CONFIRMED": ("good", "check"),
    "WITHDRAWN": ("off", "back"),
}
_VERDICTS: Final[dict[str, tuple[str, str]]] = {
    "valid": ("good", "shield"),
    "valid-legacy": ("wait", "shield"),
    "absent": ("off", "unsigned"),
    "unverifiable": ("wait", "unsigned"),
}
_EVENTS: Final[dict[str, str]] = {"failed": "bad", "dead": "bad", "recalled": "wait", "withdrawn": "off"}
_EVENT_ICONS: Final[dict[str, str]] = {
    "accepted": "check",
    "available": "inbox",
    "delivered": "inbox",
    "collected": "down",
    "confirmed": "check",
    "reported": "arrow",
    "failed": "alert",
    "dead": "cross",
    "refused": "cross",
}
_REFUSALS: Final = frozenset({"02", "16"})  # reports that say no


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with a tone and an icon; `count` of them when there is more than one thing behind it."""

    tone: str
    icon: str
    word: str
    count: int = 1


def state(speech: Speech, name: str, count: int = 1) -> Badge:
    """The badge of a delivery's state."""
    return Badge(*STATES[name], speech.named(words.STATES, name), count)


def verdict(speech: Speech, judgement: str) -> Badge:
    """The badge of what is known of a signature."""
    return Badge(*_VERDICTS.get(judgement, ("bad", "unsigned")), speech.named(words.VERDICTS, judgement))


def priority(speech: Speech, value: int) -> Badge | None:
    """The badge of an urgency; none for thường."""
    if not value:
        return None
    known = min(max(value, 0), len(words.PRIORITIES) - 1)
    return Badge("bad" if known > 1 else "wait", "flame" if known > 1 else "alert", speech.of(words.PRIORITIES[known]))


def kind(speech: Speech, name: str) -> Badge | None:
    """The badge of what an envelope does; none for a new document."""
    return (
        None
        if name == "new"
        else Badge("move", "back" if name == "recall" else "arrow", speech.named(words.KINDS, name))
    )


def event_tone(what: str, code: str | None) -> str:
    """The tone of something that happened."""
    if what == "reported" and code in _REFUSALS:
        return "bad"
    return _EVENTS.get(what, "good")


def event_icon(what: str) -> str:
    """The icon of something that happened."""
    return _EVENT_ICONS.get(what, "back")
