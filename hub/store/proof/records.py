"""A row as the log knows it: canonical JSON, and its SHA-256.

Keys in order, no white space, times in UTC, bytes by their digest. Which columns count is listed by name, so that a
column that is added later changes no digest of what was logged before.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

ENVELOPE: Final = (
    "id",
    "sender",
    "kind",
    "document_id",
    "code",
    "subject",
    "priority",
    "promulgated_on",
    "sha256",
    "size",
    "received_at",
    "judgement",
    "reason",
    "signer",
    "facts",
    "warnings",
    "receipt",
    "search",
)
EVENT: Final = ("seq", "at", "envelope_id", "sender", "recipient", "what", "code", "detail")
REPORT: Final = (
    "id",
    "envelope_id",
    "delivery_id",
    "sender",
    "addressee",
    "code",
    "description",
    "staff",
    "stated_at",
    "received_at",
    "flags",
)
RECEIPT: Final = ("event", "delivery_id", "what", "receipt")
REFUSAL: Final = ("seq", "id", "at", "agency", "status", "codes", "sha256", "receipt", "receipt_sha256")
CHANGE: Final = ("seq", "at", "version", "subject", "key", "record")
AUDIT: Final = ("seq", "at", "actor", "action", "object", "details", "hash")
MISSING: Final = b"null"
"""The record of a row that was gone before the log came to it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a leaf is made of: the kind of record, its id within the kind, and the digest of its canonical JSON."""

    kind: str
    id: str
    sha256: str

    @property
    def leaf(self) -> bytes:
        """The leaf's bytes. They tell nothing of the record to whoever does not have it."""
        return canonical({"kind": self.kind, "id": self.id, "sha256": self.sha256})


def canonical(value: Any) -> bytes:
    """The one JSON text of a value."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> str:
    if isinstance(value, (bytes, memoryview)):
        return "sha256:" + hashlib.sha256(value).hexdigest()
    message = f"no canonical form of {type(value).__name__}"
    raise TypeError(message)


def digest(record: bytes) -> str:
    """SHA-256 of a record, hex."""
    return hashlib.sha256(record).hexdigest()


def of_row(row: Mapping[str, Any], columns: Iterable[str]) -> bytes:
    """The record of a row: these columns."""
    return canonical({name: row[name] for name in columns})


def of_envelope(row: Mapping[str, Any] | None, deliveries: Iterable[Mapping[str, Any]]) -> bytes:
    """The record of an envelope: what was accepted, and for whom."""
    if row is None:
        return MISSING
    targets = sorted((str(d["id"]), d["recipient"], d["addressed_as"]) for d in deliveries)
    return canonical({**{name: row[name] for name in ENVELOPE}, "deliveries": targets})
