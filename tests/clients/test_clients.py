"""The clients of docs/how-to/clients run as they stand there against a running hub."""

import asyncio
import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.xml.write import sign, write_envelope
from tests.clients.conftest import Live
from tests.clients.copied import CLIENTS, truc_client
from tests.offices import PDF, document


@pytest.fixture(scope="module")
def truc() -> ModuleType:
    return truc_client()


def unsigned() -> bytes:
    return write_envelope(document("H53", ["H53.13"]), [("vb.pdf", "application/pdf", PDF)])


def signed(live: Live) -> bytes:
    return sign(unsigned(), live.rsa.certificate_pem, live.rsa.key_pem)


def typed(live: Live, key: str, *command: str) -> str:
    program = shutil.which(command[0])
    assert program, f"{command[0]} is missing; .ci/run installs it"
    environment = {**os.environ, "HUB": live.url, "KEY": key}
    done = subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_the_python_client_signs_sends_waits_fetches_confirms_and_answers(
    live: Live, truc: ModuleType, tmp_path: Path
) -> None:
    body = truc.sign(unsigned(), live.rsa.certificate_pem, live.rsa.key_pem)
    (tmp_path / "signed.edxml").write_bytes(body)
    with truc.Office(live.url, live.sender.key) as sender, truc.Office(live.url, live.recipient.key) as recipient:
        answer = sender.send(body)
        assert answer["signature"]["verdict"] == "valid"
        assert sender.send(tmp_path / "signed.edxml")["receipt"] == answer["receipt"]
        assert truc.verify_receipt(answer["receipt"]["jws"], sender.keys(), body)["id"] == answer["id"]
        item = None
        while item is None:
            item = next((i for i in recipient.wait() if i["envelope_id"] == answer["id"]), None)
        assert recipient.fetch(item) == body
        assert recipient.save(item, tmp_path / "in.edxml").read_bytes() == body
        assert recipient.confirm(item)["state"] == "CONFIRMED"
        assert recipient.report(item, "03", "Đã vào sổ")["accepted"] is True
        cursor, seen = "", set()
        while "03" not in seen:
            page = sender.follow(cursor)
            cursor = page["next"]
            seen |= {one["code"] for one in page["items"] if one["envelope_id"] == answer["id"]}


async def test_the_async_client_does_the_same(live: Live, truc: ModuleType) -> None:
    body = truc.sign(unsigned(), live.sender.identity.certificate_pem, live.sender.identity.key_pem)
    async with (
        truc.AsyncOffice(live.url, live.sender.key) as sender,
        truc.AsyncOffice(live.url, live.recipient.key) as recipient,
    ):
        answer = await sender.send(body)
        item = None
        while item is None:
            item = next((i for i in await recipient.wait() if i["envelope_id"] == answer["id"]), None)
        assert await recipient.fetch(item) == body
        assert (await recipient.confirm(item))["state"] == "CONFIRMED"


def test_the_python_client_tells_a_refusal_with_its_errors(live: Live, truc: ModuleType) -> None:
    with truc.Office(live.url, live.sender.key) as sender, pytest.raises(truc.Refused) as caught:
        sender.send(unsigned())

    assert caught.value.problem["code"] == "signature-missing"


def test_the_python_client_believes_no_receipt_for_other_bytes(live: Live, truc: ModuleType) -> None:
    with truc.Office(live.url, live.sender.key) as sender:
        answer = sender.send(signed(live))
        with pytest.raises(ValueError, match="other bytes"):
            truc.verify_receipt(answer["receipt"]["jws"], sender.keys(), b"other")


async def test_a_line_that_breaks_is_taken_up_where_it_broke(truc: ModuleType, tmp_path: Path) -> None:
    """A real server that hangs up in the middle of the first answer, and then serves the range it is asked for."""
    import hashlib

    body = os.urandom(50_000)
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        start = int(head.lower().split(b"range: bytes=")[-1].split(b"-")[0]) if b"bytes=" in head else 0
        status = b"206 Partial Content" if start else b"200 OK"
        length = len(body) - start
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, length))
        writer.write(body[start:] if start else body[:20_000])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, truc.AsyncOffice(url, "key") as office:
        item = {"delivery_id": "1", "sha256": hashlib.sha256(body).hexdigest()}
        assert await office.fetch(item) == body
        assert len(asked) == 2
        saved = await office.save(item, tmp_path / "in.edxml")
        assert saved.read_bytes() == body
        assert len(asked) == 4
        (tmp_path / "in.edxml.part").write_bytes(body[:40_000])  # as a run that was ended leaves it
        assert (await office.save(item, tmp_path / "in.edxml")).read_bytes() == body
        assert b"bytes=40000-" in asked[-1]
        assert not saved.with_name("in.edxml.part").exists()


def test_curl_sends_and_receives(live: Live, tmp_path) -> None:
    (tmp_path / "signed.edxml").write_bytes(body := signed(live))
    script = str(CLIENTS / "curl" / "truc.sh")
    said = json.loads(typed(live, live.sender.key, "bash", script, "send", str(tmp_path / "signed.edxml")))
    assert said["signature"]["verdict"] == "valid"
    while not any(f.read_bytes() == body for f in tmp_path.glob("in/*.edxml")):
        typed(live, live.recipient.key, "bash", script, "receive", str(tmp_path / "in"))


def test_node_writes_signs_sends_checks_the_receipt_and_receives(live: Live, tmp_path) -> None:
    script = str(CLIENTS / "node" / "truc.mjs")
    number = str(uuid.uuid4().int % 10**9)
    words = ["send", "H53", "H53.13", number, str(live.cert), str(live.private_key)]
    envelope_id, verdict, document_id = typed(live, live.sender.key, "node", script, *words).split()
    assert envelope_id
    assert verdict == "valid"
    seen = ""
    while document_id not in seen:
        seen += typed(live, live.recipient.key, "node", script, "receive", str(tmp_path / "in"))


def test_java_signs_sends_and_receives(live: Live, tmp_path) -> None:
    program = str(CLIENTS / "java" / "Truc.java")
    (tmp_path / "in.edxml").write_bytes(unsigned())
    out = tmp_path / "out.edxml"
    words = ["send", str(tmp_path / "in.edxml"), str(live.cert), str(live.private_key), str(out)]
    said = json.loads(typed(live, live.sender.key, "java", program, *words))
    assert said["signature"]["verdict"] == "valid"
    while not any(f.read_bytes() == out.read_bytes() for f in tmp_path.glob("in/*.edxml")):
        typed(live, live.recipient.key, "java", program, "receive", str(tmp_path / "in"))


def test_the_csharp_client_says_the_same_algorithms_and_statuses(truc: ModuleType) -> None:
    text = (CLIENTS / "csharp" / "Truc.cs").read_text("utf-8")

    assert all(
        word in text for word in ("XmlDsigRSASHA256Url", "XmlDsigExcC14NTransformUrl", "RetryAfter", "/v1/envelopes")
    )
    assert f"{{ {', '.join(map(str, sorted(truc.exchanges.AGAIN)))} }}" in text


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("good", ["confirmed done", "reported 06"]),
        ("refuses,duplicates", ["reported 02", "(repeated)"]),
        ("out-of-order", ["steps-not-reported", "out-of-order"]),
        ("fails", ["confirmed fail"]),
        ("forgets", ["never confirmed"]),
        ("offline", ["nobody asks", "confirmed done"]),
    ],
)
def test_a_simulated_office_behaves_as_its_profile_says(live: Live, profile: str, told: list[str]) -> None:
    sent = CliRunner()
    path = live.folder / f"{uuid.uuid4().hex}.edxml"
    path.write_bytes(signed(live))
    assert sent.invoke(app, ["send", str(path), "--url", live.url, "--key", live.sender.key]).exit_code == 0
    side = ["--url", live.url, "--as", "H53.13", "--key", live.recipient.key, "--profile", profile, "--once"]
    ran = CliRunner().invoke(app, ["simulate", *side])

    assert ran.exit_code == 0, ran.output
    assert [word for word in told if word not in ran.output] == []


def test_a_profile_nobody_knows_is_named_with_those_there_are(live: Live) -> None:
    ran = CliRunner().invoke(app, ["simulate", "--url", live.url, "--as", "H53", "--key", "k", "--profile", "angry"])

    assert ran.exit_code == 2
    assert "angry" in ran.output
    assert "out-of-order" in ran.output
