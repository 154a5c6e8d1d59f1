"""The hub as it runs: processes started by its own command, in either shape, driven over HTTP alone."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from hub.domain.agency import Level
from hub.domain.roles import Role
from hub.store.database import Database
from hub.store.directory import people
from tests import offices
from tests.offices import Office
from tests.parts.forks import Fork

START_WITHIN: Final = 60  # seconds


class Process:
    """A `truc` process. Its output is kept, and printed when something goes wrong. `root`: whose code it runs.

    It is a fork of one that has the program in memory, unless it runs other code or `is_forked` says no.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        ready: str,
        root: Path | None = None,
        *,
        is_forked: bool = True,
    ) -> None:
        self.command = command
        self.lines: list[str] = []
        whole = {**{k: v for k, v in os.environ.items() if not k.startswith("TRUC_")}, **environment}
        said, out = os.pipe()
        self.popen: Fork | subprocess.Popen[bytes]
        if is_forked and not root:
            self.popen = Fork(command, whole, out)
        else:
            words = [sys.executable, "-m", "hub.cli", *command]
            self.popen = subprocess.Popen(words, env=whole, cwd=root, stdout=out, stderr=subprocess.STDOUT)
        os.close(out)
        self._said = os.fdopen(said, encoding="utf-8", errors="replace")
        self._ready = threading.Event()
        self._word = ready
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(START_WITHIN) or self.popen.poll() is not None:
            self.kill()
            raise AssertionError(f"truc {' '.join(command)} did not start:\n" + "".join(self.lines[-40:]))

    def _read(self) -> None:
        with self._said:
            for line in self._said:
                self.lines.append(line)
                if line.startswith(self._word):
                    self._ready.set()
        self._ready.set()

    @property
    def url(self) -> str:
        line = next(line for line in self.lines if line.startswith("listening on "))
        return line.removeprefix("listening on ").strip()

    def kill(self) -> None:
        """As the machine would: at once."""
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> int:
        """As an operator would; answers the exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(30)


@dataclass(slots=True)
class Shape:
    """A running hub: where to call it, its database, its processes by name."""

    name: str
    environment: dict[str, str]
    database: Database
    http: httpx.AsyncClient
    processes: dict[str, Process] = field(default_factory=dict)

    async def settle(self, code: str, level: Level = Level.PROVINCE, **facts: Any) -> Office:
        return await offices.settle(self.database, self.http, code, level, **facts)

    async def watcher(self) -> httpx.AsyncClient:
        async with self.database.write() as conn:
            name = f"operator-{os.urandom(4).hex()}"
            _, token, _ = await people.add_person(conn, name, Role.OPERATOR, None, datetime.now(UTC))
        return httpx.AsyncClient(base_url=self.http.base_url, headers={"Authorization": f"Bearer {token}"})

    def restart(self, name: str) -> None:
        """Start a process again that was killed; a gateway keeps its port."""
        old = self.processes[name]
        environment = dict(self.environment)
        if old.command[0] in ("gateway", "serve"):
            environment["TRUC_PORT"] = old.url.rsplit(":", 1)[1]
        self.processes[name] = Process(old.command, environment, old._word)


@asynccontextmanager
async def embedded(home: Path) -> AsyncIterator[Shape]:
    """`truc serve`."""
    async with _running("embedded", home, {}, {"hub": "serve"}) as shape:
        yield shape


@asynccontextmanager
async def production(
    home: Path,
    database_url: str,
    kafka: str,
    prefix: str,
    *,
    has_broker: bool = True,
    is_forked: bool = True,
    **more: str,
) -> AsyncIterator[Shape]:
    """`truc gateway` and two `truc worker`s, PostgreSQL, Kafka. `has_broker`: `truc migrate` finds Kafka; `more`: settings."""
    settings = {
        "TRUC_DATABASE_URL": database_url,
        "TRUC_BUS": "kafka",
        "TRUC_KAFKA_BOOTSTRAP": kafka,
        "TRUC_TOPIC_PREFIX": prefix,
        "TRUC_KAFKA_PARTITIONS": "6",
        **more,
    }
    parts = {"gateway": "gateway", "worker-1": "worker", "worker-2": "worker"}
    migrating = {} if has_broker else {"TRUC_BUS": "memory"}
    async with _running("production", home, settings, parts, migrating, is_forked=is_forked) as shape:
        yield shape


@asynccontextmanager
async def _running(
    name: str,
    home: Path,
    settings: dict[str, str],
    parts: dict[str, str],
    migrating: dict[str, str] | None = None,
    *,
    is_forked: bool = True,
) -> AsyncIterator[Shape]:
    environment = {
        "TRUC_HOME": str(home),
        "TRUC_PORT": "0",
        "TRUC_LOG_LEVEL": "warning",
        "TRUC_WEBHOOK_ALLOW_PRIVATE": "true",
        "TRUC_RETRY_FIRST_SECONDS": "0.5",
        "TRUC_RETRY_MOST_SECONDS": "2",
        "TRUC_REBELL_SECONDS": "2",
        "TRUC_BREAKER_FAILURES": "50",
        **settings,
    }
    whole = {**{k: v for k, v in os.environ.items() if not k.startswith("TRUC_")}, **environment, **(migrating or {})}
    with tempfile.TemporaryFile() as said:
        migration = Fork(["migrate"], whole, said.fileno())
        code = await asyncio.to_thread(migration.wait, 120)
        said.seek(0)
        assert code == 0, said.read().decode()
    processes: dict[str, Process] = {}
    database = Database(settings.get("TRUC_DATABASE_URL", f"sqlite+aiosqlite:///{home / 'truc.sqlite3'}"))
    try:
        for part, command in parts.items():
            ready = "working" if command == "worker" else "listening on "
            processes[part] = Process([command], environment, ready, is_forked=is_forked)
        face = next(p for p in processes.values() if p.command[0] != "worker")
        transport = httpx.AsyncHTTPTransport(retries=3, limits=httpx.Limits(max_connections=100))
        async with httpx.AsyncClient(base_url=face.url, transport=transport, timeout=60) as http:
            yield Shape(name, environment, database, http, processes)
        codes = {part: process.stop() for part, process in processes.items()}
        assert set(codes.values()) == {0}, codes
    finally:
        await database.close()
        for process in processes.values():
            if process.popen.poll() is None:
                process.kill()
