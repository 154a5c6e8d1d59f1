"""Processes that die with the one that started them, however that ends."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have this process killed when the one that started it ends."""
    ctypes.CDLL("libc.so.6").prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command: Sequence[str], log: Path, user: str | None = None, **more: Any) -> "subprocess.Popen[bytes]":
    """Start a server that must not outlive this process; its output goes to `log`. Call from the main thread."""
    with log.open("ab") as file:
        return subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, user=user, group=user and primary_group(user),
            extra_groups=[] if user else None, **more,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - called before there are threads
        )  # fmt: skip


def primary_group(user: str) -> int:
    """The group a user belongs to first."""
    return pwd.getpwnam(user).pw_gid


def unprivileged() -> str | None:
    """Somebody to run as, since PostgreSQL refuses root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise AssertionError("run the tests as an ordinary user, or make one named `postgres`")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tail(log: Path, lines: int = 30) -> str:
    """The end of a log, for a failure's message."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:]) if log.exists() else "(no log)"


def end(child: "subprocess.Popen[bytes] | None", folder: Path | None) -> None:
    """Kill it and drop its folder: nothing in it is of any worth."""
    if child and child.poll() is None:
        child.kill()
        child.wait()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
