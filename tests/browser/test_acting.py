"""What operators do about what they see, by a real browser: send again, take an alert on, watch it happen."""

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import House, Visitor
from tests.browser.test_screens import faults
from tests.chaos.proxy import Proxy

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Visitor]
T = TypeVar("T")


def one_is_confirmed(house: House) -> str:
    """An office confirms the oldest thing in its inbox; answers its số/ký hiệu."""
    for key in house.keys.values():
        with httpx.Client(base_url=house.base, headers={"Authorization": f"Bearer {key}"}) as office:
            for item in office.get("/v1/inbox", params={"kind": "document"}).json()["items"]:
                office.get(f"/v1/inbox/{item['delivery_id']}").raise_for_status()
                office.post(f"/v1/inbox/{item['delivery_id']}/confirm", json={"result": "done"}).raise_for_status()
                return str(item["code"])
    pytest.fail("no office has anything in its inbox")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_a_dead_letter_is_sent_again_with_a_reason_after_it_was_counted(visit: Visit, *, scripts: bool) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    page = visitor.come_in()
    page.goto("/failures")
    page.locator("#dead td.name a").first.click()
    page.wait_for_url("**/failures/dead?*")
    page.locator("main input[type=checkbox]").first.check()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/failures/requeue?*")

    page.locator("main form [name=reason]").fill("Đã sửa hệ thống của đơn vị")
    page.locator("main form[method=post] button[type=submit]").click()
    expect(page.locator("main .note.good").first).to_be_visible()
    said = page.locator("main .note.good").first.inner_text()

    assert re.search(r"\b1\b", said)
    assert visitor.complaints == []
    auditor = visit(viewport={"width": 1280, "height": 900}).come_in("auditor")
    auditor.goto("/audit")
    assert "Đã sửa hệ thống của đơn vị" in auditor.locator("main").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_an_alert_is_taken_on_with_a_note(visit: Visit, *, scripts: bool) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts)
    page = visitor.come_in()
    page.goto("/alerts")
    page.locator("main td.figure-cell a").first.click()
    page.wait_for_url("**/alerts/*")

    page.locator("textarea[name=reason]").fill("Đã gọi văn thư, chiều nay nhận")
    page.locator("form.take button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Đã gọi văn thư, chiều nay nhận")
    page.goto("/alerts?state=ACKNOWLEDGED")

    assert page.locator("main td.figure-cell a").count() >= 1
    assert visitor.complaints == []


class Line:
    """The way between a browser and the hub, which can be down: a proxy in a thread with a loop of its own."""

    def __init__(self, base: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._target, self.port = int(base.rpartition(":")[2]), 0
        self.up()

    def up(self) -> None:
        self._proxy = self._do(self._made())
        self.port = self._proxy.port

    def down(self) -> None:
        self._proxy.cut()
        self._do(self._proxy.stop())

    def end(self) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _made(self) -> Proxy:
        return await Proxy(self._target).start(self.port)

    def _do(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()


def test_what_happens_is_seen_as_it_happens_and_after_the_line_was_down(chromium: Browser, house: House) -> None:
    line = Line(house.base)
    visitor = Visitor(chromium, replace(house, base=f"http://127.0.0.1:{line.port}"))
    try:
        page = visitor.come_in()
        page.goto("/live?what=confirmed")
        news = page.locator("#news li")
        before = news.first.inner_text()

        code = one_is_confirmed(house)
        expect(news.first).not_to_have_text(before)
        expect(news.first).to_contain_text(code)
        before = news.first.inner_text()

        line.down()
        missed = one_is_confirmed(house)
        line.up()
        expect(news.first).not_to_have_text(before, timeout=60_000)  # the browser comes back by itself
        expect(news.first).to_contain_text(missed)
    finally:
        visitor.context.close()
        line.end()


def test_a_page_is_live_even_when_the_script_that_extends_the_other_arrives_late(visit: Visit, house: House) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900})
    page = visitor.come_in()

    def dawdle(route: Route) -> None:
        page.wait_for_timeout(700)  # long after the other was run
        route.continue_()

    page.route("**/hx-sse*", dawdle)
    page.goto("/live?what=confirmed")
    code = one_is_confirmed(house)

    expect(page.locator("#news li").first).to_contain_text(code)
    assert visitor.complaints == []


def test_the_live_view_without_scripts_renews_itself_and_has_what_came(visit: Visit, house: House) -> None:
    page = visit(viewport={"width": 1280, "height": 900}, java_script_enabled=False).come_in()
    page.goto("/live?what=confirmed")
    renewed = page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]").get_attribute("content")
    assert renewed
    assert int(renewed) <= 10

    code = one_is_confirmed(house)
    page.goto("/live?what=confirmed")  # what the browser does after so many seconds

    expect(page.locator("#news li").first).to_contain_text(code)


def test_a_narrowed_list_is_saved_under_a_name_and_one_click_away(visit: Visit) -> None:
    visitor = visit(viewport={"width": 390, "height": 800})
    page = visitor.come_in()
    page.goto("/documents?state=received&urgency=flash")
    page.locator(".views summary").click()
    page.fill(".views input[name=name]", "Hỏa tốc đã nhận")
    page.keyboard.press("Enter")
    saved = page.locator(".views a", has_text="Hỏa tốc đã nhận")
    expect(saved).to_have_attribute("aria-current", "true")
    assert faults(visitor) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.goto("/documents")
    saved.click()
    page.wait_for_url("**/documents?state=received&urgency=flash")
    page.locator(".views button[aria-label*='Hỏa tốc đã nhận']").click()
    expect(saved).to_have_count(0)
    assert visitor.complaints == []


def test_an_alert_that_somebody_takes_on_is_calm_on_every_open_page_by_itself(visit: Visit) -> None:
    overview, live, taker = [visit(viewport={"width": 1280, "height": 900}) for _ in range(3)]
    page = overview.come_in()
    page.goto("/")
    first = page.locator("#open-alerts li:not(.move) a").first
    address = str(first.get_attribute("href"))
    live.come_in().goto("/live?what=alert")

    taking = taker.come_in()
    taking.goto(address)
    taking.fill("textarea[name=reason]", "Đang gọi đơn vị")
    taking.click("form.take button[type=submit]")

    expect(page.locator(f"#open-alerts li.move a[href='{address}']")).to_be_visible()
    about_it = live.page.locator("#news li", has=live.page.locator(f"a[href='{address}']"))
    expect(about_it.first).to_contain_text("nhận xử lý")  # others may be raised in the same moment
    assert overview.complaints == live.complaints == []
