"""Certificates shown in a TLS handshake: a real nginx in front of a real hub, and what happens without it."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from hub.store.directory import certificates
from tests.journeys.shapes import Shape, _running
from tests.offices import XML, Office, document
from tests.parts.children import end, free_port, spawn, tail
from tests.pki import Identity, Usage, issue, make_ca

PROXY = "127.0.0.2"  # nginx calls the hub from here, so that the hub can tell it from everybody else
CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_verify_client optional_no_ca;
    location / {{
      proxy_bind {proxy};
      proxy_pass {hub};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
    }}
  }}
}}
"""


@dataclass
class Front:
    shape: Shape
    url: str
    folder: Path

    def client(self, identity: Identity | None) -> httpx.AsyncClient:
        """A client that shows this certificate in its handshake; whose the server's is, does not matter here."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if identity:
            pem = self.folder / "client.pem"
            pem.write_bytes(identity.certificate_pem + identity.key_pem)
            context.load_cert_chain(pem)
        return httpx.AsyncClient(base_url=self.url, verify=context, timeout=30)


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    folder = tmp_path / "nginx"
    folder.mkdir()
    server = issue(make_ca(), "hub.example.vn", "p-256", Usage(("digital_signature",), ("1.3.6.1.5.5.7.3.1",)))
    (folder / "server.pem").write_bytes(server.certificate_pem)
    (folder / "server.key").write_bytes(server.key_pem)
    home = tmp_path / "home"
    home.mkdir()
    settings = {"TRUC_TRUSTED_PROXIES": PROXY}
    async with _running("embedded", home, settings, {"hub": "serve"}) as shape:
        port = free_port()
        written = CONFIGURATION.format(folder=folder, port=port, proxy=PROXY, hub=shape.http.base_url)
        (folder / "nginx.conf").write_text(written)
        child = spawn([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)], folder / "log")
        try:
            for _ in range(100):
                try:
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                except OSError:
                    assert child.poll() is None, tail(folder / "log") + tail(folder / "error.log")
                    await asyncio.sleep(0.05)
            yield Front(shape, f"https://127.0.0.1:{port}", folder)
        finally:
            end(child, None)


async def test_a_certificate_in_the_handshake_is_an_agencys_word_and_a_header_from_elsewhere_is_nobodys(
    front: Front,
) -> None:
    office = await front.shape.settle("G22")
    await front.shape.settle("H53")
    body = office.written(document("G22", ["H53"]))
    escaped = quote(office.identity.certificate_pem.decode())

    async with front.client(office.identity) as shown:
        sent = await shown.post("/v1/envelopes", content=body, headers=XML)
        other_key = await shown.get("/v1/inbox", headers={"Authorization": f"Bearer {(await other(front)).key}"})
    assert (sent.status_code, sent.json().get("sender")) == (202, "G22"), sent.text
    assert (other_key.status_code, other_key.json()["code"]) == (401, "credentials-differ")

    # the same header, written by a caller: nginx overwrites it, and the hub does not believe anybody else
    async with front.client(None) as bare:
        through = await bare.get("/v1/inbox", headers={"X-Client-Cert": escaped})
    direct = await front.shape.http.get("/v1/inbox", headers={"X-Client-Cert": escaped})
    assert (through.status_code, through.json()["code"]) == (401, "unauthenticated")
    assert (direct.status_code, direct.json()["code"]) == (401, "unauthenticated")

    # one that no agency has, and one that was withdrawn
    async with front.client(issue(make_ca(), "G22", "p-256")) as stranger:
        unknown = await stranger.get("/v1/inbox")
    assert (unknown.status_code, unknown.json()["code"]) == (401, "client-certificate")
    async with front.shape.database.write() as conn:
        await certificates.revoke_certificate(conn, "G22", office.identity.fingerprint, datetime.now(UTC))
    async with front.client(office.identity) as withdrawn:
        async with asyncio.timeout(20):
            while (answer := await withdrawn.get("/v1/inbox")).status_code == 200:
                await asyncio.sleep(0.2)
    assert (answer.status_code, answer.json()["code"]) == (401, "client-certificate")


async def other(front: Front) -> Office:
    return await front.shape.settle("H29")
