"""One run of the harness: a town at work on a machine in trouble, then silence, then the judgement."""

import asyncio
import math
import random
import time
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import httpx

from hub.domain.agency import Level
from hub.store.database import Database
from tests import offices
from tests.adapters.parcels import SECRET
from tests.adapters.receiver import Receiver, receiving
from tests.chaos.judge import Verdict, judge
from tests.chaos.machine import Machine, machine
from tests.chaos.people import Books, Town
from tests.chaos.troubles import WEIGHTS, Scheduler
from tests.offices import Office
from tests.parts import postgres

_OPEN: Final = """SELECT (SELECT count(*) FROM delivery WHERE state IN ('QUEUED', 'SENDING', 'AVAILABLE', 'COLLECTED'))
  + (SELECT count(*) FROM outbox)"""

_QUIET: Final = 8  # times in a row that nothing is open, before the judge is called


@dataclass(slots=True)
class Plan:
    """How a run goes: for `seconds`, or until `kills` processes were killed, whichever comes first (0: no such number)."""

    seed: int = 7
    seconds: float = 30
    kills: int = 0
    fault: str = ""
    weights: dict[str, int] = field(default_factory=lambda: dict(WEIGHTS))
    pause: float = 0.35
    rest: float = 0.12  # seconds between two documents of a lane
    lanes: int = 2
    drain: float = 90  # seconds, once nothing troubles the hub, in which less must be open than ever
    resend: int = 300
    settings: dict[str, str] = field(default_factory=dict)
    server_settings: dict[str, str] = field(default_factory=dict)
    has_wrong_clock: bool = True


async def run(plan: Plan) -> Verdict:
    """Run it; the answer says whether anything was lost, doubled, left lying or broken."""
    async with (
        receiving(verifies=not plan.has_wrong_clock) as receiver,
        machine(
            fault=plan.fault,
            has_wrong_clock=plan.has_wrong_clock,
            settings=plan.settings,
            server_settings=plan.server_settings,
        ) as whole,
    ):
        town = await settle(whole, receiver, plan)
        verdict = Verdict(plan.seed)
        is_done = asyncio.Event()
        lives = [asyncio.create_task(one) for one in lives_of(town, plan, is_done.is_set)]
        senders = [asyncio.create_task(one) for one in senders_of(town, plan)]
        scheduler = Scheduler(whole, random.Random(plan.seed), plan.weights, plan.pause)
        supervisor = asyncio.create_task(scheduler.supervise())
        ends_at = time.monotonic() + plan.seconds
        await scheduler.run(lambda kills: (plan.kills and kills >= plan.kills) or time.monotonic() >= ends_at)
        supervisor.cancel()
        town.stop.set()
        await whole_again(whole)
        began = time.monotonic()
        await asyncio.wait(senders, timeout=plan.drain)
        await drained(whole, plan.drain)
        verdict.drained_in = time.monotonic() - began
        is_done.set()
        await asyncio.wait(lives, timeout=30)
        for task in (*senders, *lives):
            if not task.done():
                verdict.broken.append(f"an office is still waiting for an answer: {task.get_name()}")
                task.cancel()
            elif task.exception():
                verdict.broken.append(f"an office fell over: {task.exception()!r}")
        verdict.kills, verdict.troubles = scheduler.kills, scheduler.counts
        verdict.broken += scheduler.failures
        verdict.ended = scheduler.ended
        return await judge(whole, town, verdict, random.Random(plan.seed), plan.resend)


async def settle(whole: Machine, receiver: Receiver, plan: Plan) -> Town:
    """Enter the offices of a run: three that send, five that pull, one that takes webhooks."""
    urls = [f"http://127.0.0.1:{gate.port}" for gate in whole.gates.values()]
    database = Database(postgres.url_of(whole.dsn, "postgres"))
    levels = list(Level)
    try:
        async with httpx.AsyncClient() as nobody:

            async def enter(code: str, level: Level, **facts: Any) -> Office:
                return await offices.settle(database, nobody, code, level, **facts)

            senders = [await enter(f"G{n}", Level.CENTRAL) for n in range(3)]
            pullers = [await enter(f"H5{n}", levels[n % 4]) for n in range(5)]
            config = {"url": receiver.url("/office"), "secret": SECRET}
            pushed = [await enter("W1", Level.PROVINCE, channel="webhook", channel_config=config)]
    finally:
        await database.close()
    return Town(senders, pullers, pushed, Books(), urls, rest=plan.rest)


def senders_of(town: Town, plan: Plan) -> list[Any]:
    """The lanes in which documents are sent, until the town is told to stop."""
    return [
        town.send(office, random.Random(f"{plan.seed}/{office.code}/{lane}"))
        for office in town.senders
        for lane in range(plan.lanes)
    ]


def lives_of(town: Town, plan: Plan, is_done: Any) -> list[Any]:
    """Everything else the offices do, until there is nothing left to do."""
    return [
        *(town.receive(office, random.Random(f"{plan.seed}/{office.code}"), is_done) for office in town.pullers),
        *(town.follow(office, is_done) for office in town.senders),
        *(town.clear(office, is_done) for office in town.senders),
    ]


async def whole_again(whole: Machine) -> None:
    """Nothing is frozen, cut, full, slow or wrong any more, and everybody runs."""
    if whole.clock:
        whole.clock.write_text("+0")
    whole.disk.empty(p.pid for p in whole.named("gateway"))
    for process in whole.processes.values():
        process.thaw()
        if not process.is_alive():
            process.start()
    await whole.all_ready()


async def drained(whole: Machine, within: float) -> None:
    """Return when nothing is open any more, or has become less for so long (seconds): the judge will say."""
    conn = await asyncpg.connect(whole.dsn)
    try:
        quiet, least, ends_at = 0, math.inf, time.monotonic() + within
        while quiet < _QUIET and time.monotonic() < ends_at:
            is_open = await conn.fetchval(_OPEN)
            quiet = 0 if is_open else quiet + 1  # an office may be about to report on what it has just taken in
            if is_open < least:  # offices that were kept from their inboxes for long have much to take in
                least, ends_at = is_open, time.monotonic() + within
            await asyncio.sleep(0.3)
    finally:
        await conn.close()
