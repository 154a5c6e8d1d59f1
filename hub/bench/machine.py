"""What servers beside the hub use of this machine, found by the port they listen on."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_LISTENS: Final = "0A"


def server_cpu(port: int) -> float:
    """User and system seconds so far of the server at a local port, with all its children; 0 when it is elsewhere."""
    pid = _listener(port)
    if pid is None:
        return 0.0
    spent = _ticks(pid, whole=True)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid:
                spent += _ticks(int(stat.parent.name), whole=False)
    return spent / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int, *, whole: bool) -> int:
    """`whole`: with what children used that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15] if whole else fields[11:13]))


def _listener(port: int) -> int | None:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(link.readlink()) in inodes:
                found.append(int(link.parts[2]))
    return min(found, default=None)
