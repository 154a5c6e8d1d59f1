"""One `truc serve` for the module, with two agencies whose keys and certificates lie in files, as a vendor has them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from hub.domain.agency import Level
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory import certificates
from hub.trust.certificates import describe
from tests import offices
from tests.journeys.shapes import Process
from tests.offices import Office
from tests.parts.sqlite import lay
from tests.pki import Identity, issue, make_ca


@dataclass(slots=True)
class Live:
    """The running hub, the sender H53 and the recipient H53.13."""

    url: str
    sender: Office
    recipient: Office
    folder: Path
    rsa: Identity

    @property
    def cert(self) -> Path:
        return self.folder / "h53.pem"

    @property
    def private_key(self) -> Path:
        return self.folder / "h53.key"


@pytest.fixture(scope="package")
def live(tmp_path_factory) -> Iterator[Live]:
    home = tmp_path_factory.mktemp("hub")
    settings = Settings(home=home)
    rsa = issue(make_ca(), "H53 RSA", "rsa-2048")

    async def settle() -> tuple[Office, Office]:
        await lay(settings.database)
        database = Database(settings.database)
        async with httpx.AsyncClient() as http:
            settled = [await offices.settle(database, http, code, Level.PROVINCE) for code in ("H53", "H53.13")]
        bound = certificates.binding(describe(rsa.certificate_pem))
        async with database.write() as conn:
            await certificates.bind_certificate(conn, "H53", bound, datetime.now(UTC))
        await database.close()
        return settled[0], settled[1]

    sender, recipient = asyncio.run(settle())
    (home / "h53.pem").write_bytes(rsa.certificate_pem)
    (home / "h53.key").write_bytes(rsa.key_pem)
    environment = {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_LEVEL": "warning", "TRUC_RATE_BURST": "2000"}
    process = Process(["serve"], environment, "listening on ")
    try:
        yield Live(process.url, sender, recipient, home, rsa)
        assert process.stop() == 0
    finally:
        if process.popen.poll() is None:
            process.kill()
