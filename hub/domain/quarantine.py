"""What a scanner can say of a document, and what follows for its deliveries."""

from enum import StrEnum


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


def is_clear(malware: str, quarantine: str) -> bool:
    """Whether a document may be delivered where documents are scanned; a person's word beats the scanner's."""
    if quarantine:
        return quarantine == Quarantine.RELEASED
    return malware in (Malware.CLEAN, Malware.UNSCANNED)
