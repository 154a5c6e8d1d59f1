"""A real browser (Debian's Chromium) before a real hub with some days of traffic behind it."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hub.demo import country
from hub.demo.settling import live_through, settle
from hub.domain.roles import Role
from hub.settings import Settings
from hub.store.database import Database
from hub.store.directory import people
from tests.journeys.shapes import Process

DAYS = 4
expect.set_options(timeout=30_000)  # a bound on hanging, not a promise: three browsers share two cores with their hubs


@dataclass(frozen=True)
class House:
    """A running hub: where it listens, a password for each role, and the cookies of those who have logged in."""

    base: str
    home: Path
    passwords: dict[str, str]
    keys: dict[str, str]
    sessions: dict[str, Any] = field(default_factory=dict)


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
    settings = {"TRUC_HOME": str(home), "TRUC_PORT": "0", "TRUC_LOG_LEVEL": "error"}
    server = Process(["serve"], settings, "listening on ")
    try:
        yield House(server.url, home, passwords, keys)
    finally:
        server.stop()


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
        """Fill in the form, and see the first page."""
        self.page.goto("/login")
        self.page.fill("input[name=name]", "demo" if role == "operator" else role)
        self.page.fill("input[name=password]", self.house.passwords[role])
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(self.house.base + "/")
        self.house.sessions.setdefault(role, self.context.cookies())
        return self.page

    def come_in(self, role: str = "operator") -> Page:
        """With the session of whoever of this role has logged in before, if anybody has; no page is open yet then."""
        if role not in self.house.sessions:
            return self.log_in(role)
        self.context.add_cookies(self.house.sessions[role])  # type: ignore[arg-type]
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


@pytest.fixture(scope="package")
def desks(chromium: Browser, house: House) -> Iterator[dict[str, Visitor]]:
    """Pages that stay open, one a role: a page of its own for each test costs more than what most do with it."""
    taken: dict[str, Visitor] = {}
    yield taken
    for visitor in taken.values():
        visitor.context.close()


@pytest.fixture
def sit_down(chromium: Browser, house: House, desks: dict[str, Visitor]) -> object:
    """Somebody of a role who has logged in, at a wide screen by daylight; nothing is said of what went wrong before."""

    def sit(role: str = "operator") -> Visitor:
        if role not in desks:
            desks[role] = Visitor(chromium, house)
            desks[role].log_in(role)
        visitor = desks[role]
        visitor.page.set_viewport_size({"width": 1440, "height": 900})
        visitor.page.emulate_media(media="null", color_scheme="light")
        visitor.page.goto("about:blank")
        visitor.complaints.clear()
        return visitor

    return sit
