import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from hub.domain.agency import Level
from hub.gateway.app import Gateway, explain
from hub.gateway.framing import framed
from hub.store.directory import systems
from hub.trust.vault import open_or_make
from hub.vxp import face
from tests.offices import Office
from tests.town import Town, founded
from tests.vxp.client import Client


@dataclass(slots=True)
class Axis:
    """A town whose hub is called over real sockets, by systems of the national axis' client."""

    town: Town
    url: str

    async def system(
        self, code: str, level: Level = Level.PROVINCE, *, ends_on: date | None = None, **facts: Any
    ) -> tuple[Office, Client]:
        """An agency with a system of its own."""
        office = await self.town.settle(code, level, **facts)
        return office, await self.client(code, ends_on=ends_on)

    async def client(self, code: str, *, ends_on: date | None = None, version: str = "2.0.1") -> Client:
        secret = f"secret of {code}"
        vault = open_or_make(self.town.hub.settings.home)
        async with self.town.hub.database.write() as conn:
            await systems.keep(conn, systems.System(code, code, vault.seal(secret, code), ends_on), datetime.now(UTC))
        await self.town.hub.directory.refresh()
        return Client(f"{self.url}/vxp", code, secret, version)


@pytest.fixture
async def axis(tmp_path: Path) -> AsyncIterator[Axis]:
    """The hub on the embedded database, with the face served as `truc serve` serves it."""
    async with founded(tmp_path, max_envelope_bytes=200_000, body_timeout_seconds=0.5) as town:
        config = uvicorn.Config(
            Gateway(town.hub, asides=[face.mount]),
            http=framed(5.0, face.unreadable(town.hub.settings, explain)),
            port=0,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
        )
        server = uvicorn.Server(config)
        listener = config.bind_socket()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield Axis(town, f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            await serving
