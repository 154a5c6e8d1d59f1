"""A worker tells Prometheus what only it knows, where it was told to."""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from tests.journeys.shapes import Process
from tests.parts.children import free_port


def test_a_worker_answers_for_its_figures_at_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    settings = {"TRUC_HOME": str(tmp_path), "TRUC_METRICS_PORT": str(port), "TRUC_LOG_LEVEL": "error"}
    worker = Process(["worker"], settings, "working")
    try:
        told = httpx.get(f"http://127.0.0.1:{port}/metrics").raise_for_status().text
        again = [sys.executable, "-m", "hub.cli", "worker"]
        second = subprocess.run(again, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    finally:
        worker.stop()

    assert "# TYPE truc_revocation_fetches_total counter" in told
    assert "# TYPE truc_scanned_total counter" in told
    assert second.returncode == 1
    assert f"127.0.0.1:{port}" in second.stderr
    assert "cannot-listen" in second.stderr
