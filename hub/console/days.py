"""Days decided otherwise than the law's holidays say, as the console shows them."""

from typing import Any, Final

from hub.console import words
from hub.console.frame import Visit
from hub.console.speech import Speech
from hub.store.watching import calendar

KINDS: Final[dict[str, words.Pair]] = {
    "off": ("nghỉ", "off"),
    "work": ("làm việc", "worked"),
    "morning": ("chỉ làm buổi sáng", "mornings only"),
    "afternoon": ("chỉ làm buổi chiều", "afternoons only"),
}
FIELDS: Final = ("day", "kind", "decree", "reason")
"""Of the form by which a day is decided."""


def kinds(speech: Speech) -> list[tuple[str, str]]:
    """How a day can be worked, for a select."""
    return [(name, speech.of(pair)) for name, pair in KINDS.items()]


async def listed(here: Visit) -> list[dict[str, Any]]:
    """Every day decided otherwise, the latest first."""
    async with here.console.hub.database.read() as conn:
        rows = await calendar.override_rows(conn)
    return [{**row, "word": here.speech.named(KINDS, row["kind"])} for row in reversed(rows)]
