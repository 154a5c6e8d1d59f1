"""The pages of oversight: every figure leads to what it counts, and two who act on one thing hear of each other."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import update

from hub.console import pages
from hub.console.charts import funnel, spread, trend
from hub.domain.agency import Level
from hub.domain.alert import Kind, State
from hub.domain.deadline import LOCAL
from hub.domain.roles import Reach, Role
from hub.store.directory import people
from hub.store.directory.people import Rights
from hub.store.tables import certificate, delivery
from hub.store.watching import alerts, figures
from hub.tally import Tally
from tests.console.visitors import Seen, logged_in, put, row, token_in, with_session
from tests.town import Town, founded

PAGES = ("/alerts", "/board", "/flow", "/progress", "/reports")
CONTACT = {"name": "Lan Anh", "phone": "0276 3827 112", "email": "lan@h.vn"}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with a console and a few documents on their way; the watch has looked, and the tally has counted."""
    async with founded(tmp_path) as made:
        pages.mount(made.app.api, made.hub)
        await made.settle("G22", Level.CENTRAL)
        await made.settle("H53", contact=CONTACT)
        await made.settle("H53.1", Level.COMMUNE, parent="H53")
        await made.settle("H29")
        late = row("G22", {"H53": "AVAILABLE"}, timedelta(days=9), code="1/LATE", subject="Trích yếu riêng")
        done = row("G22", {"H53": "CONFIRMED"}, timedelta(days=2), code="2/DONE")
        dead = row("G22", {"H53.1": "DEAD"}, timedelta(days=2), code="4/DEAD")
        await put(made, late, done, dead, row("H29", {"H53.1": "AVAILABLE"}, timedelta(minutes=5), code="3/NEW"))
        async with made.hub.database.write() as conn:
            await conn.execute(update(delivery).where(delivery.c.recipient == "H53").values(level="province"))
            finished = {"progress": "06", "report_code": "06", "collected_at": done.received_at + timedelta(minutes=9)}
            await conn.execute(update(delivery).where(delivery.c.state == "CONFIRMED").values(**finished))
        await made.hub.alerts.tick(datetime.now(UTC))
        await Tally(made.hub.database, made.hub.calendars).count(datetime.now(UTC), whole=True)
        yield made


async def alert_of(town: Town, kind: Kind, agency: str) -> str:
    async with town.hub.database.read() as conn:
        return (await alerts.of_agencies(conn, kind, [agency]))[agency]


async def acknowledge(visitor: httpx.AsyncClient, path: str, page: str, note: str, **changes: str) -> httpx.Response:
    """Send the form of a page, as a browser does."""
    seen = re.search(r'name="seen" value="(\d*)"', page)
    assert seen
    said = {"token": token_in(page), "seen": seen[1], "reason": note, **changes}
    return await visitor.post(f"{path}/acknowledge", data=said, headers={"Origin": "http://hub"})


# -- alerts -----------------------------------------------------------------------------------------------------


async def test_an_alert_says_whom_to_call_and_leads_to_its_documents(town: Town) -> None:
    visitor = await logged_in(town)

    listed = Seen((await visitor.get("/alerts?kind=unreceived")).text)
    [path] = {link for link in listed.links() if re.fullmatch(r"/alerts/[0-9a-f-]{36}", link)}
    one = Seen((await visitor.get(path)).text)

    for words in ("Chưa nhận", "Cơ quan H53", "Lan Anh", "0276 3827 112"):
        assert words in listed.text
    assert "tel:02763827112" in listed.links()
    assert "1/LATE" in one.text
    assert "2/DONE" not in one.text
    assert "Mở cảnh báo, báo tới đơn vị" in one.text


@pytest.mark.parametrize(
    ("query", "agencies"),
    [
        ({"kind": "unreceived"}, {"H53"}),
        ({"kind": "undeliverable"}, {"H53.1"}),
        ({"level": "commune"}, {"H53.1"}),
        ({"parent": "h53"}, {"H53.1"}),
        ({"agency": "H53", "urgency": "normal"}, {"H53"}),
        ({"urgency": "flash"}, set()),
        ({"step": "government"}, set()),
        ({"older": "40", "kind": "unreceived"}, {"H53"}),
        ({"state": "CLEARED"}, set()),
    ],
)
async def test_alerts_are_narrowed_by_every_filter_and_so_is_their_file(
    town: Town, query: dict[str, str], agencies: set[str]
) -> None:
    visitor = await logged_in(town)

    page = (await visitor.get("/alerts", params=query)).text
    file = (await visitor.get("/alerts", params={**query, "format": "csv"})).content.decode("utf-8-sig")

    listed = re.findall(r'<td data-title="Cơ quan"><a href="[^"]+">Cơ quan ([\w.]+)', page)
    assert set(listed) == agencies
    assert {line.split(",")[2] for line in file.splitlines()[1:]} == agencies


async def test_the_second_who_takes_an_alert_on_is_told_what_the_first_did(town: Town) -> None:
    first, second = await logged_in(town), await logged_in(town, Role.OBSERVER)
    path = f"/alerts/{await alert_of(town, Kind.UNRECEIVED, 'H53')}"
    seen_by_both = [(await visitor.get(path)).text for visitor in (first, second)]

    taken = await acknowledge(first, path, seen_by_both[0], "đã gọi văn thư")
    told = await acknowledge(second, path, seen_by_both[1], "tôi gọi lại")
    added = await acknowledge(second, path, told.text, "tôi gọi lại")

    assert (taken.status_code, told.status_code, added.status_code) == (303, 409, 303)
    assert "operator-everywhere đã nhận xử lý lúc" in told.text
    assert "“đã gọi văn thư”" in told.text
    assert ">tôi gọi lại</textarea>" in told.text
    page = Seen((await first.get(path)).text).text
    assert page.index("tôi gọi lại") < page.index("đã gọi văn thư")
    assert "Đã có người xử lý" in page


@pytest.mark.parametrize(
    ("changes", "note", "status"), [({"token": "x"}, "gọi rồi", 403), ({}, "  ", 422), ({"token": ""}, "", 403)]
)
async def test_a_form_that_is_not_ours_or_says_nothing_changes_nothing(
    town: Town, changes: dict[str, str], note: str, status: int
) -> None:
    visitor = await logged_in(town)
    identity = await alert_of(town, Kind.UNRECEIVED, "H53")

    answer = await acknowledge(
        visitor, f"/alerts/{identity}", (await visitor.get(f"/alerts/{identity}")).text, note, **changes
    )

    assert answer.status_code == status
    async with town.hub.database.read() as conn:
        found = await alerts.get(conn, identity)
    assert found
    assert found.state is State.OPEN


async def test_an_auditor_sees_an_alert_and_cannot_take_it_on(town: Town) -> None:
    visitor = await logged_in(town, Role.AUDITOR)
    path = f"/alerts/{await alert_of(town, Kind.UNRECEIVED, 'H53')}"

    page = await visitor.get(path)
    answer = await visitor.post(f"{path}/acknowledge", data={"reason": "x"}, headers={"Origin": "http://hub"})

    assert "Nhận xử lý" not in page.text
    assert "Trích yếu riêng" not in page.text
    assert "(trích yếu được ẩn)" in page.text
    assert answer.status_code == 404


async def test_an_alert_that_is_over_says_so_to_whoever_was_about_to_take_it_on(town: Town) -> None:
    visitor = await logged_in(town)
    path = f"/alerts/{await alert_of(town, Kind.UNRECEIVED, 'H53')}"
    page = (await visitor.get(path)).text
    async with town.hub.database.write() as conn:
        await conn.execute(update(delivery).values(state="CONFIRMED", progress="06", report_code="06"))
    await town.hub.alerts.tick(datetime.now(UTC))

    answer = await acknowledge(visitor, path, page, "gọi rồi")

    assert answer.status_code == 409
    assert "cảnh báo đã tự đóng" in answer.text
    assert "gọi rồi" in answer.text


async def test_alerts_come_in_pages_without_gaps(town: Town) -> None:
    for number in range(60):
        await put(town, row("G22", {f"X{number}": "DEAD"}))
    await town.hub.alerts.tick(datetime.now(UTC))
    visitor = await logged_in(town)

    path, seen = "/alerts?kind=undeliverable", []
    while path:
        page = (await visitor.get(path)).text
        seen += re.findall(r'<td class="name"><a class="[^"]+" href="/alerts/([^"]+)">', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""

    assert len(seen) == len(set(seen)) == 61


# -- figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/board", "/progress", "/flow?span=month", "/flow?span=month&from=central&to=province"]
)
async def test_every_figure_leads_to_as_many_documents_as_it_says(town: Town, path: str) -> None:
    visitor = await logged_in(town)
    page = (await visitor.get(path)).text
    figures_shown = re.findall(r'<a(?: class="[^"]*")? href="(/documents\?[^"]+)">([\d.]+)</a>', page)

    assert figures_shown
    for address, figure in figures_shown:
        listed = (await visitor.get(address.replace("&amp;", "&"))).text
        assert listed.count('<td class="name">') == int(figure), address


async def test_the_board_shows_each_agency_that_was_sent_anything(town: Town) -> None:
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/board?sort=-deliveries")).text)
    file = (await visitor.get("/board?format=csv&sort=-deliveries")).content.decode("utf-8-sig").splitlines()

    assert [line.split(",")[0] for line in file[1:]] == ["Cơ quan H53 (H53)", "Cơ quan H53.1 (H53.1)"]
    assert "Cơ quan H29" not in page.text
    assert [th.get("aria-sort") for th in page.all("th") if th.get("aria-sort")] == ["ascending"]
    assert any("một nửa trong" in (svg.get("aria-label") or "") for svg in page.all("svg"))


async def test_the_funnel_counts_by_level_and_agency(town: Town) -> None:
    visitor = await logged_in(town)

    page = Seen((await visitor.get("/progress")).text)
    file = (await visitor.get("/progress?format=csv&sort=code")).content.decode("utf-8-sig").splitlines()

    [label] = [svg["aria-label"] for svg in page.all("svg") if svg.get("class") == "chart funnel"]
    assert label == "4 lượt giao: 1 đã đến, 1 đã tiếp nhận, 1 đã phân công, 1 hoàn thành"
    assert file[1:] == ["Cơ quan H53,H53,province,2,1,1,1,1,0", "Cơ quan H53.1,H53.1,commune,2,0,0,0,0,0"]


async def test_somebody_with_a_scope_sees_the_figures_and_alerts_of_that_agency_alone(town: Town) -> None:
    visitor = await logged_in(town, Role.OFFICER, "H53.1")

    for path in ("/alerts", "/board", "/progress"):
        page = Seen((await visitor.get(path)).text)
        assert "Cơ quan H53.1" in page.text
        assert "H53 " not in page.text.replace("Mã, ví dụ H53", "")
    other = await visitor.get(f"/alerts/{await alert_of(town, Kind.UNRECEIVED, 'H53')}")
    pair = Seen((await visitor.get("/flow?span=month&from=central&to=province")).text)
    assert other.status_code == 404
    assert "Không có lượt giao nào giữa hai cấp này." in pair.text


async def test_the_overview_shows_the_open_alerts_of_all_in_sight_and_renews_them(town: Town) -> None:
    async with town.hub.database.write() as conn:
        everything_below = Rights("H53", Reach.SUBTREE)
        await people.add_person(conn, "tỉnh", Role.OPERATOR, everything_below, datetime.now(UTC))
    province = await with_session(town, "tỉnh")
    commune = await logged_in(town, Role.OFFICER, "H53.1")
    late, dead = [await alert_of(town, *which) for which in ((Kind.UNRECEIVED, "H53"), (Kind.UNDELIVERABLE, "H53.1"))]

    for path in ("/", "/latest"):
        assert set(alerts_in(await province.get(path))) == {late, dead}
        assert alerts_in(await commune.get(path)) == [dead]


async def test_a_certificate_that_ends_in_days_to_come_says_when_wherever_it_is_shown(town: Town) -> None:
    ends = town.offices["H53"].identity.certificate.not_valid_after_utc
    soon = datetime.now(UTC) + timedelta(days=20)
    async with town.hub.database.write() as conn:
        await conn.execute(update(certificate).where(certificate.c.not_after == ends).values(not_after=soon))
    await town.hub.alerts.tick(datetime.now(UTC))
    visitor, found = await logged_in(town), await alert_of(town, Kind.CERTIFICATE, "H53")
    day = f"{soon.astimezone(LOCAL):%d/%m/%Y}"

    for path in ("/alerts?kind=certificate-expiring", "/agencies/H53", f"/alerts/{found}"):
        assert f"hết hạn {day}" in (await visitor.get(path)).text
    history = Seen((await visitor.get(f"/alerts/{found}")).text).text.partition("Diễn biến")[2]
    assert "Mở cảnh báo" in history
    assert "văn bản" not in history


def alerts_in(answer: httpx.Response) -> list[str]:
    """The alerts that a page leads to."""
    links = Seen(answer.text).links()
    return [link.removeprefix("/alerts/") for link in links if link.startswith("/alerts/")]


# -- reports ----------------------------------------------------------------------------------------------------


async def test_what_was_declared_stands_apart_from_what_was_measured(town: Town) -> None:
    now = datetime.now(UTC)
    year = str(now.year)
    async with town.hub.database.write() as conn:
        await figures.declare(conn, "G22", year, "issued", 50, "Báo cáo số 1", "test", now)
    visitor = await logged_in(town)

    page = (await visitor.get(f"/reports?kind=exchange&period={year}")).text

    assert '<td class="right declared" data-title="Tổng phát hành">50</td>' in page
    assert re.search('<td class="right" data-title="Văn bản gửi"><a href="/documents[^"]+">3</a></td>', page)
    assert "Kỳ chưa hết, số còn đổi" in page
    assert "kế hoạch 80 %" in page


async def test_a_period_that_is_over_is_frozen_and_put_on_the_shelf(town: Town) -> None:
    visitor = await logged_in(town)
    query = urlencode({"kind": "signed", "period": "2025-Q1"})

    first = (await visitor.get(f"/reports?{query}")).text
    await put(town, row("G22", {"H53": "AVAILABLE"}, received_at=datetime(2025, 2, 3, tzinfo=UTC)))
    again = (await visitor.get(f"/reports?{query}&format=json")).json()
    [issued] = re.findall(r'href="(/reports/issued/[^"]+)"', (await visitor.get("/reports")).text)
    shelved = (await visitor.get(f"{issued}?format=json")).json()

    assert "Đã chốt" in first
    assert again["rows"] == shelved["rows"] == []
    assert again == shelved
    assert "Quý I/2025" in (await visitor.get(issued)).text
    assert (await (await logged_in(town, Role.OFFICER, "H53")).get(issued)).status_code == 404


@pytest.mark.parametrize(
    ("form", "begins"),
    [("csv", b"\xef\xbb\xbfagency"), ("xlsx", b"PK"), ("pdf", b"%PDF"), ("json", b'{"kind":"receipt"')],
)
async def test_a_report_is_downloaded_in_every_form(town: Town, form: str, begins: bytes) -> None:
    visitor = await logged_in(town)

    answer = await visitor.get(f"/reports?kind=receipt&period={datetime.now(UTC).year}&format={form}")

    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"].endswith(f'.{form}"')


# -- all of them ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/?span=x",
        "/trends?period=x&with=x",
        "/reports/subscriptions?after=x",
        "/documents?hour=x&since=x",
        "/alerts?kind=x&level=x&older=x&after=x",
        "/alerts?agency=%00%27",
        "/board?sort=x&after=99999999999999999999~x&level=x",
        "/board?after=1~",
        "/flow?span=x&from=x&to=commune",
        "/progress?span=x&parent=%00nobody",
        "/reports?kind=x&period=2026-13",
        "/reports?kind=signed&period=x&from=-1&before=x",
    ],
)
async def test_filters_that_make_no_sense_are_ignored_with_a_sentence(town: Town, path: str) -> None:
    answer = await (await logged_in(town)).get(path)

    assert answer.status_code == 200
    assert ("Bỏ qua điều kiện lọc" in answer.text) == ("=x" in path or "13" in path or path.endswith("1~"))


@pytest.mark.parametrize("path", ["/alerts", "/board", "/progress"])
async def test_a_workbook_opens_as_one(town: Town, path: str) -> None:
    answer = await (await logged_in(town)).get(path, params={"format": "xlsx"})

    assert "xl/worksheets/sheet1.xml" in ZipFile(BytesIO(answer.content)).namelist()


async def test_an_empty_hub_says_what_will_be_on_each_page(tmp_path: Path) -> None:
    async with founded(tmp_path) as made:
        pages.mount(made.app.api, made.hub)
        visitor = await logged_in(made)
        texts = {path: Seen((await visitor.get(path)).text).text for path in PAGES}

    assert "Không có cảnh báo nào đang mở" in texts["/alerts"]
    assert "trục đếm theo ngày" in texts["/board"]
    assert "trục đếm theo giờ" in texts["/flow"]
    assert "trục đếm theo ngày" in texts["/progress"]
    assert "Chọn loại báo cáo và kỳ ở trên" in texts["/reports"]


async def test_nothing_vietnamese_is_left_on_the_english_pages_but_names(town: Town) -> None:
    visitor = await logged_in(town)
    path = f"/alerts/{await alert_of(town, Kind.UNRECEIVED, 'H53')}"
    report = f"/reports?kind=receipt&period={datetime.now(UTC).year}"

    for each in (*PAGES, path, report, "/flow?span=month&from=central&to=province"):
        page = (await visitor.get(each, params={"lang": "en"} if "?" not in each else None)).text
        for name in ("Trục", "Tiếng Việt", "Cơ quan", "Trích yếu riêng", "Quyết định", "QĐ"):
            page = page.replace(name, "")
        assert re.findall(r"[ăâđêôơưạ-ỹ]\w*", page) == [], each


async def test_the_pages_hold_no_script_and_no_style_of_their_own(town: Town) -> None:
    visitor = await logged_in(town)

    for path in PAGES:
        page = Seen((await visitor.get(path)).text)
        assert page.all("style") == []
        assert [a for _, a in page.elements if "style" in a] == []
        assert [s for s in page.all("script") if not s.get("src")] == []


def test_a_range_stays_on_its_scale_and_says_when_it_goes_on() -> None:
    near, far = spread.draw(1, 60), spread.draw(60, 2401)

    assert near
    assert far
    assert (near.dot, far.end) == (spread.LEFT, spread.RIGHT)
    assert (near.is_over, far.is_over) == (False, True)
    assert near.end == far.dot
    assert spread.draw(None, None) is None


def test_a_funnel_narrows_with_its_counts() -> None:
    sent, arrived, finished = funnel.draw([("sent", 200), ("arrived", 100), ("finished", 0)])

    assert arrived.width == sent.width / 2
    assert sent.x + sent.width / 2 == arrived.x + arrived.width / 2
    assert finished.width > 0
    assert finished.outline == ""


async def test_the_board_shows_twelve_weeks_of_each_agency_in_twelve_bars_that_lead_to_their_documents(
    town: Town,
) -> None:
    now = datetime.now(UTC)
    for ago, state in ((20, "CONFIRMED"), (13, "CONFIRMED"), (6, "AVAILABLE")):
        await put(town, row("G22", {"H29": state}, timedelta(days=ago), code=f"{ago}/W"))
    async with town.hub.database.write() as conn:
        on_time = {"collected_at": now - timedelta(days=13), "due_at": now - timedelta(days=12)}
        mine = (delivery.c.recipient == "H29") & (delivery.c.state == "CONFIRMED")
        await conn.execute(update(delivery).where(mine).values(**on_time))
    later = now + timedelta(hours=1)  # the turn of whoever counted first is over
    assert await Tally(town.hub.database, town.hub.calendars).count(later, whole=True)

    visitor = await logged_in(town)
    page = Seen((await visitor.get("/board")).text)

    begins = [now.astimezone(LOCAL).date() - timedelta(days=6 + 7 * back) for back in (2, 1, 0)]
    told = ", ".join(f"{day:%d/%m}: {share} %" for day, share in zip(begins, (100, 100, 0), strict=True))
    labels = [svg["aria-label"] or "" for svg in page.all("svg") if svg.get("class") == "trend"]
    assert f"Đúng hạn theo tuần, 12 tuần, cũ tới mới: {told}" in labels
    [week] = [a for a in page.links() if f"since={begins[2]}" in a and "until=" in a and "to=H29" in a]
    assert week.startswith("/documents?")
    assert "6/W" in (await visitor.get(week)).text


def test_a_week_without_deliveries_has_no_bar_and_the_worst_is_still_seen() -> None:
    bars = trend.draw([(0, 0), (9, 1), (0, 5), (4, 0)])

    assert [(bar.x, bar.share) for bar in bars] == [(7, 900), (14, 0), (21, 1000)]
    assert all(bar.height > 1 and bar.y + bar.height == pytest.approx(trend.HEIGHT, abs=0.2) for bar in bars)
