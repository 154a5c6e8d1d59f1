"""Why a delivery failed, in words: what is on record is said in English by adapters and by the hub itself."""

import re
from typing import Final

from hub.console.speech import Speech
from hub.domain.causes import QUARANTINE, UNKNOWN
from hub.findings import TEXTS

_TRIES: Final = re.compile(r"(\d+) tries failed; last: (.*)", re.DOTALL)
_STATUS: Final = re.compile(r"(\d{3}) in (?:…|\d+) ms")
_NAME: Final = re.compile(r"the name (\S+) cannot be resolved")
_MET: Final = {
    "no connection": "unreached",
    "no answer in time": "slow",
    "the TLS handshake failed": "tls",
    "its certificate is not believed": "distrusted",
    "no usable answer": "unusable",
}
"""What calls to the systems of agencies meet with, as adapters say it."""


def cause_word(speech: Speech, cause: str) -> str:
    """A cause in words: the hub's own codes by their titles, what a call met with in words, the rest as it was said."""
    if cause in (UNKNOWN, QUARANTINE):
        return speech("cause_" + cause)
    if cause in _MET:
        return speech("cause_" + _MET[cause])
    if found := _STATUS.fullmatch(cause):
        return speech("cause_status", status=found[1])
    if _NAME.fullmatch(cause):
        return speech("cause_unnamed")
    return speech.of(TEXTS[cause].title) if cause in TEXTS else cause


def reason_word(speech: Speech, reason: str) -> str:
    """A reason in words: how often it was tried, the cause, and what is of this case alone."""
    if found := _TRIES.fullmatch(reason):
        return speech("reason_tries", count=found[1], last=reason_word(speech, found[2]))
    first, colon, rest = reason.partition(": ")
    word = cause_word(speech, first)
    return reason if word == first else f"{word}{colon}{cause_word(speech, rest.strip()) if rest else rest}"
