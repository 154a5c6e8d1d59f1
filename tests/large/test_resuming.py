"""The Python client of the documentation sends a large envelope over a line that breaks, to a gateway that dies."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.chaos.proxy import Proxy
from tests.clients.copied import CLIENTS, truc_client
from tests.edge.hub import MIB, SETTINGS, Edge, running
from tests.journeys.shapes import Process
from tests.offices import document

HOW_TO = CLIENTS.parent / "resume-a-large-upload.md"
MORE = {"TRUC_MAX_ENVELOPE_BYTES": str(100 * MIB), "TRUC_BODY_TIMEOUT_SECONDS": "30"}
pytestmark = pytest.mark.xdist_group("edge")


@pytest.fixture(scope="module")
def truc() -> ModuleType:
    return truc_client()


def parts_of(edge: Edge) -> list[Path]:
    return [path for path in (edge.home / "originals" / "uploads").rglob("*") if path.is_file()]


def kept(edge: Edge) -> int:
    """Bytes of the one upload that the hub answers for."""
    with closing(sqlite3.connect(f"file:{edge.home / 'truc.sqlite3'}?mode=ro", uri=True, timeout=30)) as found:
        row = found.execute("SELECT received FROM upload").fetchone()
    return row[0] if row else 0


async def sent_through_trouble(edge: Edge, truc: ModuleType, trouble: Any) -> tuple[dict[str, Any], list[int]]:
    """The hub's answer, and where each request to go on began."""
    offsets: list[int] = []

    class Watched(truc.AsyncOffice):  # type: ignore[name-defined, misc]
        async def _try(self, method: str, path: str, content: dict[str, Any]) -> Any:
            if method == "PATCH":
                offsets.append(int(content["headers"]["Upload-Offset"]))
            return await super()._try(method, path, content)

    body = edge.home / "signed.edxml"
    body.write_bytes(edge.sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(16 * MIB)))
    proxy = await Proxy(edge.port).start()
    proxy.delay = 0.002  # so that there is a middle
    try:
        async with Watched(f"http://127.0.0.1:{proxy.port}", edge.sender.key) as office:
            sending = asyncio.create_task(office.send(body))
            while not kept(edge):
                assert not sending.done()
                await asyncio.sleep(0.005)
            await trouble(proxy)
            answer = await sending
            assert (await office.send(body))["receipt"] == answer["receipt"]
    finally:
        await proxy.stop()
    return answer, offsets


def test_a_line_that_is_cut_in_the_middle_is_taken_up_where_it_broke(truc: ModuleType) -> None:
    with running({}, **MORE) as edge:

        async def cut(proxy: Proxy) -> None:
            assert proxy.cut()

        answer, offsets = asyncio.run(sent_through_trouble(edge, truc, cut))

        assert answer["signature"]["verdict"] == "valid"
        assert offsets[0] == 0
        assert offsets[1] >= 8 * MIB
        assert edge.counts()["envelope"] == 1
        assert not parts_of(edge)


def test_a_gateway_that_is_killed_in_the_middle_loses_only_what_it_had_not_kept(truc: ModuleType) -> None:
    with running({}, **MORE) as edge:

        async def kill(proxy: Proxy) -> None:
            edge.process.kill()
            environment = {"TRUC_HOME": str(edge.home), **SETTINGS, **MORE, "TRUC_PORT": str(edge.port)}
            edge.process = await asyncio.to_thread(Process, ["serve"], environment, "listening on ")

        answer, offsets = asyncio.run(sent_through_trouble(edge, truc, kill))

        assert answer["signature"]["verdict"] == "valid"
        assert offsets[0] == 0
        assert offsets[1] >= 8 * MIB
        assert edge.counts()["envelope"] == 1
        assert not parts_of(edge)


def test_the_commands_of_the_how_to_upload_and_resume() -> None:
    bash = shutil.which("bash")
    assert bash
    assert shutil.which("curl"), "curl is missing; .ci/run installs it"
    commands = [line[2:] for line in HOW_TO.read_text("utf-8").splitlines() if line.startswith("$ ")]
    assert len(commands) == 4
    broken = commands[3].replace("signed.edxml", "half.edxml").replace("Upload-Complete: ?1", "Upload-Complete: ?0")
    script = "\n".join([*commands[:2], "head -c 100000 signed.edxml > half.edxml", commands[2], broken, *commands[2:]])
    with running({}, **MORE) as edge:
        body = edge.sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + os.urandom(MIB))
        (edge.home / "signed.edxml").write_bytes(body)
        environment = {**os.environ, "HUB": f"http://127.0.0.1:{edge.port}", "KEY": edge.sender.key}

        done = subprocess.run(
            [bash, "-e", "-o", "pipefail", "-c", script],
            env=environment,
            cwd=edge.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["sha256"] == sha256(body).hexdigest()
