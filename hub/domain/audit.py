"""The audit log's entries and the chain that binds each to all before it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

GENESIS: Final = bytes(32)
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was looked at or changed: what was done, to what, and what else matters. Never a secret."""

    action: str
    object: str
    details: dict[str, Any] = field(default_factory=dict)
    actor: str = ""


def link(before: bytes, seq: int, at: datetime, entry: Entry) -> bytes:
    """The hash of an entry: SHA-256 over the hash before it and the entry as JSON with sorted names.

    `at` counts to the microsecond, as both databases keep it.
    """
    said = {
        "seq": seq,
        "at": at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "details": entry.details,
    }
    return hashlib.sha256(before + orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()
