"""Processes as an operator starts them: each begins by itself, and ends when asked to, even when a part of it does not."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.journeys.shapes import production
from tests.journeys.test_journeys import arrives
from tests.offices import document

STUBBORN = textwrap.dedent(
    """
    import asyncio, sys
    from hub import catalogue, serving

    async def never_ends(_database):
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                print("asked to end, and does not", flush=True)

    catalogue.run = never_ends
    serving.LAST_SECONDS = 2.0
    from hub.cli import main
    sys.argv = ["truc", "serve"]
    main()
    """
)


@contextmanager
def running(home: Path, *program: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUC_")}
    environment |= {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_LEVEL": "error"}
    process = subprocess.Popen(
        [sys.executable, *program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout
        yield process, next(line.split()[-1] for line in process.stdout if line.startswith("listening on "))
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_room_that_does_not_end_keeps_nobody(tmp_path: Path, number: int) -> None:
    with running(tmp_path, "-c", STUBBORN) as (process, _):
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)

        assert process.returncode == 0
        assert "asked to end, and does not" in said
        assert "stop.forced" in said
    with running(tmp_path, "-m", "hub.cli", "serve") as (_, base):
        assert httpx.get(f"{base}/readyz").status_code == 200


def test_one_whose_rooms_all_end_is_not_ended_by_force(tmp_path: Path) -> None:
    with running(tmp_path, "-m", "hub.cli", "serve") as (process, _):
        process.terminate()
        said, _ = process.communicate(timeout=30)

        assert process.returncode == 0
        assert "stop.forced" not in said


async def test_each_process_of_a_hub_needs_nothing_that_another_has_loaded(
    tmp_path: Path, postgres_url: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    """Elsewhere the tests fork them from one that has everything in memory, which would hide an import that is missing."""
    async with production(tmp_path, postgres_url, kafka_bootstrap, topic_prefix, is_forked=False) as shape:
        sender, recipient = await shape.settle("G22"), await shape.settle("H53")
        sent = await sender.send(document("G22", ["H53"]))
        item = await arrives(recipient, sent["id"])
        assert (await recipient.confirm(item["delivery_id"])).status_code == 200

    said = [line for process in shape.processes.values() for line in process.lines]
    assert [line for line in said if not line.startswith(("listening on ", "working", "{"))] == []  # beside the log


@contextmanager
def played(*, in_background: bool = False) -> Iterator[subprocess.Popen[str]]:
    """The demo, once its hub listens; in the background as a shell's `&` has it, where Ctrl-C is ignored at first."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUC_")}
    ignore = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); " if in_background else ""
    program = f"{ignore}import sys; from hub.cli import main; sys.argv = ['truc', 'demo', '--port', '0']; main()"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", program],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout
        next(line for line in process.stdout if "http://" in line)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_demo_ends_by_ctrl_c_with_its_hub_in_the_background_too() -> None:
    with played(in_background=True) as process:
        (hub,) = psutil.Process(process.pid).children()
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert said.rstrip().endswith("Tạm biệt!")
    assert not hub.is_running()


def test_a_demo_whose_hub_is_killed_says_so() -> None:
    with played() as process:
        (hub,) = psutil.Process(process.pid).children()
        hub.kill()
        said, _ = process.communicate(timeout=60)

    assert (process.returncode, said.splitlines()[-1]) == (1, "demo: the hub ended by itself, with -9")
