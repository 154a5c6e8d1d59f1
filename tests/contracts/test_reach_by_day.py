"""How agencies are reached and believed, by day, on both databases: channel, contact, signature policy."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hub.domain.agencies_csv import read
from hub.domain.agency import Agency, Level, SignaturePolicy
from hub.store import directory_version, tables
from hub.store.database import Database
from hub.store.directory import agencies, agencies_import, reach, registry
from hub.store.directory.memory import Directory
from hub.store.directory.reform import planning
from hub.store.proof import grounds
from tests.contracts.test_reform import AFTER, DAY, EVE, NOW, TODAY, asked, found, planned, refusal

CODE, URL = "H53.32.21", "https://an-binh.example.vn/hook"
HOOK = {"url": URL, "secret": "rất bí mật"}
LATER = date(2027, 6, 1)
REQUIRED, REPORT_ONLY = SignaturePolicy.REQUIRED, SignaturePolicy.REPORT_ONLY


@pytest.fixture
async def town(database: Database) -> Database:
    async with database.write() as conn:
        for agency in (
            Agency("H53", "UBND tỉnh Tây Ninh", Level.PROVINCE),
            Agency(CODE, "UBND xã An Bình", Level.COMMUNE, parent="H53", contact={"name": "Ông Tư"}),
        ):
            await registry.add(conn, agency, NOW)
    return database


async def channel(database: Database, day: date) -> tuple[str, dict[str, str]]:
    async with database.read() as conn:
        return (await reach.channels(conn, [CODE], day))[CODE]


async def test_a_channel_holds_from_its_day_in_memory_and_in_sql(town):
    clock = [AFTER - timedelta(microseconds=1)]
    directory = Directory(town, lambda: clock[0])
    change = await planned(town, asked("channel", CODE, to="webhook", settings=HOOK))

    seen = [(await directory.resolve([CODE]))[CODE].channel]
    clock[0] = AFTER
    seen.append((await directory.resolve([CODE]))[CODE].channel)
    assert await planning.make_due(town, AFTER) == [change.id]

    assert seen == ["inbox", "webhook"]
    assert [await channel(town, day) for day in (EVE, DAY)] == [("inbox", {}), ("webhook", HOOK)]
    async with town.read() as conn:
        (row,) = (await conn.execute(select(tables.agency).where(tables.agency.c.code == CODE))).all()
    assert (row.channel, row.channel_config) == ("webhook", HOOK)


async def test_a_policy_and_a_contact_hold_from_their_days_and_who_was_who_is_answered_afterwards(town):
    await planned(town, asked("policy", CODE, to="required"))
    await planned(town, asked("policy", CODE, on=LATER))
    await planned(town, asked("contact", CODE, settings={"name": "Bà Năm"}))

    days = [await found(town, CODE, day) for day in (EVE, DAY, LATER)]

    assert [one.signature for one in days] == [None, REQUIRED, None]
    assert [one.contact["name"] for one in days] == ["Ông Tư", "Bà Năm", "Bà Năm"]


async def test_what_is_set_at_once_holds_from_today_and_what_was_before_stays_known(town):
    async with town.write() as conn:
        await registry.set_channel(conn, CODE, "webhook", HOOK, NOW)
        await registry.set_contact(conn, CODE, {"name": "Bà Năm"}, NOW)
        known = await agencies.get(conn, CODE, TODAY)
        await registry.save(conn, replace(known, signature=REPORT_ONLY), NOW)

    before, now = [await found(town, CODE, day) for day in (TODAY - timedelta(days=1), TODAY)]

    assert (before.channel, before.contact["name"], before.signature) == ("inbox", "Ông Tư", None)
    assert (now.channel, now.contact["name"], now.signature) == ("webhook", "Bà Năm", REPORT_ONLY)
    assert [await channel(town, day) for day in (EVE, DAY)] == [("webhook", HOOK)] * 2


async def test_a_file_that_says_another_policy_changes_it_from_today(town):
    lines = ["code,name,level,signature\n", f"{CODE},UBND xã An Bình,commune,report-only\n"]
    async with town.write() as conn:
        await agencies_import.import_agencies(conn, read(lines), NOW)

    days = [await found(town, CODE, day) for day in (TODAY - timedelta(days=1), TODAY)]

    assert [one.signature for one in days] == [None, REPORT_ONLY]


async def test_what_was_withdrawn_never_holds(town):
    before = [(await found(town, CODE, LATER)), await channel(town, LATER)]
    for change in (
        asked("channel", CODE, to="webhook", settings=HOOK),
        asked("policy", CODE, to="required"),
        asked("contact", CODE, settings={"name": "Bà Năm"}),
    ):
        made = await planned(town, change)
        await planning.withdraw(town, made.id, "person:an", NOW)

    assert [(await found(town, CODE, LATER)), await channel(town, LATER)] == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (asked("channel", CODE), "change-incomplete"),
        (asked("channel", CODE, "H53", to="inbox"), "change-incomplete"),
        (asked("policy", CODE, to="maybe"), "csv-value"),
        (asked("contact", CODE, settings={"email": "an@x.vn\nBcc: b@x.vn"}), "invalid-parameter"),
        (asked("contact", CODE, settings={"name": "n" * 600}), "invalid-parameter"),
        (asked("contact", "H99", settings={"name": "An"}), "unknown-agency"),
    ],
)
async def test_what_cannot_be_is_refused_and_leaves_nothing(town, change, code):
    assert await refusal(planned(town, change)) == code
    async with town.read() as conn:
        assert await planning.listed(conn) == []


async def test_a_secret_comes_out_of_no_record_of_a_change(town):
    change = await planned(town, asked("channel", CODE, to="webhook", settings=HOOK))
    waits = await planned(
        town, asked("channel", "H53", to="webhook", settings=HOOK | {"url": "https://u:p@x.vn/h?k=1"})
    )
    await planning.approve(town, waits.id, "person:binh", NOW)

    async with town.read() as conn:
        shown = [one.shown() for one in await planning.listed(conn)]
        noted = (await conn.execute(select(tables.audit))).all()

    assert HOOK["secret"] not in f"{shown}{noted}{change.shown()}"
    assert [one["settings"]["secret"] for one in shown] == ["••••••"] * 2
    assert "u:p" not in f"{shown}"
    assert "k=1" not in f"{shown}"
    assert (await channel(town, DAY))[1]["secret"] == HOOK["secret"]


async def test_the_policy_that_evidence_tells_is_that_of_the_day_the_document_came(town):
    await planned(town, asked("policy", CODE, to="required"))
    async with town.read() as conn:
        told = [await grounds.policy(conn, CODE, None, at) for at in (NOW + timedelta(days=9000), NOW)]
        version = await directory_version.current(conn)
        then = [
            (await grounds.policy(conn, CODE, version, at))["signature"] for at in (AFTER - timedelta(hours=1), AFTER)
        ]

    assert told[0]["signature"] == "required"
    assert then == [None, "required"]
