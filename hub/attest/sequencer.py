"""Everything the hub answers for, in one append-only log: accepts, refusals, receipts, changes of the registry.

Promise: what is committed gets its leaf, in the order of its number, and nothing that was accepted can miss the log. No
accept waits for it: the sequencer follows behind, a second or so, one at a time whatever the number of workers.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub import log
from hub.attest import words
from hub.domain import merkle
from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.proof import changes, receipts, sources, watermark
from hub.store.proof import log as leaves
from hub.store.proof.records import RECEIPT, Entry, digest, of_row
from hub.trust.seal import Seal

_TURN_SECONDS: Final = 1.0
_ROWS: Final = 500  # of a source, a transaction; for so long a worker does nothing else
_ROWS_ON_SQLITE: Final = 250  # there it keeps accepts waiting for so long, some ten milliseconds
_LOOKS: Final = 20  # at transactions under way, before the next turn takes it up
_LOOK_SECONDS: Final = 0.02
_logger = log.get(__name__)


class Sequencer:
    """The one who writes the log. One for a process; `turn` does nothing while another process's is at it."""

    def __init__(self, database: Database, seal: Seal, head_every: float = 10.0) -> None:
        """`head_every`: seconds between two signed heads, if there is anything new. `is_writing`: it is this one's turn."""
        self._database = database
        self._seal = seal
        self._head_every = timedelta(seconds=head_every)
        self._holder = secrets.token_hex(16)
        self._mark: watermark.Mark | None = None
        self._headed = 0  # how many leaves the newest head that was seen covers
        self._is_introduced = False
        self._stillness = database.stillness()
        self._rests = False  # all is written and headed, as far as was looked
        self.is_writing = False

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            try:
                await self.turn(datetime.now(UTC))
            except Unavailable as error:
                _logger.warning("log.waits", reason=str(error))
            await asyncio.sleep(_TURN_SECONDS)

    async def turn(self, now: datetime) -> int:
        """Write everything that is decided, and sign a head when it is time. Answers how many leaves there are."""
        if not await self._is_anything_new(now):
            return 0
        async with self._database.aside() as conn:
            state = await leaves.take(conn, self._holder, now)
        self.is_writing = state is not None
        if state is None:
            self._mark = None  # of what another one writes meanwhile
            return 0
        try:
            if not self._is_introduced:
                await self._introduce(now)
            state = await self._follow(state)
            await self._sign_head(state.size, now)
        except leaves.NotMine:
            self.is_writing = False
            _logger.info("log.handed-over")
        return state.size

    async def _is_anything_new(self, now: datetime) -> bool:
        """Whether a turn would write: asked each second, so it writes nothing itself."""
        if not self._is_introduced:
            return True
        with self._stillness.since_last() as may_be_new:
            if self._rests and not may_be_new:
                return False
            self._rests = False
            async with self._database.read() as conn:
                state = await leaves.state(conn)
                marked = await self._marked(conn)
                if any(number > state.places.get(name, 0) for name, number in marked.numbers.items()):
                    return True
                self._mark = None
                if await self._is_head_due(conn, state.size, now):
                    return True
            self._rests = state.size in (0, self._headed)
            return False

    async def _introduce(self, now: datetime) -> None:
        """Publish the key, and write down what an older release left in the registry."""
        async with self._database.aside() as conn:
            await receipts.introduce(conn, self._seal.kid, self._seal.public, now)
        async with self._database.aside() as conn:
            await changes.baseline(conn)
        self._is_introduced = True

    async def _follow(self, state: leaves.State) -> leaves.State:
        async with self._database.read() as conn:
            marked = await self._marked(conn)
            if not await self._is_decided(conn, marked):
                return state
        decided, self._mark = marked.numbers, None
        most = _ROWS_ON_SQLITE if self._database.is_sqlite else _ROWS
        while True:
            async with self._database.read() as conn:
                batch = await sources.gather(conn, state.places, decided, most)
            if batch.places:
                state = await self._write(state, batch)
            if batch.is_whole:
                return state
            async with self._database.aside() as conn:  # a long way: keep the lease
                await leaves.take(conn, self._holder, datetime.now(UTC))

    async def _marked(self, conn: Any) -> watermark.Mark:
        if self._mark is None:
            serial = [source.table for source in sources.SOURCES if not source.in_order]
            self._mark = await watermark.mark(conn, serial, [s.table for s in sources.SOURCES if s.in_order])
        return self._mark

    async def _is_decided(self, conn: Any, marked: watermark.Mark) -> bool:
        for _ in range(_LOOKS):
            if await watermark.is_decided(conn, marked):
                return True
            await asyncio.sleep(_LOOK_SECONDS)  # a transaction is about to end; nobody rings for that
        return False

    async def _write(self, state: leaves.State, batch: sources.Batch) -> leaves.State:
        def sign(event: Mapping[str, Any], envelope: Mapping[str, Any]) -> str:
            return words.attested(self._seal, event, envelope)

        async with self._database.aside() as conn:
            made = await receipts.attest(conn, batch.events, sign)
            attested = [Entry("receipt", str(row["event"]), digest(of_row(row, RECEIPT))) for row in made]
            return await leaves.append(conn, self._holder, state, [*batch.entries, *attested], batch.places)

    async def _sign_head(self, size: int, now: datetime) -> None:
        async with self._database.read() as conn:
            if not await self._is_head_due(conn, size, now):
                return
        async with self._database.aside() as conn:
            if (await leaves.state(conn)).size != size:
                raise leaves.NotMine
            root = await leaves.ask(conn, lambda node: merkle.root(node, size))
            head = words.head(self._seal, size, root, now)
            await leaves.keep_head(conn, leaves.Head(size, root, now, head, None, None))

    async def _is_head_due(self, conn: Any, size: int, now: datetime) -> bool:
        if size in (0, self._headed):
            return False
        newest = await leaves.newest_head(conn)
        if newest is None:
            return True
        self._headed = newest.size
        return newest.size < size and now - newest.at >= self._head_every
