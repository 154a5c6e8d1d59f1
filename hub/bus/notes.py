"""A note: which delivery wants attention. Ids only, never content (a lost, doubled or late note harms nothing)."""

from dataclasses import dataclass
from typing import Final

LEVELS: Final = ("central", "province", "district", "commune")
URGENT: Final = 3  # priority from which a note overtakes: hỏa tốc


@dataclass(frozen=True, slots=True)
class Note:
    """Deliver this. `level` chooses the topic, `recipient` (canonical code) is the key, `delivery` the id (uuid text)."""

    level: str
    recipient: str
    delivery: str
    priority: int = 0


def topic(prefix: str, level: str) -> str:
    """The topic of a level: `<prefix>.deliveries.<level>`."""
    return f"{prefix}.deliveries.{level}"
