"""The audit log, on both databases: in the transaction of what it tells, chained, and never changed unseen."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.agency import Agency, Level
from hub.domain.audit import GENESIS, Entry, link
from hub.domain.roles import Role
from hub.errors import Unavailable
from hub.store import audit, witness
from hub.store.database import Database
from hub.store.directory import keys, people, registry

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


async def entries(database: Database, **query: str) -> list[tuple[str, str, str]]:
    async with database.read() as conn:
        found = await audit.page(conn, limit=1000, **query)  # type: ignore[arg-type]
    return [(e["actor"], e["action"], e["object"]) for e in reversed(found)]


async def some(database: Database, count: int = 5) -> None:
    for n in range(count):
        async with database.write("person:lan") as conn:
            audit.note(conn, "tried", f"thing {n}", number=n, words="Trích yếu")


async def test_a_change_is_told_with_who_made_it(database: Database) -> None:
    async with database.write("person:lan") as conn:
        await registry.add(conn, Agency("H53", "Tây Ninh", Level.PROVINCE), NOW)
        await keys.issue_key(conn, "H53", NOW)
    async with database.write() as conn:
        await registry.suspend(conn, "H53", NOW)

    assert await entries(database, about="H53") == [
        ("person:lan", "agency added", "H53"),
        ("person:lan", "key issued", "H53"),
        ("system", "agency suspended", "H53"),
    ]
    assert await entries(database, actor="system") == [("system", "agency suspended", "H53")]


async def test_a_change_that_is_rolled_back_is_not_told_nor_by_the_next_one(database: Database) -> None:
    async def fail() -> None:
        async with database.write("person:lan") as conn:
            await registry.add(conn, Agency("H53", "Tây Ninh", Level.PROVINCE), NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.write("person:mai") as conn:
        await registry.add(conn, Agency("H29", "Cần Thơ", Level.PROVINCE), NOW)

    assert await entries(database) == [("person:mai", "agency added", "H29")]


async def test_secrets_are_not_in_it(database: Database) -> None:
    async with database.write() as conn:
        await registry.add(conn, Agency("H53", "Tây Ninh", Level.PROVINCE), NOW)
        key = await keys.issue_key(conn, "H53", NOW)
        rotated = await keys.rotate_keys(conn, "H53", timedelta(hours=1), NOW)
        _, token, password = await people.add_person(conn, "lan", Role.OPERATOR, None, NOW)
        again = await people.new_password(conn, "lan")
        await registry.set_channel(conn, "H53", "webhook", {"secret": "whsec_quiet"}, NOW)
    async with database.read() as conn:
        said = str(await audit.page(conn, limit=100))

    assert [s for s in (key[-43:], rotated[-43:], token, password, again, "whsec_quiet") if s in said] == []


async def test_a_whole_log_is_whole(database: Database) -> None:
    await some(database)

    checked = await witness.check(database)

    assert (checked.entries, checked.broken_at) == (5, None)
    assert (await witness.check(database, (5, checked.head))).broken_at is None


async def test_an_empty_log_is_whole(database: Database) -> None:
    assert await witness.check(database) == witness.Checked(0, GENESIS.hex())


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'somebody' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3", "DELETE FROM audit"],
)
async def test_the_database_itself_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    await some(database)

    with pytest.raises(DBAPIError, match="appended to, never changed"):
        async with database.write() as conn:
            await conn.execute(text(statement))
    assert (await witness.check(database)).broken_at is None


async def unlocked(database: Database, *statements: str) -> None:
    """What somebody who owns the database can do."""
    async with database.write() as conn:
        if database.is_sqlite:
            await conn.execute(text("DROP TRIGGER audit_no_update"))
            await conn.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            await conn.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        for statement in statements:
            await conn.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET actor = 'somebody' WHERE seq = 3", 3),
        ("UPDATE audit SET object = 'else' WHERE seq = 1", 1),
        ("UPDATE audit SET details = '{}' WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq = 50 WHERE seq = 5", 5),
    ],
)
async def test_an_entry_that_was_altered_or_removed_is_found(
    database: Database, statement: str, broken_at: int
) -> None:
    await some(database)
    await unlocked(database, statement)

    assert (await witness.check(database)).broken_at == broken_at


async def test_a_log_cut_off_at_its_end_with_its_head_is_found_by_what_was_written_down(database: Database) -> None:
    await some(database, 3)
    noted = await witness.check(database)
    await some(database, 2)
    later = await witness.check(database)
    async with database.read() as conn:
        third = bytes((await conn.execute(text("SELECT hash FROM audit WHERE seq = 3"))).scalar_one())
    await unlocked(database, "DELETE FROM audit WHERE seq > 3")
    async with database.write() as conn:
        await conn.execute(text("UPDATE audit_head SET seq = 3, hash = :h"), {"h": third})

    assert (await witness.check(database)).broken_at is None
    assert (await witness.check(database, (3, noted.head))).broken_at is None
    assert (await witness.check(database, (5, later.head))).broken_at == 4


async def test_a_log_written_anew_from_its_beginning_is_found_by_what_was_written_down(database: Database) -> None:
    await some(database, 3)
    noted = await witness.check(database)
    await unlocked(database, "DELETE FROM audit")
    async with database.write() as conn:
        await conn.execute(text("UPDATE audit_head SET seq = 0, hash = :h"), {"h": GENESIS})
    await some(database, 4)

    assert (await witness.check(database)).broken_at is None
    assert (await witness.check(database, (3, noted.head))).broken_at == 3


async def test_many_who_append_at_once_make_one_chain(database: Database) -> None:
    async def append(n: int) -> None:
        async with database.write(f"person:{n}") as conn:
            audit.note(conn, "tried", str(n))
            audit.note(conn, "tried again", str(n))

    await asyncio.gather(*(append(n) for n in range(20)))

    checked = await witness.check(database)
    assert (checked.entries, checked.broken_at) == (40, None)


async def test_a_witness_has_written_a_look_down_when_it_says_so(database: Database) -> None:
    seeing = witness.Witness(database)

    await asyncio.gather(*(seeing.record(Entry("document read", str(n), {}, "agency:H53")) for n in range(50)))

    assert len(await entries(database, actor="agency:H53")) == 50
    assert (await witness.check(database)).broken_at is None


async def test_what_keeps_a_look_from_being_written_keeps_it_from_being_granted(database: Database) -> None:
    seeing = witness.Witness(database)
    await unlocked(database, "ALTER TABLE audit RENAME TO audit_away")

    with pytest.raises((DBAPIError, Unavailable)):
        await seeing.record(Entry("document read", "1", {}, "agency:H53"))


def test_the_hash_depends_on_every_part_of_an_entry() -> None:
    entry = Entry("a", "b", {"c": 1}, "d")
    base = link(GENESIS, 1, NOW, entry)

    others = {
        link(b"\1" * 32, 1, NOW, entry),
        link(GENESIS, 2, NOW, entry),
        link(GENESIS, 1, NOW + timedelta(microseconds=1), entry),
        link(GENESIS, 1, NOW, Entry("x", "b", {"c": 1}, "d")),
        link(GENESIS, 1, NOW, Entry("a", "x", {"c": 1}, "d")),
        link(GENESIS, 1, NOW, Entry("a", "b", {"c": 2}, "d")),
        link(GENESIS, 1, NOW, Entry("a", "b", {"c": 1}, "x")),
    }
    assert len(others) == 7
    assert base not in others
