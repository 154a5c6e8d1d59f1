"""Ids. What must not double is derived; the rest is time-ordered (UUIDv7, RFC 9562), so indexes grow at one end."""

import hashlib
from typing import Final
from uuid import UUID

import uuid_utils

_DELIVERIES: Final = UUID("6f1d6b0e-6b43-5f0c-9a55-3d0f6e0c7a11").bytes  # the name space of delivery ids
_VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_id() -> str:
    """A fresh id for an envelope."""
    return str(uuid_utils.uuid7())


def delivery_id(envelope_id: str, recipient: str) -> str:
    """The id of the delivery of an envelope to an agency: always the same for the same two.

    A UUIDv5 (RFC 9562 §5.5), written out here because one message may have thousands.
    """
    named = hashlib.sha1(_DELIVERIES + f"{envelope_id}/{recipient}".encode(), usedforsecurity=False).hexdigest()
    return f"{named[:8]}-{named[8:12]}-5{named[13:16]}-{_VARIANT[named[16]]}{named[17:20]}-{named[20:32]}"


def is_id(value: str) -> bool:
    """Whether `value` may be looked up as an id at all."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True
