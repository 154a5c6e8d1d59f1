"""The files of a document, as its page shows them: what they are, who signed them, what the scanner said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.console import words
from hub.console.looks import Badge
from hub.console.speech import Speech
from hub.domain.quarantine import Malware
from hub.gateway import views

_TONES: Final[dict[str, tuple[str, str]]] = {
    "valid": ("good", "shield"),
    "untrusted": ("wait", "unsigned"),
    "unverifiable": ("wait", "unsigned"),
}
_SCANNED: Final[dict[str, tuple[str, str]]] = {
    Malware.CLEAN: ("good", "check"),
    Malware.INFECTED: ("bad", "alert"),
    Malware.UNSCANNED: ("wait", "clock"),
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature inside a PDF."""

    badge: Badge
    signer: str
    signed_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One file. `scan`: what the scanner said, if it was asked; `note`: why there is no more to tell."""

    name: str
    kind: str
    size: int
    sha256: str
    scan: Badge | None
    signatures: tuple[Signed, ...]
    note: str


def enclosed(
    speech: Speech, facts: Mapping[str, Any], inspected: Mapping[str, Any] | None, *, named: bool
) -> list[Enclosure]:
    """The files of a document. `named`: whether their names may be shown."""
    found = views.files(dict(facts), dict(inspected) if inspected else None, named=named)
    return [_one(speech, number, file) for number, file in enumerate(found, 1)]


def _one(speech: Speech, number: int, file: Mapping[str, Any]) -> Enclosure:
    pdf: Mapping[str, Any] = file.get("pdf") or {}
    scan = (file.get("malware") or {}).get("verdict", "")
    note = speech("file_pending") if file["inspection"] == "pending" else ""
    if pdf.get("state") in ("encrypted", "unreadable"):
        note = speech("file_encrypted") if pdf["state"] == "encrypted" else speech("file_unreadable")
    return Enclosure(
        name=file["name"] or speech("file_number", number=number),
        kind=file.get("content_type") or "",
        size=file.get("size") or 0,
        sha256=file.get("sha256") or "",
        scan=Badge(*_SCANNED[scan], speech.named(words.SCANS, scan)) if scan in _SCANNED else None,
        signatures=tuple(_signed(speech, each) for each in pdf.get("signatures", ())),
        note=note,
    )


def _signed(speech: Speech, each: Mapping[str, Any]) -> Signed:
    tone = _TONES.get(each["verdict"], ("bad", "unsigned"))
    badge = Badge(*tone, speech.named(words.VERDICTS, each["verdict"]))
    return Signed(badge, each["signer"], each["signed_at"] or "", each["reason"])
