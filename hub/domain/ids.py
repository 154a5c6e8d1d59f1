"""Ids. What must not double is derived; the rest is time-ordered (UUIDv7, RFC 9562), so indexes grow at one end."""

from hashlib import blake2b
from typing import Final
from uuid import UUID, uuid5

import uuid_utils

_REPORTS: Final = UUID("0f6d2a52-6a0b-5d0e-9a53-0d8c2f6f1c11")  # ours alone: a namespace of RFC 9562


def new_id() -> str:
    """A fresh id for an envelope."""
    return str(uuid_utils.uuid7())


def delivery_id(envelope_id: str, recipient: str) -> str:
    """The id of the delivery of an envelope to an agency: always the same for the same two.

    A UUIDv8 (RFC 9562 §5.8): the envelope's time, then 72 bits of a hash of the two. So an envelope's deliveries lie
    side by side in the index, however many there are of others.
    """
    named = blake2b(f"{envelope_id}/{recipient}".encode(), digest_size=9).hexdigest()
    return f"{envelope_id[:14]}8{named[:3]}-a{named[3:6]}-{named[6:]}"


def report_id(agency: str, key: str, sha256: str) -> str:
    """The id of a report sent under an Idempotency-Key: the same for the same three, so that it cannot double."""
    return str(uuid5(_REPORTS, f"{agency}/{sha256}/{key}"))


def read_id(value: str) -> str:
    """An id as the hub writes it, however it was spelled: some systems keep it with capitals, or without hyphens.

    What is no id stays what it is. (Python also reads braces and `urn:uuid:`, which nobody was given.)
    """
    try:
        found = UUID(value)
    except ValueError:
        return value
    return str(found) if value.lower() in (str(found), found.hex) else value


def is_id(value: str) -> bool:
    """Whether `value` is an id as the hub writes it, and so may be looked up at all."""
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False
