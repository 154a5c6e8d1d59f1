"""A whole hub in this process, on either database, with the in-process bus; its rooms run when the test says so."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from hub import spool, watch
from hub.bus.notes import Note
from hub.domain.agency import Level
from hub.domain.roles import Role
from hub.gateway.app import Gateway
from hub.settings import Settings
from hub.store import tables
from hub.store.directory import people
from hub.store.road import outbox
from hub.wiring import Hub, build
from tests import offices
from tests.offices import Office
from tests.parts.sqlite import lay


@dataclass(slots=True)
class Town:
    """The hub, a way to call it, and the offices settled so far."""

    hub: Hub
    http: httpx.AsyncClient
    app: Gateway
    offices: dict[str, Office] = field(default_factory=dict)

    async def settle(self, code: str, level: Level = Level.PROVINCE, **facts: Any) -> Office:
        self.offices[code] = await offices.settle(self.hub.database, self.http, code, level, **facts)
        await self.hub.directory.refresh()
        return self.offices[code]

    async def watcher(self, role: Role = Role.OPERATOR, scope: str | None = None) -> httpx.AsyncClient:
        """A client of a person with this role."""
        async with self.hub.database.write() as conn:
            _, token, _ = await people.add_person(conn, f"{role}-{scope}", role, scope, datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub", headers=headers)

    async def carry(self) -> None:
        """Carry every note and deliver it, until nothing waits: what relay, bus and worker do."""
        while taken := await outbox.claim(self.hub.database, datetime.now(UTC), 1000, timedelta(seconds=30)):
            await outbox.forget(self.hub.database, [number for number, _ in taken])
            await self.hub.deliverer.take([note for _, note in taken])
            await self.hub.deliverer.settle_all()

    async def tick(self, now: datetime) -> int:
        """One turn of the clock at `now`."""

        async def deliver(notes: Sequence[Note]) -> None:
            await self.hub.deliverer.take(notes, due=True)
            await self.hub.deliverer.settle_all()

        return await watch.wake(self.hub.database, self.hub.settings, deliver, now)

    async def counts(self) -> dict[str, int]:
        """How many rows the road has written."""
        async with self.hub.database.read() as conn:
            return {
                table.name: (await conn.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (
                    tables.envelope,
                    tables.original,
                    tables.delivery,
                    tables.outbox,
                    tables.event,
                    tables.report,
                )
            }

    def files(self) -> list[Path]:
        """Every file the hub keeps beside its database and key, once what the spool has let go of is gone."""
        spool._writer().submit(bool).result()  # its one thread does one thing after the other
        home = self.hub.settings.home
        return [p for p in home.rglob("*") if p.is_file() and "truc.sqlite3" not in p.name and "hub-key" not in p.name]


@asynccontextmanager
async def founded(home: Path, database_url: str = "", **settings: Any) -> AsyncIterator[Town]:
    """A town on a fresh database."""
    chosen = Settings(home=home, database_url=database_url, **settings)  # type: ignore[arg-type]
    await lay(chosen.database)
    hub = build(chosen)
    app = Gateway(hub)
    await hub.start()
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as http:
            yield Town(hub, http, app)
    finally:
        await hub.stop()
