"""API keys that are rotated, revoked and remembered, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from hub.domain.agency import Agency, Level
from hub.store.database import Database
from hub.store.directory import keys, registry
from hub.store.directory.memory import Directory

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def first(database: Database) -> str:
    async with database.write() as conn:
        await registry.add(conn, Agency("H53", "Tây Ninh", Level.PROVINCE), NOW)
        return await keys.issue_key(conn, "H53", NOW)


async def known(directory: Directory, key: str) -> bool:
    return await directory.caller(key) is not None


async def test_a_key_that_was_replaced_is_good_beside_the_new_one_until_the_overlap_is_over(
    database: Database, first: str
) -> None:
    directory = Directory(database)
    async with database.write() as conn:
        second = await keys.rotate_keys(conn, "H53", HOUR, NOW)

    assert await known(directory, first)
    assert await known(directory, second)
    with time_machine.travel(NOW + HOUR, tick=False):
        assert not await known(directory, first)  # though it is remembered
        assert await known(directory, second)
        assert not await known(Directory(database), first)


async def test_rotating_again_gives_no_old_key_more_time(database: Database, first: str) -> None:
    async with database.write() as conn:
        await keys.rotate_keys(conn, "H53", HOUR, NOW)
        await keys.rotate_keys(conn, "H53", 9 * HOUR, NOW)
        made = await keys.keys_of(conn, "H53")

    assert sorted((key.expires_at - NOW for key in made if key.expires_at), key=str) == [HOUR, 9 * HOUR]


async def test_a_rotation_without_overlap_ends_the_others_at_once(database: Database, first: str) -> None:
    async with database.write() as conn:
        await keys.rotate_keys(conn, "H53", timedelta(0), NOW)

    assert not await known(Directory(database), first)


async def test_a_revoked_key_is_good_no_more_in_any_process(database: Database, first: str) -> None:
    here, elsewhere = Directory(database), Directory(database)
    for directory in (here, elsewhere):
        await directory.refresh()
        assert await known(directory, first)
    async with database.write() as conn:
        await keys.revoke_key(conn, "H53", first.split("_")[1], NOW)

    for directory in (here, elsewhere):
        await directory.refresh()
        assert not await known(directory, first)


async def last_used(database: Database) -> datetime | None:
    async with database.read() as conn:
        (key,) = await keys.keys_of(conn, "H53")
    return key.last_used_at


async def test_when_a_key_was_last_used_is_written_once_a_minute_not_once_a_call(
    database: Database, first: str
) -> None:
    directory = Directory(database)
    await directory.note_use(NOW)
    for _ in range(100):
        await known(directory, first)

    await directory.note_use(NOW + timedelta(seconds=59))
    assert await last_used(database) is None
    await directory.note_use(NOW + timedelta(seconds=60))
    at = await last_used(database)
    assert at is not None
    assert at >= NOW


async def test_noting_an_earlier_use_takes_no_later_one_back(database: Database, first: str) -> None:
    key_id = first.split("_")[1]
    async with database.write() as conn:
        await keys.note_use(conn, {key_id: NOW})
        await keys.note_use(conn, {key_id: NOW - HOUR})

    assert await last_used(database) == NOW
