"""The auditor's check: whether the database still says what was logged, and the log is still the one that was signed.

It walks everything once: each leaf beside its row, each row beside its leaf, the tree anew from its leaves against every
signed head, the registry against what was written down of it, and the originals against their digests.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from hub.attest.stamping import NotStamped
from hub.attest.stamping import check as check_stamp
from hub.domain import merkle, tiles
from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.proof import auditing, log, sources
from hub.store.road.originals import ObjectStore
from hub.trust.seal import HEAD, NotOurs, read

_AT_ONCE: Final = 500
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "altered": ("đã bị sửa sau khi ghi sổ", "was altered after it was logged"),
    "removed": ("đã bị xóa sau khi ghi sổ", "was removed after it was logged"),
    "added": ("được thêm mà không qua trục", "was added past the hub"),
    "bytes": ("bản gốc không còn khớp SHA-256", "its original does not match its SHA-256"),
    "leaf": ("mục trong sổ bị thiếu", "a leaf of the log is missing"),
    "tile": ("mã băm lưu trong sổ không khớp các mục", "hashes kept of the log do not match its leaves"),
    "head": ("đầu sổ đã ký không khớp sổ hiện tại", "a signed head does not match the log as it is"),
    "key": ("đầu sổ không do khóa đã công bố ký", "a head that no published key signed"),
    "stamp": ("dấu thời gian không khớp đầu sổ", "a time-stamp that is not of its head"),
    "remembered": (
        "đầu sổ ghi nhớ bên ngoài không phải phần đầu của sổ",
        "a head remembered elsewhere is no part of it",
    ),
}


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that is not as it was: what happened, to a record of which kind, by its id."""

    what: str
    kind: str
    id: str

    @property
    def said(self) -> tuple[str, str]:
        """In Vietnamese and English."""
        vi, en = _WORDS[self.what]
        return f"{self.kind} {self.id}: {vi}", f"{self.kind} {self.id}: {en}"


@dataclass(frozen=True, slots=True)
class Auditor:
    """`keys`: the hub's public keys as the auditor knows them. `remembered`: signed heads kept outside the hub's power."""

    database: Database
    originals: ObjectStore
    keys: Sequence[dict[str, Any]]
    remembered: Sequence[str] = ()

    async def audit(self) -> AsyncIterator[Oddity]:
        """Everything that is odd, as it is found."""
        async for odd in self._log():
            yield odd
        async for odd in self._rows():
            yield odd
        async with self.database.read() as conn:
            for table in await auditing.registry_tables(conn):
                for key, what in await auditing.odd_registry(conn, table):
                    yield Oddity(what, table.name, key)

    async def _log(self) -> AsyncIterator[Oddity]:  # noqa: C901 - one walk, everything looked at on the way
        grower, tile = merkle.Grower(), b""
        heads = await self._signed_heads()
        for odd in heads.pop(0, []):
            yield odd
        async with self.database.read() as conn:
            end = max(await auditing.last_number(conn), (await log.state(conn)).size)
        while grower.size < end:
            async with self.database.read() as conn:
                found = await log.leaves(conn, grower.size, tiles.WIDTH - grower.size % tiles.WIDTH)
                rows = await auditing.digests(conn, [entry for _, entry in found])
                kept = await auditing.tile(conn, 0, grower.size // tiles.WIDTH)
            if not found or found[0][0] != grower.size or found[-1][0] != grower.size + len(found) - 1:
                yield Oddity("leaf", "log", str(grower.size))
                return  # nothing behind a gap can be told
            for number, entry in found:
                hashed = merkle.leaf_hash(entry.leaf)
                grower.add(hashed)
                tile += hashed
                for odd in heads.pop(number + 1, []):
                    if isinstance(odd, Oddity) or odd[1] != grower.head:
                        yield odd if isinstance(odd, Oddity) else Oddity(odd[0], "log", str(number + 1))
                now = rows.get((entry.kind, entry.id))
                if now != entry.sha256:
                    yield Oddity("removed" if now is None else "altered", entry.kind, entry.id)
            if not kept.startswith(tile):
                yield Oddity("tile", "log", str((grower.size - 1) // tiles.WIDTH))
            tile = b"" if grower.size % tiles.WIDTH == 0 else tile
            async for odd in self._originals([entry.id for _, entry in found if entry.kind == "envelope"]):
                yield odd
        for size in heads:
            yield Oddity("head", "log", str(size))  # it speaks of more leaves than there are

    async def _signed_heads(self) -> dict[int, list[Any]]:
        """By size: (what is odd when it does not match, the root it must match), and oddities of the head itself under 0."""
        wanted: dict[int, list[Any]] = {0: []}
        after = 0
        while True:
            async with self.database.read() as conn:
                some = await log.heads(conn, after, _AT_ONCE)
            for head in some:
                after = head.size
                self._enter(wanted, "head", head.head, head.size, head.root)
                if head.token:
                    try:
                        check_stamp(head.token, head.head.encode(), ())
                    except NotStamped:
                        wanted[0].append(Oddity("stamp", "log", str(head.size)))
            if len(some) < _AT_ONCE:
                break
        for text in self.remembered:
            self._enter(wanted, "remembered", text, None, None)
        return wanted

    def _enter(self, wanted: dict[int, list[Any]], what: str, text: str, size: int | None, root: bytes | None) -> None:
        try:
            signed = read(text, self.keys)
        except NotOurs:
            wanted[0].append(Oddity("key", "log", str(size or "?")))
            return
        said, signed_root = int(signed.claims["size"]), bytes.fromhex(signed.claims["root"])
        if signed.typ != HEAD or size not in (None, said) or root not in (None, signed_root):
            wanted[0].append(Oddity(what, "log", str(said)))
        wanted.setdefault(said, []).append((what, signed_root))

    async def _rows(self) -> AsyncIterator[Oddity]:
        async with self.database.read() as conn:
            places = (await log.state(conn)).places
        for source in sources.SOURCES:
            after, until = 0, places.get(str(source.table.name), 0)
            while True:
                async with self.database.read() as conn:
                    numbers = await auditing.unlogged(conn, source, after, until, _AT_ONCE)
                for number in numbers:
                    if number < 0:
                        yield Oddity("added", source.kind, str(-number))
                if len(numbers) < _AT_ONCE:
                    break
                after = abs(numbers[-1])
        at = ""
        while True:
            async with self.database.read() as conn:
                without, at = await auditing.envelopes_without_leaf(conn, at, _AT_ONCE)
                for identity in sorted(await auditing.untold(conn, without)) if without else ():
                    yield Oddity("added", "envelope", identity)
            if not at:
                break

    async def _originals(self, ids: Sequence[str]) -> AsyncIterator[Oddity]:
        if not ids:
            return
        async with self.database.read() as conn:
            rows = await sources.envelope_sizes(conn, ids)
            bodies = await auditing.bodies(conn, ids)
        for identity, (digest, size) in rows.items():
            body, name = bodies.get(identity, (None, None))
            hashed = sha256(body or b"")
            if name:
                try:
                    async for piece in self.originals.read(name, 0, size):
                        hashed.update(piece)
                except Unavailable:
                    hashed = sha256(b"unreadable")
            if hashed.hexdigest() != digest:
                yield Oddity("bytes", "envelope", identity)
