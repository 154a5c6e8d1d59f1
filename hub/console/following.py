"""Following what happens: one reader for a process, however many watch, and none while nobody does.

The reader looks at the end of the events each second. Whoever watches is woken when there is something, and takes what
is for its eyes out of the memory that all share; what has left that memory is asked of the database once, on arrival.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from hub import log
from hub.console.listing import Party, party
from hub.domain.roles import Sight
from hub.errors import Unavailable
from hub.store.lists import tail
from hub.store.lists.tail import News, Place
from hub.wiring import Hub

_KEPT: Final = 1_000  # news that are remembered for those who come back
_AT_ONCE: Final = 500
_LOOK_SECONDS: Final = 1.0
_STREAMS_AT_MOST: Final = 50  # of one person: each open page has one
_NEVER_RUNG: Final = "console"  # a key of the bell that rings only when the process ends or rings were lost
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """News with whose they are."""

    number: int  # in the order they were read by this process
    news: News
    sender: Party
    recipient: Party | None
    lineages: tuple[tuple[str, ...], ...]

    def is_for(self, sight: Sight | None) -> bool:
        """Whether somebody with this sight may know."""
        return sight is None or any(sight.covers(lineage) for lineage in self.lineages)


class Following:
    """The reader of one process, and those who watch."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._kept: deque[Item] = deque(maxlen=_KEPT)
        self._watchers: set[asyncio.Event] = set()
        self._named: Counter[str] = Counter()
        self._reader: asyncio.Task[None] | None = None
        self._place = self._began = Place()
        self._number = 0
        self.looks = 0  # how often the database was asked: the same for one who watches and for many

    @property
    def is_ending(self) -> bool:
        """Whether the process is: whoever watches should go."""
        return self._hub.database.bell.is_closing

    @property
    def _is_idle(self) -> bool:
        return self._reader is None or self._reader.done()

    def has_enough(self, name: str) -> bool:
        """Whether a person has as many streams of this process as anybody needs."""
        return self._named[name] >= _STREAMS_AT_MOST

    @asynccontextmanager
    async def watching(self, name: str = "") -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever there is something new; the reader works as long as somebody is inside.

        `name`: of the person whose it is.
        """
        rung = asyncio.Event()
        self._watchers.add(rung)
        self._named[name] += 1
        try:
            yield rung
        finally:
            self._watchers.discard(rung)
            self._named[name] -= 1
            if not self._named[name]:
                del self._named[name]
            if not self._watchers and self._reader:
                reader, self._reader = self._reader, None
                reader.cancel()
                with suppress(asyncio.CancelledError):
                    await reader

    async def place(self) -> Place:
        """How far everything has been read: who shows what was asked after this, and follows from here, misses nothing."""
        if not self._is_idle:
            return self._place
        async with self._hub.database.read() as conn:
            return await tail.end(conn)

    async def after(self, place: Place | None) -> tuple[list[Item], int]:
        """What has come since a place (None: nothing), oldest first, and the number to go on from. Call while watching."""
        if self._is_idle:
            await self._begin(place)
        number = self._number
        if place is None:
            return [], number
        if _is_before(place, self._began) or (len(self._kept) == _KEPT and _is_before(place, self._kept[0].news.place)):
            async with self._hub.database.read() as conn:
                found, _ = await tail.since(conn, place, _AT_ONCE)
            return await self.items(found), number
        return [each for each in self._kept if _is_before(place, each.news.place)], number

    def newer(self, number: int) -> tuple[list[Item], int]:
        """What was read after a number, and the last one."""
        return [each for each in self._kept if each.number > number], self._number

    async def items(self, found: Sequence[News]) -> list[Item]:
        """News with the names and lineages of whom they concern."""
        codes = {code for each in found for code in (each.sender, each.recipient) if code}
        directory = self._hub.directory
        agencies, lineages = await directory.resolve(codes), await directory.lineages(codes)
        made = []
        for each in found:
            concerned = [code for code in (each.sender, each.recipient) if code]
            to = party(agencies, each.recipient) if each.recipient else None
            lines = tuple(lineages[code] for code in concerned)
            made.append(Item(self._number, each, party(agencies, each.sender), to, lines))
        return made

    async def _begin(self, place: Place | None) -> None:
        async with self._hub.database.read() as conn:
            end = await tail.end(conn)
        if self._is_idle:  # nobody else was quicker
            self._kept.clear()
            self._place = self._began = place if place and _is_near(place, end) else end
            self._reader = asyncio.create_task(self._read(), name="console-tail")

    async def _read(self) -> None:
        async with self._hub.database.bell.waiting(_NEVER_RUNG) as rung:
            while not self.is_ending:
                rung.clear()
                try:
                    await self._look()
                except Unavailable as error:  # it is asked again in a second
                    _logger.warning("console.tail-waits", reason=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await rung.wait()
        self._wake()

    async def _look(self) -> None:
        self.looks += 1
        async with self._hub.database.read() as conn:
            found, place = await tail.since(conn, self._place, _AT_ONCE)
        items = await self.items(found)
        self._place = place
        for each in items:
            self._number += 1
            self._kept.append(Item(self._number, each.news, each.sender, each.recipient, each.lineages))
        if items:
            self._wake()

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()


def _is_before(one: Place, other: Place) -> bool:
    """Whether something at `other` is news for who has read up to `one`."""
    return (one.tx, one.seq) < (other.tx, other.seq) or one.refusal < other.refusal or one.notice < other.notice


def _is_near(place: Place, end: Place) -> bool:
    """Whether the reader may begin at somebody's place: it is of this database, and not far from its end."""
    missed = (end.seq - place.seq, end.refusal - place.refusal, end.notice - place.notice)
    return (place.tx, place.seq) <= (end.tx, end.seq) and min(missed[1:]) >= 0 and max(missed) < _AT_ONCE
