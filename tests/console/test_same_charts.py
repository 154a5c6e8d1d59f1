"""A digest shows the chart of the console's overview: the same bars, the same words, from the same figures."""

import re
from datetime import timedelta
from pathlib import Path

import time_machine

from hub import charts
from hub.console import pages
from hub.domain.roles import Role
from tests.console.visitors import logged_in, put, row
from tests.rooms.test_digests import MONDAY, Mailbox, parts, serving, turn, watched

_BAR = re.compile(r"<rect .*?</rect>")
_HOUR = timedelta(hours=1)


def picture(page: str) -> list[str]:
    """The bars of the chart of ages, as they are drawn."""
    [svg] = re.findall(r'<svg[^>]*class="chart ages".*?</svg>', page, re.DOTALL)
    return [re.sub(r"</?a[^>]*>", "", bar) for bar in _BAR.findall(svg)]


async def test_the_mail_of_an_officer_and_the_overview_draw_the_same_bars(tmp_path: Path) -> None:
    box = Mailbox()
    with time_machine.travel(MONDAY, tick=True):
        async with serving(box) as port, watched(tmp_path, port, alert_days=60) as town:
            pages.mount(town.app.api, town.hub)
            for hours in (116, 88, 70):  # 20, 9 and 6 hours of working time: three classes
                await put(town, row("G22", {"H53": "AVAILABLE"}, hours * _HOUR))
            await turn(town, MONDAY)
            overview = (await (await logged_in(town, Role.OFFICER, "H53")).get("/")).text
            shown = picture(overview)
        told = next(message for message in box.kept if message["To"] == "tinh@h53.vn")

    assert len({bar[:17] for bar in shown}) == 3
    assert picture(parts(told)["text/html"]) == shown


def test_a_chart_tells_its_figures_in_words_and_escapes_what_it_is_given() -> None:
    drawn = charts.ages("<Tuổi>", {"a": "Xã & phường"}, ("<4", "4+"), {"a": (3, 1_500)}, str)

    assert "Xã &amp; phường: &lt;4 3, 4+ 1500" in drawn
    assert "<Tuổi>" not in drawn
    assert drawn.count("<text") == 4
