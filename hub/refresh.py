"""Brings in fresh word of revocation: lists, OCSP answers, missing intermediates. The one room that fetches anything.

One of several workers at a time does it. Promise: nothing that was fetched counts before it was checked (signature,
dates, order, size), whatever counts is kept as evidence, and a source that fails is tried again later each time while
what it gave before goes on counting until its own end. No request ever waits for a source.
"""

import asyncio
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub import log, metrics
from hub.domain import retry
from hub.errors import Rejected, Unavailable, rejected
from hub.fetch import Fetcher, FetchFailed
from hub.store import directory_version, turns
from hub.store.database import Database
from hub.store.directory import certificates
from hub.store.trust import answers, sources, trusted
from hub.trust.answers import SKEW, question, read_answer
from hub.trust.chain import check
from hub.trust.lists import read_list
from hub.trust.sources import Source, issuer_among, read_issuer, sources_of

ERRAND: Final = "refresh"
_TURN: Final = timedelta(minutes=5)  # longer than a batch of the slowest sources takes
_BATCH: Final = 64
_AT_ONCE: Final = 8
_MIB: Final = 1024 * 1024
_BYTES_AT_MOST: Final = {"crl": 64 * _MIB, "ocsp": 256 * 1024, "ca": _MIB}
_SOONEST: Final = timedelta(minutes=1)  # between two fetches of what goes well
_FIRST_SECONDS: Final = 30.0  # after the first failure; doubles
_CA_AGAIN: Final = timedelta(days=1)
_FETCHED_CAS_AT_MOST: Final = 64  # a source may name a source: somebody's endless chain must end
_logger = log.get(__name__)


@dataclass(slots=True)
class Refresher:
    """The room with its tools. `often_seconds`: the longest time between two fetches of one list."""

    database: Database
    fetcher: Fetcher
    often_seconds: float
    holder: str = field(default_factory=lambda: uuid.uuid4().hex)
    _version: int | None = None
    _named: dict[str, tuple[str, list[Source]]] = field(default_factory=dict)  # what each certificate names

    async def turn(self, now: datetime) -> int:
        """Fetch what is due, if nobody else does; answers how many sources were tried."""
        async with self.database.read() as conn:
            version = await directory_version.current(conn)
            found = await sources.due(conn, now, 1)
        if not found and version == self._version:
            return 0
        if not await turns.take(self.database, ERRAND, self.holder, now, _TURN):
            return 0
        try:
            if version != self._version:
                await self._look_around(now)
                self._version = version
            return await self._fetch_due(now)
        finally:
            await turns.give_back(self.database, ERRAND, self.holder, now)

    async def _look_around(self, now: datetime) -> None:
        """Note where the certificates that count now say that word of them is found."""
        async with self.database.read() as conn:
            stored = await trusted.load(conn)
            bound = await certificates.bound_now(conn, now) if stored.roots else []
        authorities = (*stored.roots, *stored.intermediates)
        below = [*stored.intermediates, *bound]
        wanted = await asyncio.to_thread(self._sources_of_all, below, authorities) if stored.roots else []
        async with self.database.write() as conn:
            if changed := await sources.go_by(conn, wanted, now):
                _logger.info("refresh.sources", changed=changed, sources=len(wanted))

    def _sources_of_all(self, below: Sequence[bytes], authorities: Sequence[bytes]) -> list[Source]:
        known = {trusted.fingerprint_of(der) for der in authorities}
        named: dict[str, tuple[str, list[Source]]] = {}
        for der in below:
            mark = trusted.fingerprint_of(der)
            before = self._named.get(mark)
            if before and before[0] in known:
                named[mark] = before
                continue
            issuer = issuer_among(der, authorities)
            ca = trusted.fingerprint_of(issuer) if issuer else ""
            named[mark] = (ca, sources_of(der, ca))
        self._named = named
        return list(dict.fromkeys(source for _, found in named.values() for source in found))

    async def _fetch_due(self, now: datetime) -> int:
        async with self.database.read() as conn:
            found = await sources.due(conn, now, _BATCH)
            stored = await trusted.load(conn)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(source: dict[str, Any]) -> None:
            async with gate:
                await self._fetch_one(source, stored, now)

        async with asyncio.TaskGroup() as group:
            for source in found:
                group.create_task(one(source))
        return len(found)

    async def _fetch_one(self, source: dict[str, Any], stored: trusted.Stored, now: datetime) -> None:
        try:
            holds_until = await self._take(source, stored, now)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library makes of what came: one source ends no room
            said = _said(error)
            next_at = retry.next_attempt(
                source["failures"] + 1,
                now,
                min(_FIRST_SECONDS, self.often_seconds),
                self.often_seconds,
                random.random(),  # noqa: S311 - spreads the tries, guards nothing
            )
            async with self.database.write() as conn:
                await sources.failed(conn, source["id"], now, next_at, said)
            metrics.FETCHES.labels(source["kind"], "failed").inc()
            _logger.warning("refresh.failed", kind=source["kind"], url=source["url"], reason=said, again=str(next_at))
            return
        async with self.database.write() as conn:
            await sources.succeeded(conn, source["id"], now, self._next(now, holds_until), holds_until)
        metrics.FETCHES.labels(source["kind"], "good").inc()

    def _next(self, now: datetime, holds_until: datetime | None) -> datetime:
        """At half of the time it still holds, and often enough for a CA that publishes out of turn."""
        if holds_until is None:
            return now + _CA_AGAIN
        half = (holds_until - now) / 2
        return now + max(min(half, timedelta(seconds=self.often_seconds)), min(_SOONEST, half))

    async def _take(self, source: dict[str, Any], stored: trusted.Stored, now: datetime) -> datetime | None:
        """Fetch, check and keep; answers until when it holds. Raises `FetchFailed` or `Rejected`."""
        at_most = _BYTES_AT_MOST[source["kind"]]
        if source["kind"] == "crl":
            return await self._take_list(source, stored, await self.fetcher.get(source["url"], at_most), now)
        about = await self._certificate(source["certificate"], stored)
        if source["kind"] == "ca":
            await self._take_ca(source, about, await self.fetcher.get(source["url"], at_most), now)
            return None
        issuer = await asyncio.to_thread(issuer_among, about, (*stored.roots, *stored.intermediates))
        if issuer is None:
            raise rejected("source-fault", problem="the CA of the certificate is not in the trust store any more")
        asked = question(about, issuer)
        content = await self.fetcher.ask(source["url"], asked.der, at_most)
        answer = read_answer(content, about, issuer, now, asked.nonce)
        if answer.next_update < now:
            raise rejected("source-fault", problem=f"the answer is stale since {answer.next_update.isoformat()}")
        async with self.database.write() as conn:
            await answers.add(conn, answer, source["url"], now)
        if answer.status == "unknown":
            raise rejected("source-fault", problem="the responder does not know the certificate")
        return answer.next_update

    async def _take_list(
        self, source: dict[str, Any], stored: trusted.Stored, content: bytes, now: datetime
    ) -> datetime:
        found = await asyncio.to_thread(read_list, content, now + SKEW)
        authorities = (*stored.roots, *stored.intermediates)
        ca = next((der for der in authorities if trusted.fingerprint_of(der) == source["certificate"]), None)
        if ca is not None and not found.series_under(ca):
            raise rejected("crl-issuer-unknown", issuer=found.issuer)
        async with self.database.read() as conn:
            is_there = await trusted.has_list(conn, found.fingerprint)
        if not is_there:
            await asyncio.to_thread(check, "not-a-crl", replace(stored, crls=(found.der,)))
            async with self.database.write() as conn:
                await trusted.add_list(conn, found, now, source["url"])
        if found.next_update < now:
            raise rejected("source-fault", problem=f"the list is stale since {found.next_update.isoformat()}")
        return found.next_update

    async def _take_ca(self, source: dict[str, Any], below: bytes, content: bytes, now: datetime) -> None:
        authority = await asyncio.to_thread(read_issuer, content, below)
        async with self.database.write() as conn:
            if await trusted.fetched_anchors(conn) >= _FETCHED_CAS_AT_MOST:
                raise rejected("source-fault", problem=f"{_FETCHED_CAS_AT_MOST} CAs were fetched already")
            await trusted.add_anchor(conn, authority, now, source=source["url"])
        _logger.info("refresh.ca", subject=authority.subject, url=source["url"])

    async def _certificate(self, fingerprint: str, stored: trusted.Stored) -> bytes:
        for der in stored.intermediates:
            if trusted.fingerprint_of(der) == fingerprint:
                return der
        async with self.database.read() as conn:
            found = await certificates.der_of(conn, fingerprint)
        if found is None:
            raise rejected("source-fault", problem="the certificate is not bound any more")
        return found


def _said(error: Exception) -> str:
    """Why nothing came of a source: of one, whatever a library makes of its bytes, and never of the others."""
    if isinstance(error, Rejected):
        found = error.findings[0]
        return f"{found.code}: {found.message[1]}"
    if isinstance(error, FetchFailed):
        return f"unreachable: {error}"
    _logger.error("refresh.broke", exc_info=error)
    return f"unreadable: {type(error).__name__}"


async def run(refresher: Refresher, seconds: float) -> None:
    """Look for what is due until cancelled."""
    while True:
        try:
            await refresher.turn(datetime.now(UTC))
        except Unavailable as error:
            _logger.warning("refresh.waits", reason=str(error))
        await asyncio.sleep(seconds)
