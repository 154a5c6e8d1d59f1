"""Search finds by words, accents or not, in the index and before it gets there, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hub import catalogue
from hub.domain.agency import Agency, Level
from hub.domain.roles import Sight
from hub.store.database import Database
from hub.store.directory import registry
from hub.store.lists import overview
from hub.store.lists.overview import Wanted
from hub.store.road import envelopes
from hub.store.road import search as finding
from hub.store.road.accepting import insert_alone
from hub.store.tables import search
from tests.console.visitors import row

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.write() as conn:
        await registry.add(conn, Agency("H17", "UBND Thành phố Đà Nẵng", Level.PROVINCE), NOW)
        await registry.add(conn, Agency("G22", "Văn phòng Chính phủ", Level.CENTRAL), NOW)
    await insert_alone(
        database,
        [
            row("G22", {"H17": "AVAILABLE"}, 3 * HOUR, code="128/UBND-VP", subject="V/v rà soát tại Đà Nẵng"),
            row("G22", {"H53": "AVAILABLE"}, 2 * HOUR, code="2009/KH-KGVX", subject="Kế hoạch năm Đinh Mùi"),
            row("H53", {"G22": "DEAD"}, 1 * HOUR, code="7/BC", subject="Báo cáo đa nang của Ủy ban"),
        ],
    )
    return database


async def found(database: Database, q: str, **more: object) -> list[str]:
    async with database.read() as conn:
        rows = (await envelopes.search(conn, q=q, **more)).rows  # type: ignore[arg-type]
    return [r["code"] for r in rows]


WORDS = [
    ("da nang", ["7/BC", "128/UBND-VP"]),
    ("Đà Nẵng", ["7/BC", "128/UBND-VP"]),
    ("128/ubnd", ["128/UBND-VP"]),
    ("128 ubnd-vp", ["128/UBND-VP"]),
    ("kgvx", ["2009/KH-KGVX"]),
    ("ke hoa", ["2009/KH-KGVX"]),
    ("oach", []),
    ("khong co", []),
    ("'\" * NEAR( OR", []),
    ("— … !", []),
]


@pytest.mark.parametrize(("q", "codes"), WORDS)
async def test_words_are_found_from_their_beginning_with_and_without_accents(
    filled: Database, q: str, codes: list[str]
) -> None:
    await catalogue.keep(filled, NOW)

    assert await found(filled, q) == codes


async def test_what_is_not_in_the_index_yet_is_found_all_the_same(filled: Database) -> None:
    assert await found(filled, "da nang") == ["7/BC", "128/UBND-VP"]
    await catalogue.keep(filled, NOW - 90 * timedelta(minutes=1))
    assert await found(filled, "da nang") == ["7/BC", "128/UBND-VP"]
    await insert_alone(filled, [row("G22", {"H17": "QUEUED"}, timedelta(0), code="9/M", subject="Mới, tại Đà Nẵng")])
    assert await found(filled, "da nang") == ["9/M", "7/BC", "128/UBND-VP"]


async def test_every_document_is_entered_once_whoever_keeps_the_index(filled: Database) -> None:
    assert await catalogue.keep(filled, NOW) == 3
    assert await catalogue.keep(filled, NOW + HOUR) == 0
    async with filled.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(search))).scalar_one() == 3


async def test_documents_are_found_by_the_names_of_sender_and_recipients(filled: Database) -> None:
    await catalogue.keep(filled, NOW)

    assert await found(filled, "thanh pho da nang") == ["128/UBND-VP"]
    assert await found(filled, "van phong chinh phu") == ["7/BC", "2009/KH-KGVX", "128/UBND-VP"]


async def test_words_go_together_with_the_other_filters_and_with_what_a_person_may_see(filled: Database) -> None:
    await catalogue.keep(filled, NOW)

    assert await found(filled, "da nang", state="DEAD") == ["7/BC"]
    assert await found(filled, "da nang", sight=Sight("H17")) == ["128/UBND-VP"]
    assert await found(filled, "da nang", since=NOW - 90 * timedelta(minutes=1)) == ["7/BC"]


async def test_pages_of_what_was_found_follow_each_other(filled: Database) -> None:
    await catalogue.keep(filled, NOW)

    async with filled.read() as conn:
        first = (await envelopes.search(conn, q="da nang", limit=1)).rows[0]
        rest = (await envelopes.search(conn, q="da nang", before=(first["received_at"], first["id"]))).rows
    assert [first["code"], *(r["code"] for r in rest)] == ["7/BC", "128/UBND-VP"]


async def test_those_with_the_very_accents_are_told_apart(filled: Database) -> None:
    await catalogue.keep(filled, NOW)

    async with filled.read() as conn:
        rows = await overview.as_written(conn, Wanted(q="đà nẵng"), NOW, None, 10)
    assert [r["code"] for r in rows] == ["128/UBND-VP"]


async def test_two_documents_of_one_microsecond_both_have_a_place(database: Database) -> None:
    made = [row("G22", {"H53": "QUEUED"}, HOUR, received_at=NOW - HOUR, code=f"{n}/X") for n in range(40)]
    await insert_alone(database, made)

    assert await catalogue.keep(database, NOW) == 40
    assert len(await found(database, "x")) == 40


@pytest.mark.parametrize("state", ["", "dead"], ids=["words alone", "with a state that few are in"])
@pytest.mark.parametrize("of", [Sight("H17"), Sight("H17", below=True)], ids=["an office", "a province"])
async def test_who_sees_a_part_finds_the_same_whether_all_is_looked_at_or_the_newest_and_then_the_index(
    database: Database, monkeypatch: pytest.MonkeyPatch, of: Sight, state: str
) -> None:
    async with database.write() as conn:
        await registry.add(conn, Agency("H17", "Đà Nẵng", Level.PROVINCE), NOW)
        await registry.add(conn, Agency("H17.1", "Hải Châu", Level.COMMUNE, parent="H17"), NOW)
    said = ("Mưa lũ tại Mỏ Công", "Mua lu tai mo cong", "Mưa lớn", "Giấy mời", "Lũ, mưa tại Mỏ Công")
    rows = [
        row(
            *(("H17", {"G22": "DEAD"}), ("G22", {"H17.1": "AVAILABLE"}), ("G22", {"H53": "DEAD"}))[n % 3],
            (n + 1) * timedelta(minutes=1),
            code=f"{n}/X",
            subject=said[n % 5],
        )
        for n in range(45)
    ]
    await insert_alone(database, rows)
    await catalogue.keep(database, NOW)

    async def pages() -> list[list[str]]:
        found, wanted = [], Wanted(q="mưa lũ mo con", state=state)
        async with database.read() as conn:
            while len(found) < 20:
                page = (await overview.documents(conn, wanted, NOW, of, 2)).rows
                if not page:
                    break
                found.append([r["code"] for r in page])
                wanted = replace(wanted, before=(page[-1]["received_at"], page[-1]["id"]))
            exact = await overview.as_written(conn, Wanted(q="mưa lũ", state=state), NOW, of, 50)
        return [*found, [r["code"] for r in exact]]

    whole = await pages()
    monkeypatch.setattr(finding, "_FIRST", 3)

    assert await pages() == whole
    assert sum(map(len, whole)) > 8
