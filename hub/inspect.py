"""Looks into documents after they were accepted: signatures in PDFs, and malware where there is a scanner.

Promise: a document is lost by nothing that is in it. A file that cannot be examined is called unreadable; a scanner that
is away holds documents back or lets them pass, as policy says; what it finds something in, or what must be signed and is
not, goes to nobody before a person has decided. Whoever dies in between, the lease runs out and another worker begins again.
"""

import asyncio
import hashlib
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub import log, metrics
from hub.clamd import Clamd, WontScanError
from hub.domain.quarantine import Malware, Quarantine, fault_of_pdfs
from hub.errors import Unavailable
from hub.pieces import pulled
from hub.settings import Settings
from hub.spool import Spool
from hub.store.database import Database
from hub.store.road import inspections, originals
from hub.store.road.inspections import Asked, Found
from hub.store.road.originals import ObjectStore
from hub.store.trust import trusted
from hub.trust.pdf_facts import Anchors, said
from hub.trust.pdf_process import Limits, examine_apart
from hub.xml.files import File, read_files
from hub.xml.sniff import PDF, RANGES

_LEASE: Final = timedelta(minutes=10)
_BUDGET_SECONDS: Final = 240.0  # for the PDFs of one document, well within the lease
_TRIES_AT_MOST: Final = 5  # of a document that this room itself fails on
_AGAIN_SECONDS: Final = 5.0  # after the scanner did not answer; doubles
_AGAIN_AT_MOST: Final = 60.0
_LOOK_SECONDS: Final = 5.0  # without a ring: for what is to be taken up again
_PIECE: Final = 1 << 20  # bytes of a file read at a time
_logger = log.get(__name__)


@dataclass(slots=True)
class Inspector:
    """The room with its tools."""

    database: Database
    originals: ObjectStore
    settings: Settings
    spool: Spool  # where a document's files lie while they are looked into
    scanner: Clamd | None = field(init=False)

    def __post_init__(self) -> None:
        """No scanner without an address."""
        self.scanner = Clamd(self.settings.clamd, self.settings.clamd_seconds) if self.settings.clamd else None

    async def turn(self, now: datetime, size_at_most: int | None = None) -> int:
        """Look into the most urgent document that was asked for, of so many bytes at most; answers how many there was."""
        taken = await inspections.claim(self.database, now, 1, _LEASE, size_at_most)
        for asked in taken:
            await self._inspect(asked)
        return len(taken)

    async def _anchors(self) -> Anchors:
        async with self.database.read() as conn:
            stored = await trusted.load(conn)
        return Anchors(
            stored.roots, stored.intermediates, stored.crls, dict(stored.windows), self.settings.rsa_2048_until
        )

    async def _inspect(self, asked: Asked) -> None:
        try:
            found = await self._look(asked)
        except Unavailable as error:  # the scanner, or where the bytes are
            wait = min(_AGAIN_SECONDS * 2 ** min(asked.tries - 1, 10), _AGAIN_AT_MOST)
            _logger.warning("inspect.waits", envelope=asked.envelope_id, reason=str(error), seconds=wait)
            await self._quietly_postpone(asked, wait)
            return
        except Exception as error:
            _logger.exception("inspect.broke", envelope=asked.envelope_id, tries=asked.tries)
            if asked.tries < _TRIES_AT_MOST:
                await self._quietly_postpone(asked, _AGAIN_SECONDS)
                return
            found = self._not_inspected(asked, type(error).__name__)
        if not await inspections.settle(self.database, asked, found, datetime.now(UTC)):
            return  # another worker has it: what it finds counts
        _count(found)
        if found.quarantine is Quarantine.HELD:
            _logger.error("quarantine.held", envelope=asked.envelope_id, threat=found.threat)

    async def _quietly_postpone(self, asked: Asked, seconds: float) -> None:
        with suppress(Unavailable):  # then the lease runs out
            await inspections.postpone(self.database, asked, datetime.now(UTC) + timedelta(seconds=seconds))

    async def _look(self, asked: Asked) -> Found:
        original = originals.pieces(self.database, self.originals, asked.envelope_id, asked.size)
        loop = asyncio.get_running_loop()
        files: list[dict[str, Any]] = []
        threats: list[str] = []
        unscanned: list[str] = []
        demanded = inspections.gate_of(self.settings).demands_signature(asked.type_name, asked.sender)
        anchors: Anchors | None = None  # megabytes of lists, and most documents have no signed PDF
        ends_at = loop.time() + _BUDGET_SECONDS
        read = read_files(pulled(original, loop), self.spool.file)
        try:
            while (file := await asyncio.to_thread(_next, read)) is not None:
                facts, is_pdf, is_signed = await asyncio.to_thread(_facts, file)
                if (demanded and is_pdf) or (self.settings.pdf_signatures and is_signed):
                    anchors = anchors or await self._anchors()
                    facts["pdf"] = await self._examine(file, anchors, asked.received_at, ends_at)
                if self.scanner:
                    facts["malware"] = await self._scan(self.scanner, file)
                    if facts["malware"]["threat"]:
                        threats.append(facts["malware"]["threat"])
                    elif facts["malware"]["verdict"] == Malware.UNSCANNED:
                        unscanned.append(facts["malware"]["reason"])
                files.append(facts)
        except OSError as error:
            raise Unavailable(f"no place to look into a document: {type(error).__name__}") from error
        finally:
            with suppress(ValueError):  # a thread is at it still: the files go when that is done
                read.close()
        return self._judged(files, threats, unscanned, demanded=demanded)

    async def _examine(self, file: File, anchors: Anchors, received_at: datetime, ends_at: float) -> dict[str, Any]:
        if asyncio.get_running_loop().time() > ends_at:
            return said("unreadable", "the other PDFs of the document took all the time there was")
        limits = Limits(self.settings.pdf_seconds, self.settings.pdf_memory_bytes)
        return await examine_apart(file.content, anchors, received_at, limits)

    async def _scan(self, scanner: Clamd, file: File) -> dict[str, Any]:
        try:
            with file.packed.open("rb") as packed:
                threat = await scanner.scan(packed)
        except WontScanError as error:
            return {"verdict": Malware.UNSCANNED, "threat": "", "reason": str(error)}
        except Unavailable as error:
            metrics.UP.labels("clamd").set(0)
            if self.settings.malware_unscanned == "hold":
                raise
            return {"verdict": Malware.UNSCANNED, "threat": "", "reason": str(error)}
        metrics.UP.labels("clamd").set(1)
        return {"verdict": Malware.INFECTED if threat else Malware.CLEAN, "threat": threat, "reason": ""}

    def _judged(
        self, files: list[dict[str, Any]], threats: list[str], unscanned: list[str], *, demanded: bool
    ) -> Found:
        if threats:
            return Found(files, Malware.INFECTED, _together(threats), Quarantine.HELD)
        fault = fault_of_pdfs([file["pdf"] for file in files if "pdf" in file]) if demanded else ""
        malware = Malware.NOT_ASKED if not self.scanner else Malware.UNSCANNED if unscanned else Malware.CLEAN
        # waiting would not help: the scanner will never take it, or policy does not wait
        is_held = fault or (unscanned and self.settings.malware_unscanned == "hold")
        return Found(
            files,
            malware,
            fault or _together(unscanned),
            Quarantine.HELD if is_held else Quarantine.NONE,
            was_awaited=demanded or self.scanner is not None,
        )

    def _not_inspected(self, asked: Asked, why: str) -> Found:
        """What is said of a document this room fails on again and again: nothing but its files' names is known."""
        files = [{**each, "pdf": said("unreadable", why)} if each.get("signed") else each for each in asked.attachments]
        demanded = inspections.gate_of(self.settings).demands_signature(asked.type_name, asked.sender)
        return self._judged(files, [], [f"not inspected: {why}"] if self.scanner else [], demanded=demanded)


async def run(inspector: Inspector) -> None:
    """Look into documents until cancelled, with two hands: examining is work for the processor.

    One takes what is most urgent; the other only what is no larger than a body may be in memory, so that small documents
    never wait for large ones, which wait for each other.
    """
    async with asyncio.TaskGroup() as hands:
        hands.create_task(_work(inspector, None))
        hands.create_task(_work(inspector, inspector.settings.spool_bytes))


async def _work(inspector: Inspector, size_at_most: int | None) -> None:
    """One hand; wakes by the bell, and now and then by itself."""
    rest = 0.2
    async with inspector.database.bell.waiting(inspections.ASKED) as bell:
        while True:
            bell.clear()
            try:
                taken = await inspector.turn(datetime.now(UTC), size_at_most)
                rest = 0.2
            except Unavailable as error:
                _logger.warning("inspect.waits", reason=str(error), seconds=rest)
                await asyncio.sleep(rest)
                rest = min(rest * 2, 5.0)
                continue
            if not taken:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await bell.wait()


def _next(files: Generator[File, None, None]) -> File | None:
    return next(files, None)


def _together(words: list[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def _facts(file: File) -> tuple[dict[str, Any], bool, bool]:
    """What a file is, whether it is a PDF, and one that may be signed: in one reading, a piece at a time."""
    digest, size, is_pdf, is_signed, before = hashlib.sha256(), 0, False, False, b""
    with file.content.open("rb") as content:
        while piece := content.read(_PIECE):
            is_pdf = is_pdf or (not size and piece.startswith(PDF))
            is_signed = is_signed or (is_pdf and RANGES in before + piece)
            before = piece[-len(RANGES) :]
            digest.update(piece)
            size += len(piece)
    facts = {
        "name": file.name,
        "content_type": file.content_type,
        "size": size,
        "sha256": digest.hexdigest(),
        "zipped": file.is_zipped,
    }
    return facts, is_pdf, is_signed


def _count(found: Found) -> None:
    if found.malware is not Malware.NOT_ASKED:
        metrics.SCANNED.labels(found.malware).inc()
    for file in found.files:
        pdf: Mapping[str, Any] | None = file.get("pdf")
        if pdf is None:
            continue
        for word in [each["verdict"] for each in pdf["signatures"]] or [pdf["state"]]:
            metrics.PDF_SIGNATURES.labels(word).inc()
