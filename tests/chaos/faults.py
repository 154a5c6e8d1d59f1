"""Faults planted on purpose, in the tests' own processes: what the harness must catch, or it is worth nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

FREEZE_SECONDS: Final = 0.3  # how long the planted "answer first" takes to come to its commit


def answer_before_commit() -> None:
    """The receipt is given first and the commit follows a little later: whoever is killed in between has lied."""
    from hub.accept import Accepted, Acceptor

    honest = Acceptor.accept
    behind: set[asyncio.Task[Any]] = set()

    async def accept(self: Any, considered: Any, now: Any) -> Any:
        async def later() -> None:
            await asyncio.sleep(FREEZE_SECONDS)
            await honest(self, considered, now)

        task = asyncio.create_task(later())
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        behind.add(task)
        task.add_done_callback(behind.discard)
        return Accepted(considered.row.id, is_new=True)

    Acceptor.accept = accept  # type: ignore[method-assign]


def asynchronous_commit() -> None:
    """PostgreSQL says "committed" before its log is on the disk: the fastest benchmark there is."""
    from hub.store import database

    database.PG_SETTINGS["synchronous_commit"] = "off"  # type: ignore[index]


def no_reconciler() -> None:
    """Nobody looks for what was sent and has not arrived: a lost note is a lost document."""
    from hub import watch

    async def wake(*_: Any) -> int:
        return 0

    watch.wake = wake


def offset_before_work() -> None:
    """The bus is told that a batch is done before anything was done with it (and there is no reconciler to make it good)."""
    from hub.bus.hand import COMMIT_AFTER
    from hub.bus.kafka import KafkaBus

    honest = KafkaBus.consume

    async def consume(self: Any) -> Any:
        async def nothing() -> None:
            return None

        async for batch in honest(self):
            await batch.done()
            await asyncio.sleep(COMMIT_AFTER + FREEZE_SECONDS)
            yield replace(batch, done=nothing)

    KafkaBus.consume = consume  # type: ignore[method-assign]
    no_reconciler()


def no_version_check() -> None:
    """A settlement is saved over whatever is there, not only over the version it came from."""
    from hub.store.road import deliveries
    from hub.store.road.deliveries import Claimed, delivery, tell, update

    async def settle(database: Any, claimed: Claimed, now: Any, what: str, detail: str, **values: Any) -> bool:
        async with database.write() as conn:
            result = await conn.execute(
                update(delivery)
                .where(delivery.c.id == claimed.id)
                .values(version=claimed.version + 1, lease_until=None, **values)
                .returning(delivery.c.envelope_id, delivery.c.sender, delivery.c.recipient, delivery.c.kind)
            )
            moved = result.all()
            await tell(database, conn, moved, now, what, detail)
            return bool(moved)

    deliveries._settle = settle


FAULTS: Final[dict[str, Callable[[], None]]] = {
    "answer-before-commit": answer_before_commit,
    "asynchronous-commit": asynchronous_commit,
    "offset-before-work": offset_before_work,
    "no-reconciler": no_reconciler,
    "no-version-check": no_version_check,
}


def plant(name: str) -> None:
    """Plant one in this process and in what it forks."""
    FAULTS[name]()
