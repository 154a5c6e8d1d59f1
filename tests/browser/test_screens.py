"""Every screen of the menu, as people see it: whole, readable for everybody, quiet, and nothing leaves the machine.

With TRUC_TEST_PICTURES=FOLDER each screen's picture at four widths, light and dark, is written there to be looked at.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Page

from hub.console.nav import _ENTRIES
from hub.domain.access import GRANTS
from hub.domain.roles import Role
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Visitor]
SitDown = Callable[..., Visitor]
PICTURES = os.environ.get("TRUC_TEST_PICTURES")
SCREENS = [(address, action) for entries in _ENTRIES.values() for _, _, address, action in entries]
WIDTHS = (1440, 1024, 820, 390)
BEHIND = (  # a link of a screen, to a page that no menu leads to
    ("/documents", "td.name a"), ("/alerts", "td.figure-cell a"), ("/agencies", "td.name a"), ("/queues", "td.name a"),
    ("/failures", "#dead td.name a"), ("/failures", "#refused td.name a"), ("/flow", "td.name a"),
)  # fmt: skip
COLOURS = ("color-contrast", "link-in-text-block")
SERIOUS = ("serious", "critical")
UNFIT = r"""() => {
  const found = [], main = document.querySelector("main"), page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} px wide`);
  for (const card of main.querySelectorAll(".card, .across"))
    if (card.scrollWidth > card.clientWidth + 1 && !card.querySelector(".lanes"))
      found.push(`hides ${card.scrollWidth - card.clientWidth} px: ${card.id || card.className}`);
  for (const text of main.querySelectorAll(".card .chart text")) {
    const card = text.closest(".card").getBoundingClientRect(), place = text.getBoundingClientRect();
    const isSeen = place.width && !text.closest("thead, .lanes");
    if (isSeen && (place.left < card.left || place.right > card.right)) found.push(`cuts off: ${text.textContent}`);
  }
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT), word = document.createRange();
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement;
    if (!parent.getClientRects().length || parent.closest(".code, code, pre, svg, select, textarea, dd")) continue;
    for (const one of text.data.matchAll(/[\p{L}\p{M}]{2,}/gu)) {
      word.setStart(text, one.index);
      word.setEnd(text, one.index + one[0].length);
      const lines = new Set([...word.getClientRects()].map(place => Math.round(place.top)));
      if (lines.size > 1) found.push(`breaks in two: ${one[0]}`);
    }
  }
  return found;
}"""
"""What a page hides behind a scroll bar, cuts off a picture or breaks in the middle: empty where all is to be read."""


def role_for(action: object) -> str:
    """Who may see a screen: the operator where possible."""
    allowed = GRANTS[action]  # type: ignore[index]
    order = (Role.OPERATOR, Role.OBSERVER, Role.ADMIN, Role.REGISTRAR, Role.AUDITOR, Role.OFFICER)
    return next(role.value for role in order if role in allowed)


def faults(visitor: Visitor, **only: object) -> list[str]:
    """What axe-core holds against a page, where it is serious. `only`: its `runOnly`, all rules without."""
    if not visitor.page.evaluate("'axe' in window"):
        visitor.page.evaluate(AXE)
    options = {"resultTypes": ["violations"], **({"runOnly": only} if only else {})}
    results = visitor.page.evaluate("options => axe.run(options)", options)
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in results["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize(("address", "action"), SCREENS, ids=[address for address, _ in SCREENS])
def test_each_screen_is_whole_readable_and_quiet(sit_down: SitDown, address: str, action: object) -> None:
    visitor = sit_down(role_for(action))
    page = visitor.page

    answer = page.goto(address)

    assert answer
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    assert page.locator("nav.menu [aria-current=page]").count() == 1
    assert faults(visitor) == []
    for width in WIDTHS:
        assert unfit(page, width) == [], f"at {width}"
        picture(visitor, address, f"{width}-light")
    page.emulate_media(color_scheme="dark")
    assert faults(visitor, type="rule", values=COLOURS) == []  # nothing else is another at night
    if PICTURES:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            picture(visitor, address, f"{width}-dark")
    assert visitor.complaints == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_behind_the_screens_are_whole_at_every_width(sit_down: SitDown, language: str) -> None:
    page = sit_down().page
    for screen, link in BEHIND:
        page.goto(f"{screen}?lang={language}")
        page.locator(link).first.click()
        page.wait_for_url(re.compile(rf"{re.escape(screen)}[/?](?!lang)"))
        assert {width: found for width in WIDTHS if (found := unfit(page, width))} == {}, page.url
    for screen, action in SCREENS:
        if role_for(action) == "operator":
            page.goto(f"{screen}?lang={language}")
            assert {width: found for width in WIDTHS if (found := unfit(page, width))} == {}, screen
    page.goto("/?lang=vi")


def unfit(page: Page, width: int) -> list[str]:
    """What cannot be read of a page that is so many pixels wide."""
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = page.evaluate(UNFIT)
    return found


def picture(visitor: Visitor, address: str, name: str) -> None:
    """Write the picture, where somebody asked for it."""
    if PICTURES:
        path = Path(PICTURES) / f"{re.sub(r'[^a-z0-9]+', '-', address).strip('-') or 'overview'}-{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=path, full_page=True)


def test_the_login_page_is_readable_in_both_languages(visit: Visit) -> None:
    visitor = visit(viewport={"width": 390, "height": 800})
    for language in ("vi", "en"):
        visitor.page.goto(f"/login?lang={language}")
        assert faults(visitor) == []
        assert visitor.page.get_attribute("html", "lang") == language
    assert visitor.complaints == []
