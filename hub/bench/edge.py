"""What hostile shapes cost against honest documents of the same size, and what many large ones cost in memory.

There are two honest ones: one that is mostly an attachment, and one to five thousand recipients, because a document
is dear by its elements and not by its bytes.
"""

import argparse
import math
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from hub.bench import documents, load
from hub.bench.processes import fresh, hub_environment, in_thread
from hub.demo.pki import Signer
from hub.domain.agency import BoundCertificate
from hub.errors import Rejected
from hub.xml.open import open_document

_SIZE: Final = 1_000_000
_HEADER: Final = b"<edXML:edXMLHeader>"
_ROOM: Final = b"</edXML:TraceHeaderList>"
_SIGNED_INFO: Final = b"</SignedInfo>"
_MIB: Final = 1024 * 1024
_MANY: Final = "honest, to 5,000"
_RECIPIENT: Final = (
    "<edXML:To><edXML:OrganId>H{0:02d}.{1:02d}.{2:02d}</edXML:OrganId><edXML:OrganName>Ủy ban nhân dân xã {1}.{2}"
    "</edXML:OrganName><edXML:OrganAdd>{2} Lê Lợi</edXML:OrganAdd><edXML:Email>{1}.{2}@h{0}.gov.vn</edXML:Email></edXML:To>"
)
_LARGE: Final = ((20, 10_000_000), (1, 90_000_000))


def shapes(by: Signer, size: int = _SIZE) -> dict[str, bytes]:
    """Documents of about `size` bytes: two honest ones first, then those that are made to cost."""
    honest = documents.envelopes(1, size, 3, by, "e")[0]
    small = documents.envelopes(1, 8_000, 3, by, "s")[0]
    room = size - len(small)

    def holding(piece: bytes) -> bytes:
        return small.replace(_ROOM, piece * (room // len(piece)) + _ROOM, 1)

    def attributes(form: bytes) -> bytes:
        many = b"".join(form % number for number in range(room // (len(form) + 3)))
        return small.replace(_HEADER, _HEADER[:-1] + many + b">", 1)

    many = "".join(_RECIPIENT.format(10 + n // 100, n // 10 % 100, n % 100) for n in range(size // 200)).encode()
    reference = small[small.index(b"<Reference") : small.index(b"</Reference>") + 12]
    return {
        "honest": honest,
        _MANY: small.replace(b"<edXML:To>", many + b"<edXML:To>", 1),
        "cut short": honest[:-40],
        "a byte changed": honest.replace(b"V/v", b"V/V", 1),
        "elements": holding(b"<edXML:x/>"),
        "text in elements": holding(b"<edXML:x>y</edXML:x>"),
        "attributes in elements": holding(b'<edXML:x a="1" b="2" c="3" d="4"/>'),
        "namespaces in elements": holding(b'<n:x xmlns:n="urn:n"/>'),
        "comments": holding(b"<!-- x -->"),
        "instructions": holding(b"<?x y?>"),
        "entities of letters": holding(b"&#65;&amp;"),
        "depth": holding(b"<edXML:x>"),
        "attributes": attributes(b' a%d="x"'),
        "namespaces": attributes(b' xmlns:n%d="urn:n"'),
        "entities declared": small.replace(b"?>", b"?><!DOCTYPE x [" + b'<!ENTITY a "b">' * (room // 15) + b"]>", 1),
        "references": small.replace(_SIGNED_INFO, reference * (room // len(reference)) + _SIGNED_INFO, 1),
        "certificates": small.replace(
            b"</X509Data>", b"<X509Certificate>AAAA</X509Certificate>" * (room // 39) + b"</X509Data>", 1
        ),
        "a long signature value": small.replace(b"</SignatureValue>", b"A" * room + b"</SignatureValue>", 1),
        "a long subject": small.replace(b"<edXML:Subject>", b"<edXML:Subject>" + b"x" * room, 1),
        "recipients": small.replace(
            b"<edXML:To>", b"<edXML:To><edXML:OrganId>H1</edXML:OrganId></edXML:To>" * (room // 52) + b"<edXML:To>", 1
        ),
        "white space": holding(b" \n"),
    }


async def edge(options: argparse.Namespace) -> dict[str, Any]:
    """CPU before and after the caller is known, by shape; memory of a gateway under twenty-one large documents."""
    by = documents.signer()
    made = shapes(by)
    return {**_after(by, made), "before_ms": await _before(by, made), "memory": await _memory(by, options)}


def _after(by: Signer, made: dict[str, bytes]) -> dict[str, Any]:
    """CPU of opening each shape, as a ratio to the honest documents; the least of several runs, in turn."""
    binding = by.binding()
    certificates = (BoundCertificate(binding.fingerprint, binding.der),)

    def opened(body: bytes) -> Callable[[], object]:
        return lambda: open_document(body, certificates, datetime.now(UTC))

    spent = dict.fromkeys(made, math.inf)
    for _ in range(7):
        for name, body in made.items():
            spent[name] = min(spent[name], _cpu(opened(body)))
    return {
        "after_ms": {name: round(seconds * 1000, 2) for name, seconds in spent.items()},
        "after_ratio": {name: round(seconds / spent["honest"], 2) for name, seconds in spent.items()},
        "after_ratio_to_many": {name: round(seconds / spent[_MANY], 2) for name, seconds in spent.items()},
    }


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    with suppress(Rejected):
        work()
    return time.process_time() - started


async def _before(by: Signer, made: dict[str, bytes]) -> dict[str, float]:
    """CPU milliseconds of a gateway for a request by nobody it knows, its whole body sent all the same."""
    times = 20
    async with fresh(None, by) as place:
        process = await in_thread(["hub.cli", "gateway"], hub_environment(place), "listening on ")
        try:
            await load.drive(process.port, "nobody", [b"<x/>"] * 100, connections=1)
            costs = {}
            for name, body in made.items():
                before = process.cpu_seconds()
                await load.drive(process.port, "nobody", [body] * times, connections=1)
                costs[name] = round((process.cpu_seconds() - before) / times * 1000, 2)
            return costs
        finally:
            process.stop()


async def _memory(by: Signer, options: argparse.Namespace) -> dict[str, Any]:
    """The most a gateway held while they came all at once, and how many were asked to come back."""
    del options
    bodies = [body for count, size in _LARGE for body in documents.envelopes(count, size, 3, by, f"m{size}")]
    async with fresh(None, by) as place:
        process = await in_thread(["hub.cli", "gateway"], hub_environment(place), "listening on ")
        try:
            idle = process.peak_mib()
            outcome = await load.drive(process.port, place.key, bodies, connections=len(bodies))
            return {
                "documents": {f"{size // _MIB} MiB": count for count, size in _LARGE},
                "idle_mib": idle,
                "peak_mib": process.peak_mib(),
                "statuses": outcome.shown()["statuses"],
            }
        finally:
            process.stop()
