"""Sessions and failed logins, on both databases."""

import asyncio
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from hub.domain.roles import Role
from hub.store.access import sessions, tries
from hub.store.database import Database
from hub.store.directory import people
from hub.store.migrate import migrate
from hub.store.tables import login_try, session

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
async def cookie(database: Database) -> str:
    async with database.write() as conn:
        await people.add_person(conn, "lan", Role.OPERATOR, None, NOW)
        return await sessions.begin(conn, "lan", "", NOW)


async def whose(database: Database, cookie: str, now: datetime = NOW) -> str | None:
    async with database.read() as conn:
        found = await sessions.find(conn, cookie, now)
    return found.name if found else None


async def test_a_session_lasts_twelve_hours(database: Database, cookie: str) -> None:
    assert await whose(database, cookie, NOW + timedelta(hours=11, minutes=59)) == "lan"
    assert await whose(database, cookie, NOW + timedelta(hours=12)) is None


async def test_what_the_cookie_says_is_not_kept(database: Database, cookie: str) -> None:
    async with database.read() as conn:
        row = (await conn.execute(select(session))).one()

    assert cookie.encode() not in bytes(row.id)


async def test_a_session_that_was_ended_is_nobodys_whoever_kept_the_cookie(database: Database, cookie: str) -> None:
    async with database.write() as conn:
        await sessions.end(conn, cookie)

    assert await whose(database, cookie) is None


async def test_logging_in_again_ends_the_session_the_browser_brought(database: Database, cookie: str) -> None:
    async with database.write() as conn:
        fresh = await sessions.begin(conn, "lan", cookie, NOW)

    assert await whose(database, cookie) is None
    assert await whose(database, fresh) == "lan"


@pytest.mark.parametrize("change", ["revoke", "password", "all"])
async def test_revoking_a_person_and_a_new_password_end_every_session_at_once(
    database: Database, cookie: str, change: str
) -> None:
    async with database.write() as conn:
        if change == "revoke":
            await people.revoke_person(conn, "lan", NOW)
        elif change == "password":
            await people.new_password(conn, "lan")
        else:
            assert await sessions.end_all(conn, "lan") == 1

    assert await whose(database, cookie) is None


@pytest.mark.parametrize("made_up", ["", "x", "a" * 5000, "\ud800", "' OR 1=1 --"])
async def test_a_cookie_of_ones_own_making_opens_nothing(database: Database, cookie: str, made_up: str) -> None:
    assert await whose(database, made_up) is None


async def begin(database: Database, free: dict[str, int], now: datetime = NOW) -> int:
    async with database.write() as conn:
        return await tries.begin(conn, free, now)


async def test_waiting_doubles_up_to_a_quarter_of_an_hour(database: Database) -> None:
    now, waits = NOW, []
    for _ in range(9):
        await begin(database, {"x": 2}, now)
        waits.append(await begin(database, {"x": 2}, now))
        now += timedelta(seconds=waits[-1])

    assert waits[1:] == sorted(waits[1:])
    assert waits[-1] == 15 * 60 + 1


async def test_one_key_that_must_wait_holds_up_the_try_and_the_other_is_not_charged(database: Database) -> None:
    for _ in range(2):
        assert await begin(database, {"name": 2, "address": 9}) == 0
    assert await begin(database, {"name": 2, "address": 9}) > 0

    async with database.read() as conn:
        rows = (await conn.execute(select(login_try.c.key, login_try.c.count))).all()
    assert {r.key: r.count for r in rows} == {"name": 2, "address": 2}


async def test_a_success_forgives(database: Database) -> None:
    for _ in range(2):
        await begin(database, {"x": 2})
    async with database.write() as conn:
        await tries.forgive(conn, "x")

    assert await begin(database, {"x": 2}) == 0


async def test_many_tries_at_once_are_not_more_than_many_in_turn(database: Database) -> None:
    waits = await asyncio.gather(*(begin(database, {"x": 5}) for _ in range(8)))

    assert sum(wait == 0 for wait in waits) == 5


async def test_a_restart_forgets_no_failed_login(database_url: str) -> None:
    await migrate(database_url)
    before = await Database(database_url).open()
    for _ in range(2):
        await begin(before, {"x": 2})
    await before.close()
    after = await Database(database_url).open()

    assert await begin(after, {"x": 2}) > 0
    await after.close()


async def test_what_is_long_past_is_swept(database: Database) -> None:
    await begin(database, {"x": 1})
    await begin(database, {"y": 1}, NOW + timedelta(hours=1))

    async with database.read() as conn:
        assert (await conn.execute(select(login_try.c.key))).scalars().all() == ["y"]


async def test_what_a_failing_question_was_about_is_in_no_words_of_the_failure(database: Database) -> None:
    with pytest.raises(Exception) as failed:  # noqa: PT011 - each database has its own
        async with database.write() as conn:
            await conn.execute(text("SELECT :secret FROM nowhere"), {"secret": "trk_" + "of somebody"})

    told = "".join(traceback.format_exception(failed.value))
    assert "nowhere" in told
    assert "trk_of somebody" not in told
