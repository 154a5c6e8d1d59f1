"""The code of the previous release, out of the repository's history."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST_SINCE = "hub/store/migrations/versions/0015_the_directory_in_time.py"
"""The first migration that the previous release has not: what came before it is that release."""


def unpack(into: Path) -> Path:
    """Its files, ready to be run from there."""
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", FIRST_SINCE).decode().strip()
    assert added, "the history does not reach back to the previous release: clone the whole repository"
    with tarfile.open(fileobj=BytesIO(_git("archive", f"{added}^"))) as archive:
        archive.extractall(into, filter="data")
    return into


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True).stdout
