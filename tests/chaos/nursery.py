"""Starts processes of the hub quickly: everything is imported once, then each `truc …` is a fork that runs the command.

    python -m tests.chaos.nursery [FAULT]

Reads a JSON line for each process that is wanted, `{"command": [...], "environment": {...}, "log": "..."}`, and answers
with its number. A process is the command as it always is; it only need not import it all again after every kill.
"""

import gc
import json
import os
import signal
import sys
from typing import Any

import hub.cli
import hub.commands.run
import hub.serving
import hub.store.migrate
from tests.chaos import faults
from tests.parts.children import _die_with_parent


def main() -> None:
    """Fork as told until stdin ends."""
    if len(sys.argv) > 1:
        faults.plant(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is gone at once: nobody waits for it
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        print(_start(json.loads(line)), flush=True)


def _start(wanted: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in enumerate((nothing, log, log)):
            os.dup2(file, number)
        for name in [name for name in os.environ if name.startswith("TRUC_")]:
            del os.environ[name]
        os.environ.update(wanted["environment"])
        sys.argv = ["truc", *wanted["command"]]
        hub.cli.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - a fork must never come back into the nursery's loop
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
