"""The kit passes against our own hub, and finds each fault that a proxy in between plants."""

import asyncio
import json
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory import systems
from hub.trust.vault import open_or_make
from tests.clients.conftest import Live

Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[[str, bytes, Callable[[], Answer]], Answer]
DROPPED = {"content-length", "transfer-encoding", "connection", "content-encoding"}


@contextmanager
def faulty(live: Live, fault: Fault) -> Iterator[str]:
    """A real server in front of the hub that breaks one rule and hands everything else through."""
    hub = httpx.Client(base_url=live.url, timeout=60)

    class Through(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}

            def forward() -> Answer:
                got = hub.request(self.command, self.path, headers=given, content=body)
                return got.status_code, {k: v for k, v in got.headers.items() if k not in DROPPED}, got.content

            status, headers, content = fault(self.path, body, forward)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the server's own name

        def log_message(self, *words) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Through)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        hub.close()


def conform(live: Live, url: str, *more: str) -> tuple[int, dict]:
    sides = ["--as", "H53", "--key", live.sender.key, "--peer", "H53.13", "--peer-key", live.recipient.key]
    paper = ["--cert", str(live.cert), "--private-key", str(live.private_key)]
    ran = CliRunner().invoke(app, ["conform", url, *sides, *paper, "--json", *more])
    assert ran.stdout.startswith("{"), ran.output
    return ran.exit_code, json.loads(ran.stdout)


def test_our_own_hub_keeps_every_rule_of_the_kit(live: Live, tmp_path) -> None:
    html, junit = tmp_path / "r.html", tmp_path / "r.xml"
    code, said = conform(live, live.url, "--html", str(html), "--junit", str(junit))

    assert [(c["id"], c["why"]) for c in said["cases"] if c["end"] == "broken"] == []
    assert {c["id"] for c in said["cases"] if c["end"] == "not-tried"} <= {"C17"}
    assert code == 0
    suite = ET.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == (str(len(said["cases"])), "0")
    assert all(case["id"] in html.read_text("utf-8") for case in said["cases"])


def loses_the_duplicate(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
    status, headers, content = forward()
    return (409 if status == 200 and path == "/v1/envelopes" else status), headers, content


def believes_anybody(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
    status, headers, content = forward()
    if b"digest-mismatch" in content:
        return 202, headers, b'{"id": "1"}'
    return status, headers, content


def forgets_a_status(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
    if path == "/v1/status-reports" and b'"04"' in body:
        return 202, {}, b'{"flags": []}'
    return forward()


def mends_the_bytes(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
    status, headers, content = forward()
    return status, headers, content.replace(b"\n", b"\r\n") if content.startswith(b"<?xml") else content


def hides_the_wait(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
    return (429, {}, b"{}") if path == "/v1/inbox?limit=1" else forward()


def says_sorry_in_html(path: str, body: bytes, forward: Callable[[], Answer]) -> Answer:
    status, headers, content = forward()
    return (status, {"content-type": "text/html"}, b"<h1>sorry</h1>") if status >= 400 else (status, headers, content)


@pytest.mark.parametrize(
    ("fault", "case"),
    [
        (loses_the_duplicate, "C03"),
        (believes_anybody, "C05"),
        (mends_the_bytes, "C09"),
        (hides_the_wait, "C17"),
        (says_sorry_in_html, "C06"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_hub_that_breaks_one_rule_is_told_which(live: Live, fault: Fault, case: str) -> None:
    with faulty(live, fault) as url:
        code, said = conform(live, url, "--only", case)

    assert code == 1
    assert [(c["id"], c["end"]) for c in said["cases"]] == [(case, "broken")]
    assert said["cases"][0]["why"]


def test_a_forgotten_status_is_missed(live: Live, monkeypatch) -> None:
    monkeypatch.setattr("hub.conform.ground.WITHIN", 3)  # seconds; the report never comes, so the wait may be short
    with faulty(live, forgets_a_status) as url:
        code, said = conform(live, url, "--only", "C10")

    assert (code, said["cases"][0]["end"]) == (1, "broken")


def test_without_a_peer_what_needs_one_is_not_tried(live: Live) -> None:
    ran = CliRunner().invoke(app, ["conform", live.url, "--as", "H53", "--key", live.sender.key, "--only", "C09"])

    assert ran.exit_code == 0, ran.output
    assert "C09 not-tried" in ran.output


async def test_our_own_hub_keeps_every_rule_of_the_axis_face(live: Live) -> None:
    vault = open_or_make(live.folder)
    database = Database(Settings(home=live.folder).database)
    async with database.write() as conn:
        for code in ("H53", "H53.13"):
            sealed = vault.seal(f"secret of {code}", code)
            await systems.keep(conn, systems.System(code, code, sealed, None), datetime.now(UTC))
    await database.close()
    sides = ["--as", "H53", "--key", "secret of H53", "--peer", "H53.13", "--peer-key", "secret of H53.13"]
    paper = ["--cert", str(live.cert), "--private-key", str(live.private_key), "--face", "vxp", "--json"]

    tries = 0

    def look() -> dict:
        return json.loads(CliRunner().invoke(app, ["conform", live.url, *sides, *paper]).stdout)

    while (said := await asyncio.to_thread(look))["cases"][0]["end"] != "kept":  # a new system counts after a moment
        tries += 1
        assert tries < 20, said

    assert [(c["id"], c["why"]) for c in said["cases"] if c["end"] != "kept"] == []
