"""`truc` as a stranger runs it: a process, its exit code, and what it said."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.parts.forks import Fork

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
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        ran = Fork([str(word) for word in words], environment, out.fileno(), err.fileno(), cwd)
        try:
            code = ran.wait(WITHIN)
        finally:
            ran.kill()
        out.seek(0)
        err.seek(0)
        return Said(code, out.read().decode(), err.read().decode())
