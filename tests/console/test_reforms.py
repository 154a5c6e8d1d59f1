"""An agency's page lists its changes by day, and says what is in force of it."""

from datetime import date

from hub.console import reforms
from hub.domain.agency import Level
from hub.domain.reform import Asked, ChangeKind
from hub.domain.roles import Role
from hub.store.directory.reform import planning
from tests.console.visitors import logged_in
from tests.town import Town

LATER = date(2099, 1, 1)


async def test_an_agencys_page_lists_what_was_planned_made_and_withdrawn(town: Town) -> None:
    for code in ("H53", "H39"):
        await town.settle(code)
    database, now = town.hub.database, town.hub.clock.now()
    merge = Asked(ChangeKind.MERGE, ("H39",), LATER, ("H53",), decree="202/2025/QH15", reason="sắp xếp")
    await planning.plan(database, merge, "person:an", now)
    await planning.plan(database, Asked(ChangeKind.GSO, ("H53",), date(2025, 7, 1), to="80"), "os:an", now, alone=True)
    renamed = await planning.plan(database, Asked(ChangeKind.RENAME, ("H53",), LATER, to="T"), "os:an", now, alone=True)
    await planning.withdraw(database, renamed.id, "person:binh", now)

    page = (await (await logged_in(town, Role.REGISTRAR)).get("/agencies/H53")).text

    for said in (
        "Chờ người thứ hai duyệt", "202/2025/QH15", "sắp xếp", "Đã có hiệu lực", "Đã rút", "Mã thống kê (GSO)", "01/01/2099",
    ):  # fmt: skip
        assert said in page


async def test_a_change_of_any_kind_has_a_line_with_words_of_its_own(town: Town) -> None:
    await town.settle("H53")
    database, now = town.hub.database, town.hub.clock.now()
    contact = Asked(ChangeKind.CONTACT, ("H53",), LATER, settings={"name": "Bà Năm"})
    channel = Asked(
        ChangeKind.CHANNEL, ("H53",), LATER, to="webhook", settings={"url": "https://x.vn", "secret": "kín"}
    )
    for asked in (contact, channel, Asked(ChangeKind.POLICY, ("H53",), LATER, to="required")):
        await planning.plan(database, asked, "os:an", now, alone=True)

    page = (await (await logged_in(town, Role.REGISTRAR)).get("/agencies/H53")).text

    for said in ("Đổi đầu mối", "Bà Năm", "Đổi kênh giao", "webhook", "Đổi chính sách chữ ký"):
        assert said in page
    assert "kín" not in page
    assert set(reforms.KINDS) == set(ChangeKind)


async def test_a_code_that_is_to_come_is_listed_as_such(town: Town) -> None:
    await town.settle("H53")
    await town.settle("H53.1", Level.COMMUNE, parent="H53")
    database, now = town.hub.database, town.hub.clock.now()
    await planning.plan(database, Asked(ChangeKind.RECODE, ("H53.1",), LATER, to="H53.2"), "os:an", now)
    registrar = await logged_in(town, Role.REGISTRAR)

    listed = (await registrar.get("/agencies", params={"standing": "to come"})).text

    assert "/agencies/H53.2" in listed
    assert "/agencies/H53.1" not in listed
    assert "Chưa có hiệu lực" in (await registrar.get("/agencies/H53.2")).text
