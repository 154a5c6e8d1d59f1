"""Every number leads to the list behind it, and the list has as many: a walk over the whole console after days of traffic.

Figures of traffic count deliveries and lists show documents, so a list says how many it has of both.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import time_machine
from lxml import etree, html

from hub import catalogue, ledger
from hub.console import pages
from hub.console.nav import _ENTRIES
from hub.demo import country, refused
from hub.demo.settling import live_through, settle
from hub.domain.access import GRANTS
from hub.domain.deadline import LOCAL
from hub.domain.indicator import KINDS
from hub.domain.roles import Role
from hub.findings import TEXTS
from hub.tally import Tally
from tests.console.visitors import browser, log_in, logged_in
from tests.town import founded

DAYS = 3
_FILE = re.compile(r"[.=](csv|xlsx)\b")
_NUMBER = re.compile(r"^(?:0|[1-9][\d.]*\+?)$")
SCREENS = [
    address for entries in _ENTRIES.values() for _, _, address, action in entries if Role.OPERATOR in GRANTS[action]
]
DETAILS = (  # pages that screens lead to, the first of each
    r"/alerts/[0-9a-f-]{36}",
    r"/documents/[0-9a-f-]{36}",
    r"/queues/[A-Z][\w.]*",
    r"/agencies/[A-Z][\w.]*",
    r"/failures/dead\?[^\"#]+",
    r"/failures/refused\?[^\"#]+",
    r"/flow\?from=central&to=province",
)
AXES = ("curve", "heat", "pillars", "scale", "spread")  # charts whose written figures are their scale's
NO_LIST = {  # numbers that no list stands behind, and why
    ("/failures", "Đơn vị"): "how many agencies a cause is spread over; the deliveries behind it are linked beside it",
    ("/agencies", "Đi"): "counted out of the ledger, status reports too; the documents are linked above",
    ("/agencies", "Đến"): "the same",
    ("/agencies", "Bị từ chối"): "by verdict: the refused are counted by day and kept by nobody",
    ("/system", "Đã hứa"): "counted out of the ledger, status reports too; the hour leads to its documents",
    ("/system", "Đã giao"): "the same, and a sum of several states; what died is linked",
    ("/system", "Đang chờ"): "the same",
    ("/system", "dl"): "entries of the log: its proofs are files, not a list",
    ("/system", "Giá trị"): "the value of a setting",
    ("/certificates", "Cơ quan"): "how many agencies; their documents are linked beside it",
    ("/certificates", "Văn bản"): "the refused are counted by day and kept by nobody",
    ("/reports", "Hoàn toàn điện tử"): "told by a flag within the envelope, which no list is narrowed by",
    ("/reports", "Kèm bản giấy"): "the same",
    ("/reports", "Trong ngày ký"): "judged by the working calendar, one document after another",
    ("/reports", "Sáng hôm sau"): "the same",
    ("/reports", "Muộn"): "the same",
    ("/reports", "Phản hồi trong ngày"): "the same",
    ("/reports", "Có phản hồi"): "counted from the reports, withdrawn documents too",
    ("/reports", "Đã nhận"): "the same",
    ("/reports", "Trung vị (giờ)"): "a length of time",
    ("/reports", "95 % trong (giờ)"): "a length of time",
    ("/reports", "Đơn vị có hiệu lực"): "agencies valid on some day of the period",
    ("/reports", "Đã liên thông"): "the same",
}
MARKS_WITHOUT = {  # pictures whose marks say something no list stands behind, and why
    "lanes": "what happened on the page's own document: the list of events stands below",
    "spread": "lengths of time",
    "funnel": "its figures are links beside the bars",
    "bar": "a share of the figure beside it, which is a link",
    "bullet": "a share beside its plan; the counts it is made of are in the table below",
    "ages": "each bar is a link with its figure",
}
SUMS = (
    "/failures#dead",
    "/failures#refused",
    "/failures",
    "/failures?days=1#refused",
)  # lists of groups, each with a figure
WHOLE_ELSEWHERE = {  # tables that are the beginning of another list, and where that is whole, or why it is no list
    ("/", "Văn bản mới nhất"): "/documents",
    ("/", "Luồng"): "/flow",
    ("/agencies", "Đang chờ cơ quan này nhận"): "/documents, narrowed to it",
    ("/documents", "Nơi nhận đang giữ"): "what the recipients hold: part of the file of recipients",
}
APART = ("/queues",)  # where the card of waiting notes leads: notes are no list, the queues they belong to are


@dataclass(frozen=True)
class Number:
    """A number on a page, where it stands, and where it leads."""

    page: str
    value: int
    title: str
    href: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The home of a hub that has carried documents for some days, and the password of its operator."""
    home = tmp_path_factory.mktemp("numbers")

    async def live() -> str:
        async with founded(home) as town:
            agencies = country.agencies()
            _, signers, password = await settle(town.hub.settings, agencies)
            await live_through(town.hub.settings, agencies, signers, DAYS, lambda _done, _total: None)
            now = datetime.now(UTC)
            await town.hub.alerts.tick(now)
            await ledger.keep(town.hub.database, now, timedelta())  # what came this very minute too
            return password

    with ThreadPoolExecutor(1) as thread:
        return home, thread.submit(asyncio.run, live()).result()


@pytest.fixture
async def visitor(lived: tuple[Path, str]) -> AsyncIterator[httpx.AsyncClient]:
    """An operator at that hub, for whom the clock stands: a list asked for a minute later is that of another day."""
    home, password = lived
    async with founded(home) as town:
        pages.mount(town.app.api, town.hub)
        await Tally(town.hub.database, town.hub.calendars).count(datetime.now(UTC), whole=True)
        await catalogue.keep(town.hub.database, datetime.now(UTC))
        someone = browser(town)
        with time_machine.travel(datetime.now(UTC), tick=False):
            await log_in(someone, "demo", password)
            yield someone


def read(answer: httpx.Response) -> html.HtmlElement:
    assert answer.status_code == 200, answer.url
    return html.fromstring(answer.text)


def classes(element: etree._Element) -> set[str]:
    return set((element.get("class") or "").split())


def numbers(path: str, page: html.HtmlElement) -> Iterator[Number]:
    """The numbers that a page shows by themselves, but for scales and times."""
    for element in page.xpath("//main//*[not(ancestor-or-self::time or self::title or self::option or self::desc)]"):
        said = (element.text or "").strip()
        above = [element, *element.iterancestors()]
        if not _NUMBER.match(said) or "code" in classes(element) or any(classes(each) & set(AXES) for each in above):
            continue
        links = [each.get("href") for each in above if each.tag == "a"]
        titles = [
            each.get("data-title") or each.tag
            for each in above
            if each.get("data-title") or each.tag in ("dl", "section")
        ]
        yield Number(
            path, int(said.rstrip("+").replace(".", "")), titles[0] if titles else "", links[0] if links else ""
        )


async def sizes(visitor: httpx.AsyncClient, address: str) -> set[int]:
    """How many the list behind an address has: as it says itself, or by its lines, page after page."""
    lines, fragment = 0, urlsplit(address).fragment
    while address:
        page = read(await visitor.get(address.partition("#")[0]))
        [scope] = page.xpath(f"//*[@id='{fragment}']") if fragment else page.xpath("//main")
        if counted := scope.xpath(".//*[contains(@class, 'counted')]"):
            return {int(number.replace(".", "")) for number in re.findall(r"[\d.]+", counted[0].text_content())}
        part = scope.xpath(".//*[@id='recipients']") or [
            scope
        ]  # a document's page is a list of recipients, among others
        lines += len(part[0].xpath(".//tbody/tr")) or len(part[0].xpath("./ul/li"))
        if re.sub(r"days=7&?", "", address) in SUMS:
            part = scope if fragment else page.xpath("//*[@id='dead']")[0]
            return {sum(int(cell.text_content().replace(".", "")) for cell in part.xpath(".//td[@class='num'][1]"))}
        following = scope.xpath(".//a[@rel='next']/@href")
        address = urljoin(address, following[0]) if following else ""
    return {lines}


async def walked(visitor: httpx.AsyncClient) -> list[tuple[str, html.HtmlElement]]:
    """All screens and one page of each kind behind them."""
    year = datetime.now(LOCAL).year
    reports = [f"/reports?kind={kind}&period={year}" for kind in KINDS]
    over = f"/flow?span=day&ending={datetime.now(LOCAL) - timedelta(days=1):%Y-%m-%d}&from=province&to=commune"
    waiting, seen, every = [*SCREENS, *reports, "/flow?from=central&to=province", over], set[str](), []
    while waiting:
        path = waiting.pop()
        text = (answer := await visitor.get(path)).text
        every.append((path, read(answer)))
        for pattern in DETAILS:
            match = re.search(f'href="({pattern})', text.replace("&amp;", "&"))
            if match and pattern not in seen:
                seen.add(pattern)
                waiting.append(match[1])
    assert len(seen) >= len(DETAILS) - 1
    return every


async def found(visitor: httpx.AsyncClient) -> list[Number]:
    """All numbers of them."""
    return [number for path, page in await walked(visitor) for number in numbers(path, page)]


def screen(page: str) -> str:
    """A page's address without what it is narrowed to; of one agency, the pages of all."""
    path = page.partition("?")[0]
    return next((each for each in ("/agencies", "/documents") if path.startswith(f"{each}/")), path)


def test_what_the_demo_refuses_documents_for_is_what_the_hub_does() -> None:
    assert set(refused.REASONS) <= set(TEXTS)


async def test_every_number_is_a_link_or_is_known_to_have_no_list(visitor: httpx.AsyncClient) -> None:
    loose = Counter(
        (each.page, each.title, each.value)
        for each in await found(visitor)
        if each.value and not each.href and (screen(each.page), each.title) not in NO_LIST
    )

    assert loose == {}


async def test_every_number_is_that_of_the_list_it_leads_to(visitor: httpx.AsyncClient) -> None:
    linked: dict[str, Number] = {}
    for each in await found(visitor):
        address = urljoin(each.page, each.href)
        if each.href and each.value and urlsplit(address).path not in APART:
            linked.setdefault(address, each)
    assert len(linked) > 200

    wrong = {}
    for address, each in linked.items():
        counted = await sizes(visitor, address)
        if each.value not in counted:
            wrong[address] = (each.page, each.title, each.value, counted)

    assert wrong == {}


def tables(page: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement, set[str]]]:
    """The tables of a page: the heading above each, the table, and the files its part of the page offers, or the page."""
    [main] = page.xpath("//main")
    for table in main.xpath(".//table"):
        part = (*table.xpath("ancestor::section[1]"), main)[0]
        offered = [each for each in part.xpath(".//a/@href") if _FILE.search(each)]
        offered = offered or [each for each in main.xpath("./div[@class='heading']//a/@href") if _FILE.search(each)]
        heading = (*part.xpath(".//h2"), *main.xpath(".//h1"))[0].text_content().strip()
        yield heading, table, set(offered)


async def test_every_table_is_a_file_too_that_has_its_lines(visitor: httpx.AsyncClient) -> None:
    lacking, short, files = [], {}, dict[str, int]()
    for path, page in await walked(visitor):
        for heading, table, offered in tables(page):
            if any(heading.startswith(h) for at, h in WHOLE_ELSEWHERE if at == screen(path)):
                continue
            if {found[1] for each in offered if (found := _FILE.search(each))} < {"csv", "xlsx"}:
                lacking.append((path, heading))
            for address in {urljoin(path, each) for each in offered} - files.keys():
                answer = await visitor.get(address)
                assert answer.status_code == 200, address
                assert "attachment" in answer.headers["content-disposition"], address
                files[address] = len(answer.text.splitlines()) - 1 if "csv" in address else 0
            lines = len(table.xpath("./tbody/tr[td[2] and not(contains(@class, 'sum'))]"))
            if max((files[urljoin(path, each)] for each in offered), default=0) < lines:
                short[path, heading] = lines
    assert lacking == []
    assert short == {}
    assert len(files) > 40


async def test_every_mark_of_a_picture_that_tells_a_number_leads_to_documents(visitor: httpx.AsyncClient) -> None:
    loose, linked = [], dict[str, str]()
    for path, page in await walked(visitor):
        for mark in page.xpath("//main//svg//*[self::rect or self::path or self::circle][title]"):
            pictures = set().union(*(classes(each) for each in mark.iterancestors()))
            if pictures & MARKS_WITHOUT.keys():
                continue
            links = mark.xpath("ancestor::a/@href")
            if links:
                linked.setdefault(links[0], mark.xpath("string(title)"))
            else:
                loose.append((path, pictures & {"chart"}, mark.xpath("string(title)")))
    assert loose == []
    assert len(linked) > 60
    some = [*linked][:: max(len(linked) // 40, 1)]
    empty = [address for address in some if await sizes(visitor, address) & {0}]
    assert empty == []


async def test_an_officers_own_corner_and_what_was_missed_there_lead_to_lists_too(
    lived: tuple[Path, str], visitor: httpx.AsyncClient
) -> None:
    del visitor  # what it counted is there
    home, _ = lived
    async with founded(home) as town:
        pages.mount(town.app.api, town.hub)
        officer = await logged_in(town, Role.OFFICER, "H53.32.21")
        since = f"{datetime.now(LOCAL) - timedelta(days=DAYS):%Y-%m-%dT%H:%M}"
        loose, wrong = [], {}
        for path in ("/mine", f"/mine?since={since}", "/", "/queues/H53.32.21"):
            for each in numbers(path, read(await officer.get(path))):
                known = (screen(path).replace("/mine", "/agencies"), each.title) in NO_LIST
                if each.value and not each.href and not known:
                    loose.append(each)
                elif each.value and each.href.startswith("/documents?") and "since=" in path:
                    counted = await sizes(officer, each.href)
                    if each.value not in counted and not known:
                        wrong[each.href] = (each, counted)
    assert loose == []
    assert wrong == {}
