"""Starts processes of the hub quickly: everything is imported once, then each `truc …` is a fork that runs the command.

    python -m tests.chaos.nursery [FAULT]

Reads a JSON line for each process that is wanted, `{"command": [...], "environment": {...}, "log": "..."}`, and answers
with its number. A process is the command as it always is; it only need not import it all again after every kill.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from tests.chaos import faults
from tests.parts import forks
from tests.parts.children import die_with_parent


def main() -> None:
    """Fork as told until stdin ends."""
    if len(sys.argv) > 1:
        faults.plant(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is gone at once: nobody waits for it
    forks.load()
    print("ready", flush=True)
    for line in sys.stdin:
        print(_start(json.loads(line)), flush=True)


def _start(wanted: dict[str, Any]) -> int:
    return os.fork() or _run(wanted)


def _run(wanted: dict[str, Any]) -> NoReturn:
    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRUC_")}
    forks.become({**kept, **wanted["environment"]}, log, os.dup(log), str(Path.cwd()))
    forks.run(wanted["command"])


if __name__ == "__main__":
    main()
