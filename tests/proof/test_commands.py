"""`truc log` and `truc verify` as somebody at a shell meets them, against a hub that runs by itself."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.pages import ROOT
from tests.journeys.shapes import Process
from tests.surface import programs
from tests.surface.programs import Said

PATIENCE = 120  # looks; the hub signs its first head within a second or two


def truc(home: Path, *words: str, **more: str) -> Said:
    return programs.truc(*words, cwd=ROOT, TRUC_HOME=home, **more)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder and the address of a hub in a process of its own."""
    home = tmp_path / "home"
    settings = {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_HEAD_SECONDS": "0.1"}
    served = Process(["serve"], settings, "listening on ")
    try:
        yield home, served.url
    finally:
        served.stop()


def test_a_stranger_fetches_checks_and_remembers(hub: tuple[Path, str], tmp_path: Path) -> None:
    home, url = hub
    key = json.loads(truc(home, "agency", "add", "H53", "--name", "UBND", "--level", "province", "--json").out)
    asked = {"TRUC_URL": url, "TRUC_KEY": key["api_key"]}
    first = (ROOT / "docs" / "tutorial" / "first.edxml").read_bytes().replace(b"H53.32.21", b"H53")
    (tmp_path / "first.edxml").write_bytes(first)
    sent = json.loads(truc(home, "send", str(tmp_path / "first.edxml"), "--json", **asked).out)
    file, head = tmp_path / "evidence.json", tmp_path / "one.head"
    for _ in range(PATIENCE):
        if truc(home, "log", "evidence", sent["id"], "-o", str(file), **asked).code == 0:
            break
        time.sleep(0.1)
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "keys.json").write_bytes((home / "hub-key.pub.json").read_bytes())
    keys = str(stranger / "keys.json")

    verified = truc(stranger, "verify", str(file), "--key", keys)
    kept = truc(stranger, "log", "head", "-o", str(head), "--hub-key", keys, **asked)
    proved = truc(stranger, "log", "prove", "0", "--hub-key", keys, "--json", **asked)
    grown = truc(stranger, "log", "check", str(head), "--hub-key", keys, "--json", **asked)
    audited = truc(home, "log", "audit", "--head", str(head), "--json")

    assert verified.code == 0, verified.out + verified.err
    assert verified.out.startswith("evidence: OK\n  ✓ receipt: ")
    assert kept.code == 0, kept.err
    assert json.loads(proved.out)["ok"], proved.err
    assert json.loads(grown.out)["ok"], grown.err
    assert json.loads(audited.out) == {"ok": True, "items": []}, audited.err

    spoiled = json.loads(file.read_text("utf-8"))
    spoiled["envelope"]["sender"] = "H01"
    file.write_text(json.dumps(spoiled), "utf-8")
    refused = truc(stranger, "verify", str(file), "--key", keys, "--json")
    assert (refused.code, json.loads(refused.out)["ok"]) == (1, False)


def test_a_fresh_key_keeps_the_old_one_published(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = json.loads(truc(home, "log", "rotate-key", "--json").out)
    second = json.loads(truc(home, "log", "rotate-key", "--json").out)

    retired = json.loads((home / "hub-key.retired.json").read_text("utf-8"))["keys"]
    assert first["kid"] != second["kid"]
    assert retired[0]["kid"] == first["kid"]
    assert (home / "hub-key.json").stat().st_mode & 0o077 == 0
