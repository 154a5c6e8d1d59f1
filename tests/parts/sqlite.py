"""A fresh SQLite database with the current schema: migrated once a process, then copied."""

import asyncio
import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from hub.store.migrate import migrate

_SCHEME = "sqlite+aiosqlite:///"


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="truc-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "template.sqlite3"


def _is_new(url: str) -> bool:
    return url.startswith(_SCHEME) and not Path(url.removeprefix(_SCHEME)).exists()


def _copy(url: str) -> None:
    path = Path(url.removeprefix(_SCHEME))
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_template(), path)


async def lay(url: str) -> None:
    """Make the database at `url` current: by a copy where it is a SQLite file that is not there yet, else by migrating."""
    if not _is_new(url):
        await migrate(url)
        return
    if _is_new(f"{_SCHEME}{_template()}"):
        await migrate(f"{_SCHEME}{_template()}")
        assert not _template().with_name("template.sqlite3-wal").exists(), "the template's log was not written back"
    _copy(url)


def lay_in(home: Path) -> None:
    """The same for a hub with this folder, where no loop runs."""
    asyncio.run(lay(f"{_SCHEME}{home / 'truc.sqlite3'}"))
