"""A real time-stamp authority: `openssl ts` behind a real HTTP server on this machine."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.pki import Identity, Usage, issue, make_ca

_CONFIG = """
[ tsa ]
default_tsa = authority
[ authority ]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Where it is, whom it is under, and what it was asked. `is_open`: whether it answers."""

    url: str
    root: Identity
    asked: int = 0
    is_open: bool = True


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """An authority under a root of its own."""
    root = make_ca("Test TSA root", "rsa-2048")
    leaf = _stamping(root)
    (folder / "tsa.pem").write_bytes(leaf.certificate_pem)
    (folder / "tsa.key").write_bytes(leaf.key_pem)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    made = Authority("", root)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked += 1
            if not made.is_open:
                self.send_error(503)
                return
            (folder / "query").write_bytes(query)
            files = ["-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key"]
            command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", *files, "-out", "reply"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            reply = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _stamping(root: Identity) -> Identity:
    """A certificate for time-stamping alone, critically so (RFC 3161 §2.3)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    plain = issue(root, "Test TSA", "rsa-2048", Usage(extended=(ExtendedKeyUsageOID.TIME_STAMPING.dotted_string,)))
    was = plain.certificate
    builder = x509.CertificateBuilder(
        was.issuer, was.subject, was.public_key(), was.serial_number, was.not_valid_before_utc, was.not_valid_after_utc
    )
    for extension in was.extensions:
        is_usage = isinstance(extension.value, x509.ExtendedKeyUsage)
        builder = builder.add_extension(extension.value, critical=extension.critical or is_usage)
    signed = builder.sign(load_pem_private_key(root.key_pem, None), hashes.SHA256())  # type: ignore[arg-type]
    return Identity(signed.public_bytes(Encoding.PEM), plain.key_pem)
