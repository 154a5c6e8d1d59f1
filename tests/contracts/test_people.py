"""People's accounts, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hub.domain.agency import Agency, Level
from hub.domain.roles import Person, Role
from hub.errors import Rejected
from hub.store.database import Database
from hub.store.directory import people, registry
from hub.store.tables import person

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


async def opened(database: Database, name: str = "lan", role: Role = Role.OPERATOR, scope: str | None = None):
    async with database.write() as conn:
        return await people.add_person(conn, name, role, scope, NOW)


async def test_an_account_opens_with_its_token_and_with_its_password(database):
    made, token, password = await opened(database)

    async with database.read() as conn:
        assert await people.find_by_token(conn, token) == made == Person("lan", Role.OPERATOR)
        assert await people.check_password(conn, "lan", password) == made
        assert await people.find_by_name(conn, "lan") == made


async def test_neither_token_nor_password_is_kept(database):
    _, token, password = await opened(database)

    async with database.read() as conn:
        row = (await conn.execute(select(person))).one()

    assert token not in repr(row)
    assert password not in repr(row)
    assert row.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(("name", "password"), [("lan", ""), ("lan", "wrong"), ("nobody", "wrong"), ("", "")])
async def test_a_wrong_name_or_password_opens_nothing(database, name, password):
    await opened(database)

    async with database.read() as conn:
        assert await people.check_password(conn, name, password) is None


@pytest.mark.parametrize("token", ["", "trp_", "trp_" + "A" * 43, "trk_x", "trp_é"])
async def test_a_wrong_token_opens_nothing(database, token):
    await opened(database)

    async with database.read() as conn:
        assert await people.find_by_token(conn, token) is None


async def test_a_closed_account_opens_with_nothing_and_its_name_stays_taken(database):
    _, token, password = await opened(database)

    async with database.write() as conn:
        await people.revoke_person(conn, "lan", NOW)

    async with database.read() as conn:
        assert await people.find_by_token(conn, token) is None
        assert await people.check_password(conn, "lan", password) is None
        assert await people.find_by_name(conn, "lan") is None
        assert [account.revoked_at for account in await people.everybody(conn)] == [NOW]
    with pytest.raises(Rejected) as refused:
        await opened(database)
    assert refused.value.code == "person-exists"


async def test_a_scope_is_kept_under_the_canonical_code(database):
    async with database.write() as conn:
        await registry.add(conn, Agency("H53", "Tây Ninh", Level.PROVINCE, aliases=("000.00.00.H53",)), NOW)

    made, _, _ = await opened(database, role=Role.OBSERVER, scope="000.00.00.h53")

    assert made.scope == "H53"


async def test_a_scope_nobody_has_is_refused(database):
    with pytest.raises(Rejected) as refused:
        await opened(database, scope="H99")

    assert refused.value.code == "unknown-agency"


@pytest.mark.parametrize("name", ["", " lan", "lan ", "x" * 101, "la\nn", "la\u200bn"])
async def test_a_name_that_cannot_be_read_aloud_is_refused(database, name):
    with pytest.raises(Rejected) as refused:
        await opened(database, name)

    assert refused.value.code == "person-name"


async def test_two_accounts_have_nothing_in_common(database):
    _, token, password = await opened(database, "lan")
    _, other_token, other_password = await opened(database, "mai")

    assert len({token, other_token, password, other_password}) == 4
    async with database.read() as conn:
        assert await people.check_password(conn, "mai", password) is None
