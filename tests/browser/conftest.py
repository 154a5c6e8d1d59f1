"""A real browser (Debian's Chromium) before a real hub with some days of traffic behind it."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from hub.demo import country
from hub.demo.settling import live_through, settle
from hub.domain.roles import Role
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory import people

DAYS = 4


@dataclass(frozen=True)
class House:
    """A running hub: where it listens, and a password for each role."""

    base: str
    home: Path
    passwords: dict[str, str]
    keys: dict[str, str]


async def _furnish(home: Path) -> tuple[dict[str, str], dict[str, str]]:
    settings, agencies = Settings(home=home), country.agencies()
    keys, signers, password = await settle(settings, agencies)
    await live_through(settings, agencies, signers, DAYS, lambda _done, _total: None)
    passwords = {"operator": password}
    database = Database(settings.database)
    async with database.write() as conn:
        for role in (Role.OBSERVER, Role.REGISTRAR, Role.AUDITOR, Role.ADMIN):
            _, _, passwords[role.value] = await people.add_person(conn, role.value, role, None, datetime.now(UTC))
        _, _, passwords["officer"] = await people.add_person(conn, "officer", Role.OFFICER, "H17", datetime.now(UTC))
    await database.close()
    return passwords, keys


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The hub of all browser tests."""
    home = tmp_path_factory.mktemp("browser")
    with ThreadPoolExecutor(1) as thread:  # the browser has a loop running in this one
        passwords, keys = thread.submit(asyncio.run, _furnish(home)).result()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUC_")}
    environment |= {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "hub.cli", "serve"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        base = next(line.split()[-1] for line in server.stdout if line.startswith("listening on "))
        yield House(base, home, passwords, keys)
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser, once for all."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "no browser: install Debian's `chromium`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visitor:
    """Somebody at a browser, and what went wrong before their eyes."""

    def __init__(self, browser: Browser, house: House, **options: object) -> None:
        self.house = house
        self.context: BrowserContext = browser.new_context(locale="vi-VN", base_url=house.base, **options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._left(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _left(self, url: str) -> None:
        if not url.startswith((self.house.base, "data:", "blob:")):
            self.complaints.append(f"a request left the machine: {url}")

    def log_in(self, role: str = "operator") -> Page:
        """Fill in the form."""
        self.page.goto("/login")
        self.page.fill("input[name=name]", "demo" if role == "operator" else role)
        self.page.fill("input[name=password]", self.house.passwords[role])
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(self.house.base + "/")
        return self.page


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[object]:
    """Makes visitors, and ends their visits."""
    made: list[Visitor] = []

    def come(**options: object) -> Visitor:
        made.append(Visitor(chromium, house, **options))
        return made[-1]

    yield come
    for visitor in made:
        visitor.context.close()
