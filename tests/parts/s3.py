"""A server that speaks S3 (moto's, a process of its own), with one bucket: what `s3://` is held to over real HTTP."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tests.parts.children import end, free_port, spawn, tail

BUCKET: Final = "truc-originals"
_START_WITHIN: Final = 60.0


@dataclass(slots=True)
class Bucket:
    """The server, which can be stopped and started again; what is in it lives as long as the process."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """What a process needs in its environment to call it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "truc",
            "AWS_SECRET_ACCESS_KEY": "truc-secret",
        }

    def start(self) -> "Bucket":
        log = self.folder / "s3.log"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = spawn(command, log, env={**os.environ, "TMPDIR": str(self.folder)})
        ends = time.monotonic() + _START_WITHIN
        while True:
            with suppress(httpx.TransportError):
                if httpx.put(f"{self.url}/{BUCKET}", headers=_signed()).is_success:
                    return self
            assert self._process.poll() is None, tail(log)
            assert time.monotonic() < ends, tail(log)
            time.sleep(0.05)

    def stop(self) -> None:
        end(self._process, None)
        self._process = None

    def keys(self) -> list[str]:
        """The names of the objects there are."""
        listed = httpx.get(f"{self.url}/{BUCKET}?list-type=2", headers=_signed()).text
        return re.findall(r"<Key>([^<]*)</Key>", listed)

    def unfinished(self) -> int:
        """How many uploads in parts of the bucket's own nobody has finished."""
        return httpx.get(f"{self.url}/{BUCKET}?uploads", headers=_signed()).text.count("<UploadId>")


def _signed() -> dict[str, str]:
    """An Authorization of the right form: this server looks no closer."""
    scope = "truc/20260101/us-east-1/s3/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


@contextmanager
def running(folder: Path, monkeypatch: Any) -> Iterator[Bucket]:
    """A server for the time of a test; this process' environment leads to it."""
    bucket = Bucket(folder).start()
    for name, value in bucket.variables.items():
        monkeypatch.setenv(name, value)
    try:
        yield bucket
    finally:
        bucket.stop()
