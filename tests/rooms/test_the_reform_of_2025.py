"""The reform of 2025 as data, and a year of traffic across its day: nothing lost, nothing misrouted, figures right on both
sides. Before 1 July 63 provinces with districts, after it 34 and none; codes by name, statistical codes by seat.
"""

import base64
import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain import agencies_csv, reform_csv
from hub.domain.agency import Agency, Level
from hub.domain.deadline import LOCAL
from hub.domain.reform import Asked, ChangeKind, Standing
from hub.store.directory import agencies, agencies_import, keys
from hub.store.directory.reform import planning
from hub.store.watching import traffic
from tests import pki
from tests.offices import Office, document
from tests.town import Town

DATA = Path(__file__).parents[2] / "schemas" / "directory"
DAY = date(2025, 7, 1)
MIDNIGHT = datetime.combine(DAY, time(), LOCAL)
GRACE = timedelta(days=30)  # as the file of changes gives provinces; districts get none
MINISTRIES = ("G01", "G09", "G12", "G22")
ISLAND = "H06.99"  # a district that goes on as a special zone on the level of communes


def provinces() -> dict[str, str]:
    """The 63 of the day before, each with its statistical code."""
    with (DATA / "provinces-2025-06-30.csv").open(encoding="utf-8") as file:
        return {row["code"]: row["gso"] for row in csv.DictReader(file)}


def heirs() -> dict[str, str]:
    """Who goes on for each code that the file of changes closes; read without any code of the hub's."""
    with (DATA / "reform-2025.csv").open(encoding="utf-8") as file:
        merges = [row for row in csv.DictReader(file) if row["kind"] == "merge"]
    return {code: row["into"] for row in merges for code in row["agencies"].split(";")}


HEIRS = heirs()
PROVINCES = provinces()


def district(province: str) -> str:
    return f"{province}.30"


def commune(province: str) -> str:
    return f"{province}.30.21"


EVERYBODY = [
    *MINISTRIES, *PROVINCES, *map(district, PROVINCES), *map(commune, PROVINCES), ISLAND,
]  # fmt: skip
DISTRICTS = {district(code) for code in PROVINCES}


@dataclass
class Country:
    """A hub with everybody in it, the clock at a moment, and what was accepted so far."""

    town: Town
    offices: dict[str, Office]
    waiting: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # where each delivery should lie
    sent: list[tuple[str, str, str, str]] = field(
        default_factory=list
    )  # document id, sender, as addressed, who holds it
    flows: Counter[tuple[bool, str, str]] = field(default_factory=Counter)  # after the day?, from level, to level

    def set_clock(self, at: datetime) -> None:
        self.town.hub.clock.offset = at.astimezone(UTC) - datetime.now(UTC)


async def founded(town: Town) -> Country:
    """Everybody as on the last days of 2024."""
    now = datetime(2024, 12, 31, tzinfo=UTC)
    lines = (DATA / "provinces-2025-06-30.csv").read_text("utf-8").splitlines(keepends=True)
    below = [
        one
        for code in PROVINCES
        for one in (
            Agency(district(code), f"UBND huyện {code}", Level.DISTRICT, parent=code),
            Agency(commune(code), f"UBND xã {code}", Level.COMMUNE, parent=district(code)),
        )
    ]
    below.append(Agency(ISLAND, "UBND huyện Côn Đảo", Level.DISTRICT, parent="H06"))
    text = "".join(map(agencies_csv.line, [*(Agency(m, f"Bộ {m}", Level.CENTRAL) for m in MINISTRIES), *below]))
    async with town.hub.database.write() as conn:
        report = await agencies_import.import_agencies(conn, agencies_csv.read(lines), now)
        assert (report.added, report.refused) == (63, 0)
        source = [agencies_csv.heading(), *text.splitlines(keepends=True)]
        await agencies_import.import_agencies(conn, agencies_csv.read(source), now)
        made = {code: await keys.issue_key(conn, code, now) for code in EVERYBODY}
    await town.hub.directory.refresh()
    identity = pki.issue(pki.make_ca(), "unused", "p-256")
    return Country(town, {code: Office(code, key, identity, town.http) for code, key in made.items()})


async def planned(country: Country) -> None:
    """The reform is planned in May by one registrar and approved in June by another; nothing is done on the day itself."""
    town = country.town
    country.set_clock(MIDNIGHT - timedelta(days=50))
    now = town.hub.clock.now()
    lines = (DATA / "reform-2025.csv").read_text("utf-8").splitlines(keepends=True)
    wanted = [one for one in reform_csv.read(lines, date.max) if isinstance(one, Asked)]
    island = Asked(ChangeKind.LEVEL, (ISLAND,), DAY, (), "commune")
    made = await planning.plan_all(town.hub.database, [(one, False) for one in (island, *wanted)], "person:an", now)
    waiting = [change for change in made if change.state is Standing.PLANNED]
    assert (len(made), len(waiting)) == (len(wanted) + 1, 30)
    country.set_clock(MIDNIGHT - timedelta(days=20))
    for change in waiting:
        await planning.approve(town.hub.database, change.id, "person:binh", town.hub.clock.now())
    await town.hub.directory.refresh()


def expected(sender: str, recipient: str, at: datetime) -> tuple[str, str]:
    """By hand: the refusal, or whose inbox it comes to."""
    is_after = at >= MIDNIGHT
    if is_after and (sender in DISTRICTS or (sender in HEIRS and at >= MIDNIGHT + GRACE)):
        return "sender-closed", ""
    if is_after and recipient in DISTRICTS:
        return "recipient-closed", ""
    return "", HEIRS.get(recipient, recipient) if is_after else recipient


def level_of(code: str, *, after: bool) -> str:
    if code == ISLAND:
        return "commune" if after else "district"
    return "central" if code in MINISTRIES else ("province", "district", "commune")[code.count(".")]


async def send(country: Country, sender: str, recipient: str, at: datetime) -> None:
    """One document at a moment, and what comes of it held against what was worked out by hand."""
    country.set_clock(at)
    day = at.astimezone(LOCAL).date()
    office = country.offices[sender]
    body = office.written(document(sender, [recipient], promulgated_on=day), signed=False)
    answer = await office.post(body)
    said: dict[str, Any] = answer.json()
    code, holder = expected(sender, recipient, at)
    if code:
        assert (answer.status_code, said["code"]) == (403 if code == "sender-closed" else 422, code), said
        if code == "recipient-closed":
            province = recipient.partition(".")[0]
            assert HEIRS.get(province, province) in said["errors"][0]["fix"]["vi"]
        return
    assert answer.status_code == 202, said
    (delivery,) = said["deliveries"]
    is_after = at >= MIDNIGHT
    assert (delivery["recipient"], delivery["addressed_as"]) == (holder, recipient)
    assert delivery["level"] == level_of(holder, after=is_after)
    told = [one["message"]["vi"] for one in said["warnings"] if one["code"] == "recipient-succeeded"]
    assert [holder in text for text in told] == ([True] if holder != recipient else [])
    claims = said["receipt"]["jws"].split(".")[1]
    assert holder in json.loads(base64.urlsafe_b64decode(claims + "=="))["recipients"]
    country.waiting[holder].add(delivery["id"])
    country.sent.append((said["document_id"], sender, recipient, holder))
    country.flows[is_after, level_of(sender, after=is_after), delivery["level"]] += 1


def year(chance: random.Random) -> Iterator[tuple[datetime, str, str]]:
    """A document or two on every third day, and both sides of midnight to everybody who changes."""
    for week in range(122):
        at = datetime(2025, 1, 1, 9, tzinfo=LOCAL) + timedelta(days=3 * week)
        for _ in range(2):
            yield at, *chance.sample(EVERYBODY, 2)
    for at in (MIDNIGHT - timedelta(seconds=1), MIDNIGHT, MIDNIGHT + GRACE - timedelta(seconds=1), MIDNIGHT + GRACE):
        for code in (*HEIRS, ISLAND, *chance.sample(sorted(DISTRICTS), 5)):
            yield at, "G22", code
            yield at, code, "G09"


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
async def test_a_year_of_traffic_crosses_the_day_with_nothing_lost_and_nothing_misrouted(town: Town) -> None:
    country = await founded(town)
    await planned(country)
    chance = random.Random(20250701)
    is_made = False
    for at, sender, recipient in sorted(year(chance)):
        if at > MIDNIGHT and not is_made:  # what a worker does some seconds after midnight
            is_made = True
            country.set_clock(at)
            assert len(await planning.make_due(town.hub.database, town.hub.clock.now())) == 32
        await send(country, sender, recipient, at)
    await town.carry()

    await _everything_lies_where_it_should(country)
    await _answers_find_their_documents(country)
    await _figures_are_right_on_both_sides(country)


async def _everything_lies_where_it_should(country: Country) -> None:
    country.set_clock(datetime(2026, 1, 1, tzinfo=LOCAL))
    found = {code: {item["delivery_id"] for item in await office.inbox(0)} for code, office in country.offices.items()}

    assert {code: ids for code, ids in found.items() if ids} == dict(country.waiting)
    assert sum(map(len, found.values())) == len(country.sent) > 300


async def _answers_find_their_documents(country: Country) -> None:
    """A year later everybody answers under the code of that day, also for what came to a code that is closed."""
    answered = Counter()
    for document_id, sender, _, holder in country.sent:
        reporter = HEIRS.get(holder, holder)
        if reporter in DISTRICTS:
            continue  # nobody goes on for a district
        answer = await country.offices[reporter].report("03", document_id, sender=sender)
        assert answer.status_code == 202, (answer.text, document_id, holder, reporter)
        answered[HEIRS.get(sender, sender)] += 1
    await country.town.carry()
    for sender in {one[1] for one in country.sent if one[1] not in DISTRICTS}:
        now = HEIRS.get(sender, sender)
        items = await country.offices[now].inbox(0, kind="status")
        assert len(items) == answered[now], now


async def _figures_are_right_on_both_sides(country: Country) -> None:
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    end = datetime(2026, 1, 1, tzinfo=UTC)
    counted: Counter[tuple[bool, str, str]] = Counter()
    async with country.town.hub.database.write() as conn:
        await traffic.recount(conn, [begin, end], end)
        for flow in await traffic.flows(conn, begin, end, None, by_hour=True):
            counted[flow.hour >= MIDNIGHT, flow.sent_from, flow.sent_to] += flow.deliveries

    assert counted == country.flows
    assert any(flow[1:] == ("district", "central") for flow in counted if not flow[0])
    assert not any("district" in flow[1:] for flow in counted if flow[0])


async def test_on_the_day_63_provinces_with_districts_become_34_without(town: Town) -> None:
    country = await founded(town)
    await planned(country)
    eve = DAY - timedelta(days=1)

    async def of(level: str, on: date) -> list[Agency]:
        async with town.hub.database.read() as conn:
            return await agencies.search(conn, level=level, on=on, limit=1000)

    assert [len(await of("province", day)) for day in (eve, DAY)] == [63, 34]
    assert [len(await of("district", day)) for day in (eve, DAY)] == [64, 0]
    assert [len(await of("commune", day)) for day in (eve, DAY)] == [63, 64]
    after = {one.code: one for one in await of("province", DAY)}
    assert {code: one.gso for code, one in after.items() if code in ("H38", "H05", "H50", "H53", "H26")} == {
        "H38": "15", "H05": "24", "H50": "44", "H53": "80", "H26": "01",
    }  # fmt: skip
    assert len({one.gso for one in after.values()}) == 34
    for one in await of("commune", DAY):
        province = one.code.partition(".")[0]
        assert one.parent == HEIRS.get(province, province)


async def test_the_file_of_changes_agrees_with_the_directory_of_level_one() -> None:
    with (DATA / "level1.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "province"]

    assert {row["code"]: row["successors"] for row in rows if row["successors"]} == HEIRS
    assert {row["code"] for row in rows} == set(PROVINCES)
    assert len(set(PROVINCES.values())) == 63
