"""What it costs to open a document, beside the same bytes parsed, canonicalised and verified by the bare libraries.

Time is the processor's, of this process alone: other work on the machine makes it longer by what it does to the
caches, and by nothing else. Two ratios are reported. `ratio`: one document over and over, hub and floor each by itself
for a while. `in_turn`: documents that all differ, each opened once by the hub and once by the floor before the next,
which is nearer to what a gateway does; there the floor loses what repetition gives it.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from hub.bench import documents
from hub.bench.floor import verifier
from hub.domain.agency import BoundCertificate
from hub.xml.open import open_document

_SIZES: Final = {"8KB": (8_000, 40), "100KB": (100_000, 20), "1MB": (1_000_000, 6), "10MB": (10_000_000, 2)}
"""Bytes of a document, and how many different ones are made."""


async def verify(options: argparse.Namespace) -> dict[str, Any]:
    """The whole of `open_document` against bare lxml and `cryptography`, one core."""
    by = documents.signer()
    binding = by.binding()
    certificates = (BoundCertificate(binding.fingerprint, binding.der),)
    bare = verifier(by.certificate)
    now = datetime.now(UTC)

    def whole(body: bytes) -> object:
        return open_document(body, certificates, now)

    report: dict[str, Any] = {}
    for name, (size, count) in _SIZES.items():
        bodies = documents.envelopes(count, size, 3, by, "v")
        seconds = options.seconds / 8
        pairs = [
            (_repeated(whole, bodies[0], seconds), _repeated(bare, bodies[0], seconds))
            for _ in range(max(options.runs, 3))
        ]
        report[name] = {
            "hub_ms": round(statistics.median(p[0] for p in pairs) * 1000, 3),
            "floor_ms": round(statistics.median(p[1] for p in pairs) * 1000, 3),
            "ratio": round(statistics.median(p[0] / p[1] for p in pairs), 2),
            "in_turn": _in_turn(whole, bare, bodies, seconds * max(options.runs, 3)),
        }
    return report


def _in_turn(
    whole: Callable[[bytes], object], bare: Callable[[bytes], object], bodies: list[bytes], seconds: float
) -> dict[str, float]:
    """Both on each document, round after round; the middle round counts."""
    rounds: list[list[float]] = []
    started = time.process_time()
    while time.process_time() - started < seconds or len(rounds) < 3:
        spent = [(_once(whole, body), _once(bare, body)) for body in bodies]
        rounds.append([sum(column) / len(bodies) for column in zip(*spent, strict=True)])
    hub, floor = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"hub_ms": round(hub * 1000, 3), "floor_ms": round(floor * 1000, 3), "ratio": round(hub / floor, 2)}


def _once(work: Callable[[bytes], object], body: bytes) -> float:
    started = time.process_time()
    work(body)
    return time.process_time() - started


def _repeated(work: Callable[[bytes], object], body: bytes, seconds: float) -> float:
    work(body)
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds or count < 3:
        work(body)
        count += 1
    return spent / count
