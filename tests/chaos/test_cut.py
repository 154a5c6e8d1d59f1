"""A connection that breaks while a question is under way is a database that is down, not a fault of ours."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import TextClause, text

from hub.errors import Unavailable
from hub.store.database import Database
from tests.chaos.proxy import Proxy


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncIterator[Proxy]:
    made = await Proxy(int(postgres_url.rsplit(":", 1)[1].split("/", maxsplit=1)[0])).start()
    yield made
    await made.stop()


@pytest.mark.parametrize("way", ["read", "write"])
async def test_a_connection_cut_in_the_middle_of_a_question_is_unavailable(
    way: str, proxy: Proxy, postgres_url: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    database = Database(f"postgresql+asyncpg://postgres@127.0.0.1:{proxy.port}/{name}")
    asked = asyncio.Event()

    async def ask() -> None:
        async with getattr(database, way)() as conn:
            await conn.execute(text("SELECT 1"))
            asked.set()
            await conn.execute(text("SELECT pg_sleep(60)"))

    asking = asyncio.create_task(ask())
    await asked.wait()
    proxy.hold_answers()
    proxy.cut()
    with pytest.raises(Unavailable):
        await asking
    proxy.let_answers_go()
    async with database.read() as conn:
        assert (await conn.execute(text("SELECT 1"))).scalar_one() == 1
    await database.close()


@pytest.mark.parametrize("way", ["read", "write", "light"])
async def test_a_connection_that_stopped_in_the_middle_of_something_is_given_to_nobody_else(
    way: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the driver says when an answer was not waited for to its end: among a thousand kills it ended a gateway."""
    database = Database(postgres_url, pool_size=1)
    pid = text("SELECT pg_backend_pid()")

    async def stuck(*_: object, **__: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    async def ask(question: TextClause) -> int:
        async with getattr(database, way)() as conn:
            return int((await conn.execute(question)).scalar_one())

    first = await ask(pid)
    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "prepare", stuck)
        with pytest.raises(Unavailable):
            await ask(text("SELECT 2"))
    assert await ask(pid) != first
    await database.close()
