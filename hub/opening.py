"""Large documents are opened one after the other, each in a process of its own, at low priority.

A document of 100 MiB costs more than twice its size while it is open, and seconds of a processor. In a process of its
own that is nobody else's memory and holds nobody else's interpreter; with one at a time it is bounded; and it goes back
whole. A child that grows beyond its limits is ended, and the document refused for what it wanted.
"""

import asyncio
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, NamedTuple

from hub import apart, heap, log, metrics
from hub.domain.agency import BoundCertificate
from hub.errors import Rejected, Unavailable, rejected
from hub.findings import Finding
from hub.spool import Spooled, be_nice
from hub.xml.open import Faulty, Opened, open_document

_MIB: Final = 1024 * 1024
_NICE: Final = 10
_BESIDE: Final = 256 * _MIB  # bytes for what does not grow with the document
_TIMES: Final = 5  # bytes for each byte of the document; an honest one takes two
_CPU_SECONDS: Final = 60
_WALL_SECONDS: Final = 180.0  # on a busy machine
_START_SECONDS: Final = 60.0  # the first child waits for the libraries to load
_logger = log.get(__name__)


class Task(NamedTuple):
    """What a child is given."""

    body: Spooled
    certificates: tuple[BoundCertificate, ...]
    now: datetime
    accept_sha1: bool


Outcome = tuple[Opened | None, tuple[Finding, ...]]
"""What was opened, what it is refused for: one or the other, or both."""

_LATE: Final[Outcome] = None, ()  # in place of an outcome
_line = ThreadPoolExecutor(1, "large", initializer=be_nice)  # who waits here is next in turn
apart.preload("hub.opening")


async def open_apart(task: Task) -> Opened:
    """`xml.open.open_document` for a body in a file; raises what that raises, and `Unavailable` when a child broke."""
    with metrics.OPENING_SECONDS.time():
        opened, errors = await asyncio.get_running_loop().run_in_executor(_line, run, task)
    if opened is None:
        raise Rejected(errors)
    if errors:
        raise Faulty(errors, opened)
    return opened


def run(task: Task, child: Callable[[Task, Connection], None] | None = None) -> Outcome:
    """Have a process of its own do it, and wait. `child`: what runs there, if not the opening."""
    context = apart.context()
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=child or _child, args=(task, far), daemon=True)
    try:
        process.start()
        far.close()
        is_heard = near.poll(_START_SECONDS) and near.recv() is None and near.poll(_WALL_SECONDS)
        outcome: Outcome | None = near.recv() if is_heard else _LATE
    except Exception as error:  # noqa: BLE001 - it ended, or its words make no sense here (it loaded newer code): no verdict
        if isinstance(error, EOFError) and _how_it_ended(process) == -signal.SIGXCPU:
            raise rejected("xml-limits", what="seconds", limit=_CPU_SECONDS) from None
        raise _broke(f"{type(error).__name__}: {error}") from None
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        process.close()
        near.close()
    if outcome is _LATE:
        raise _broke("no answer in time")
    if outcome is None:
        raise rejected("xml-limits", what="memory", limit=_memory(task.body.size))
    return outcome


def _how_it_ended(process: ForkServerProcess) -> int | None:
    process.join(1)
    return process.exitcode


def _broke(how: str) -> Unavailable:
    _logger.error("opening.broke", how=how)
    return Unavailable("a large document could not be opened just now", retry_after=30)


def _memory(size: int) -> int:
    return _BESIDE + _TIMES * size


def _child(task: Task, far: Connection) -> None:
    """Open one document. Never in the hub's own process: the limits cannot be lifted again."""
    heap.settle()
    _confine(task.body.size)
    far.send(None)  # from here on its time counts
    far.send(_open(task))


def _open(task: Task) -> Outcome | None:
    try:
        return open_document(task.body, task.certificates, task.now, accept_sha1=task.accept_sha1), ()
    except Faulty as error:
        return error.opened, error.findings
    except Rejected as error:
        return None, error.findings
    except MemoryError:
        return None


def _confine(size: int) -> None:
    limits: tuple[tuple[Any, int], ...] = (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _in_use() + _memory(size)),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for what, most in limits:
        grace = 1 if what == resource.RLIMIT_CPU else 0  # a second between being told and being killed
        resource.setrlimit(what, (most, most + grace))
    signal.alarm(round(_WALL_SECONDS))  # should whoever started it be gone
    os.nice(_NICE)


def _in_use() -> int:
    """Bytes of address space this process has already: its libraries'."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
