"""The commands of the README run as they stand.

The blocks marked `console run` are one session: their lines that begin with `$ ` are typed in order into one bash, in
the folder of the project. Every other line is what must be seen next, with `…` for whatever is there. Two things only
are done for the reader: waiting until the hub says that it listens, and using the address it says (any free port).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub.settings import Settings
from tests.house.pages import ROOT, blocks

README = ROOT / "README.md"
SERVE = "truc serve &"
WAITING = """\
mkfifo "$TMPDIR/said"
truc serve > "$TMPDIR/said" &
exec 3< "$TMPDIR/said"
read -r -u 3 LISTENING
echo "$LISTENING"
export TRUC_URL=${LISTENING#listening on }"""
BEGIN = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n"


def session() -> list[str]:
    """The lines of the README's runnable blocks, in order."""
    return [line for block in blocks(README, "console run") for line in block.splitlines()]


def script() -> str:
    commands = [line.removeprefix("$ ") for line in session() if line.startswith("$ ")]
    return BEGIN + "\n".join(WAITING if command == SERVE else command for command in commands) + "\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> str:
    """What the session shows."""
    folder: Path = tmp_path_factory.mktemp("readme")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TRUC_", "MAKE", "LC_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**inherited, "PATH": path, "TMPDIR": str(folder), "TRUC_PORT": "0", "LANG": "C.UTF-8"}
    ran = subprocess.run(
        ["bash", "-c", script()], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def test_the_commands_of_the_readme_run_and_show_what_it_shows(told) -> None:
    expected = [line for line in session() if not line.startswith("$ ")]
    place = 0
    for line in expected:
        seen = re.compile(".*".join(re.escape(part.strip()) for part in line.split("…")))
        found = seen.search(told, place)
        assert found, f"not seen: {line}\n{told[place:]}"
        place = found.end()


def test_the_session_of_the_readme_starts_a_hub_and_ends_it() -> None:
    typed = [line.removeprefix("$ ") for line in session() if line.startswith("$ ")]

    assert typed.count(SERVE) == 1
    assert typed[-1] == "kill %1"


def test_the_readme_names_the_port_that_is_the_default() -> None:
    assert f"TRUC_URL=http://127.0.0.1:{Settings.model_fields['port'].default}\n" in README.read_text("utf-8")


def test_the_readme_shows_the_two_commands_of_the_first_minute() -> None:
    shown = [line for block in blocks(README, "console") for line in block.splitlines()]

    assert {"$ make demo", "$ make test"} <= set(shown)
