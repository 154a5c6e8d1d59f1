"""What one process remembers of the directory, and when it forgets."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.agency import Agency, Level
from hub.domain.roles import Person, Role
from hub.store.database import Database
from hub.store.directory import certificates, keys, people, registry
from hub.store.directory.certificates import Binding
from hub.store.directory.lately import Lately
from hub.store.directory.memory import MISSING, Directory

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PROVINCE = Agency("H53", "UBND tỉnh Tây Ninh", Level.PROVINCE, aliases=("000.00.00.H53",))
MINISTRY = Agency("G12", "Bộ Tài chính", Level.CENTRAL)


@pytest.fixture
async def directory(database: Database) -> Directory:
    async with database.write() as conn:
        for agency in (PROVINCE, MINISTRY):
            await registry.add(conn, agency, NOW)
    return Directory(database)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn, _cursor, statement, _parameters, _context, _many) -> None:
        seen.append(statement)

    engine = database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def change(database: Database, what) -> None:
    async with database.write() as conn:
        await what(conn)


async def test_codes_old_and_new_lead_to_one_agency(directory):
    answer = await directory.resolve(["H53", "000.00.00.H53", " h53", "G99"])

    assert answer == {"H53": PROVINCE, "000.00.00.H53": PROVINCE, " h53": PROVINCE, "G99": None}


async def test_what_was_asked_once_is_not_asked_again_not_even_who_is_nobody(directory, database):
    await directory.resolve(["H53", "G99"])

    with statements(database) as seen:
        answer = await directory.resolve(["000.00.00.H53", "h53", "G99"])

    assert seen == []
    assert answer["000.00.00.H53"] == PROVINCE


async def test_many_codes_are_loaded_a_thousand_at_a_time(directory, database):
    with statements(database) as seen:
        await directory.resolve([f"X{n}" for n in range(999)] + ["H53"])
    assert len(seen) == 4

    with statements(database) as seen:
        await directory.resolve([f"Y{n}" for n in range(2_500)])
    assert len(seen) <= 3 * 4


async def test_what_is_remembered_can_be_asked_without_waiting(directory):
    assert directory.cached("H53") is MISSING

    await directory.resolve(["H53", "G99"])

    assert directory.cached("000.00.00.h53") == PROVINCE
    assert directory.cached("G99") is None


async def test_a_change_is_seen_after_the_next_refresh(directory, database):
    await directory.refresh()
    await directory.resolve(["H53", "H54"])
    await change(database, lambda conn: registry.suspend(conn, "H53", NOW))
    await change(database, lambda conn: registry.add(conn, Agency("H54", "Thái Bình", Level.PROVINCE), NOW))
    assert directory.cached("H54") is None

    await directory.refresh()

    answer = await directory.resolve(["H53", "H54"])
    assert answer["H53"].suspended
    assert answer["H54"].name == "Thái Bình"


async def test_a_refresh_without_a_change_asks_at_most_one_question_and_forgets_nothing(directory, database):
    await directory.refresh()
    await directory.resolve(["H53"])

    with statements(database) as seen:
        await directory.refresh()

    assert len(seen) == (0 if database.is_sqlite else 1)  # SQLite says without a question that nothing was committed
    assert directory.cached("H53") == PROVINCE


async def test_a_new_day_in_vietnam_is_looked_at_afresh(directory):
    with time_machine.travel(datetime(2026, 11, 25, 16, 59, tzinfo=UTC), tick=False) as clock:
        await directory.refresh()
        await directory.resolve(["H53"])
        clock.move_to(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))

        await directory.refresh()

    assert directory.cached("H53") is MISSING


class Overtaken(Database):
    """A database on which something happens between the end of the first look and what is made of it."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with super().read() as conn:
            yield conn
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()


async def test_what_was_loaded_before_a_change_is_not_remembered_after_it(directory, database):
    slow = Overtaken(database.url)
    late = Directory(slow)
    await late.refresh()

    async def suspend() -> None:
        await change(database, lambda conn: registry.suspend(conn, "H53", NOW))
        await late.refresh()

    slow.meanwhile = suspend
    before = await late.resolve(["H53"])
    after = await late.resolve(["H53"])
    await slow.close()

    assert not before["H53"].suspended
    assert after["H53"].suspended


# -- who calls ---------------------------------------------------------------------------------------------------


async def issued(database: Database, code: str = "H53") -> str:
    async with database.write() as conn:
        return await keys.issue_key(conn, code, NOW)


async def test_a_key_names_its_agency_and_is_looked_up_once(directory, database):
    key = await issued(database)

    assert await directory.caller(key) == PROVINCE
    with statements(database) as seen:
        assert await directory.caller(key) == PROVINCE
    assert seen == []


async def test_a_key_with_another_secret_names_nobody(directory, database):
    key, other = await issued(database), await issued(database, "G12")
    mixed = key[:20] + other[20:]

    assert await directory.caller(mixed) is None
    assert await directory.caller(mixed) is None
    assert await directory.caller(key) == PROVINCE


@pytest.mark.parametrize(
    "text", ["", "trk_", "trp_x", "trk_0123456789abcdef_", "trk_' OR 1=1 --", "é" * 70, "trk_\x00"]
)
async def test_what_has_not_the_form_of_a_key_is_refused_without_a_question(directory, database, text):
    with statements(database) as seen:
        assert await directory.caller(text) is None

    assert seen == []


async def test_a_revoked_key_names_nobody_after_the_next_refresh(directory, database):
    key = await issued(database)
    await directory.refresh()
    assert await directory.caller(key) == PROVINCE
    key_id, _ = keys.split(key)

    await change(database, lambda conn: keys.revoke_key(conn, "H53", key_id, NOW))
    await directory.refresh()

    assert await directory.caller(key) is None


async def test_a_suspended_caller_is_still_known(directory, database):
    key = await issued(database)
    await change(database, lambda conn: registry.suspend(conn, "H53", NOW))

    assert (await directory.caller(key)).suspended


async def test_no_credential_is_kept_in_memory(directory, database):
    key = await issued(database)
    await directory.caller(key)
    async with database.write() as conn:
        _, token, _ = await people.add_person(conn, "an", Role.OPERATOR, None, NOW)
    await directory.caller_by_token(token)

    remembered = repr([vars(kept) for kept in vars(directory).values() if isinstance(kept, Lately)])

    assert key[21:] not in remembered
    assert token[4:] not in remembered


async def test_a_token_names_its_person_until_the_account_is_closed(directory, database):
    async with database.write() as conn:
        _, token, _ = await people.add_person(conn, "an", Role.OBSERVER, "000.00.00.H53", NOW)
    await directory.refresh()
    assert await directory.caller_by_token(token) == Person("an", Role.OBSERVER, "H53")
    with statements(database) as seen:
        await directory.caller_by_token(token)
        assert await directory.caller_by_token(await issued(database)) is None
    assert seen == []

    await change(database, lambda conn: people.revoke_person(conn, "an", NOW))
    await directory.refresh()

    assert await directory.caller_by_token(token) is None


async def test_the_owner_of_a_certificate_is_known_by_its_fingerprint(directory, database):
    binding = Binding("ab" * 32, b"der", "CN=x", "CN=y", "1", NOW, NOW)
    await change(database, lambda conn: certificates.bind_certificate(conn, "H53", binding, NOW))

    assert await directory.owner_of("ab" * 32) == "H53"
    assert await directory.owner_of("cd" * 32) is None
    with statements(database) as seen:
        await directory.owner_of("ab" * 32)
        await directory.owner_of("cd" * 32)
    assert seen == []


async def test_candidates_come_by_the_code_as_written(directory):
    assert await directory.candidates(["H35", "000.00.00.H53.1"]) == {"H35": ("H53",), "000.00.00.H53.1": ("H53",)}


def test_the_oldest_question_is_forgotten_first():
    lately: Lately[str, int] = Lately(2)
    lately.put("a", 1)
    lately.put("b", 2)
    lately.get("a")

    lately.put("c", 3)

    assert lately.get("b") is MISSING
    assert (lately.get("a"), lately.get("c"), len(lately)) == (1, 3, 2)
