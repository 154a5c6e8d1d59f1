"""The real parts behind the tests: one PostgreSQL and one Kafka a run, started first, shared by every worker process."""

import asyncio
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from hub.store.database import Database
from tests.parts import kafka, postgres
from tests.parts.sqlite import lay

_POSTGRES, _KAFKA, _TROUBLE = "TRUC_RUN_POSTGRES", "TRUC_RUN_KAFKA", "TRUC_RUN_TROUBLE_"
_KAFKA_LOG = "TRUC_RUN_KAFKA_LOG"
_GARBAGE_AT = 20_000  # new objects before the youngest are looked through: with Python's 700 it is a sixth of the run
_parts: list[postgres.Postgres | kafka.Kafka] = []
_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it has names that nobody can guess
_ROOM = 6 * 1024**3  # bytes; a run has some hundred megabytes of files at a time


def _keep_files_in_memory() -> None:
    """Where there is room: a copied database is a thousand files made and dropped, and each commit waits for its disk."""
    if os.environ.get("TMPDIR") or not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return
    if min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) >= _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # asked anew


_keep_files_in_memory()


def pytest_configure(config: pytest.Config) -> None:
    """Start both in the process that steers the run; the others find them in the environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    _start(_KAFKA, _start_kafka)
    _start(_POSTGRES, _start_postgres)


def _start(name: str, start: object) -> None:
    try:
        os.environ[name] = start()  # type: ignore[operator]
    except AssertionError as trouble:  # told by the tests that need it: they fail, they are not skipped
        os.environ[_TROUBLE + name] = str(trouble)


def _start_kafka() -> str:
    broker = kafka.Kafka().start()
    _parts.append(broker)
    os.environ[_KAFKA_LOG] = str(broker.log)
    return broker.bootstrap


def _start_postgres() -> str:
    server = postgres.Postgres().start()
    _parts.append(server)
    asyncio.run(postgres.make_template(server.dsn))
    return server.dsn


def pytest_collection_finish() -> None:
    """Leave out of every later look for garbage what is there for the whole run: modules, tests, their parameters."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AT, 20, 100)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    for part in _parts:
        part.stop()
    _parts.clear()


def pytest_report_header() -> list[str]:
    """Which real parts this run uses."""
    return [f"{type(part).__name__}: {part.what}" for part in _parts]


def _address(name: str) -> str:
    if trouble := os.environ.get(_TROUBLE + name):
        pytest.fail(trouble, pytrace=False)
    return os.environ[name]


@pytest.fixture
def postgres_dsn() -> str:
    """The maintenance database of a real PostgreSQL, for `parts.postgres.fresh`."""
    return _address(_POSTGRES)


@pytest.fixture
async def postgres_url(postgres_dsn: str) -> AsyncIterator[str]:
    """A fresh PostgreSQL database with the current schema."""
    async with postgres.fresh(postgres_dsn) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind: a PostgreSQL with the current schema, a file that is not there yet."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'truc.sqlite3'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with the current schema, of each kind."""
    await lay(database_url)
    opened = await Database(database_url).open()
    yield opened
    await opened.close()


@pytest.fixture
def kafka_bootstrap() -> str:
    """A Kafka broker that answers."""
    bootstrap = _address(_KAFKA)
    log = os.environ.get(_KAFKA_LOG)
    with ThreadPoolExecutor(1) as thread:  # a loop may be running here
        thread.submit(asyncio.run, kafka.ready(bootstrap, Path(log) if log else None)).result()
    return bootstrap


@pytest.fixture
def topic_prefix() -> str:
    """Topics of this test's own."""
    return f"t{secrets.token_hex(6)}"
