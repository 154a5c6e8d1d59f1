"""A disk small enough to be full: a tmpfs where we may mount one, else the folder's file sizes limited per process."""

import resource
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

SIZE: Final = "64m"


class SmallDisk:
    """A folder that can be made full and empty again. Without the right to mount, `fill` limits the processes it is given."""

    def __init__(self, folder: Path, size: str = SIZE) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        try:
            self.is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            self.is_mounted = False
        folder.chmod(0o777)

    @property
    def what(self) -> str:
        return "a tmpfs" if self.is_mounted else "RLIMIT_FSIZE (no right to mount a tmpfs here)"

    def fill(self, processes: Iterable[int] = ()) -> None:
        """Leave no room for another original."""
        if not self.is_mounted:
            self._limit(processes, 1)
            return
        with suppress(OSError), (self.folder / ".filler").open("ab", buffering=0) as filler:
            while True:
                filler.write(b"\0" * 4096)

    def empty(self, processes: Iterable[int] = ()) -> None:
        """Make room again."""
        if not self.is_mounted:
            self._limit(processes, resource.RLIM_INFINITY)
        (self.folder / ".filler").unlink(missing_ok=True)

    def _limit(self, processes: Iterable[int], most: int) -> None:
        for pid in processes:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def remove(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
