"""Committing: in a group with whatever else is waiting, or alone where more is changed than the envelope's own rows."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hub import log
from hub.accept.change import commit_change
from hub.accept.considered import Accepted, Considered
from hub.accept.decide import Decider
from hub.domain import deadline
from hub.errors import HubError, Unavailable, rejected
from hub.store.road import accepting
from hub.store.road.accepting import NewEnvelope

_GROUP_AT_MOST: Final = 128  # envelopes; more only makes the last one wait for the first
_GROUP_BYTES: Final = 16 * 1024 * 1024
_logger = log.get(__name__)


@dataclass(slots=True)
class Acceptor(Decider):
    """The room with its tools. `start` before the first `accept`; `stop` finishes what is waiting."""

    _waiting: list[tuple[NewEnvelope, asyncio.Future[bool]]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to commit groups."""
        self.refusals.start()
        self._task = asyncio.create_task(self._commit_groups(), name="accept")

    async def stop(self) -> None:
        """Commit what waits, then stop."""
        await self.refusals.stop()
        if self._task:
            await asyncio.gather(*(done for _, done in self._waiting), return_exceptions=True)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def accept(self, considered: Considered, now: datetime) -> Accepted:
        """Commit it, or find it committed before. Raises `Rejected` when the name was used for other bytes."""
        row = considered.row
        if row.digest:
            await self.originals.put(row.digest, considered.body)
        if considered.asks or considered.relations or considered.verdict.is_provisional:
            is_new = await commit_change(self, considered, now)
        else:
            done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._waiting.append((row, done))
            self._news.set()
            is_new = await done  # the commit is the group's: who is cancelled meanwhile spoils nobody's
        if is_new:
            return Accepted(row.id, is_new=True)
        return await self.known(row.sender, row.document_id, row.kind, row.sha256)

    async def known(self, sender: str, document_id: str, kind: str, sha256: str) -> Accepted:
        """The envelope already on record under this name; `Rejected` when it has other bytes."""
        first = await self._first(sender, document_id, kind, sha256)
        if first is None:
            message = "an envelope was neither written nor found"
            raise Unavailable(message)
        return Accepted(first, is_new=False)

    async def is_known(self, sender: str, document_id: str, kind: str, sha256: str) -> bool:
        """Whether the same bytes are on record (for a dry run); `Rejected` when the name has other bytes."""
        return await self._first(sender, document_id, kind, sha256) is not None

    async def _first(self, sender: str, document_id: str, kind: str, sha256: str) -> str | None:
        async with self.database.read() as conn:
            first = await accepting.find_first(conn, sender, document_id, kind, sha256)
        if first is None:
            return None
        if first["sha256"] != sha256:
            raise rejected(
                "duplicate-document",
                "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/DocumentId",
                document=document_id,
                kind=kind,
                at=first["received_at"].astimezone(deadline.LOCAL).strftime("%H:%M:%S %d/%m/%Y"),
                first=first["id"],
            )
        identity: str = first["id"]
        return identity

    async def _commit_groups(self) -> None:
        while True:
            await self._news.wait()
            group = self._next_group()
            if not group:
                self._news.clear()
                continue
            if live := [pair for pair in group if not pair[1].cancelled()]:
                await self._commit(live)

    def _next_group(self) -> list[tuple[NewEnvelope, asyncio.Future[bool]]]:
        weight = 0
        count = 0
        for row, _ in self._waiting[:_GROUP_AT_MOST]:
            weight += len(row.body or b"") + 512 * len(row.deliveries)
            if count and weight > _GROUP_BYTES:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _commit(self, group: list[tuple[NewEnvelope, asyncio.Future[bool]]]) -> None:
        try:
            kept = await accepting.insert_alone(self.database, [row for row, _ in group])
        except HubError as error:
            _fail(group, error)
        except Exception as error:
            if len(group) == 1:
                _logger.exception("accept.failed", envelope=group[0][0].id)
                _fail(group, error)
                return
            for pair in group:  # one bad one must not spoil its neighbours
                await self._commit([pair])
        else:
            for row, done in group:
                if not done.done():
                    done.set_result(row.id in kept)


def _fail(group: Iterable[tuple[NewEnvelope, asyncio.Future[bool]]], error: Exception) -> None:
    for _, done in group:
        if not done.done():
            done.set_exception(error)
