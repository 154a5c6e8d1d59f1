"""A message to a gateway for SMS, Zalo or Telegram."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

EVENT: Final = "alerts.news"


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: an id, the moment, and the bytes."""

    id: str
    at: datetime
    body: bytes


Post = Callable[[Message], Awaitable[str]]
"""Posts a message, signed; raises `HandoverFailed`."""
