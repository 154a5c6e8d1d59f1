"""`truc` as a stranger runs it: a process, its exit code, and what it said."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

WITHIN = 120  # seconds


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON document on stdout; nothing else may be there."""
        return orjson.loads(self.out)


def truc(*words: object, cwd: Path | None = None, **settings: object) -> Said:
    """Run `truc` with these words; `settings` are environment variables, and no others of the hub's are set."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TRUC_", "LC_"))}
    environment = {**kept, "LANG": "C.UTF-8", **{name: str(value) for name, value in settings.items()}}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, "-m", "hub.cli", *map(str, words)],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    return Said(ran.returncode, ran.stdout, ran.stderr)
