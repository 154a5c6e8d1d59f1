"""A process for each PDF, with limits on processor, memory and time: what happens in it cannot harm the hub.

The children are forked from a server (`multiprocessing`'s own) that has loaded the libraries and never sees a PDF, so
one costs milliseconds. A child that crashes, hangs or grows says nothing, and nothing is what is known then: `unreadable`.
"""

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from hub import apart
from hub.trust.pdf_facts import Anchors, said

_ANSWER_AT_MOST: Final = 1 << 20  # bytes
_WALL: Final = 3  # times the processor's limit: how long a child may take on a busy machine
_KIB: Final = 1024
_START_SECONDS: Final = 60.0  # the first child waits for the libraries to load
_TOO_LATE: Final = "no answer in time"


class Limits(NamedTuple):
    """What one PDF may cost: seconds of processor, bytes of memory beside the libraries'."""

    seconds: float = 10.0
    memory: int = 512 * _KIB * _KIB


def expect_pdfs() -> None:
    """Have the libraries for PDFs loaded once, before any process is forked; for a process that will examine some."""
    apart.preload("hub.trust.pdf_process", "hub.trust.pdf")


async def examine_apart(path: Path, anchors: Anchors, received_at: datetime, limits: Limits) -> dict[str, Any]:
    """`pdf.examine` of a file in a process of its own; a child that dies or does not answer in time makes it `unreadable`."""
    return await asyncio.to_thread(_examine, path, anchors, received_at, limits)


def _examine(path: Path, anchors: Anchors, received_at: datetime, limits: Limits) -> dict[str, Any]:
    expect_pdfs()
    return run_apart(_child_of, path.absolute(), anchors, received_at, limits=limits)


def run_apart(target: Callable[..., None], *given: object, limits: Limits) -> dict[str, Any]:
    """Run `target(*given, connection, limits)` in a process of its own, and give what it sends over the connection."""
    context = apart.context()
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(*given, far, limits), daemon=True)
    try:
        process.start()
    except OSError as error:  # it died before it had everything
        near.close()
        return said("unreadable", f"{type(error).__name__}: {error}")
    finally:
        far.close()
    try:
        if not near.poll(_START_SECONDS) or near.recv_bytes() or not near.poll(limits.seconds * _WALL):
            return said("unreadable", _TOO_LATE)
        answer: dict[str, Any] = orjson.loads(near.recv_bytes(_ANSWER_AT_MOST))
        return answer
    except (EOFError, OSError, orjson.JSONDecodeError):
        process.join(1)
        return said("unreadable", _how_it_ended(process))
    finally:
        process.kill()
        process.join()
        process.close()
        near.close()


def _how_it_ended(child: ForkServerProcess) -> str:
    code = child.exitcode or 0
    ended = {-signal.SIGXCPU: "processor time used up", -signal.SIGKILL: "killed", -signal.SIGALRM: _TOO_LATE}
    return ended.get(code, f"the examination ended with {code}")


def _child_of(path: Path, anchors: Anchors, received_at: datetime, far: Connection, limits: Limits) -> None:
    child(far, path, anchors, received_at, limits)


def child(far: Connection, path: Path, anchors: Anchors, received_at: datetime, limits: Limits) -> None:
    """Examine, within limits that cannot be lifted again, and send the answer. Never in the hub's own process."""
    from hub.trust.pdf import examine  # the parser, which only these processes load

    logging.disable()  # pyHanko tells of every chain it cannot build, and is given none
    confine(limits)
    far.send_bytes(b"")  # from here on its time counts
    try:
        with path.open("rb") as file:
            answer = examine(file, anchors, received_at)
    except MemoryError:
        answer = said("unreadable", "memory used up")
    far.send_bytes(orjson.dumps(answer))


def confine(limits: Limits) -> None:
    """Take from this process what a parser of PDFs needs no more of: processor, memory, files, other processes."""
    seconds = max(1, round(limits.seconds))
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, _in_use() + limits.memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        grace = 1 if what == resource.RLIMIT_CPU else 0  # a second between being told and being killed
        resource.setrlimit(what, (most, most + grace))
    signal.alarm(seconds * _WALL)  # should whoever started it be gone
    os.nice(10)


def _in_use() -> int:
    """Bytes of address space this process has already: its libraries'."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()
