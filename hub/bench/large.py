"""What large documents do to small ones, and to the gateway's memory: 8 KB alone, then while ten of 50 MB are on their way."""

import argparse
import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final

from hub import say
from hub.bench import documents, load
from hub.bench.load import Outcome
from hub.bench.processes import Process, fresh, hub_environment, in_thread
from hub.demo.pki import Signer

_SMALL: Final = 8_000  # bytes
_LARGE: Final = (10, 50_000_000)  # how many at once, bytes each
_PACE: Final = 50.0  # small documents a second: far from what a gateway can take
_BATCH: Final = 25  # small documents between two looks whether the large ones are through
_BATCHES: Final = 120  # made for a run; what is left over when all is answered is not sent
_WARM: Final = 4  # batches
_LOOK_SECONDS: Final = 0.05  # between two looks at memory
_CONNECTIONS: Final = 16


async def large(options: argparse.Namespace) -> dict[str, Any]:
    """p50 and p99 of 8 KB documents idle and beside ten of 50 MB; the most memory of the gateway and its children."""
    by = documents.signer()
    runs = [await _run(options, by, number) for number in range(options.runs)]
    runs.sort(key=lambda run: run["p99_ratio"])
    return {**runs[len(runs) // 2], "p99_ratio_of_each_run": [run["p99_ratio"] for run in runs]}


async def _run(options: argparse.Namespace, by: Signer, number: int) -> dict[str, Any]:
    say.note(f"  run {number + 1} of {options.runs}")
    count, size = _LARGE
    heavy = documents.envelopes(count, size, 3, by, f"l{number}")
    light = documents.envelopes(_BATCHES * _BATCH, _SMALL, 3, by, f"s{number}")  # made before: making takes a core
    batches = iter([light[at : at + _BATCH] for at in range(0, len(light), _BATCH)])
    async with fresh(options.postgres, by) as place:
        process = await in_thread(["hub.cli", "gateway"], hub_environment(place), "listening on ")
        try:
            await _send(process, place.key, islice(batches, _WARM))  # everything is loaded once
            idle = await _send(process, place.key, islice(batches, round(options.seconds * 2 * _PACE / _BATCH)))
            memory = _Memory(process.popen.pid)
            memory.start()
            senders = _Senders(process.port, place.key, heavy)
            senders.start()
            beside = await _send(process, place.key, takewhile(lambda _: senders.are_busy(), batches))
            await asyncio.to_thread(senders.wait)
            memory.stop()
            return {
                "idle": idle.shown(),
                "beside_large": beside.shown(),
                "p99_ratio": round(beside.percentile(0.99) / idle.percentile(0.99), 2),
                "large": {"count": count, "bytes": size, **senders.shown()},
                "gateway_peak_mib": process.peak_mib(),
                "with_children_peak_mib": memory.most_mib,
            }
        finally:
            process.stop()


async def _send(process: Process, key: str, batches: Iterable[list[bytes]]) -> Outcome:
    """Small documents at their pace, one batch after the other."""
    whole = Outcome()
    for batch in batches:
        some = await load.drive(process.port, key, batch, connections=_CONNECTIONS, pace=_PACE)
        whole.latencies += some.latencies
        whole.statuses += some.statuses
        whole.seconds += some.seconds
    return whole


@dataclass(slots=True)
class _Senders:
    """One thread for each large document: a thread that sends needs no turn of the loop that takes the time."""

    port: int
    key: str
    bodies: Sequence[bytes]
    threads: list[threading.Thread] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Send all of them at once."""
        self.threads = [threading.Thread(target=self._send, args=(body,)) for body in self.bodies]
        for thread in self.threads:
            thread.start()

    def are_busy(self) -> bool:
        """Whether any of them has no answer yet."""
        return any(thread.is_alive() for thread in self.threads)

    def wait(self) -> None:
        """Wait for the last answer."""
        for thread in self.threads:
            thread.join()

    def shown(self) -> dict[str, object]:
        """For the report."""
        return {
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "slowest_seconds": round(max(self.seconds, default=0.0), 2),
        }

    def _send(self, body: bytes) -> None:
        started = time.perf_counter()
        head = (
            f"POST /v1/envelopes HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        status = 0  # cut off: refused before the body was read
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 600) as line:
            line.sendall(head.encode())
            line.sendall(body)
            status = int(line.recv(65_536)[9:12])
        self.statuses[status] += 1
        self.seconds.append(time.perf_counter() - started)


class _Memory(threading.Thread):
    """Looks at the resident memory of a process and all below it; shared pages count once for each of them."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most_mib = 0.0
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._over.wait(_LOOK_SECONDS):
            self.most_mib = max(self.most_mib, round(_resident_kib(self._pid) / 1024, 1))

    def stop(self) -> None:
        """Stop looking."""
        self._over.set()
        self.join()


def _resident_kib(root: int) -> int:
    """KiB resident in a process and its descendants."""
    parents, sizes = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            lines = (folder / "status").read_text("utf-8", "replace").splitlines()
        except OSError:  # gone
            continue
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        pid = int(folder.name)
        parents[pid] = int(facts["PPid"])
        sizes[pid] = int(facts.get("VmRSS", "0 kB").split()[0])
    mine, found = {root}, {root}
    while found:
        found = {pid for pid, parent in parents.items() if parent in mine} - mine
        mine |= found
    return sum(sizes.get(pid, 0) for pid in mine)
