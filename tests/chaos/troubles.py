"""What can happen to a machine, drawn from a seed. Each trouble ends by itself, and several may be under way at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from hub.bus.kafka import create_topics
from tests.chaos.machine import Machine, Process
from tests.contracts.broker import admin

Trouble = Callable[["Scheduler"], Awaitable[None]]
WEIGHTS: Final[dict[str, int]] = {
    "kill gateway": 32,
    "kill worker": 40,
    "kill postgresql": 5,
    "kill broker": 1,
    "freeze": 6,
    "freeze past the lease": 2,
    "freeze broker": 1,
    "cut": 6,
    "slow": 3,
    "fill the disk": 2,
    "jump the clock": 2,
    "wipe the topics": 1,
}


@dataclass(slots=True)
class Scheduler:
    """Draws troubles until `kills` processes were killed, or until it is told to stop."""

    machine: Machine
    random: random.Random
    weights: dict[str, int] = field(default_factory=lambda: dict(WEIGHTS))
    pause: float = 0.35  # seconds between two troubles, on average
    counts: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # what processes said that ended by themselves

    async def run(self, is_enough: Callable[[int], bool]) -> None:
        """Trouble the machine until `is_enough(kills)`, then wait until the last trouble is over."""
        names, weights = list(self.weights), list(self.weights.values())
        while not is_enough(self.kills):
            name = self.random.choices(names, weights)[0]
            self._begin(name)
            await asyncio.sleep(self.pause * 2 * self.random.random())
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def supervise(self) -> None:
        """Start again what ended by itself, as a supervisor does, until cancelled; `ended` says what it was."""
        while True:
            for process in self.machine.processes.values():
                if process.name not in self._busy and process.pid and not process.is_alive():
                    self.ended.append(f"{process.name}: {process.last_words()}")
                    process.start()
            await asyncio.sleep(0.3)

    def _begin(self, name: str) -> None:
        task = asyncio.create_task(self._one(name))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _one(self, name: str) -> None:
        if name in self._busy and not name.startswith("kill"):
            return
        self._busy.add(name)
        try:
            await _TROUBLES[name](self)
        except Exception as error:  # noqa: BLE001 - told at the end, when everything is still there to be looked at
            self.failures.append(f"{name}: {type(error).__name__}: {error}")
        finally:
            self._busy.discard(name)

    def _ready(self, kind: str = "") -> Process | None:
        able = [
            p for p in self.machine.processes.values() if not p.is_frozen and p.is_ready() and p.kind.startswith(kind)
        ]
        able = [p for p in able if p.name not in self._busy]
        return self.random.choice(able) if able else None

    def _count(self, name: str, *, is_kill: bool = False) -> None:
        self.counts[name] += 1
        self.kills += is_kill

    async def kill_process(self, kind: str) -> None:
        if process := self._ready(kind):
            self._busy.add(process.name)
            try:
                await process.kill()
                self._count(f"kill {kind}", is_kill=True)
                process.start()
            finally:
                self._busy.discard(process.name)

    async def kill_postgresql(self) -> None:
        if self.machine.is_database_up:
            self.machine.is_database_up = False
            self.machine.server.kill()
            self._count("kill postgresql", is_kill=True)
            await self.machine.revive_database()

    async def kill_broker(self) -> None:
        if self.machine.is_broker_up:
            self.machine.is_broker_up = False
            self.machine.broker.kill()
            self._count("kill broker", is_kill=True)
            await self.machine.revive_broker()

    async def freeze(self, seconds: float, name: str) -> None:
        if process := self._ready("worker" if "lease" in name else ""):
            self._busy.add(process.name)
            self._count(name)
            process.freeze()
            try:
                await asyncio.sleep(seconds)
            finally:
                process.thaw()
                self._busy.discard(process.name)

    async def freeze_broker(self) -> None:
        if not self.machine.is_broker_up:
            return
        self.machine.is_broker_up = False
        self._count("freeze broker")
        import os
        import signal

        os.kill(self.machine.broker.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(1 + 3 * self.random.random())
        finally:
            os.kill(self.machine.broker.pid, signal.SIGCONT)
            self.machine.is_broker_up = True

    async def cut(self) -> None:
        proxy = self.random.choice([self.machine.database_proxy, self.machine.bus_proxy, *self.machine.gates.values()])
        self._count("cut")
        proxy.cut()

    async def slow(self) -> None:
        proxy = self.random.choice([self.machine.database_proxy, self.machine.bus_proxy, *self.machine.gates.values()])
        self._count("slow")
        proxy.delay, proxy.piece = 0.02, 2048
        await asyncio.sleep(1 + self.random.random())
        proxy.delay, proxy.piece = 0.0, 65_536

    async def fill_the_disk(self) -> None:
        self._count("fill the disk")
        self.machine.disk.fill(p.pid for p in self.machine.named("gateway"))
        await asyncio.sleep(1 + 2 * self.random.random())
        self.machine.disk.empty(p.pid for p in self.machine.named("gateway"))

    async def jump_the_clock(self) -> None:
        if self.machine.clock:
            self._count("jump the clock")
            self.machine.clock.write_text(self.random.choice(["+1h", "-1h", "+300s", "-300s"]))
            await asyncio.sleep(2 + 2 * self.random.random())
            self.machine.clock.write_text("+0")

    async def wipe_the_topics(self) -> None:
        if not self.machine.is_broker_up:
            return
        self._count("wipe the topics")
        await wipe(self.machine)


async def wipe(machine: Machine) -> None:
    """The bus forgets everything: topics and the notes in them."""
    prefix = machine.prefix
    names = [f"{prefix}.deliveries.{level}" for level in ("central", "province", "district", "commune")]
    with suppress(Exception):  # a broker that is killed meanwhile has lost less
        async with asyncio.timeout(20), admin(machine.broker.bootstrap) as client:
            await client.delete_topics(names)
    for _ in range(100):
        with suppress(Exception):
            await create_topics(machine.broker.bootstrap, prefix, 6, 1)
            return
        await asyncio.sleep(0.2)


_TROUBLES: Final[dict[str, Callable[[Scheduler], Any]]] = {
    "kill gateway": lambda s: s.kill_process("gateway"),
    "kill worker": lambda s: s.kill_process("worker"),
    "kill postgresql": Scheduler.kill_postgresql,
    "kill broker": Scheduler.kill_broker,
    "freeze": lambda s: s.freeze(0.3 + 2 * s.random.random(), "freeze"),
    "freeze past the lease": lambda s: s.freeze(6 + 2 * s.random.random(), "freeze past the lease"),
    "freeze broker": Scheduler.freeze_broker,
    "cut": Scheduler.cut,
    "slow": Scheduler.slow,
    "fill the disk": Scheduler.fill_the_disk,
    "jump the clock": Scheduler.jump_the_clock,
    "wipe the topics": Scheduler.wipe_the_topics,
}
