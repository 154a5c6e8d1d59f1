"""A hub with agencies entered by its own command, as a stranger enters them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.shapes import Process
from tests.surface.papers import Paper
from tests.surface.programs import truc

LISTENING = "listening on http://127.0.0.1:"
XML = {"Content-Type": "application/xml"}
AGENCIES = (
    ("H53", "province", "--alias", "000.00.00.H53"),
    ("H53.13", "province", "--signature", "verify-if-present", "--parent", "H53"),
    ("G22", "central", "--signature", "report-only"),
    ("H53.32.21", "commune", "--alias", "000.21.32.H53"),
    ("vxp.saas.03", "commune", "--kind", "enterprise", "--signature", "verify-if-present"),
)


@dataclass(slots=True)
class Hub:
    """The running hub: where, its folder, the keys of its agencies and the tokens of people, its settings."""

    url: str
    home: Path
    http: httpx.Client
    keys: dict[str, str]
    environment: dict[str, str]

    def ask(self, who: str, method: str, path: str, **content: Any) -> httpx.Response:
        """Call as an agency or a person, "" for nobody."""
        given = {"Authorization": f"Bearer {self.keys[who]}"} if who else {}
        return self.http.request(method, path, headers={**given, **content.pop("headers", {})}, **content)

    def post(self, who: str, body: bytes, query: str = "", **headers: str) -> httpx.Response:
        return self.ask(who, "POST", f"/v1/envelopes{query}", content=body, headers={**XML, **headers})

    def sent(self, paper: Paper, who: str = "") -> dict[str, Any]:
        """Sent unsigned by an agency that may, and taken."""
        answer = self.post(who or paper.sender, paper.plain())
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def item(self, who: str, envelope_id: str) -> dict[str, Any]:
        """What of an envelope waits in an inbox, as soon as it does."""
        for _ in range(60):
            items = self.ask(who, "GET", "/v1/inbox?wait=1&limit=1000").json()["items"]
            if found := [item for item in items if item["envelope_id"] == envelope_id]:
                return dict(found[0])
        raise AssertionError(f"{envelope_id} never came to {who}")

    def report(self, who: str, document_id: str) -> dict[str, Any]:
        """The report on a document that waits in an inbox, as soon as it does."""
        for _ in range(60):
            items = self.ask(who, "GET", "/v1/inbox?kind=status&wait=1&limit=1000").json()["items"]
            if found := [item for item in items if item["document_id"] == document_id]:
                return dict(found[0])
        raise AssertionError(f"no report on {document_id} came to {who}")

    def is_waiting(self, who: str, envelope_id: str) -> bool:
        items = self.ask(who, "GET", "/v1/inbox?limit=1000").json()["items"]
        return any(item["envelope_id"] == envelope_id for item in items)


def refused(answer: httpx.Response, status: int, code: str) -> dict:
    """A problem document with every member, everything in both languages."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert {"type", "title", "status", "code", "detail", "instance", "errors"} <= set(problem)
    for error in problem["errors"]:
        assert {"code", "path", "line", "message", "fix"} <= set(error)
        assert all(error[part][language] for part in ("message", "fix") for language in ("vi", "en"))
    return problem


@contextmanager
def served(home: Path, parts: dict[str, str], environment: dict[str, str]) -> Iterator[Hub]:
    """Enter the agencies, then run these processes (command -> the line by which each says that it is ready)."""
    settings = {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_LEVEL": "warning", **environment}
    assert truc("migrate", **settings).code == 0
    keys: dict[str, str] = {}
    for code, level, *more in AGENCIES:
        words = ("agency", "add", code, "--name", f"Cơ quan {code}", "--level", level, *more, "--json")
        keys[code] = truc(*words, **settings).json()["api_key"]
    for role in ("operator", "observer"):
        keys[role] = truc("user", "add", role, "--role", role, "--json", **settings).json()["token"]
    for name in ("h53", "other"):
        usage = ("-addext", "keyUsage=critical,nonRepudiation", "-addext", "basicConstraints=critical,CA:false")
        files = ("-keyout", home / f"{name}.key", "-out", home / f"{name}.pem")
        make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "9", "-subj", f"/CN={name}")
        subprocess.run([*make, *usage, *files], check=True, capture_output=True)
    assert truc("agency", "cert", "H53", home / "h53.pem", **settings).code == 0
    assert truc("agency", "cert", "G22", home / "other.pem", **settings).code == 0
    processes: list[Process] = []
    try:
        processes += [Process([command], settings, ready) for command, ready in parts.items()]
        with httpx.Client(base_url=processes[0].url, timeout=60) as http:
            yield Hub(processes[0].url, home, http, keys, environment)
        assert [process.stop() for process in processes] == [0] * len(parts)
        assert "Traceback" not in "".join(line for process in processes for line in process.lines)
    finally:
        for process in processes:
            if process.popen.poll() is None:
                process.kill()


@pytest.fixture(scope="package")
def hub(tmp_path_factory) -> Iterator[Hub]:
    """`truc serve` on the embedded default."""
    with served(tmp_path_factory.mktemp("hub"), {"serve": LISTENING}, {}) as running:
        yield running
