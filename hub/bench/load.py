"""The load generator: keep-alive HTTP/1.1 connections driven by a bare protocol, so that it costs little beside the hub."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

UNANSWERED: Final = 0
"""The status of a request whose connection ended before its answer."""


@dataclass(slots=True)
class Outcome:
    """What came of a run: seconds for all, a latency for each (seconds), and the statuses."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """A latency in milliseconds."""
        ordered = sorted(self.latencies)
        return round(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000, 2) if ordered else 0.0

    def with_(self, other: "Outcome") -> "Outcome":
        """Both runs, which were at the same time, as one."""
        return Outcome(
            max(self.seconds, other.seconds), self.latencies + other.latencies, self.statuses + other.statuses
        )

    def shown(self) -> dict[str, object]:
        """For the report."""
        return {
            "per_second": round(self.rate, 1),
            "p50_ms": self.percentile(0.50),
            "p95_ms": self.percentile(0.95),
            "p99_ms": self.percentile(0.99),
            "statuses": {str(k): v for k, v in sorted(self.statuses.items())},
        }


class _Client(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self.run = run
        self.buffer = b""
        self.sent_at = 0.0
        self.waits = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport
        self.next()

    def next(self) -> None:
        assert self.transport  # noqa: S101
        body = self.run.take()
        if body is None:
            self.transport.close()
            return
        self.sent_at, self.waits = time.perf_counter(), True
        self.transport.write(self.run.head_of(body))
        self.transport.write(body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        self.waits = False
        self.run.answered(int(self.buffer[9:12]), time.perf_counter() - self.sent_at)
        self.buffer = self.buffer[end + 4 + length :]
        if self.run.pace is None:
            self.next()
        else:
            self.run.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name for it
        if self.waits:
            self.run.answered(UNANSWERED, time.perf_counter() - self.sent_at)
        self.run.lost(self)


class _Run:
    def __init__(
        self, bodies: Sequence[bytes], head_of: Callable[[bytes], bytes], connections: int, pace: float | None
    ) -> None:
        self.bodies: Iterator[bytes] = iter(bodies)
        self.left = len(bodies)
        self.head_of = head_of
        self.pace = pace
        self.connections = connections
        self.outcome = Outcome()
        self.idle: list[_Client] = []
        self.done = asyncio.Event()

    def take(self) -> bytes | None:
        return next(self.bodies, None)

    def answered(self, status: int, seconds: float) -> None:
        self.outcome.statuses[status] += 1
        self.outcome.latencies.append(seconds)
        self.left -= 1
        if self.left == 0:
            self.done.set()

    def lost(self, client: _Client) -> None:
        self.connections -= 1
        if client in self.idle:  # nothing was asked on it for so long that it was closed
            self.idle.remove(client)
        if self.connections == 0 and self.pace is None:
            self.done.set()


async def drive(  # noqa: PLR0913 - what a load is made of
    port: int,
    key: str,
    bodies: Sequence[bytes],
    *,
    connections: int = 64,
    pace: float | None = None,
    path: str = "/v1/envelopes",
    head: Callable[[bytes], bytes] | None = None,
) -> Outcome:
    """POST every body once: as fast as answers come, or `pace` a second. Open load: a slow answer delays nobody else.

    `head`: the whole head of the request of a body, where that is another one for each.
    """
    plain = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/xml\r\nContent-Length: "
    ).encode()
    run = _Run(bodies, head or (lambda body: plain + b"%d\r\n\r\n" % len(body)), connections, pace)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    if pace is not None:
        await _paced(run, port, pace, loop)
    else:
        for _ in range(connections):
            await loop.create_connection(lambda: _Client(run), "127.0.0.1", port)
    await run.done.wait()
    run.outcome.seconds = time.perf_counter() - started
    return run.outcome


async def _paced(run: _Run, port: int, pace: float, loop: asyncio.AbstractEventLoop) -> None:
    wanted, run.connections = run.connections, 0
    for _ in range(wanted):
        await _connect(run, port, loop)
    start = loop.time()
    for number in range(run.left):
        wait = start + number / pace - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        while not run.idle:  # a load generator that falls behind waits, and its figures show it
            if run.connections < wanted:
                await _connect(run, port, loop)
            else:
                await asyncio.sleep(0.001)
        run.idle.pop().next()


async def _connect(run: _Run, port: int, loop: asyncio.AbstractEventLoop) -> None:
    """Add a connection that waits for its turn."""
    client = _Client(run)
    client.next = lambda: None  # type: ignore[method-assign]
    await loop.create_connection(lambda: client, "127.0.0.1", port)
    del client.next
    run.connections += 1
    run.idle.append(client)
