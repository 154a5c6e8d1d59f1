"""A real nginx with the configuration of `deploy/nginx`, its own port, certificate and gateway put in."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.parts.children import end, free_port, primary_group, spawn, tail, unprivileged
from tests.pki import Identity

_DEPLOY = Path(__file__).parents[2] / "deploy" / "nginx"
_MISSING = "no nginx: install Debian's `nginx-light`"
_MAIN = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/log info;
{user}
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include truc.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """Where it listens, and its folder."""

    port: int
    folder: Path

    @property
    def log(self) -> str:
        """What it noted."""
        return tail(self.folder / "log")


def binary() -> str:
    """The program; Debian keeps it where only root's PATH looks."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert found, _MISSING
    return found


@contextmanager
def nginx(gateway: int, server: Identity, clients: Identity | None = None, **sooner: str) -> Iterator[Nginx]:
    """Start it in front of a gateway's port. `clients`: the authority of client certificates; `sooner`: other values."""
    folder = Path(tempfile.mkdtemp(prefix="truc-nginx-"))
    port = free_port()
    user = unprivileged()
    shutil.copy(_DEPLOY / "truc.conf", folder)
    shutil.copytree(_DEPLOY / "truc", folder / "truc")
    (folder / "truc" / "hub.pem").write_bytes(server.certificate_pem)
    (folder / "truc" / "hub.key").write_bytes(server.key_pem)
    if clients:
        shutil.move(folder / "truc" / "mtls.conf.example", folder / "truc" / "mtls.conf")
        (folder / "truc" / "clients-ca.pem").write_bytes(clients.certificate_pem)
    for path in folder.rglob("*.conf"):
        text = path.read_text().replace("/etc/nginx/truc/", f"{folder}/truc/").replace("/var/log/nginx/", f"{folder}/")
        text = text.replace("listen 443", f"listen 127.0.0.1:{port}").replace("127.0.0.1:8080", f"127.0.0.1:{gateway}")
        text = re.sub(r"\n *listen \[::\].*", "", text).replace("hub.example", "localhost")
        for name, value in sooner.items():
            text = re.sub(rf"\b{name} [^;]+;", f"{name} {value};", text)
        path.write_text(text)
    who = f"user {user};" if user else ""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user=who))
    if user:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user, primary_group(user))
    command = [binary(), "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr + tail(folder / "log")
    child = spawn(command, folder / "out", cwd=folder)
    try:
        _wait(child, folder, port)
        yield Nginx(port, folder)
    finally:
        end_gently(child)
        end(child, folder)


def _wait(child: "subprocess.Popen[bytes]", folder: Path, port: int) -> None:
    import socket
    import time

    for _ in range(200):
        assert child.poll() is None, tail(folder / "log") + tail(folder / "out")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(tail(folder / "log"))


def end_gently(child: "subprocess.Popen[bytes]") -> None:
    """Ask it to stop, so that its workers end too."""
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
