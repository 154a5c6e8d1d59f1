"""A change of the directory that somebody makes or signs past the hub is found by the auditor."""

from datetime import date

import pytest
from sqlalchemy import text

from hub.domain.reform import Asked, ChangeKind
from hub.store.directory.reform import planning
from tests.proof.scenes import followed
from tests.proof.test_audit import odd
from tests.town import Town

FORGERIES = [
    ("UPDATE agency_fact SET value = '79' WHERE fact = 'gso' AND value = '80'", ("altered", "agency_fact")),
    ("DELETE FROM agency_fact WHERE fact = 'gso' AND value = '80'", ("removed", "agency_fact")),
    ("UPDATE directory_change SET approved_by = 'person:binh'", ("altered", "directory_change")),
]


async def changed(town: Town) -> None:
    await town.settle("H53")
    now = town.hub.clock.now()
    gso = Asked(ChangeKind.GSO, ("H53",), date(2025, 7, 1), to="80")
    await planning.plan(town.hub.database, gso, "person:an", now, alone=True)
    rename = Asked(ChangeKind.RENAME, ("H53",), date(2099, 1, 1), to="Tên mới")
    planned = await planning.plan(town.hub.database, rename, "person:an", now)
    await planning.approve(town.hub.database, planned.id, "person:cuc", now)
    await planning.withdraw(town.hub.database, planned.id, "person:an", now)
    await followed(town)


async def test_changes_made_by_the_hub_are_in_order(town: Town) -> None:
    await changed(town)

    assert await odd(town) == []


@pytest.mark.parametrize(("forgery", "told"), FORGERIES, ids=[forgery for forgery, _ in FORGERIES])
async def test_a_change_past_the_hub_is_found(town: Town, forgery: str, told: tuple[str, str]) -> None:
    await changed(town)
    async with town.hub.database.write() as conn:
        await conn.execute(text(forgery))

    assert told in await odd(town)
