"""The hub in its production shape on one machine, every part of which can be killed, frozen, cut off and started again."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from hub.bus.kafka import create_topics
from hub.store.migrate import migrate
from tests.chaos.disk import SmallDisk
from tests.chaos.proxy import Proxy
from tests.parts import kafka, postgres
from tests.parts.children import die_with_parent, free_port, tail

ROOT: Final = Path(__file__).parents[2]
FAKETIME: Final = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
_READY: Final = {"gateway": "listening on ", "worker": "working"}


class Nursery:
    """A process that forks processes of the hub. `clock`: a file by which libfaketime sets what they think the time is."""

    def __init__(self, home: Path, fault: str = "", clock: Path | None = None) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRUC_")} | {"PYTHONPATH": str(ROOT)}
        if clock:
            clock.write_text("+0")
            environment |= {
                "LD_PRELOAD": str(FAKETIME),
                "FAKETIME_TIMESTAMP_FILE": str(clock),
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_CACHE_DURATION": "1",
            }
        self._log = home / "nursery.log"
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.nursery", *([fault] if fault else [])],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, cwd=ROOT,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - called before there are threads
            )  # fmt: skip
        assert self._child.stdout
        assert self._child.stdout.readline() == "ready\n", tail(self._log)

    def fork(self, command: list[str], environment: dict[str, str], log: Path) -> int:
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(json.dumps({"command": command, "environment": environment, "log": str(log)}) + "\n")
        self._child.stdin.flush()
        return int(self._child.stdout.readline())

    def stop(self) -> None:
        self._child.kill()
        self._child.wait()


@dataclass(slots=True)
class Process:
    """A gateway or a worker, through all its lives."""

    name: str
    nursery: Nursery
    environment: dict[str, str]
    home: Path
    pid: int = 0
    lives: int = 0
    is_frozen: bool = False
    log: Path = Path()

    @property
    def kind(self) -> str:
        return self.name.partition("-")[0]

    def start(self, **more: str) -> None:
        self.lives += 1
        self.log = self.home / f"{self.name}.{self.lives}.log"
        self.log.touch()
        self.pid = self.nursery.fork([self.kind], self.environment | more, self.log)
        self.is_frozen = False

    def is_alive(self) -> bool:
        return self.pid > 0 and psutil.pid_exists(self.pid)

    def is_ready(self) -> bool:
        return self.is_alive() and any(line.startswith(_READY[self.kind]) for line in self.log.open(errors="replace"))

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return lines[-1][-600:] if lines else ""

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> None:
        while self.is_alive():
            await asyncio.sleep(0.005)

    def freeze(self) -> None:
        self.is_frozen = True
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.is_frozen = False
        self.signal(signal.SIGCONT)


@dataclass(slots=True)
class Machine:
    """All parts. Gateways and workers reach PostgreSQL and Kafka through proxies, offices the gateways."""

    home: Path
    server: postgres.Postgres
    broker: kafka.Kafka
    prefix: str
    database_proxy: Proxy
    bus_proxy: Proxy
    disk: SmallDisk
    clock: Path | None
    gates: dict[str, Proxy] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    is_database_up: bool = True
    is_broker_up: bool = True

    @property
    def dsn(self) -> str:
        """PostgreSQL itself, past the proxy."""
        return self.server.dsn

    def named(self, kind: str) -> list[Process]:
        return [p for p in self.processes.values() if p.kind == kind]

    async def revive_database(self) -> None:
        """Start PostgreSQL again and return when it answers."""
        self.server.launch()
        await until(self.server.is_ready, "PostgreSQL", self.server.said)
        self.is_database_up = True

    async def revive_broker(self) -> None:
        """Start the broker again and return when it answers."""
        self.broker.begin()
        await kafka.ready(f"127.0.0.1:{self.broker.port}", self.broker.log)
        self.is_broker_up = True

    async def all_ready(self) -> None:
        for process in self.processes.values():
            await until(process.is_ready, process.name, lambda p=process: tail(p.log))


async def until(look: Callable[[], bool], what: str, said: Callable[[], str], within: float = 60) -> None:
    """Return when `look` finds it so."""
    end = time.monotonic() + within
    while not look():
        assert time.monotonic() < end, f"{what} is not ready after {within} s:\n{said()}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def machine(
    *,
    gateways: int = 2,
    workers: int = 2,
    fault: str = "",
    has_wrong_clock: bool = False,
    server_settings: dict[str, str] | None = None,
    settings: dict[str, str] | None = None,
) -> AsyncIterator[Machine]:
    """Start everything; with `has_wrong_clock` one more gateway and worker whose clock can be set, like another machine's."""
    home = Path(tempfile.mkdtemp(prefix="truc-chaos-"))
    bus_port = free_port()
    broker = kafka.Kafka(private=True, seen_at=bus_port).start()
    server = postgres.Postgres(durable=True, private=True, **(server_settings or {})).start()
    nurseries: list[Nursery] = []
    made: Machine | None = None
    disk = SmallDisk(home / "originals")
    try:
        await migrate(postgres.url_of(server.dsn, "postgres"))
        await kafka.ready(f"127.0.0.1:{broker.port}", broker.log)
        database_proxy = await Proxy(int(server.dsn.rsplit(":", 1)[1].split("/")[0])).start()
        bus_proxy = await Proxy(broker.port).start(bus_port)
        clock = home / "clock" if has_wrong_clock and FAKETIME else None
        made = Machine(home, server, broker, "chaos", database_proxy, bus_proxy, disk, clock)
        await create_topics(broker.bootstrap, made.prefix, 6, 1)
        made.settings = _settings(made) | (settings or {})
        nurseries.append(Nursery(home, fault))
        parts = [(f"gateway-{n}", nurseries[0]) for n in range(gateways)]
        parts += [(f"worker-{n}", nurseries[0]) for n in range(workers)]
        if clock:
            nurseries.append(Nursery(home, fault, clock))
            parts += [("gateway-wrong", nurseries[1]), ("worker-wrong", nurseries[1])]
        for name, nursery in parts:
            environment = dict(made.settings)
            if name.startswith("gateway"):
                made.gates[name] = await Proxy(free_port()).start()
                environment["TRUC_PORT"] = str(made.gates[name].target)
            made.processes[name] = Process(name, nursery, environment, home)
            made.processes[name].start()
        await made.all_ready()
        yield made
    finally:
        for nursery in nurseries:
            nursery.stop()
        for process in made.processes.values() if made else ():
            process.signal(signal.SIGKILL)
        for proxy in [made.database_proxy, made.bus_proxy, *made.gates.values()] if made else []:
            await proxy.stop()
        server.stop()
        broker.stop()
        disk.remove()
        shutil.rmtree(home, ignore_errors=True)


def _settings(made: Machine) -> dict[str, Any]:
    return {
        "TRUC_HOME": str(made.home),
        "TRUC_DATABASE_URL": f"postgresql+asyncpg://postgres@127.0.0.1:{made.database_proxy.port}/postgres",
        "TRUC_BUS": "kafka",
        "TRUC_KAFKA_BOOTSTRAP": f"127.0.0.1:{made.bus_proxy.port}",
        "TRUC_TOPIC_PREFIX": made.prefix,
        "TRUC_ORIGINALS_URL": f"file://{made.disk.folder}",
        "TRUC_INLINE_BYTES": "20000",
        "TRUC_LOG_LEVEL": "warning",
        "TRUC_WEBHOOK_ALLOW_PRIVATE": "true",
        "TRUC_LEASE_SECONDS": "4",
        "TRUC_REBELL_SECONDS": "2",
        "TRUC_RETRY_FIRST_SECONDS": "0.5",
        "TRUC_RETRY_MOST_SECONDS": "2",
        "TRUC_RETRY_ATTEMPTS": "1000",
        "TRUC_BREAKER_FAILURES": "1000",
        "TRUC_FAIL_POINTS_ALLOWED": "true",
    }
