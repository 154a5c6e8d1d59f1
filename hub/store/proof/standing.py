"""Whether the log keeps up: how large it is, and how long it has owed a signed head or a time-stamp."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.proof import log, sources, watermark


@dataclass(frozen=True, slots=True)
class Standing:
    """`behind`: seconds since the newest head, where it does not cover everything there is; else 0.

    `unstamped`: seconds since the first head that no time-stamp speaks for yet; 0 when there is none.
    """

    size: int
    behind: float
    unstamped: float


async def standing(conn: AsyncConnection, now: datetime) -> Standing:
    """How the log stands. Before its first head it owes nothing: then nobody has begun to write it."""
    state = await log.state(conn)
    newest = await log.newest_head(conn)
    if newest is None:
        return Standing(state.size, 0.0, 0.0)
    behind = 0.0
    if newest.size < state.size or await _is_anything_unread(conn, state):
        behind = max((now - newest.at).total_seconds(), 0.0)
    stamped = await log.newest_head(conn, stamped=True)
    bare = await log.heads(conn, stamped.size if stamped else 0, 1)
    unstamped = max((now - bare[0].at).total_seconds(), 0.0) if bare else 0.0
    return Standing(state.size, behind, unstamped)


async def _is_anything_unread(conn: AsyncConnection, state: log.State) -> bool:
    serial = [source.table for source in sources.SOURCES if not source.in_order]
    marked = await watermark.mark(conn, serial, [source.table for source in sources.SOURCES if source.in_order])
    return any(number > state.places.get(name, 0) for name, number in marked.numbers.items())
