"""The append-only log: one sequencer writes it, everybody may ask it. Leaves and hashes are only ever added."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain import merkle, tiles
from hub.store.proof.records import Entry
from hub.store.sql import among, insert_or, insert_rows, is_postgresql
from hub.store.tables import log_head, log_leaf, log_state, log_tile

_LEASE: Final = timedelta(seconds=30)
_AT_ONCE: Final = 5_000


class NotMine(Exception):
    """Another sequencer writes the log now."""


@dataclass(frozen=True, slots=True)
class State:
    """How far the log is: its leaves, and of each source the number up to which everything is in it."""

    size: int
    places: dict[str, int]


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head as kept."""

    size: int
    root: bytes
    at: datetime
    head: str
    token: bytes | None
    stamped_at: datetime | None


async def take(conn: AsyncConnection, holder: str, now: datetime) -> State | None:
    """Become the one sequencer, or stay it; None while another one is."""
    free = or_(log_state.c.holder == holder, log_state.c.lease_until <= now)
    taking = update(log_state).where(free).values(holder=holder, lease_until=now + _LEASE)
    row = (await conn.execute(taking.returning(log_state.c.size, log_state.c.places))).one_or_none()
    return State(row.size, dict(row.places)) if row else None


async def state(conn: AsyncConnection) -> State:
    """How far the log is."""
    row = (await conn.execute(select(log_state.c.size, log_state.c.places))).one()
    return State(row.size, dict(row.places))


async def append(
    conn: AsyncConnection, holder: str, was: State, entries: Sequence[Entry], places: Mapping[str, int]
) -> State:
    """Add leaves for the entries that have none yet, and note how far the sources were read. Raises `NotMine`."""
    there = select(log_state.c.size).where(log_state.c.holder == holder, log_state.c.size == was.size)
    if is_postgresql(conn):
        there = there.with_for_update()
    if (await conn.execute(there)).first() is None:
        raise NotMine
    fresh = await _without_leaf(conn, entries)
    size = was.size
    if fresh:
        grown = await _tiles(conn, tiles.last_tiles(size))
        before = dict(grown)
        size = tiles.append(grown, size, [merkle.leaf_hash(entry.leaf) for entry in fresh])
        rows = [(number, entry.kind, entry.id, entry.sha256) for number, entry in enumerate(fresh, was.size)]
        await insert_rows(conn, log_leaf, ("number", "kind", "id", "sha256"), rows)
        await _keep_tiles(conn, {place: hashes for place, hashes in grown.items() if before.get(place) != hashes})
    after = {**was.places, **places}
    await conn.execute(update(log_state).values(size=size, places=after))
    return State(size, after)


async def _without_leaf(conn: AsyncConnection, entries: Sequence[Entry]) -> list[Entry]:
    unique = {(entry.kind, entry.id): entry for entry in entries}
    known = await numbers(conn, list(unique))
    return [entry for name, entry in unique.items() if name not in known]


async def _keep_tiles(conn: AsyncConnection, changed: Mapping[tiles.Place, bytes]) -> None:
    rows = [{"tier": tier, "number": number, "hashes": hashes} for (tier, number), hashes in changed.items()]
    new = insert_or(conn, log_tile)
    statement = new.on_conflict_do_update(index_elements=["tier", "number"], set_={"hashes": new.excluded.hashes})
    await conn.execute(statement, rows)


async def _tiles(conn: AsyncConnection, places: Sequence[tiles.Place]) -> dict[tiles.Place, bytes]:
    if not places:
        return {}
    query = select(log_tile).where(tuple_(log_tile.c.tier, log_tile.c.number).in_(places))
    return {(row.tier, row.number): row.hashes for row in await conn.execute(query)}


async def ask(conn: AsyncConnection, question: "Callable[[merkle.Node], Any]") -> Any:
    """Answer a question about the tree (a head, a proof) out of the few tiles it needs. `LookupError`: one is missing."""
    return question(tiles.nodes(await _tiles(conn, sorted(tiles.needed(question)))))


async def numbers(conn: AsyncConnection, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The numbers of the leaves of these (kind, id), of those that have one."""
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        query = select(log_leaf.c.kind, log_leaf.c.id, log_leaf.c.number).where(
            among(conn, log_leaf.c.id, [identity for _, identity in some])
        )
        found |= {(row.kind, row.id): row.number for row in await conn.execute(query)}
    wanted = set(names)
    return {name: number for name, number in found.items() if name in wanted}


async def leaves(conn: AsyncConnection, start: int, most: int) -> list[tuple[int, Entry]]:
    """Leaves in order, from a number on."""
    query = select(log_leaf).where(log_leaf.c.number >= start).order_by(log_leaf.c.number).limit(most)
    return [(row.number, Entry(row.kind, row.id, row.sha256)) for row in await conn.execute(query)]


async def keep_head(conn: AsyncConnection, head: Head) -> None:
    """Keep a signed head."""
    await conn.execute(
        insert(log_head).values(size=head.size, root=head.root, at=head.at, head=head.head, token=None, stamped_at=None)
    )


async def stamp(conn: AsyncConnection, size: int, token: bytes, at: datetime) -> None:
    """Keep the time-stamp of a head."""
    await conn.execute(update(log_head).where(log_head.c.size == size).values(token=token, stamped_at=at))


async def newest_head(conn: AsyncConnection, *, stamped: bool = False) -> Head | None:
    """The newest head; `stamped`: of those with a time-stamp."""
    query = select(log_head).order_by(log_head.c.size.desc()).limit(1)
    return _head((await conn.execute(query.where(log_head.c.token.is_not(None)) if stamped else query)).one_or_none())


async def head_over(conn: AsyncConnection, size: int) -> Head | None:
    """The head an evidence file goes by: the first stamped one that covers so many leaves, else the newest that does."""
    covers = select(log_head).where(log_head.c.size >= size)
    first = covers.where(log_head.c.token.is_not(None)).order_by(log_head.c.size).limit(1)
    found = (await conn.execute(first)).one_or_none()
    return _head(found or (await conn.execute(covers.order_by(log_head.c.size.desc()).limit(1))).one_or_none())


async def head_of(conn: AsyncConnection, size: int) -> Head | None:
    """The head of exactly this size, if one was signed."""
    return _head((await conn.execute(select(log_head).where(log_head.c.size == size))).one_or_none())


async def heads(conn: AsyncConnection, after: int, most: int) -> list[Head]:
    """Heads in order of size, those larger than `after`."""
    query = select(log_head).where(log_head.c.size > after).order_by(log_head.c.size).limit(most)
    return [found for row in await conn.execute(query) if (found := _head(row))]


async def latest_heads(conn: AsyncConnection, most: int) -> list[Head]:
    """The last heads, the newest first."""
    query = select(log_head).order_by(log_head.c.size.desc()).limit(most)
    return [found for row in await conn.execute(query) if (found := _head(row))]


async def count_leaves(conn: AsyncConnection) -> int:
    """How many leaves there are."""
    return int((await conn.execute(select(func.count()).select_from(log_leaf))).scalar_one())


def _head(row: Any) -> Head | None:
    return Head(row.size, row.root, row.at, row.head, row.token, row.stamped_at) if row else None
