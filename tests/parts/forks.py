"""`truc` as a process of its own, without importing the whole program for each: a fork of one that has it in memory.

    python -m tests.parts.forks     (started by the first `Fork` of a test process, ended with it)

What runs is what `python -m hub.cli` runs, with the environment, folder and streams it is given. It waits for its threads
and does what is to be done at exit as any does. Only the second of importing is saved, which hundreds of starts in a run
of the tests would pay each.
"""

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from tests.parts.children import die_with_parent

_ROOT = Path(__file__).parents[2]
_MESSAGE = 1 << 17  # bytes; an environment of a few thousand is usual
_USUAL = (
    *("hub.cli", "hub.commands.run", "hub.serving", "hub.worker", "hub.acknowledge", "hub.console.pages", "hub.doctor"),
    *("hub.store.migrate", "hub.troubles"),
)
_lock = threading.Lock()
_nursery: list[socket.socket] = []


class Fork:
    """A process that runs `truc` with these words; of `subprocess.Popen` what tests ask for. `stderr` None: to stdout."""

    def __init__(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        stdout: int,
        stderr: int | None = None,
        cwd: Path | None = None,
    ) -> None:
        """`stdout`, `stderr`: open files to write to; they stay the caller's to close."""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.returncode: int | None = None
        said = json.dumps({"words": list(words), "environment": dict(env), "cwd": str(cwd or Path.cwd())}).encode()
        with theirs, _lock:
            socket.send_fds(_the_nursery(), [said], [stdout, stdout if stderr is None else stderr, theirs.fileno()])
        self.pid = int(self._line.recv(64))

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, negative when a signal ended it; `TimeoutExpired` after so many seconds."""
        if self.returncode is None:
            looking = select.poll()
            looking.register(self._line, select.POLLIN)
            if not looking.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(["truc"], timeout or 0)
            self.returncode = int(self._line.recv(64) or b"-9")  # without a word the nursery has died, and it with it
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _the_nursery() -> socket.socket:
    if not _nursery:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUC_")}
        with theirs:
            subprocess.Popen([sys.executable, "-m", "tests.parts.forks"], stdin=theirs, env=environment, cwd=_ROOT)
        _nursery.append(ours)
    return _nursery[0]


def _wanted() -> dict[str, Any]:
    """Fork for each message; comes back in the fork, with what it is to do. Ends with the test process."""
    control = socket.socket(fileno=os.dup(0))
    lines: dict[int, tuple[int, socket.socket]] = {}  # by what becomes readable when a fork has ended
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    while True:
        for ready, _ in waiting.poll():
            if ready in lines:
                pid, line = lines.pop(ready)
                waiting.unregister(ready)
                os.close(ready)
                _, status = os.waitpid(pid, 0)
                with line, suppress(OSError):  # nobody may listen any more
                    line.send(b"%d" % os.waitstatus_to_exitcode(status))
                continue
            said, files, _, _ = socket.recv_fds(control, _MESSAGE, 3)
            if not said:
                os._exit(0)
            line = socket.socket(fileno=files.pop())
            pid = os.fork()
            if not pid:
                control.close()
                for number, (_, other) in lines.items():
                    os.close(number)
                    other.close()
                line.close()
                return {**json.loads(said), "files": files}
            for file in files:
                os.close(file)
            number = os.pidfd_open(pid)
            lines[number] = (pid, line)
            waiting.register(number, select.POLLIN)
            line.send(b"%d" % pid)


def become(environment: Mapping[str, str], out: int, err: int, cwd: str) -> None:
    """Take over streams (open files, closed here), environment and folder, as a process that was started with them has."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, out, err)):
        os.dup2(file, number)
        os.close(file)
    is_seen = os.isatty(1)  # anywhere else what is said without being flushed waits, as it does in any process
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1 if is_seen else -1, closefd=False)  # noqa: SIM115 - for good
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)


def run(words: Sequence[str]) -> NoReturn:
    """Do what `python -m hub.cli` does with these words, and end as it does; a fork never comes back from here."""
    import hub.cli

    main = sys.modules["__main__"]
    main.__package__ = "hub"  # its name in what it says about its usage
    main.__spec__ = hub.cli.__spec__  # what each process that it starts imports first
    sys.argv = [str(hub.cli.__file__), *words]
    code: Any = 1
    try:
        hub.cli.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if not isinstance(end.code, int | None):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)  # to take a whole program apart, object by object, would cost more than the command


def load() -> None:
    """Have in memory what most commands need."""
    for module in _USUAL:
        importlib.import_module(module)
    gc.freeze()


def main() -> None:
    """Load it, then become each command that is asked for."""
    load()
    wanted = _wanted()
    die_with_parent()
    become(wanted["environment"], *wanted["files"], wanted["cwd"])
    run(wanted["words"])


if __name__ == "__main__":
    main()
