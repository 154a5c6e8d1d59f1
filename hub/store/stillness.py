"""Whether anything was committed at all since the last look, so that a hub at rest asks nothing else of its database.

On SQLite that is a question of microseconds (`PRAGMA data_version`), and it sees other processes too. PostgreSQL has no
such number: there something may always have come.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Commits:
    """Counts what is committed to the SQLite database in a file, by a connection that writes nothing itself."""

    def __init__(self, path: str) -> None:
        """`path`: of the file; empty where there is none to count in. Opened when first asked."""
        self._path = path
        self._conn: sqlite3.Connection | None = None

    def count(self) -> int | None:
        """A number that is another one after every commit; None where it is not known."""
        with suppress(sqlite3.Error):
            if self._conn is None and self._path and Path(self._path).exists():
                self._conn = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
            if self._conn:
                return int(self._conn.execute("PRAGMA data_version").fetchone()[0])
        return None

    def close(self) -> None:
        """Let go of the file."""
        if self._conn:
            self._conn.close()
            self._conn = None


class Stillness:
    """What one room remembers of it. Ask before looking: what comes while it looks is not missed."""

    def __init__(self, commits: Commits) -> None:
        """Nothing is remembered: the first look is always made."""
        self._commits = commits
        self._seen: int | None = None

    @contextmanager
    def since_last(self) -> Iterator[bool]:
        """Whether something may have come since the last block that ended well."""
        count = self._commits.count()
        yield count is None or count != self._seen
        self._seen = count
