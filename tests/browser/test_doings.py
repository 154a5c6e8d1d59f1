"""What people do at the console, done by a real browser."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor
from tests.browser.test_screens import faults

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Visitor]


def test_an_operator_finds_a_document_without_accents_and_opens_its_timeline(visit: Visit) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900})
    page = visitor.log_in()

    page.fill("input[name=q]", "cong dien ung pho mua lu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents?*")
    subjects = page.locator("td.subject").all_inner_texts()
    assert subjects
    assert all("Công điện về chủ động ứng phó mưa lũ" in subject for subject in subjects)
    page.locator("td.name a").first.click()
    page.wait_for_url("**/documents/*")

    assert page.locator("h1").inner_text()
    assert page.locator(".lanes svg").count() == 1
    assert faults(visitor) == []
    assert visitor.complaints == []


def test_the_console_works_without_javascript(visit: Visit) -> None:
    visitor = visit(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = visitor.log_in()

    page.fill("input[name=q]", "da nang")
    page.click("main form[role=search] button[type=submit]")
    page.wait_for_url("**/documents?*")
    page.goto("/documents")
    page.locator("td.name a").first.click()
    page.wait_for_url("**/documents/*")

    assert page.locator(".lanes svg").count() == 1


def test_a_filter_that_makes_no_sense_is_answered_with_a_list(visit: Visit) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900})
    page = visitor.come_in()

    answer = page.goto("/documents?state=nonsense&period=never&after=x&level=9")

    assert answer
    assert answer.status == 200
    assert page.locator("td.name a").count() > 0


def test_the_language_is_switched_and_kept(visit: Visit) -> None:
    visitor = visit(viewport={"width": 1280, "height": 900})
    page = visitor.log_in()

    page.click("nav.languages a[hreflang=en]")
    assert page.locator("h1").inner_text() == "Overview"
    page.goto("/documents")
    assert page.locator("h1").inner_text() == "Find documents"
    assert page.get_attribute("html", "lang") == "en"
