"""The second wall: a question on behalf of an agency that forgot its condition still gets that agency's rows alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from hub.cli import app
from hub.store import row_security, tables
from tests.offices import Office, document
from tests.parts import postgres
from tests.town import Town, founded


@pytest.fixture
async def town(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with postgres.fresh(postgres_dsn) as url, founded(tmp_path, url, row_security=True) as town:
        async with town.hub.database.write() as conn:
            await row_security.lay(conn)
        yield town


async def exchanged(town: Town) -> tuple[Office, Office, Office]:
    """H53 wrote to H01 and H02, and H01 to H02."""
    first, second, third = [await town.settle(code) for code in ("H53", "H01", "H02")]
    await first.send(document("H53", ["H01", "H02"]))
    await second.send(document("H01", ["H02"]))
    await town.carry()
    return first, second, third


@pytest.mark.parametrize(
    ("agency", "documents", "deliveries"), [("H53", 1, 2), ("H01", 2, 2), ("H02", 2, 2), ("H99", 0, 0)]
)
async def test_a_question_without_its_condition_gets_one_agencys_rows(town, agency, documents, deliveries):
    await exchanged(town)
    async with town.hub.database.read_for(agency) as conn:
        envelopes = (await conn.execute(select(tables.envelope))).mappings().all()
        originals = (await conn.execute(select(tables.original.c.envelope_id))).scalars().all()
        found = (await conn.execute(select(tables.delivery))).mappings().all()
        happened = (await conn.execute(select(tables.event))).mappings().all()
    assert len(envelopes) == documents
    assert {row["id"] for row in envelopes} == set(originals)
    assert len(found) == deliveries
    assert all(agency in (row["sender"], row["recipient"]) for row in found)
    assert all(row["sender"] == agency or row["recipient"] in (agency, None) for row in happened)
    assert bool(happened) is bool(documents)


async def test_an_agency_with_several_codes_sees_the_rows_of_all_of_them_and_no_others(town):
    await exchanged(town)
    async with town.hub.database.read_for("H53", "H99") as conn:
        found = (await conn.execute(select(tables.delivery.c.sender))).scalars().all()
        both = (await conn.execute(select(func.count()).select_from(tables.envelope))).scalar_one()
    async with town.hub.database.read_for("H53", "H01") as conn:
        all_of_them = (await conn.execute(select(func.count()).select_from(tables.envelope))).scalar_one()
    assert (found, both, all_of_them) == (["H53", "H53"], 1, 2)


async def test_who_forgets_to_say_for_whom_it_reads_gets_nothing(town):
    await exchanged(town)
    async with town.hub.database.write() as conn:
        await conn.execute(text("SELECT set_config('role', :role, true)"), {"role": row_security.ROLE})
        assert (await conn.execute(select(func.count()).select_from(tables.envelope))).scalar_one() == 0


async def test_an_exchange_goes_on_under_the_rules(town):
    first, second, third = await exchanged(town)
    (item,) = await second.inbox(wait=0)
    assert (await second.fetch(item["delivery_id"])).status_code == 200
    assert (await second.confirm(item["delivery_id"])).status_code == 200
    assert (await second.report("03", item["document_id"], sender="H53")).status_code == 202
    await town.carry()
    assert "reported" in [event["what"] for event in (await first.feed())["items"]]
    assert {event["recipient"] for event in await first.timeline(item["envelope_id"])} >= {"H01", "H02"}
    assert {event["recipient"] for event in await second.timeline(item["envelope_id"])} == {None, "H01"}
    answer = await third.call("GET", f"/v1/envelopes/{item['envelope_id']}/original")
    assert answer.status_code == 200
    assert len((await first.envelope(item["envelope_id"]))["deliveries"]) == 2
    other = await town.settle("H03")
    for path in ("", "/original", "/timeline", "/receipt"):
        assert (await other.call("GET", f"/v1/envelopes/{item['envelope_id']}{path}")).status_code == 404


async def test_a_connection_that_read_for_an_agency_is_the_hubs_again_whatever_befell_it(town):
    await exchanged(town)
    database = town.hub.database

    async def fail() -> None:
        async with database.read_for("H01") as conn:
            await conn.execute(select(tables.envelope))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async def hang() -> None:
        async with database.read_for("H01") as conn:
            await conn.execute(text("SELECT pg_sleep(600) AS hanging"))

    hanging = asyncio.create_task(hang())
    is_there = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE state = 'active' AND query LIKE '%AS hanging%' AND pid <> pg_backend_pid()"
    )
    async with database.read() as conn:
        while not (await conn.execute(is_there)).scalar_one():
            assert not hanging.done()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    for _ in range(12):  # every connection of the pool
        async with database.read() as conn:
            assert (await conn.execute(text("SELECT current_user <> :role"), {"role": row_security.ROLE})).scalar_one()
            assert (await conn.execute(select(func.count()).select_from(tables.envelope))).scalar_one() == 2


async def test_rules_are_laid_once_and_bind_no_user_but_the_reader(town, postgres_dsn):
    await exchanged(town)
    async with town.hub.database.write() as conn:
        assert await row_security.is_laid(conn)
        await row_security.lay(conn)
    admin = await asyncpg.connect(town.hub.settings.database.replace("+asyncpg", ""))
    name = f"clerk_{datetime.now(UTC):%H%M%S%f}"
    try:
        await admin.execute(f"CREATE ROLE {name}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
        await admin.execute(f"SET ROLE {name}")
        assert await admin.fetchval("SELECT count(*) FROM envelope") == 2
        assert await admin.execute("UPDATE envelope SET reason = reason") == "UPDATE 2"
    finally:
        await admin.execute(f"RESET ROLE; DROP OWNED BY {name}; DROP ROLE {name}")
        await admin.close()


async def test_the_reader_can_write_nothing(town):
    await exchanged(town)
    async with town.hub.database.read_for("H53") as conn:
        with pytest.raises(Exception, match="permission denied"):
            await conn.execute(text("UPDATE envelope SET subject = 'V/v khác'"))


async def test_migrate_lays_the_rules_and_doctor_says_whether_they_stand(postgres_dsn, tmp_path):
    async with postgres.fresh(postgres_dsn) as url:
        env = {"TRUC_HOME": str(tmp_path), "TRUC_DATABASE_URL": url, "TRUC_ROW_SECURITY": "true"}
        run = CliRunner(env=env).invoke

        async def rows() -> bool:
            told = json.loads((await asyncio.to_thread(run, app, ["doctor", "--json"])).stdout)
            return bool(next(each["ok"] for each in told["checks"] if each["name"] == "rows"))

        assert not await rows()
        done = await asyncio.to_thread(run, app, ["migrate"])
        assert done.exit_code == 0, done.output
        assert await rows()
