"""The face behind a real nginx with the snippet of `deploy/vxp`: also without a gateway everything is JSON."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.house.pages import ROOT
from tests.offices import document
from tests.parts.children import free_port
from tests.vxp.client import Client
from tests.vxp.conftest import Axis

_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/log info;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream truc_gateways {{ server 127.0.0.1:{gateway}; }}
    server {{
        listen 127.0.0.1:{port};
        large_client_header_buffers 8 64k;
        include {snippet};
    }}
}}
"""


@asynccontextmanager
async def proxied(gateway: int) -> AsyncIterator[str]:
    """nginx in front of a port; gives the address to call."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert program, "no nginx: install Debian's `nginx-light`"
    folder = Path(tempfile.mkdtemp(prefix="truc-vxp-"))
    port = free_port()
    snippet = ROOT / "deploy" / "vxp" / "nginx.conf"
    conf = folder / "nginx.conf"
    conf.write_text(_CONF.format(folder=folder, port=port, gateway=gateway, snippet=snippet))
    process = await asyncio.create_subprocess_exec(program, "-e", f"{folder}/log", "-p", str(folder), "-c", str(conf))
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert process.returncode is None, (folder / "log").read_text()
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield f"http://127.0.0.1:{port}/vxp"
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def test_the_face_is_the_same_behind_a_proxy(axis: Axis) -> None:
    sender, direct = await axis.system("G22")
    await axis.system("H53")
    async with proxied(int(axis.url.rsplit(":", 1)[1])) as url:
        client = Client(url, direct.systemid, direct.secret)

        assert (await client.send_edoc(sender.written(document("G22", ["H53"])), "G22"))["status"] == "OK"
        assert (await client.received())["data"] == []
        refused = await Client(url, "G22", "wrong").received()
        assert (refused["status"], refused["ErrorCode"]) == ("FAIL", "15")


async def test_without_a_gateway_the_proxy_says_so_in_json() -> None:
    async with proxied(free_port()) as url:
        client = Client(url, "G22", "secret")

        listed = await client.received()
        sent = await client.send_edoc(b"<edXML/>", "G22")

        assert (listed["status"], listed["ErrorCode"], listed["data"]) == ("FAIL", "20", [])
        assert (sent["status"], sent["DocId"]) == ("FAIL", "")
        assert client.last
        assert client.last.status == 503
        assert client.last.headers["retry-after"]
