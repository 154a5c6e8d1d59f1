"""Months are the sums of their days, also those that were over before anybody counted; periods stand beside each other."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from lxml import html
from sqlalchemy import select, update

from hub.console import pages
from hub.domain.agency import Level
from hub.domain.deadline import LOCAL
from hub.domain.roles import Role, Sight
from hub.store.tables import agency_month, delivery
from hub.store.watching import board, months
from hub.tally import Tally
from tests.console.visitors import logged_in, put, row
from tests.town import Town, founded

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A town on each database."""
    async with founded(tmp_path, database_url) as made:
        yield made


async def received(town: Town, code: str, day: date, *, in_time: int = 0, late: int = 0, sender: str = "G22") -> None:
    """Documents of a day's morning, collected within the hour or the day after their deadline."""
    at = datetime.combine(day, time(9), LOCAL).astimezone(UTC)
    for number in range(in_time + late):
        sent = row(sender, {code: "COLLECTED"}, received_at=at + timedelta(minutes=number))
        await put(town, sent)
        collected = at + timedelta(hours=1 if number < in_time else 30)
        values = {"collected_at": collected, "due_at": at + timedelta(hours=5)}
        async with town.hub.database.write() as conn:
            await conn.execute(update(delivery).where(delivery.c.envelope_id == sent.id).values(**values))


async def test_months_that_were_over_before_anybody_counted_are_counted_once_going_back(tmp_path: Path) -> None:
    async with founded(tmp_path) as town:
        await go_back(town)


async def go_back(town: Town) -> None:
    await town.settle("H53")
    for day, in_time, late in ((date(2026, 9, 17), 1, 1), (date(2026, 10, 2), 2, 0), (date(2026, 10, 31), 0, 3)):
        await received(town, "H53", day, in_time=in_time, late=late)
    await received(town, "H53", date(2026, 11, 25), in_time=4)
    tally = Tally(town.hub.database, town.hub.calendars)

    await tally.count(NOW, whole=True)
    async with town.hub.database.read() as conn:
        counted = await months.by_month(conn, months.Asked(), (date(2025, 11, 1), date(2026, 12, 1)))

    figures = {month: (row["deliveries"], row["in_time"], row["late"]) for month, row in counted.items()}
    assert figures == {
        date(2026, 9, 1): (2, 1, 1),
        date(2026, 10, 1): (5, 2, 3),
        date(2026, 11, 1): (4, 4, 0),
    }
    await received(town, "H53", date(2026, 11, 26), in_time=1)
    await received(town, "H53", date(2026, 9, 18), in_time=5)  # nobody counts a month again that is long over
    await tally.count(NOW + timedelta(minutes=6))
    async with town.hub.database.read() as conn:
        again = await months.by_month(conn, months.Asked(code="H53"), (date(2025, 11, 1), date(2026, 12, 1)))
    assert (again[date(2026, 11, 1)]["deliveries"], again[date(2026, 9, 1)]["deliveries"]) == (5, 2)


async def test_the_sums_are_of_whom_one_asks_for_and_of_whom_one_sees(town: Town) -> None:
    await town.settle("H53")
    await town.settle("H53.1", Level.COMMUNE, parent="H53")
    await town.settle("H29")
    for code in ("H53", "H53.1", "H29"):
        await received(town, code, date(2026, 11, 25), in_time=1)
    tally = Tally(town.hub.database, town.hub.calendars)
    await tally._day(date(2026, 11, 25), NOW)
    await tally._add_up(date(2026, 11, 1))
    november = (date(2026, 11, 1), date(2026, 12, 1))

    async def of(asked: months.Asked) -> int:
        async with town.hub.database.read() as conn:
            found = await months.by_month(conn, asked, november)
        return sum(row["deliveries"] for row in found.values())

    async with town.hub.database.read() as conn:
        rows = await months.by_agency(conn, months.Asked(), november, november, "H29", 10)
    assert [row["agency"] for row in rows] == ["H53", "H53.1"]
    assert await of(months.Asked()) == 3
    assert await of(months.Asked(level="commune")) == 1
    assert await of(months.Asked(parent="H53")) == 2
    assert await of(months.Asked(sight=Sight("H53"))) == 1
    assert await of(months.Asked(sight=Sight("H53", below=True))) == 2


async def test_days_are_dropped_and_months_stay(tmp_path: Path) -> None:
    async with founded(tmp_path) as town:
        await town.settle("H53")
        await received(town, "H53", date(2026, 6, 3), in_time=2)
        await Tally(town.hub.database, town.hub.calendars).count(NOW, whole=True)
        async with town.hub.database.read() as conn:
            kept = list((await conn.execute(select(agency_month.c.month, agency_month.c.deliveries))).all())
            days = await board.by_agency(conn, board.Asked(date(2026, 1, 1)), None, 10)
    assert [tuple(row) for row in kept] == [(date(2026, 6, 1), 2)]
    assert days == []


async def test_a_month_stands_beside_the_one_before_and_the_one_a_year_ago(tmp_path: Path) -> None:
    with time_machine.travel(NOW):
        async with founded(tmp_path) as town:
            pages.mount(town.app.api, town.hub)
            await town.settle("H53")
            for day, in_time, late in (
                (date(2026, 11, 3), 3, 1),
                (date(2026, 10, 6), 1, 1),
                (date(2025, 11, 4), 2, 2),
                (date(2026, 8, 4), 5, 0),
            ):
                await received(town, "H53", day, in_time=in_time, late=late)
            await town.hub.calendars.refresh(NOW)
            tally = Tally(town.hub.database, town.hub.calendars)
            for day in (date(2026, 11, 3), date(2026, 10, 6), date(2025, 11, 4), date(2026, 8, 4)):
                await tally._day(day, NOW)
                await tally._add_up(day.replace(day=1))
            someone = await logged_in(town, Role.OBSERVER)
            month = html.fromstring((await someone.get("/trends")).text)
            quarter = html.fromstring((await someone.get("/trends?period=2026-Q4&lang=en")).text)
            odd = await someone.get("/trends?period=2026-W48&level=moon&agency=H53")
            file = await someone.get("/trends?list=agencies&format=csv&with=year")
            [behind] = [a for a in month.xpath("//table//a/@href") if "2025-11-01" in a and "late" in a][:1]
            list_behind = await someone.get(behind)
            report = html.fromstring((await someone.get("/reports?kind=receipt&period=2026-11&with=before")).text)
            beside = await someone.get("/reports?kind=receipt&period=2026-11&with=year&list=compare&format=csv")
            nonsense = await someone.get("/reports?kind=receipt&period=2026-11&with=moon")

    def cells(page: html.HtmlElement, title: str) -> list[str]:
        [found] = [tr for tr in page.xpath("//table[contains(@class,'compare')]//tr") if tr[0].text_content() == title]
        return [cell.text_content() for cell in found][1:]

    assert cells(month, "Được gửi") == ["4", "2", "+100,0 %", "4", "0,0 %"]
    assert cells(month, "Nhận đúng hạn") == ["75 %", "50 %", "+25,0 điểm %", "50 %", "+25,0 điểm %"]
    assert cells(month, "Muộn hoặc quá hạn") == ["1", "1", "0,0 %", "2", "−50,0 %"]
    assert cells(quarter, "Sent to them") == ["6", "5", "+20.0 %", "4", "+50.0 %"]
    assert "period, level" in odd.text  # which filters meant nothing
    assert odd.status_code == 200
    assert file.text.splitlines()[1].split(",")[1:] == ["H53", "province", "4", "75.0", "4", "50.0", "25.0"]
    assert cells(report, "Sent to it") == ["4", "2", "+100.0 %"]
    assert cells(report, "Share received") == ["100%", "100%", "0.0 pts"]
    assert beside.text.splitlines()[1].split(",")[:5] == ["H53", "4", "4", "4", "4"]
    assert (nonsense.status_code, "mean nothing were left out: with" in nonsense.text) == (200, True)
    assert list_behind.text.count('<td class="subject">') == 2
