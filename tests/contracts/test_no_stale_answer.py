"""Once a change of the directory was answered, nobody in any process is told what was before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import worker
from hub.domain.agency import Agency, Level
from hub.settings import Settings
from hub.store import directory_version
from hub.store.directory import registry
from hub.store.directory.memory import Directory
from hub.wiring import Hub, build
from tests.parts.sqlite import lay

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@dataclass
class Gateway:
    """One gateway's part that remembers the directory, with the loop that keeps it fresh."""

    hub: Hub
    answers: list[bool]  # whether the agency was suspended, each time it was asked

    async def ask(self) -> None:
        """Ask again and again, as traffic does."""
        while True:
            agency = (await self.hub.directory.resolve(["H53"]))["H53"]
            self.answers.append(agency is not None and agency.suspended)
            await asyncio.sleep(0)


@asynccontextmanager
async def gateway(url: str, home: Path) -> AsyncIterator[Gateway]:
    hub = build(Settings(home=home, database_url=url))
    await hub.database.open()
    tasks: list[asyncio.Task[None]] = []
    try:
        while not hub.database.bell.is_heard:
            await asyncio.sleep(0.01)
        made = Gateway(hub, [])
        tasks = [asyncio.create_task(worker.keep_directory_fresh(hub)), asyncio.create_task(made.ask())]
        while not made.answers or hub.database.bell.shown != hub.directory.version:
            await asyncio.sleep(0.01)
        yield made
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await hub.database.close()


@pytest.fixture
async def gateways(postgres_url: str, tmp_path: Path) -> AsyncIterator[list[Gateway]]:
    await lay(postgres_url)
    async with AsyncExitStack() as stack:
        first = build(Settings(home=tmp_path, database_url=postgres_url))
        async with first.database.write() as conn:
            await registry.add(conn, Agency("H53", "Tây Ninh", Level.PROVINCE), NOW)
        await first.database.close()
        yield [await stack.enter_async_context(gateway(postgres_url, tmp_path)) for _ in range(3)]


async def test_no_process_answers_what_was_before_a_change_once_the_change_is_answered(gateways):
    first = gateways[0]
    for suspended in (True, False, True, False, True):
        async with first.hub.database.write() as conn:
            change = registry.suspend if suspended else registry.resume
            await change(conn, "H53", NOW)
        await first.hub.directory.settle()

        for each in gateways:
            each.answers.clear()
        while not all(len(each.answers) > 20 for each in gateways):
            await asyncio.sleep(0)

        assert {answer for each in gateways for answer in each.answers} == {suspended}


async def test_a_process_that_nobody_keeps_fresh_asks_again_when_its_lease_is_over(gateways):
    hub = gateways[0].hub
    forgotten = Directory(hub.database)
    await forgotten.refresh()
    assert (await forgotten.resolve(["H53"]))["H53"].suspended is False
    async with hub.database.write() as conn:
        await registry.suspend(conn, "H53", NOW)
    assert (await forgotten.resolve(["H53"]))["H53"].suspended is False

    forgotten.lease()
    forgotten.fresh_until = 0.0

    assert (await forgotten.resolve(["H53"]))["H53"].suspended is True


async def test_a_process_that_answers_nobody_is_not_waited_for(gateways, postgres_url, tmp_path):
    worker_hub = build(Settings(home=tmp_path, database_url=postgres_url))
    await worker_hub.database.open()
    try:
        while not worker_hub.database.bell.is_heard:
            await asyncio.sleep(0.01)
        await worker_hub.directory.refresh()

        assert worker_hub.database.bell.shown is None
    finally:
        await worker_hub.database.close()


async def test_who_is_behind_is_seen_until_it_has_moved_on(gateways):
    first = gateways[0].hub
    async with first.database.read() as conn:
        version = await directory_version.current(conn)
        assert not await directory_version.is_behind(conn, version)
        assert await directory_version.is_behind(conn, version + 1)

    async with first.database.write() as conn:
        await registry.suspend(conn, "H53", NOW)

    async with first.database.read() as conn:
        while await directory_version.is_behind(conn, version + 1):
            await asyncio.sleep(0.01)
    assert {each.hub.database.bell.shown for each in gateways} == {version + 1}
