"""What an agency's page lists, as files: four weeks of traffic, calls, certificates, verdicts on signatures, changes."""

from typing import Any, Final

from fastapi.responses import Response

from hub.console import files
from hub.console.frame import Visit

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "traffic": ("day", "docs_sent", "docs_came"),
    "calls": ("time", "code", "call_result", "detail", "file_id"),
    "certificates": ("subject_of", "ends", "issuer", "fingerprint", "change_state"),
    "signatures": ("signature", "taken", "refused"),
    "changes": ("holds_from", "number", "change_of", "agency", "decree", "reason", "change_persons", "change_state"),
}
"""Each with its columns, as phrases."""


def answer(here: Visit, facts: dict[str, Any], which: str, form: str) -> Response:
    """One of them as a file. `facts`: what the page is made of."""
    rows: list[list[Any]] = []
    if which == "traffic":
        rows = [[day.isoformat(), *counts] for day, *counts in (facts["traffic"].rows if facts["traffic"] else ())]
    elif which == "calls":
        rows = [[c["at"], c["code"], c["badge"].word, c["detail"], c["envelope_id"]] for c in facts["calls"]]
    elif which == "certificates":
        rows = [
            [c["subject"], c["ends"], c["issuer"], c["fingerprint"], c["badge"].word] for c in facts["certificates"]
        ]
    elif which == "signatures":
        rows = [[badge.word, taken, refused] for badge, taken, refused, _ in facts["signatures"]]
    else:
        rows = [
            [c.on.isoformat(), c.number, c.kind, f"{c.who} → {c.to}" if c.to else c.who, c.decree, c.reason, c.persons,
             c.badge.word]
            for c in facts["changes"]
        ]  # fmt: skip
    return files.table(here, f"{which}-{facts['one'].code}", form, LISTS[which], rows)
