"""Reports count what was carried, say what they were counted with, and stay the same once the period is over."""

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from hub.domain import calendar
from hub.domain.agency import Level
from hub.domain.indicator import Indicators
from hub.domain.period import period
from hub.errors import Rejected
from hub.store.watching import figures
from tests.offices import document
from tests.town import Town


@pytest.mark.parametrize(
    ("written", "first", "after"),
    [
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026-H2", date(2026, 7, 1), date(2027, 1, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-11-26", date(2026, 11, 26), date(2026, 11, 27)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 4)),
    ],
)
def test_a_period_is_whole_days_of_vietnam(written, first, after) -> None:
    found = period(written)

    assert (found.first, found.after) == (first, after)
    assert found.since.hour == 17  # of the day before, in UTC


@pytest.mark.parametrize(
    "written", ["", "2026-13", "2026-Q5", "26-Q1", "2026-H3", "2026-Q3 ", "2025-W53", "2026-02-30"]
)
def test_what_is_no_period_is_refused(written) -> None:
    with pytest.raises(Rejected):
        period(written)


@pytest.mark.parametrize(
    ("written", "before", "year_before"),
    [
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-H1", "2025-H2", "2025-H1"),
        ("2026", "2025", "2025"),
        ("2026-W53", "2026-W52", "2025-W52"),
        ("2027-W01", "2026-W53", "2026-W01"),
        ("2028-02-29", "2028-02-28", "2027-02-28"),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_the_same_a_year_ago(written, before, year_before) -> None:
    found = period(written)

    assert (found.before.name, found.year_before.name) == (before, year_before)
    assert found.before.after == found.first


async def test_a_report_counts_what_was_sent_signed_and_collected(town: Town) -> None:
    sender, receiver = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    await town.settle("H29")
    sent = document("G22", ["H53", "H29"], promulgated_on=datetime.now(UTC).date())
    await sender.send(sent)
    await sender.send(document("G22", ["H53"], promulgated_on=date(2026, 1, 5)))
    await town.carry()
    for item in (await receiver.inbox(0))[:1]:
        await receiver.fetch(item["delivery_id"])
    year = str(datetime.now(UTC).year)
    async with town.hub.database.write() as conn:
        await figures.declare(conn, "G22", year, "issued", 40, "BC 1", "lan", datetime.now(UTC))
    made = {}
    async with await town.watcher() as client:
        for kind in ("exchange", "signed", "on-time", "receipt", "connection"):
            made[kind] = (await client.get(f"/v1/reports/{kind}", params={"period": year})).json()
        as_csv = await client.get("/v1/reports/receipt", params={"period": year, "format": "csv"})
        as_xlsx = await client.get("/v1/reports/signed", params={"period": year, "format": "xlsx"})
        odd = await client.get("/v1/reports/signed", params={"period": "2026-Q9"})

    assert made["signed"]["rows"] == [
        {"agency": "G22", "sent": 2, "signed": 2, "share_signed": 100.0, "declared_issued": 40}
    ]
    assert made["exchange"]["rows"][0]["electronic_only"] == 2
    assert made["on-time"]["rows"][0]["late"] == 1
    receipt = {row["agency"]: row for row in made["receipt"]["rows"]}
    assert (receipt["H53"]["received"], receipt["H53"]["collected"], receipt["H29"]["uncollected"]) == (2, 1, 1)
    assert made["connection"]["rows"][1] == {
        "level": "province", "agencies": 2, "connected": 1, "share_connected": 50.0,
    }  # fmt: skip
    assert not made["signed"]["is_final"]
    assert len(list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))) == 3
    assert openpyxl.load_workbook(io.BytesIO(as_xlsx.content)).active.max_row == 4
    assert (odd.status_code, odd.json()["code"]) == (422, "invalid-parameter")


async def test_a_report_of_a_period_that_is_over_is_the_same_for_ever(town: Town) -> None:
    await town.settle("G22", Level.CENTRAL)
    async with await town.watcher() as client:
        first = (await client.get("/v1/reports/connection", params={"period": "2025-Q1"})).json()
        await town.settle("H53")
        again = (await client.get("/v1/reports/connection", params={"period": "2025-Q1"})).json()
        anew = (await client.get("/v1/reports/connection", params={"period": "2025-Q1", "again": True})).json()

    assert first == again
    assert first["is_final"]
    assert len(anew["rows"]) == 2
    assert first["counted_with"]["calendar"]


def test_the_time_to_collection_is_counted_in_working_hours() -> None:
    from datetime import timedelta

    counted = Indicators(timedelta(hours=12))
    usual = calendar.made(calendar.official([2026]), calendar.SEED)
    friday = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)  # 16:30 in Vietnam
    counted.received(
        {
            "recipient": "H53",
            "state": "CONFIRMED",
            "created_at": friday,
            "collected_at": friday + timedelta(days=2, hours=16),  # Monday 08:30
            "first_report_at": friday + timedelta(days=2, hours=16),
            "progress": "03",
        },
        usual,
    )

    [row] = counted.rows("receipt", {}, [])
    assert (row["median_hours"], row["answered_same_day"]) == (1.5, 0)
