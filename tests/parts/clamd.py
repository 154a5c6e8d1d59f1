"""A real clamd (Debian's clamav-daemon), with a signature file of the tests' own: nothing is fetched from anywhere."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

THREAT: Final = b"TRUC-TEST-THREAT-" + b"0f4c1d7e9a"
"""What the tests' signature finds."""
NAME: Final = "Truc.Test.Threat"
STREAM_AT_MOST: Final = 2 * 1024 * 1024
_START_WITHIN: Final = 60.0


def program() -> str:
    """Where clamd is; it must be installed (`.ci/run` does it)."""
    found = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
    assert found, "clamd is missing: apt-get install clamav-daemon"
    return found


@dataclass(slots=True)
class Scanner:
    """A clamd on a Unix socket that can be stopped and started again."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def address(self) -> str:
        return f"unix:{self.folder / 'clamd.sock'}"

    def start(self) -> None:
        socket = self.folder / "clamd.sock"
        with suppress(FileNotFoundError):
            socket.unlink()
        database = self.folder / "signatures"
        database.mkdir(exist_ok=True)
        (database / "truc.ndb").write_text(f"{NAME}:0:*:{THREAT.hex()}\n", "ascii")
        config = self.folder / "clamd.conf"
        config.write_text(
            f"LocalSocket {socket}\nDatabaseDirectory {database}\nForeground yes\nLogFile {self.folder / 'clamd.log'}\n"
            f"StreamMaxLength {STREAM_AT_MOST}\nTemporaryDirectory {self.folder}\nMaxThreads 4\n",
            "utf-8",
        )
        self._process = subprocess.Popen(
            [program(), "--config-file", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        ends = time.monotonic() + _START_WITHIN
        while not socket.exists():
            assert self._process.poll() is None, (self.folder / "clamd.log").read_text("utf-8", "replace")
            assert time.monotonic() < ends, "clamd did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running(folder: Path) -> Iterator[Scanner]:
    """A clamd for the time of a test."""
    scanner = Scanner(folder)
    scanner.start()
    try:
        yield scanner
    finally:
        scanner.stop()
