"""Uploads on both databases: what many requests do at once comes out as if they had come one after the other."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.domain.agency import Agency, Level
from hub.domain.ids import new_id
from hub.errors import TooMany
from hub.store.database import Database
from hub.store.directory import registry
from hub.store.road import uploads
from hub.store.road.uploads import Limits, NewUpload

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
DAY = timedelta(days=1)
LIMITS = Limits(3, 1000, 500)


@pytest.fixture
async def database(database: Database) -> Database:
    async with database.write() as conn:
        for code in ("G22", "H53"):
            await registry.add(conn, Agency(code, code, Level.PROVINCE), NOW)
    return database


def fresh(agency: str = "G22", size: int | None = 100) -> NewUpload:
    return NewUpload(new_id(), agency, size, lenient=False, key="", created_at=NOW, expires_at=NOW + DAY)


def name() -> str:
    return secrets.token_hex(32)


async def found(database: Database, upload: NewUpload) -> dict[str, Any] | None:
    async with database.read() as conn:
        return await uploads.find(conn, upload.id, [upload.agency])


async def test_of_many_that_begin_at_once_as_many_are_let_as_may_be(database: Database) -> None:
    answers = await asyncio.gather(
        *(uploads.begin(database, fresh(), LIMITS) for _ in range(8)), return_exceptions=True
    )
    await uploads.begin(database, fresh("H53"), LIMITS)  # another agency has a limit of its own

    assert sum(answer is None for answer in answers) == 3
    assert {type(answer) for answer in answers if answer} == {TooMany}


async def test_what_is_settled_or_expired_no_longer_counts(database: Database) -> None:
    first, second = fresh(), fresh()
    await uploads.begin(database, first, LIMITS)
    await uploads.begin(database, second, LIMITS)
    await uploads.begin(database, fresh(size=500), LIMITS)
    with pytest.raises(TooMany):
        await uploads.begin(database, fresh(), LIMITS)

    await uploads.settle(database, first.id, 202, new_id(), None)
    await uploads.begin(database, fresh(), LIMITS)
    later = fresh()._replace(created_at=NOW + DAY, expires_at=NOW + 2 * DAY)
    await uploads.begin(database, later, LIMITS)


async def test_of_parts_that_come_at_once_one_is_added(database: Database) -> None:
    upload = fresh()
    await uploads.begin(database, upload, LIMITS)
    names = [name() for _ in range(6)]

    added = await asyncio.gather(*(uploads.add(database, upload.id, 0, 10 + n, each) for n, each in enumerate(names)))

    assert added.count(True) == 1
    won = added.index(True)
    async with database.read() as conn:
        assert await uploads.parts(conn, upload.id) == [(names[won], 10 + won)]
        assert await uploads.received(conn, upload.id) == 10 + won
        assert await uploads.named_among(conn, names) == {names[won]}
    assert await uploads.add(database, upload.id, 10 + won, 5, name())
    assert not await uploads.add(database, upload.id, 10 + won, 5, name())


async def test_a_length_once_said_stays(database: Database) -> None:
    upload = fresh(size=None)
    await uploads.begin(database, upload, LIMITS)

    assert await uploads.measure(database, upload.id, 70)
    assert await uploads.measure(database, upload.id, 70)
    assert not await uploads.measure(database, upload.id, 71)


async def test_the_first_verdict_is_kept_and_nothing_is_added_after_it(database: Database) -> None:
    upload = fresh()
    part, envelope = name(), new_id()
    await uploads.begin(database, upload, LIMITS)
    await uploads.add(database, upload.id, 0, 10, part)

    assert await uploads.settle(database, upload.id, 202, envelope, None) == [part]
    assert await uploads.settle(database, upload.id, 422, None, {"code": "later"}) == []
    assert not await uploads.add(database, upload.id, 10, 5, name())
    kept = await found(database, upload)
    assert kept
    assert (kept["status"], kept["envelope_id"], kept["problem"]) == (202, envelope, None)


async def test_parts_go_when_an_upload_expires_and_the_upload_a_day_later(database: Database) -> None:
    upload, other = fresh(), fresh("H53")
    part = name()
    await uploads.begin(database, upload, LIMITS)
    await uploads.begin(database, other._replace(expires_at=NOW + 9 * DAY), LIMITS)
    await uploads.add(database, upload.id, 0, 10, part)

    assert await uploads.expire(database, NOW + DAY / 2, 100) == []
    assert await uploads.expire(database, NOW + DAY, 100) == [part]
    assert await found(database, upload)
    assert await uploads.expire(database, NOW + 2 * DAY, 100) == []
    assert await found(database, upload) is None
    assert await found(database, other)
    assert await uploads.cancel(database, other.id) == []
    assert await found(database, other) is None
