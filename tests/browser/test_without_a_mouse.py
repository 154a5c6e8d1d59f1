"""The console by keyboard alone, without motion, and on paper."""

import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Visitor]
SitDown = Callable[..., Visitor]
SCREENS = ("/", "/documents", "/queues", "/failures", "/alerts", "/board", "/flow", "/reports", "/agencies")
FOCUSED = """() => {
  const here = document.activeElement, style = getComputedStyle(here), place = here.getBoundingClientRect();
  return {name: here.tagName, text: (here.innerText ?? here.textContent ?? "").trim(), outline: style.outlineStyle,
          width: parseFloat(style.outlineWidth), top: place.top + scrollY, left: place.left, height: place.height,
          inMain: !!here.closest("main"), order: here.tabIndex};
}"""


def plain(text: str) -> str:
    """Without white space: in a file that is for paper, letters have places and words have none."""
    return re.sub(r"\s+", "", text)


def focused(page: Page) -> dict[str, object]:
    """What has the focus, and how it looks."""
    found: dict[str, object] = page.evaluate(FOCUSED)
    return found


def test_somebody_logs_in_finds_a_document_and_comes_back_with_keys_alone(visit: Visit) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900})
    page = visitor.page
    page.goto("/login")
    page.focus("input[name=name]")
    page.keyboard.type("demo")
    page.keyboard.press("Tab")
    page.keyboard.type(visitor.house.passwords["operator"])
    page.keyboard.press("Enter")
    page.wait_for_url(visitor.house.base + "/")

    page.keyboard.press("/")
    page.keyboard.type("cong dien")
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents?*")
    page.keyboard.press("j")
    first = focused(page)["text"]
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page)["text"] == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents/*")
    assert page.locator("h1").inner_text().startswith(str(first))
    page.go_back()
    page.wait_for_url("**/documents?*")

    assert visitor.complaints == []


def test_the_slash_leads_to_the_search_from_a_page_that_has_none(sit_down: SitDown) -> None:
    page = sit_down().page
    page.goto("/board")

    page.keyboard.press("/")
    page.wait_for_url("**/documents#q")
    page.keyboard.type("da nang")
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents?q=da+nang*")


@pytest.mark.parametrize("address", SCREENS)
def test_the_first_key_leads_past_the_menu_and_every_stop_is_seen(sit_down: SitDown, address: str) -> None:
    page = sit_down().page
    page.goto(address)

    page.keyboard.press("Tab")
    assert focused(page)["text"] == page.locator(".skip").inner_text()
    assert float(str(focused(page)["left"])) >= 0  # seen once it has the focus
    page.keyboard.press("Enter")
    stops = []
    for _ in range(3 if address == "/reports" else 12):  # nothing is chosen there yet
        page.keyboard.press("Tab")
        stops.append(focused(page))

    assert all(stop["inMain"] for stop in stops), [stop["text"] for stop in stops]
    unseen = [stop for stop in stops if stop["outline"] == "none" or float(str(stop["width"])) < 2]
    assert unseen == []
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0


def test_nothing_moves_for_who_asked_for_no_motion(visit: Visit) -> None:
    page = visit(viewport={"width": 1280, "height": 900}, reduced_motion="reduce").come_in()

    for address in SCREENS:
        page.goto(address)
        assert page.evaluate("document.getAnimations().length") == 0
        moving = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
        )
        assert moving == 0, address


@pytest.mark.parametrize("what", ["timeline", "report", "alerts"])
def test_a_page_prints_its_contents_and_leaves_the_controls_out(sit_down: SitDown, what: str) -> None:
    page = sit_down().page
    if what == "timeline":
        page.goto("/documents")
        page.locator("td.name a").first.click()
        page.wait_for_url("**/documents/*")
    else:
        page.goto("/alerts" if what == "alerts" else "/reports?kind=signed&period=2026")
    title = page.locator("h1").inner_text()

    made = page.pdf(
        format="A4", print_background=True, margin=dict.fromkeys(("top", "bottom", "left", "right"), "12mm")
    )
    if folder := os.environ.get("TRUC_TEST_PICTURES"):
        Path(folder, f"print-{what}.pdf").write_bytes(made)
    text = plain(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(made)).pages))

    assert plain(title) in text
    for control in ("Đăng xuất", "Tra cứu văn bản", "Hàng đợi & hộp thư", "English"):
        assert plain(control) not in text
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})  # about A4 between its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    cut = page.evaluate(
        "[...document.querySelectorAll('main table')].filter(t => t.offsetWidth > t.parentElement.clientWidth + 1).length"
    )
    assert cut == 0


@pytest.mark.parametrize("address", ["/", "/alerts"])
def test_what_only_its_colour_tells_apart_keeps_it_on_paper(sit_down: SitDown, address: str) -> None:
    page = sit_down().page
    page.goto(address)
    page.emulate_media(media="print")

    kept = page.eval_on_selector_all(
        "main :is(.swatch, .dot, .ladder i)", "found => found.map(one => getComputedStyle(one).printColorAdjust)"
    )

    assert kept
    assert set(kept) == {"exact"}
