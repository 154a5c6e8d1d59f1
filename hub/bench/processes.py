"""Processes a run needs: hubs with a fresh database, floors, and what they cost."""

import asyncio
import os
import resource
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from hub.bench.documents import RECIPIENTS, SENDER
from hub.demo.pki import Signer
from hub.domain.agency import SignaturePolicy
from hub.store.database import Database
from hub.store.directory import certificates, keys, registry
from hub.store.migrate import migrate


@dataclass(frozen=True, slots=True)
class Process:
    """A running process and, when it listens, its port."""

    popen: "subprocess.Popen[str]"
    port: int = 0

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        """The most memory it held."""
        for line in Path(f"/proc/{self.popen.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return round(int(line.split()[1]) / 1024, 1)
        return 0.0

    def stop(self) -> None:
        """End it."""
        self.popen.terminate()
        try:
            self.popen.wait(30)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def start(arguments: Sequence[str], environment: dict[str, str], ready: str) -> Process:
    """Start a Python module; returns when it has printed a line that starts with `ready`."""
    whole = {**{k: v for k, v in os.environ.items() if not k.startswith("TRUC_")}, **environment}
    popen = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *arguments], env=whole, stdout=subprocess.PIPE, text=True
    )
    assert popen.stdout  # noqa: S101
    for line in popen.stdout:
        if line.startswith(ready):
            port = line.rsplit(":", 1)[-1].strip()
            return Process(popen, int(port) if port.isdigit() else 0)
    raise RuntimeError(f"{' '.join(arguments)} did not start (exit code {popen.wait()})")


@dataclass(frozen=True, slots=True)
class Place:
    """A fresh database with the bench's agencies in it."""

    url: str
    home: Path
    key: str


@asynccontextmanager
async def fresh(server: str | None, by: Signer, recipients: int = 3) -> AsyncIterator[Place]:
    """A new database: a file, or one more on the PostgreSQL at `server`; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="truc-bench-") as folder:
        home = Path(folder)
        if server is None:
            url = f"sqlite+aiosqlite:///{home / 'truc.sqlite3'}"
            yield Place(url, home, await _settle(url, by, recipients))
            return
        name = f"truc_bench_{secrets.token_hex(6)}"
        plain = server.replace("+asyncpg", "")
        admin = await asyncpg.connect(plain)
        try:
            await admin.execute(f'CREATE DATABASE "{name}"')
            url = f"{plain.rsplit('/', 1)[0]}/{name}".replace("postgresql://", "postgresql+asyncpg://")
            yield Place(url, home, await _settle(url, by, recipients))
        finally:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.close()


async def _settle(url: str, by: Signer, recipients: int) -> str:
    await migrate(url)
    now = datetime.now(UTC)
    database = Database(url)
    async with database.write() as conn:
        for agency in (replace(SENDER, signature=SignaturePolicy.REQUIRED), *RECIPIENTS[:recipients]):
            await registry.add(conn, agency, now)
        await certificates.bind_certificate(conn, SENDER.code, by.binding(), now)
        key = await keys.issue_key(conn, SENDER.code, now)
    await database.close()
    return key


def hub_environment(place: Place, **more: str) -> dict[str, str]:
    """The settings of a hub on a place."""
    return {
        "TRUC_HOME": str(place.home),
        "TRUC_DATABASE_URL": place.url,
        "TRUC_PORT": "0",
        "TRUC_LOG_LEVEL": "error",
        **more,
    }


async def in_thread(arguments: Sequence[str], environment: dict[str, str], ready: str) -> Process:
    """`start`, off the event loop."""
    return await asyncio.to_thread(start, arguments, environment, ready)


def machine() -> dict[str, object]:
    """What the figures were made on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown",
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "load_average": round(os.getloadavg()[0], 2),
        "bench_peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
