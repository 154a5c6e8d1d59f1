"""A rolling upgrade: the previous release's processes beside this one's, and documents on their way all the time."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from hub.store.database import Database
from hub.store.migrate import is_current
from tests.journeys.shapes import Process
from tests.offices import Office, document
from tests.parts import postgres, previous
from tests.pki import issue, make_ca

WITHIN = 120  # seconds for a round of documents
GATEWAY, WORKER = "listening on ", "working"

pytestmark = pytest.mark.long


def truc(environment: dict[str, str], *command: str, root: Path | None = None) -> str:
    whole = {**{k: v for k, v in os.environ.items() if not k.startswith("TRUC_")}, **environment}
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *command], env=whole, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def settle(environment: dict[str, str], root: Path, http: httpx.AsyncClient, code: str, folder: Path) -> Office:
    """Enter an agency by the commands of the release at `root`."""
    identity = issue(make_ca(), code, "p-256")
    certificate = folder / f"{code}.pem"
    certificate.write_bytes(identity.certificate_pem)
    added = truc(environment, "agency", "add", code, "--name", code, "--level", "province", "--json", root=root)
    truc(environment, "agency", "cert", code, str(certificate), root=root)
    return Office(code, json.loads(added)["api_key"], identity, http)


async def round_trip(sender: Office, recipients: list[Office], count: int = 5) -> None:
    """Documents go out, arrive once, are confirmed and answered, and the sender hears of it."""
    codes = [each.code for each in recipients]
    sent = {(await sender.send(document(sender.code, codes)))["id"] for _ in range(count)}
    async with asyncio.timeout(WITHIN):
        for recipient in recipients:
            got: set[str] = set()
            while got != sent:
                for item in await recipient.inbox(2):
                    assert item["envelope_id"] in sent - got
                    got.add(item["envelope_id"])
                    assert (await recipient.confirm(item["delivery_id"])).status_code == 200
        for envelope_id in sent:
            states = {d["state"] for d in (await sender.envelope(envelope_id))["deliveries"]}
            assert states == {"CONFIRMED"}


async def test_the_previous_release_is_replaced_process_by_process(
    tmp_path: Path, postgres_dsn: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    old = previous.unpack(tmp_path / "old")
    home = tmp_path / "home"
    running: dict[str, Process] = {}
    async with postgres.fresh(postgres_dsn, "template0") as url:
        environment = {
            "TRUC_HOME": str(home),
            "TRUC_PORT": "0",
            "TRUC_LOG_LEVEL": "warning",
            "TRUC_DATABASE_URL": url,
            "TRUC_BUS": "kafka",
            "TRUC_KAFKA_BOOTSTRAP": kafka_bootstrap,
            "TRUC_TOPIC_PREFIX": topic_prefix,
            "TRUC_KAFKA_PARTITIONS": "6",
            "TRUC_REBELL_SECONDS": "2",
        }
        start: Callable[..., Process] = lambda *what, root=None: Process([what[0]], environment, what[1], root)  # noqa: E731
        database = Database(url)
        try:
            await asyncio.to_thread(truc, environment, "migrate", root=old)
            running["gateway"] = start("gateway", GATEWAY, root=old)
            running["one"], running["other"] = start("worker", WORKER, root=old), start("worker", WORKER, root=old)
            environment["TRUC_PORT"] = running["gateway"].url.rsplit(":", 1)[1]
            async with httpx.AsyncClient(
                base_url=running["gateway"].url, transport=httpx.AsyncHTTPTransport(retries=5), timeout=60
            ) as http:
                sender, *recipients = [
                    await asyncio.to_thread(settle, environment, old, http, code, tmp_path)
                    for code in ("G22", "H53", "H27")
                ]
                await round_trip(sender, recipients)

                await asyncio.to_thread(truc, environment, "migrate")  # while the old ones are at work
                assert await is_current(database)
                await round_trip(sender, recipients)

                assert running["gateway"].stop() == 0
                running["gateway"] = start("gateway", GATEWAY)
                await round_trip(sender, recipients)

                running["one"].kill()
                running["one"] = start("worker", WORKER)
                await round_trip(sender, recipients)

                assert running["other"].stop() == 0
                await asyncio.to_thread(truc, environment, "migrate", "--finish")
                await round_trip(sender, recipients)
        finally:
            await database.close()
            for process in running.values():
                process.kill()
