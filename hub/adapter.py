"""What the hub asks of an adapter: try once to hand one parcel over, and decide nothing.

Retry, state and time belong to the hub. An adapter returns a `Handover` when the agency's system has the parcel, and
raises `TemporaryFailure` or `PermanentFailure` (with a sentence for operators) when it has not. It is never told of
earlier tries and keeps no memory of its own. `adapters/README.md` shows one in forty lines.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from hub.findings import Finding, finding
from hub.findings.text import Pair
from hub.pieces import pulled

_NO_SETTINGS: Final = ("Hộp thư không có thiết lập nào.", "The inbox has no settings.")

__all__ = ["Adapter", "Handover", "Pair", "Parcel", "channel_faults", "pulled"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery to hand over. `pieces()` fetches the original bytes, for adapters that carry them."""

    delivery_id: str
    envelope_id: str
    kind: str  # "document" | "status"
    document_id: str
    sender: str
    recipient: str
    code: str  # số/ký hiệu of a document, the status code of a report
    subject: str
    priority: int
    size: int
    sha256: str
    available_at: datetime
    attempt: int  # from 1
    pieces: Callable[[], AsyncIterator[bytes]]  # up to `size` bytes, which may be 100 MiB; in a thread: `pulled`
    config: dict[str, str] = field(default_factory=dict)  # the agency's channel settings, e.g. {"url": …, "secret": …}

    async def read(self) -> bytes:
        """All of the original in memory: only for what is known to be small, by `size`."""
        return b"".join([piece async for piece in self.pieces()])


@dataclass(frozen=True, slots=True)
class Handover:
    """The agency's system has it; `detail` goes into the timeline (e.g. "200 in 31 ms")."""

    detail: str = ""


class Adapter(Protocol):
    """One way of reaching agencies. One instance serves every agency on the channel, concurrently."""

    @property
    def name(self) -> str:
        """The channel's name in the directory."""

    def check(self, config: dict[str, str]) -> list[Pair]:
        """What is wrong with an agency's settings for this channel, one sentence each, (vi, en); [] when all is well."""

    async def hand_over(self, parcel: Parcel) -> Handover:
        """Try once."""

    async def close(self) -> None:
        """Let go of connections."""


def channel_faults(adapters: Mapping[str, Adapter], channel: str, config: dict[str, str]) -> list[Finding]:
    """What is wrong with a channel and its settings; the inbox, for who pulls, has none."""
    if channel != "inbox" and channel not in adapters:
        return [finding("channel-unknown", "channel", found=channel, known=", ".join(["inbox", *sorted(adapters)]))]
    faults = adapters[channel].check(config) if channel != "inbox" else [_NO_SETTINGS] if config else []
    return [finding("channel-settings", "config", problem=fault) for fault in faults]
