"""What is found in a document's files, and what follows for its deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from hub.domain.vietnamese import fold

_EVERY: Final = "*"
_BELIEVED: Final = {"valid"}
_NOT_WHAT_WAS_SIGNED: Final = {"modified", "broken"}
_READ: Final = {"signed", "unsigned"}


class Malware(StrEnum):
    """What the scanner said of a document's files."""

    NOT_ASKED = ""
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"  # it did not answer, or would not take the file; what follows is policy


class Quarantine(StrEnum):
    """Whether a document is kept from its recipients."""

    NONE = ""
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Gate:
    """What documents with files wait for before they are delivered: a scanner's answer, the signatures in their PDFs."""

    scanning: bool
    types: frozenset[str] = frozenset()  # of documents whose PDFs must be signed, as `fold` writes them
    senders: frozenset[str] = frozenset()  # whose documents' must be, by their codes

    @property
    def is_open(self) -> bool:
        """Whether no document waits for anything."""
        return not (self.scanning or self.types or self.senders)

    def demands_signature(self, type_name: str, sender: str) -> bool:
        """Whether a document of this type (`TypeName`), or of this sender, must hold a PDF with a signature to be believed."""
        return _EVERY in self.types or fold(type_name) in self.types or sender in self.senders

    def holds(self, type_name: str, sender: str) -> bool:
        """Whether a document waits until somebody has looked into it."""
        return self.scanning or self.demands_signature(type_name, sender)

    def is_clear(self, malware: str, quarantine: str, *, looked_into: bool) -> bool:
        """Whether a document that waited may be delivered; a person's word beats what was found."""
        if quarantine:
            return quarantine == Quarantine.RELEASED
        return malware in (Malware.CLEAN, Malware.UNSCANNED) if self.scanning else looked_into


@lru_cache(maxsize=4)
def gate(*, scanning: bool, types: str, senders: str = "") -> Gate:
    """The gate of settings with commas: names of types in any case, with accents or without (`*`: all), codes of senders."""
    named = frozenset(fold(each) for each in types.split(",") if each.strip())
    return Gate(scanning, named, frozenset(each.strip() for each in senders.split(",") if each.strip()))


def fault_of_pdfs(pdfs: Sequence[Mapping[str, Any]]) -> str:
    """The code of what is wrong with the PDFs of a document that must be signed; empty: one is signed, and all that are well.

    `pdfs`: what `hub.trust.pdf` said of each. The worst is told: what was changed, then who signed, then that nobody did.
    """
    verdicts = {signature["verdict"] for pdf in pdfs for signature in pdf["signatures"]}
    if verdicts & _NOT_WHAT_WAS_SIGNED or {pdf["state"] for pdf in pdfs} - _READ:
        return "pdf-signature-invalid"
    if verdicts - _BELIEVED or any(pdf["signatures"] and pdf["reason"] for pdf in pdfs):  # more than were judged
        return "pdf-signature-untrusted"
    return "" if verdicts else "pdf-unsigned"
