"""The auditor's check: a row that somebody alters, removes or adds in the database is found."""

import pytest
from sqlalchemy import text

from hub.attest.auditing import Auditor
from hub.store.proof import log
from tests.offices import document
from tests.proof.scenes import exchanged, followed
from tests.town import Town

FORGERIES = [  # what somebody with the database's password does, and what the auditor must say
    ("UPDATE envelope SET subject = 'V/v khác' WHERE kind = 'new'", ("altered", "envelope")),
    ("UPDATE envelope SET receipt = 'a.b.c' WHERE kind = 'new'", ("altered", "envelope")),
    ("UPDATE envelope SET judgement = 'valid' WHERE kind = 'status'", ("altered", "envelope")),
    ("DELETE FROM envelope WHERE kind = 'new'", ("removed", "envelope")),
    ("UPDATE delivery SET recipient = 'H01' WHERE kind = 'document'", ("altered", "envelope")),
    ("DELETE FROM delivery WHERE kind = 'document'", ("altered", "envelope")),
    ("DELETE FROM event WHERE what = 'collected'", ("removed", "event")),
    ("UPDATE event SET detail = 'done: khác' WHERE what = 'confirmed'", ("altered", "event")),
    ("UPDATE delivery_receipt SET receipt = 'a.b.c' WHERE what = 'reported'", ("altered", "receipt")),
    ("DELETE FROM delivery_receipt WHERE what = 'collected'", ("removed", "receipt")),
    ("UPDATE report SET description = 'khác'", ("altered", "report")),
    ("DELETE FROM refusal", ("removed", "refusal")),
    ("UPDATE refusal SET agency = 'H01'", ("altered", "refusal")),
    ("UPDATE agency SET name = 'Cơ quan khác' WHERE code = 'H53'", ("altered", "agency")),
    ("UPDATE agency SET signature = 'report-only' WHERE code = 'H53'", ("altered", "agency")),
    ("DELETE FROM certificate", ("removed", "certificate")),
    ("UPDATE api_key SET created_at = created_at, agency = 'H53' WHERE agency <> 'H53'", ("altered", "api_key")),
    ("DELETE FROM registry_change WHERE subject = 'agency'", ("removed", "registry")),
    ("UPDATE registry_change SET record = '{}' WHERE subject = 'agency'", ("altered", "registry")),
    ("DELETE FROM log_leaf WHERE number = 3", ("leaf", "log")),
    ("DELETE FROM log_leaf WHERE number = (SELECT max(number) FROM log_leaf)", ("leaf", "log")),
    ("UPDATE log_leaf SET sha256 = substr(sha256, 2) || '0' WHERE number = 3", ("head", "log")),
    ("UPDATE log_tile SET hashes = (SELECT root FROM log_head LIMIT 1)", ("tile", "log")),
    ("UPDATE log_head SET head = 'a.b.c'", ("key", "log")),
]


async def odd(town: Town, *heads: str) -> list[tuple[str, str]]:
    auditor = Auditor(town.hub.database, town.hub.originals, [town.hub.seal.public], heads)
    return [(found.what, found.kind) async for found in auditor.audit()]


async def logged(town: Town) -> None:
    """An exchange and a refusal, all of it in the log."""
    _, sender, _ = await exchanged(town)
    assert (await sender.post(sender.written(document("H53", ["Z99"])))).status_code == 422
    await followed(town)


async def test_a_database_that_nobody_touched_is_in_order(town: Town) -> None:
    await logged(town)

    assert await odd(town) == []


@pytest.mark.parametrize(("forgery", "told"), FORGERIES, ids=[forgery for forgery, _ in FORGERIES])
async def test_what_is_changed_past_the_hub_is_found(town: Town, forgery: str, told: tuple[str, str]) -> None:
    await logged(town)
    assert await odd(town) == []

    async with town.hub.database.write() as conn:
        assert (await conn.execute(text(forgery))).rowcount > 0

    assert told in await odd(town)


async def test_other_bytes_under_an_envelope_are_found(town: Town) -> None:
    await logged(town)
    async with town.hub.database.write() as conn:
        await conn.execute(text("UPDATE original SET body = :other"), {"other": b"<edXML/>"})

    assert ("bytes", "envelope") in await odd(town)


async def test_an_agency_that_is_slipped_in_is_found(town: Town) -> None:
    await logged(town)
    async with town.hub.database.read() as conn:
        names = list((await conn.execute(text("SELECT * FROM agency LIMIT 1"))).keys())
    others = ", ".join(name for name in names if name != "code")
    async with town.hub.database.write() as conn:
        await conn.execute(text(f"INSERT INTO agency (code, {others}) SELECT 'X1', {others} FROM agency LIMIT 1"))  # noqa: S608

    assert ("added", "agency") in await odd(town)


async def test_a_log_that_was_written_anew_is_caught_by_a_head_kept_elsewhere(town: Town) -> None:
    await logged(town)
    async with town.hub.database.read() as conn:
        kept = await log.newest_head(conn)
    assert kept
    async with town.hub.database.write() as conn:  # somebody with the hub's key as well begins the log anew
        for table in ("log_leaf", "log_tile", "log_head"):
            await conn.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        await conn.execute(text("DELETE FROM event WHERE what = 'collected'"))
        await conn.execute(text("DELETE FROM delivery_receipt WHERE what = 'collected'"))
        await conn.execute(text("UPDATE log_state SET size = 0, places = '{}'"))
    await followed(town)

    assert await odd(town) == []
    assert ("remembered", "log") in await odd(town, kept.head) or ("head", "log") in await odd(town, kept.head)
