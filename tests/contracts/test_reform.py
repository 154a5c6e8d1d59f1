"""Changes of the directory with a day, on both databases: what holds when, who must agree, what is seen before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.domain.agency import Agency, Level
from hub.domain.period import period
from hub.domain.reform import Asked, Change, ChangeKind, Standing
from hub.errors import Rejected
from hub.store.database import Database
from hub.store.directory import agencies, certificates, keys, registry, systems
from hub.store.directory.certificates import Binding
from hub.store.directory.memory import Directory
from hub.store.directory.reform import planning
from hub.store.watching import figures, states

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TODAY, DAY, EVE = date(2026, 11, 25), date(2027, 1, 1), date(2026, 12, 31)
AFTER = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # 00:00 of the day in Vietnam
TOWN = (
    Agency("H53", "UBND tỉnh Tây Ninh", Level.PROVINCE),
    Agency("H39", "UBND tỉnh Long An", Level.PROVINCE),
    Agency("H53.32", "UBND huyện Châu Thành", Level.DISTRICT, parent="H53"),
    Agency("H53.32.21", "UBND xã An Bình", Level.COMMUNE, parent="H53.32"),
    Agency("H53.32.22", "UBND xã Hòa Bình", Level.COMMUNE, parent="H53.32"),
    Agency("H39.07", "UBND xã Bến Lức", Level.COMMUNE, parent="H39"),
)


@pytest.fixture
async def town(database: Database) -> Database:
    async with database.write() as conn:
        for agency in TOWN:
            await registry.add(conn, agency, NOW)
    return database


async def found(database: Database, code: str, on: date | None = None) -> Agency:
    async with database.read() as conn:
        return await agencies.get(conn, code, on)


def asked(kind: str, *codes: str, on: date = DAY, **what) -> Asked:
    return Asked(ChangeKind(kind), codes, on, **what)


async def planned(database: Database, change: Asked, by: str = "person:an", **how) -> Change:
    return await planning.plan(database, change, by, NOW, **how)


async def refusal(doing) -> str:
    with pytest.raises(Rejected) as refused:
        await doing
    return refused.value.code


async def codes(database: Database, **question) -> list[str]:
    async with database.read() as conn:
        return [one.code for one in await agencies.search(conn, **question)]


async def test_a_parent_and_a_level_hold_from_their_day_and_not_before(town):
    await planned(town, asked("re-parent", "H53.32.21", to="H53"))
    await planned(town, asked("level", "H53.32.21", to="district"))

    before, after = await found(town, "H53.32.21", EVE), await found(town, "H53.32.21", DAY)

    assert (before.parent, before.level) == ("H53.32", Level.COMMUNE)
    assert (after.parent, after.level) == ("H53", Level.DISTRICT)
    assert await codes(town, parent="H53", on=DAY) == ["H53.32", "H53.32.21"]
    assert await codes(town, parent="H53", on=EVE) == ["H53.32"]
    assert await codes(town, level="district", on=DAY) == ["H53.32", "H53.32.21"]


async def test_on_its_day_a_change_is_made_and_filters_go_by_it(town):
    change = await planned(town, asked("re-parent", "H53.32.21", to="H53"))
    assert await planning.make_due(town, NOW) == []
    assert await codes(town, parent="H53") == ["H53.32"]

    assert await planning.make_due(town, AFTER) == [change.id]
    assert await planning.make_due(town, AFTER) == []

    assert await codes(town, parent="H53") == ["H53.32", "H53.32.21"]
    async with town.read() as conn:
        assert (await planning.get(conn, change.id)).state is Standing.MADE


async def test_a_directory_that_remembers_turns_with_the_day_without_being_told(town):
    await planned(town, asked("level", "H53.32.21", to="district"))
    clock = [AFTER - timedelta(microseconds=1)]
    directory = Directory(town, lambda: clock[0])

    assert (await directory.resolve(["H53.32.21"]))["H53.32.21"].level is Level.COMMUNE
    clock[0] = AFTER
    assert (await directory.resolve(["H53.32.21"]))["H53.32.21"].level is Level.DISTRICT


async def test_a_change_of_level_one_waits_for_a_second_person(town):
    change = await planned(town, asked("merge", "H39", into=("H53",)))

    assert change.state is Standing.PLANNED
    assert (await found(town, "H39")).valid_to is None
    assert await refusal(planning.approve(town, change.id, "person:an", NOW)) == "second-person"
    assert (await planning.approve(town, change.id, "person:binh", NOW)).state is Standing.APPROVED
    assert (await found(town, "H39")).valid_to == DAY
    assert await refusal(planning.approve(town, change.id, "person:cuc", NOW)) == "change-settled"


async def test_below_level_one_whoever_plans_a_change_decides_it(town):
    assert (await planned(town, asked("close", "H53.32.22", into=("H53.32.21",)))).state is Standing.APPROVED


async def test_who_is_below_a_closed_code_comes_under_its_one_successor(town):
    change = await planned(town, asked("merge", "H39", into=("H53",)))
    await planning.approve(town, change.id, "person:binh", NOW)

    assert [(await found(town, "H39.07", day)).parent for day in (EVE, DAY)] == ["H39", "H53"]


async def test_who_is_below_a_district_that_ends_comes_under_the_body_above_it(town):
    await planned(town, asked("close", "H53.32", to="up"))

    assert [(await found(town, "H53.32.21", day)).parent for day in (EVE, DAY)] == ["H53.32", "H53"]


async def test_who_is_below_a_code_that_ends_stays_where_it_is_unless_somebody_says(town):
    await planned(town, asked("close", "H53.32"))

    assert (await found(town, "H53.32.21", DAY)).parent == "H53.32"


async def test_whom_those_below_come_under_is_said_with_the_closing(town):
    await planned(town, asked("close", "H53.32", to="H39"))

    assert (await found(town, "H53.32.21", DAY)).parent == "H39"


async def test_a_dry_run_shows_what_would_follow_and_keeps_nothing(town):
    async with town.write() as conn:
        await keys.issue_key(conn, "H39", NOW)
    before = [await found(town, one.code, DAY) for one in TOWN]

    seen = await planned(town, asked("merge", "H39", into=("H53",), grace_days=30), dry_run=True)

    told = seen.consequences
    assert told["below"] == {"count": 1, "first": ["H39.07"]}
    assert told["documents"]["count"] == 0
    assert told["old_codes"] == [{"code": "H39", "then": "delivered", "to": ["H53"]}]
    sender = {"code": "H39", "name": "UBND tỉnh Long An", "keys": 1, "refused_from": "2027-01-31"}
    assert told["senders"] == [sender]
    assert [await found(town, one.code, DAY) for one in TOWN] == before
    async with town.read() as conn:
        assert await planning.listed(conn) == []


async def test_a_dry_run_refuses_what_could_not_be_made(town):
    loop = asked("re-parent", "H53", to="H53.32.21")

    assert await refusal(planned(town, loop, dry_run=True)) == "parent-loop"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (asked("merge", "H39", into=("H39",)), "successor-loop"),
        (asked("merge", "H39", into=("H99",)), "successor-unknown"),
        (asked("merge", "H39", "H53"), "change-incomplete"),
        (asked("merge", "H99", into=("H53",)), "unknown-agency"),
        (asked("split", "H39", into=("H53", "h53")), "successors-few"),
        (asked("re-parent", "H53", to="H53"), "parent-itself"),
        (asked("re-parent", "H53.32", to="H53.32.21"), "parent-loop"),
        (asked("re-parent", "H53.32", to="H99"), "parent-unknown"),
        (asked("rename", "H53", to=" "), "change-incomplete"),
        (asked("level", "H53.32", to="village"), "csv-value"),
        (asked("recode", "H53.32.21", to="H53.32.22"), "code-taken"),
        (asked("recode", "H53.32.21", to="H 1"), "code-impossible"),
        (asked("system", "H53.32", to="00.53.W00"), "system-unknown"),
        (asked("gso", "H53", to="7"), "gso-impossible"),
        (asked("close", on=DAY), "change-incomplete"),
        (asked("close", "level="), "csv-value"),
        (asked("close", "level=galaxy"), "csv-value"),
        (asked("close", "H53.32", on=date(9999, 12, 31), grace_days=3650), "invalid-parameter"),
        (asked("recode", "H53.32.21", to="H53.32"), "code-taken"),
        (asked("level", "H53.32", to="commune", settings={"a": "b"}), "invalid-parameter"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_reason_and_leaves_nothing(town, change, code):
    assert await refusal(planned(town, change)) == code

    async with town.read() as conn:
        assert await planning.listed(conn) == []
    assert (await found(town, "H39")).valid_to is None


async def test_a_merger_that_would_go_in_a_circle_later_is_refused_when_it_is_approved(town):
    one = await planned(town, asked("merge", "H39", into=("H53",)))
    other = await planned(town, asked("merge", "H53", into=("H39",), on=date(2028, 1, 1)))
    await planning.approve(town, one.id, "person:binh", NOW)

    assert await refusal(planning.approve(town, other.id, "person:binh", NOW)) == "agency-closed"
    assert (await found(town, "H53")).valid_to is None


async def test_a_withdrawn_change_leaves_the_directory_as_it_was_and_stays_on_record(town):
    before = [await found(town, one.code, DAY) for one in TOWN]
    made = [
        await planned(town, asked("close", "H53.32", into=("H53.32.21",))),
        await planned(town, asked("rename", "H53.32.22", to="UBND phường Hòa Bình")),
        await planned(town, asked("level", "H53.32.22", to="district")),
    ]
    assert [await found(town, one.code, DAY) for one in TOWN] != before

    for change in reversed(made):
        await planning.withdraw(town, change.id, "person:an", NOW)

    assert [await found(town, one.code, DAY) for one in TOWN] == before
    async with town.read() as conn:
        assert {change.state for change in await planning.listed(conn)} == {Standing.WITHDRAWN}


async def test_what_holds_already_is_not_withdrawn(town):
    change = await planned(town, asked("rename", "H53.32", to="Mới", on=TODAY))

    assert change.state is Standing.MADE
    assert await refusal(planning.withdraw(town, change.id, "person:an", NOW)) == "change-settled"


async def test_a_new_code_is_the_same_body_with_the_certificates_it_had(town):
    async with town.write() as conn:
        await certificates.bind_certificate(conn, "H53.32.21", Binding("ab" * 32, b"d", "s", "i", "1", NOW, NOW), NOW)
    await planned(town, asked("recode", "H53.32.21", to="H53.25666", grace_days=10))

    old, new = await found(town, "H53.32.21", DAY), await found(town, "H53.25666", DAY)

    assert (old.is_closed(DAY), old.is_closed(EVE), old.successors) == (True, False, ("H53.25666",))
    assert (new.has_begun(DAY), new.has_begun(EVE), new.name, new.level) == (True, False, old.name, old.level)
    assert new.continues == "H53.32.21"
    assert [bound.fingerprint for bound in new.certificates] == ["ab" * 32]


async def test_a_change_by_any_code_is_of_the_one_the_agency_has_on_the_day(town):
    await planned(town, asked("recode", "H53.32.21", to="H53.25666"))
    eve = await planned(town, asked("rename", "H53.25666", to="UBND phường An Bình", on=EVE))
    late = date(2028, 1, 1)
    later = await planned(town, asked("policy", "H53.32.21", to="required", on=late))

    assert (eve.asked.agencies, later.asked.agencies) == (("H53.32.21",), ("H53.25666",))
    assert [(await found(town, code, EVE)).name for code in ("H53.32.21", "H53.25666")] == ["UBND phường An Bình"] * 2
    assert (await found(town, "H53.25666", late)).signature == "required"
    await planning.withdraw(town, eve.id, "person:an", NOW)
    assert [(await found(town, code, EVE)).name for code in ("H53.32.21", "H53.25666")] == ["UBND xã An Bình"] * 2


async def test_a_withdrawn_code_is_spent_for_ever(town):
    change = await planned(town, asked("recode", "H53.32.21", to="H53.25666"))

    await planning.withdraw(town, change.id, "person:an", NOW)

    assert (await found(town, "H53.32.21")).valid_to is None
    spent = await found(town, "H53.25666", DAY)
    assert (spent.is_closed(DAY), spent.may_send(EVE)) == (True, False)
    assert await refusal(planned(town, asked("recode", "H53.32.22", to="H53.25666"))) == "code-taken"


async def test_statistical_codes_are_kept_beside_and_of_one_unit_at_a_time(town):
    await planned(town, asked("gso", "H53", to="72", on=date(2004, 8, 1)), alone=True)
    await planned(town, asked("gso", "H39", to="80", on=date(2004, 8, 1)), alone=True)
    assert await refusal(planned(town, asked("gso", "H53", to="80"))) == "gso-taken"
    merged = await planned(town, asked("merge", "H39", into=("H53",)))
    await planning.approve(town, merged.id, "person:binh", NOW)

    await planned(town, asked("gso", "H53", to="80"), alone=True)

    assert [(await found(town, "H53", day)).gso for day in (date(2004, 7, 31), EVE, DAY)] == [None, "72", "80"]
    async with town.read() as conn:
        assert (await agencies.find(conn, ["80", "72"])) == {"80": None, "72": None}


async def test_a_serving_system_serves_from_its_day(town):
    async with town.write() as conn:
        await registry.add(conn, Agency("00.53.W00", "Trục Tây Ninh", Level.PROVINCE), NOW)
        await systems.keep(conn, systems.System("00.53.W00", "00.53.W00", b"s"), NOW)
        await systems.keep(conn, systems.System("H53", "H53", b"s"), NOW)
    await planned(town, asked("system", "H39.07", to="00.53.W00"))
    await planned(town, asked("system", "H53.32.22", to="00.53.W00"))

    async with town.read() as conn:
        served, own = [
            [await systems.served(conn, code, [code], [code], day) for day in (EVE, DAY)]
            for code in ("00.53.W00", "H53")
        ]

    assert served == [["00.53.W00"], ["00.53.W00", "H39.07", "H53.32.22"]]
    assert own == [["H53", "H53.32", "H53.32.21", "H53.32.22"], ["H53", "H53.32", "H53.32.21"]]


async def test_changes_are_listed_by_agency_on_either_side_and_by_state(town):
    merge = await planned(town, asked("merge", "H39", into=("H53",), reason="sáp nhập", decree="202/2025/QH15"))
    await planned(town, asked("rename", "H53.32", to="Mới"))

    async with town.read() as conn:
        assert [one.id for one in await planning.listed(conn, agencies=["H53"])] == [merge.id]
        (waiting,) = await planning.listed(conn, state="planned")
    shown = waiting.shown()
    assert (shown["reason"], shown["decree"], shown["planned_by"]) == ("sáp nhập", "202/2025/QH15", "person:an")
    assert shown["into"] == ["H53"]


async def test_a_period_s_figures_count_an_agency_at_the_level_it_had_then(town):
    await planned(town, asked("level", "H53.32", to="commune"))

    async with town.read() as conn:
        levels = [dict(await figures.valid_agencies(conn, period(written))) for written in ("2026-Q4", "2027-Q1")]

    assert [level["H53.32"] for level in levels] == ["district", "commune"]


async def test_an_agency_that_is_to_be_closed_is_missed_until_then_when_it_does_not_ask(town):
    async with town.write() as conn:
        await states.seen(conn, {"H53.32.22": NOW})
    await planned(town, asked("close", "H53.32.22", on=date(2099, 1, 1)))

    async with town.read() as conn:
        assert [code for code, _ in await states.polled(conn)] == ["H53.32.22"]
