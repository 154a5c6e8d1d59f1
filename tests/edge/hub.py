"""A running `truc serve` with its agencies, called over sockets, and a look into what it keeps."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hub.domain.agency import Agency, Level
from hub.store.database import Database
from hub.store.directory import certificates, keys, registry, succession
from hub.store.trust import trusted
from hub.trust.authorities import read_authorities
from hub.trust.certificates import describe
from hub.trust.lists import read_list
from tests import offices
from tests.edge.wire import Answer, Line, head
from tests.journeys.shapes import Process
from tests.offices import Office, document
from tests.parts.sqlite import lay
from tests.pki import Identity

KEPT = ("envelope", "original", "delivery", "outbox", "report", "idempotency")
MIB = 1024 * 1024
SETTINGS = {
    "TRUC_PORT": "0",
    "TRUC_LOG_LEVEL": "warning",
    "TRUC_MAX_ENVELOPE_BYTES": str(16 * MIB),
    "TRUC_MAX_SPOOLED_BYTES": str(208 * MIB),
    "TRUC_MAX_RECIPIENTS": "50",
    "TRUC_BODY_TIMEOUT_SECONDS": "1",
    "TRUC_HEAD_TIMEOUT_SECONDS": "0.7",
}
Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Edge:
    """The hub and the offices that call it."""

    home: Path
    port: int
    process: Process
    offices: dict[str, Office] = field(default_factory=dict)

    @property
    def sender(self) -> Office:
        """Who makes the bad requests, and the good one after each."""
        return self.offices["G22"]

    # -- asking -----------------------------------------------------------------------------------------------------

    def headers(self, office: str = "G22", **changed: str) -> Pairs:
        """The headers of a good post, some changed; "(none)" leaves one out."""
        given = {"authorization": f"Bearer {self.offices[office].key}", "content_type": "application/xml", **changed}
        return [(name.replace("_", "-"), value) for name, value in given.items() if value != "(none)"]

    def post(self, body: bytes, headers: Pairs | None = None, target: str = "/v1/envelopes") -> Answer | None:
        """Post a body with its length, unless the headers say otherwise."""
        given = list(self.headers() if headers is None else headers)
        names = {name.lower() for name, _ in given}
        if not names & {"content-length", "transfer-encoding"}:
            given.append(("Content-Length", str(len(body))))
        given = [pair for pair in given if pair[1] != "(none)"]
        return self.ask(head("POST", target, given) + body)

    def ask(self, *pieces: bytes) -> Answer | None:
        """Say these bytes on a new line and hear the first answer."""
        with Line(self.port) as line:
            return line.say(*pieces).hear()

    def good(self) -> bytes:
        """A document nobody has seen yet."""
        return self.sender.written(document("G22", ["H53"]))

    # -- looking ----------------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """How many rows of each kind there are."""
        with closing(sqlite3.connect(f"file:{self.home / 'truc.sqlite3'}?mode=ro", uri=True, timeout=30)) as found:
            there = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            counts = {t: found.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in KEPT if t in there}  # noqa: S608
            counts["event"] = found.execute("SELECT count(*) FROM event WHERE what = 'accepted'").fetchone()[0]
            return counts

    def at_rest(self) -> dict[str, int]:
        """The same, once every note that was on its way has arrived."""
        ends = time.monotonic() + 30
        while (counts := self.counts())["outbox"]:
            assert time.monotonic() < ends, counts
            time.sleep(0.005)
        return counts

    def files(self) -> set[str]:
        """The originals beside the database, whole or not."""
        return {str(p) for p in (self.home / "originals").rglob("*") if p.is_file()}

    def resident_mib(self, what: str = "VmRSS") -> float:
        """Memory of the process now; `VmHWM` for the most it ever had."""
        lines = Path(f"/proc/{self.process.popen.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1024


async def _settled(home: Path, codes: dict[str, tuple[Identity, ...]]) -> dict[str, Office]:
    await lay(f"sqlite+aiosqlite:///{home / 'truc.sqlite3'}")
    database = Database(f"sqlite+aiosqlite:///{home / 'truc.sqlite3'}")
    now = datetime.now(UTC)
    try:
        made = {c: await offices.settle(database, None, c) for c in ("G22", "H53", "H38", "H60", "H63")}  # type: ignore[arg-type]
        async with database.write() as conn:
            closing_day = succession.Closing(date(2025, 7, 1), ("H38", "H60"))
            await succession.close_agency(conn, "H63", closing_day, now)
            for code, identities in codes.items():
                await registry.add(conn, Agency(code, f"Cơ quan {code}", Level.PROVINCE), now)
                for each in identities:
                    binding = certificates.binding(describe(each.certificate_pem))
                    await certificates.bind_certificate(conn, code, binding, now)
                made[code] = Office(code, await keys.issue_key(conn, code, now), identities[0], None)  # type: ignore[arg-type]
            await registry.add(conn, Agency("H99", "Cơ quan tạm ngừng", Level.PROVINCE), now)
            made["H99"] = Office("H99", await keys.issue_key(conn, "H99", now), made["G22"].identity, None)  # type: ignore[arg-type]
            await registry.suspend(conn, "H99", now)
    finally:
        await database.close()
    return made


async def trusting(home: Path, root: Identity, crls: Sequence[bytes]) -> None:
    """Put a root and lists into the trust store."""
    database = Database(f"sqlite+aiosqlite:///{home / 'truc.sqlite3'}")
    now = datetime.now(UTC)
    try:
        async with database.write() as conn:
            for authority in read_authorities(root.certificate_pem):
                await trusted.add_anchor(conn, authority, now)
            for content in crls:
                await trusted.add_list(conn, read_list(content, now), now)
    finally:
        await database.close()


def do(work: Coroutine[Any, Any, Any]) -> Any:
    """Run what is asynchronous to its end."""
    return asyncio.run(work)


@contextmanager
def running(
    codes: dict[str, tuple[Identity, ...]], *, root: Identity | None = None, crls: Sequence[bytes] = (), **more: str
) -> Iterator[Edge]:
    """Start a hub with these agencies, each with its certificates; `root`: with a trust store."""
    with tempfile.TemporaryDirectory(prefix="truc-edge-") as folder:
        home = Path(folder)
        made = do(_settled(home, codes))
        if root:
            do(trusting(home, root, crls))
        process = Process(["serve"], {"TRUC_HOME": folder, **SETTINGS, **more}, "listening on ")
        edge = Edge(home, int(process.url.rsplit(":", 1)[1]), process, made)
        try:
            yield edge
            assert edge.process.stop() == 0, "".join(edge.process.lines[-20:])
        finally:
            if edge.process.popen.poll() is None:
                edge.process.kill()
