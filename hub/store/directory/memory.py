"""What this process remembers of the directory, so that the hot path asks the database for nothing it asked before.

Loaded as it is asked for, answers and absences alike. `refresh`, called about once a second, forgets everything when
the directory has changed or a new day has begun in Vietnam: a change is in effect everywhere within two seconds.
While the database is away what is remembered stays in use.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Final

from hub.domain import deadline
from hub.domain.agency import Agency, code_key
from hub.domain.reform import beginning
from hub.domain.roles import Person
from hub.errors import Unavailable
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory import agencies, certificates, keys, people, settling, systems
from hub.store.directory.lately import MISSING, Lately, Missing
from hub.store.directory.systems import System

__all__ = ["MISSING", "Directory", "Missing"]

_CODES_AT_MOST: Final = 500_000  # the national directory has about 124,000 agencies, each with two or three codes
_CALLERS_AT_MOST: Final = 50_000
_STRANGERS_AT_MOST: Final = 10_000  # wrong credentials; apart, so that a flood of them drives out nobody
_ABOVE_AT_MOST: Final = 20  # levels between an agency and the top; more are a ring
_NOTED_EVERY: Final = timedelta(minutes=1)
_BATCH: Final = 1_000  # keys of one load; each load is the same five statements


class Directory:
    """The directory as one process sees it. `Directory(database)`; nothing is read before something is asked."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now`: the hub's clock, by which a new day begins."""
        self._database = database
        self._now = now
        self._is_leased = self._is_away = False
        self.fresh_until = 0.0  # by the monotonic clock: how long, once leased, what is remembered is trusted
        self._renewing = asyncio.Lock()
        self._dawn = self._dusk = datetime.min.replace(tzinfo=UTC)
        self._version: int | None = None
        self._stillness = database.stillness()
        self._day = date.min
        self._generation = 0  # a load that began before the last forgetting must not be remembered
        self._agencies: Lately[str, Agency | None] = Lately(_CODES_AT_MOST)
        self._callers: Lately[bytes, keys.ApiKey] = Lately(_CALLERS_AT_MOST)
        self._used: dict[str, datetime] = {}  # keys used since it was last written down
        self._noted_at: datetime | None = None
        self._people: Lately[bytes, Person] = Lately(_CALLERS_AT_MOST)
        self._strangers: Lately[bytes, bool] = Lately(_STRANGERS_AT_MOST)
        self._owners: Lately[str, str | None] = Lately(_CALLERS_AT_MOST)
        self._systems: Lately[str, System | None] = Lately(_STRANGERS_AT_MOST)
        self.today()

    @property
    def version(self) -> int | None:
        """The version of the directory that is gone by; None before the first `refresh`."""
        return self._version

    async def resolve(self, codes_as_written: Iterable[str]) -> dict[str, Agency | None]:
        """The agency of each code as written, or None where the directory has none."""
        if self._is_leased and time.monotonic() > self.fresh_until:
            await self._renew()
        self.today()
        answer: dict[str, Agency | None] = {}
        missing: dict[str, str] = {}
        for code in codes_as_written:
            found = self._agencies.get(code)  # nearly always written as its own key
            if found is MISSING:
                found = self._agencies.get(code_key(code))
            if isinstance(found, Missing):
                missing[code] = code_key(code)
            else:
                answer[code] = found
        if missing:
            loaded = await self._load(list(set(missing.values())))
            answer |= {code: loaded[key] for code, key in missing.items()}
        return answer

    def today(self) -> date:
        """The day it is in Vietnam; with a new one everything is forgotten, for agencies may be others than the day before."""
        now = self._now()
        if not self._dawn <= now < self._dusk:
            self._day = now.astimezone(deadline.LOCAL).date()
            self._dawn, self._dusk = beginning(self._day), beginning(self._day + timedelta(days=1))
            self._forget()
        return self._day

    def cached(self, code: str) -> Agency | Missing | None:
        """What is remembered of a code as written: an agency, that there is none, or nothing (`MISSING`)."""
        self.today()
        return self._agencies.get(code_key(code))

    async def caller(self, api_key_text: str) -> Agency | None:
        """The agency an API key belongs to; None for whatever is no live key. Suspended agencies are answered too."""
        parts = keys.split(api_key_text)
        if parts is None:
            return None
        digest = _digest(api_key_text)
        found = self._callers.get(digest)
        if isinstance(found, Missing):
            if not isinstance(self._strangers.get(digest), Missing):
                return None
            generation = self._generation
            async with self._database.read() as conn:
                key = await keys.find_key(conn, parts[0])
            known = key is not None and key.opens_with(parts[1])
            if generation == self._generation:
                if key and known:
                    self._callers.put(digest, key)
                else:
                    self._strangers.put(digest, value=True)
            if key is None or not known:
                return None
            found = key
        now = self._now()
        if found.is_over(now):
            return None
        self._used[found.id] = now
        return await self.current(found.agency)

    async def current(self, code: str) -> Agency | None:
        """The agency of a canonical code as it is called today: where its code was changed, under the one it has now."""
        agency = (await self.resolve([code]))[code]
        if agency is None or not agency.recoded:
            return agency
        known, day = await self.resolve(agency.recoded), self.today()
        begun = [one for each in agency.recoded if (one := known[each]) and one.has_begun(day)]
        return begun[-1] if begun else agency

    async def acting(self, caller: Agency, written: str) -> Agency:
        """The caller under the code it wrote, where that is another one of its own."""
        if not caller.recoded:
            return caller
        named = (await self.resolve([written]))[written]
        return named if named and named.code in caller.recoded else caller

    async def caller_by_token(self, token: str) -> Person | None:
        """The person a token belongs to, if anybody's."""
        if not people.is_token(token):
            return None
        digest = _digest(token)
        found = self._people.get(digest)
        if not isinstance(found, Missing):
            return found
        if not isinstance(self._strangers.get(digest), Missing):
            return None
        generation = self._generation
        async with self._database.read() as conn:
            person = await people.find_by_token(conn, token)
        if generation == self._generation:
            if person:
                self._people.put(digest, person)
            else:
                self._strangers.put(digest, value=True)
        return person

    async def owner_of(self, fingerprint: str, marks: tuple[str, ...] = ()) -> str | None:
        """The canonical code of the agency a certificate is bound to. `fingerprint`: SHA-256 of the DER, hex.

        `marks` (`hub.domain.binding`): also by its key, or its issuer and number.
        """
        key = fingerprint + "".join(marks)
        found = self._owners.get(key)
        if not isinstance(found, Missing):
            return found
        generation = self._generation
        async with self._database.read() as conn:
            owner = await certificates.owner_of(conn, fingerprint, marks)
        if generation == self._generation:
            self._owners.put(key, owner)
        return owner

    async def lineages(self, codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each canonical code: it, the agency above it, the one above that, and so on."""
        found: dict[str, tuple[str, ...]] = {code: (code,) for code in codes}
        tops = {code: code for code in found}
        for _ in range(_ABOVE_AT_MOST):
            known = await self.resolve(set(tops.values()))
            above = {code: agency.parent for code, top in tops.items() if (agency := known[top]) and agency.parent}
            tops = {code: parent for code, parent in above.items() if parent not in found[code]}
            if not tops:
                break
            for code, parent in tops.items():
                found[code] = (*found[code], parent)
        return found

    async def heirs(self, codes: Iterable[str]) -> dict[str, str]:
        """Who stands in for each code today: the one successor of a closed code, and so on; itself where it is open.

        A code that was split among several stays itself: who of them it was, nobody but they can say.
        """
        found = {code: code for code in codes}
        day = self.today()
        for _ in range(_ABOVE_AT_MOST):
            known = await self.resolve(set(found.values()))
            following = {
                code: agency.successors[0]
                for code, last in found.items()
                if (agency := known[last]) and agency.is_closed(day) and len(agency.successors) == 1
            }
            if not following:
                break
            found |= following
        return found

    async def leading_to(self, codes: Iterable[str], heir: str) -> list[str]:
        """Those of these codes that are closed today and that `heir` succeeds, alone or among others, at once or later."""
        day = self.today()
        ways = {code: {code} for code in codes}
        ends = dict(ways)
        for _ in range(_ABOVE_AT_MOST):
            known = await self.resolve({code for some in ends.values() for code in some})
            ends = {
                code: {
                    next_one
                    for last in some
                    if (agency := known[last]) and agency.is_closed(day)
                    for next_one in agency.successors
                }
                - ways[code]
                for code, some in ends.items()
            }
            ends = {code: some for code, some in ends.items() if some}
            if not ends:
                break
            ways = {code: some | ends.get(code, set()) for code, some in ways.items()}
        return [code for code, some in ways.items() if heir in some - {code}]

    async def system(self, systemid: str) -> System | None:
        """The system of an id that a client of the national axis gave; None where there is none."""
        found = self._systems.get(systemid)
        if not isinstance(found, Missing):
            return found
        generation = self._generation
        async with self._database.read() as conn:
            system = await systems.find(conn, systemid)
        if generation == self._generation:
            self._systems.put(systemid, system)
        return system

    async def candidates(self, unknown: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """What unknown codes may have been meant for; the first few of many are looked into."""
        async with self._database.read() as conn:
            return await agencies.candidates(conn, unknown)

    async def note_use(self, now: datetime) -> None:
        """Write down, once a minute, when keys were last used: one statement for all of them."""
        if self._noted_at and now < self._noted_at + _NOTED_EVERY:
            return
        self._noted_at = now
        used, self._used = self._used, {}
        if not used:
            return
        try:
            async with self._database.write() as conn:
                await keys.note_use(conn, used)
        except Unavailable:
            self._used = {**used, **self._used}
            raise

    async def refresh(self) -> int:
        """Forget everything if the directory changed or the day did: one small query. Answers the directory's version."""
        began, self._is_away = time.monotonic(), True
        await self.note_use(self._now())
        with self._stillness.since_last() as may_be_new:
            version = self._version
            if may_be_new or version is None:
                async with self._database.read() as conn:
                    version = await directory_version.current(conn)
        self.today()
        if version != self._version:
            self._version = version
            self._forget()
        self.fresh_until, self._is_away = began + settling.LEASE_SECONDS, False
        if self._is_leased:  # a worker, which answers nobody and looks once a minute, is not waited for
            await self._database.bell.show(version)
        return version

    async def settle(self) -> None:
        """Refresh after a change, and wait until no other process tells anybody what was before: at most two seconds.

        Who shows that it is behind is waited for; who cannot be heard trusts its memory for no longer than that.
        """
        await self.refresh()
        await settling.taken_up(self._database)

    def lease(self) -> None:
        """From now on trust what is remembered only for so long after a `refresh`, which somebody calls every second."""
        self._is_leased = True

    async def _renew(self) -> None:
        """Refresh because the lease is over. While the database is away what is remembered stays in use."""
        async with self._renewing:
            if time.monotonic() > self.fresh_until and not self._is_away:
                with suppress(Unavailable):
                    await self.refresh()

    def _forget(self) -> None:
        self._generation += 1
        for kept in (self._agencies, self._callers, self._people, self._strangers, self._owners, self._systems):
            kept.forget()

    async def _load(self, missing: list[str]) -> dict[str, Agency | None]:
        day = self.today()
        generation = self._generation
        loaded: dict[str, Agency | None] = {}
        async with self._database.read() as conn:
            for start in range(0, len(missing), _BATCH):
                some = missing[start : start + _BATCH]
                loaded |= dict.fromkeys(some)
                for named in await agencies.find_keys(conn, some, day):
                    loaded |= dict.fromkeys(named.keys, named.agency)
        if generation == self._generation:
            for key, agency in loaded.items():
                self._agencies.put(key, agency)
        return loaded


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()
