"""One `truc serve` with agencies entered by its own command, as a stranger enters them."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.shapes import Process
from tests.surface.papers import Paper
from tests.surface.programs import truc

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
    """The running hub: where, its folder, the keys of its agencies and the tokens of people."""

    url: str
    home: Path
    http: httpx.Client
    keys: dict[str, str]

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


@pytest.fixture(scope="package")
def hub(tmp_path_factory) -> Iterator[Hub]:
    home: Path = tmp_path_factory.mktemp("hub")
    keys: dict[str, str] = {}
    for code, level, *more in AGENCIES:
        words = ("agency", "add", code, "--name", f"Cơ quan {code}", "--level", level, *more, "--json")
        keys[code] = truc(*words, TRUC_HOME=home).json()["api_key"]
    for role in ("operator", "observer"):
        keys[role] = truc("user", "add", role, "--role", role, "--json", TRUC_HOME=home).json()["token"]
    for name in ("h53", "other"):
        usage = ("-addext", "keyUsage=critical,nonRepudiation", "-addext", "basicConstraints=critical,CA:false")
        files = ("-keyout", home / f"{name}.key", "-out", home / f"{name}.pem")
        make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "9", "-subj", f"/CN={name}")
        subprocess.run([*make, *usage, *files], check=True, capture_output=True)
    assert truc("agency", "cert", "H53", home / "h53.pem", TRUC_HOME=home).code == 0
    assert truc("agency", "cert", "G22", home / "other.pem", TRUC_HOME=home).code == 0
    environment = {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_LEVEL": "warning"}
    process = Process(["serve"], environment, "listening on http://127.0.0.1:")
    try:
        with httpx.Client(base_url=process.url, timeout=60) as http:
            yield Hub(process.url, home, http, keys)
        assert process.stop() == 0
        assert "Traceback" not in "".join(process.lines)
    finally:
        if process.popen.poll() is None:
            process.kill()
