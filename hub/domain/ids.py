"""Ids. What must not double is derived; the rest is time-ordered (UUIDv7, RFC 9562), so indexes grow at one end."""

from typing import Final
from uuid import UUID, uuid5

import uuid_utils

_DELIVERIES: Final = UUID("6f1d6b0e-6b43-5f0c-9a55-3d0f6e0c7a11")  # the name space of delivery ids


def new_id() -> str:
    """A fresh id for an envelope."""
    return str(uuid_utils.uuid7())


def delivery_id(envelope_id: str, recipient: str) -> str:
    """The id of the delivery of an envelope to an agency: always the same for the same two."""
    return str(uuid5(_DELIVERIES, f"{envelope_id}/{recipient}"))


def is_id(value: str) -> bool:
    """Whether `value` may be looked up as an id at all."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True
