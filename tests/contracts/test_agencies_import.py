"""Taking directory files in, on both databases."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from hub.domain.agencies_csv import heading, line, read
from hub.domain.agency import Agency, Kind, Level, SignaturePolicy
from hub.store.database import Database
from hub.store.directory import agencies, certificates, keys, registry, succession
from hub.store.directory.agencies_import import Report, import_agencies
from hub.store.directory.certificates import Binding
from hub.store.directory.memory import Directory

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SEED = Path(__file__).parents[2] / "schemas" / "directory" / "level1.csv"
HEADING = "code,name,level,kind,parent,aliases,signature,valid_from,valid_to,successors\n"


async def taken(database: Database, text: str, **how) -> Report:
    async with database.write() as conn:
        return await import_agencies(conn, read(text.splitlines(keepends=True)), NOW, **how)


async def everybody(database: Database, **question) -> list[Agency]:
    async with database.read() as conn:
        return await agencies.search(conn, limit=1_000_000, **question)


async def found(database: Database, code: str) -> Agency:
    async with database.read() as conn:
        return await agencies.get(conn, code)


async def test_a_file_adds_agencies_with_all_it_says(database):
    text = HEADING + (
        "H60,UBND tỉnh Tuyên Quang,province,,,000.00.00.H60,,,,\n"
        'H22,UBND tỉnh Hà Giang,province,party,H60,"000.00.00.H22;10.H22",report-only,'
        "2016-04-01,2025-07-01,000.00.00.H60\n"
    )

    report = await taken(database, text)

    assert (report.added, report.changed, report.refused, report.findings) == (2, 0, 0, [])
    assert await found(database, "10.H22") == Agency(
        "H22",
        "UBND tỉnh Hà Giang",
        Level.PROVINCE,
        Kind.PARTY,
        "H60",
        ("000.00.00.H22", "10.H22"),
        signature=SignaturePolicy.REPORT_ONLY,
        valid_from=date(2016, 4, 1),
        valid_to=date(2025, 7, 1),
        successors=("H60",),
    )


async def test_taking_the_same_file_again_changes_nothing(database):
    text = HEADING + 'H22,Hà Giang,province,,H60,"000.00.00.H22",,,2025-07-01,H60\nH60,Tuyên Quang,province,,,,,,,\n'
    await taken(database, text)
    before = await everybody(database)

    report = await taken(database, text)

    assert (report.added, report.changed, report.findings) == (0, 2, [])
    assert await everybody(database) == before


async def test_an_old_list_does_not_open_a_closed_code_nor_take_anything_away(database):
    await taken(
        database,
        HEADING
        + "H60,Tuyên Quang,province,,,,,,,\n"
        + 'H22,Hà Giang,province,party,H60,"000.00.00.H22",required,2016-04-01,2025-07-01,H60\n',
    )
    before = await found(database, "H22")

    await taken(database, "code,name,level\nH22,Hà Giang,province\n")

    assert await found(database, "H22") == before


async def test_keys_certificates_and_suspension_outlive_an_import(database):
    await taken(database, HEADING + "G12,Bộ Tài chính,central,,,,,,,\n")
    async with database.write() as conn:
        key = await keys.issue_key(conn, "G12", NOW)
        await certificates.bind_certificate(conn, "G12", Binding("ab" * 32, b"d", "s", "i", "1", NOW, NOW), NOW)
        await registry.suspend(conn, "G12", NOW)

    await taken(database, HEADING + "G12,Bộ Tài chính mới,central,,,,,,,\n")

    caller = await Directory(database).caller(key)
    assert (caller.name, caller.suspended, len(caller.certificates)) == ("Bộ Tài chính mới", True, 1)


async def test_a_renamed_agency_keeps_its_past_names_through_an_import(database):
    await taken(database, HEADING + "H57,Thừa Thiên Huế,province,,,,,,,\n")
    async with database.write() as conn:
        await succession.rename(conn, "H57", "Hue", date(2025, 1, 1), NOW)

    await taken(database, HEADING + "H57,Thành phố Huế,province,,,,,,,\n")

    async with database.read() as conn:
        assert (await agencies.get(conn, "H57")).name == "Thành phố Huế"
        assert (await agencies.get(conn, "H57", date(2024, 1, 1))).name == "Thừa Thiên Huế"


async def test_a_known_agency_may_be_named_by_its_code_in_other_letters(database):
    await taken(database, HEADING + "vxp.saas.03,x,central,,,,,,,\n")

    report = await taken(database, HEADING + "VXP.SAAS.03,y,central,,,,,,,\n")

    assert (report.added, report.changed) == (0, 1)
    assert (await found(database, "vxp.saas.03")).name == "y"


async def test_a_line_for_a_code_that_is_another_agencys_alias_is_refused(database):
    report = await taken(
        database, HEADING + "G12,Bộ Tài chính,central,,,000.00.00.G12,,,,\n000.00.00.G12,Bộ Tài chính,central,,,,,,,\n"
    )

    assert (report.added, report.refused) == (1, 1)
    assert [(f.code, f.line) for f in report.findings] == [("code-taken", 3)]


async def test_an_alias_that_is_anothers_is_left_out_and_mentioned(database):
    await taken(database, HEADING + "G12,Bộ Tài chính,central,,,000.00.00.G12,,,,\n")

    report = await taken(database, HEADING + 'G13,x,central,,,"000.00.00.G12;000.00.00.G13",,,,\n')

    assert report.added == 1
    assert [(f.code, f.line) for f in report.findings] == [("csv-alias-dropped", 2)]
    assert (await found(database, "G13")).aliases == ("000.00.00.G13",)


async def test_parents_are_kept_by_their_own_codes_wherever_they_stand_in_the_file(database):
    report = await taken(
        database,
        HEADING
        + "H53.1,x,commune,,000.00.00.H53,,,,,\nH53,y,province,,,000.00.00.H53,,,,\nH53.2,z,commune,,H99,,,,,\n",
    )

    assert (await found(database, "H53.1")).parent == "H53"
    assert [(f.code, f.line) for f in report.findings] == [("parent-unknown", 4)]


async def test_unknown_and_circular_successors_are_mentioned(database):
    report = await taken(
        database,
        HEADING
        + "H1,x,commune,,,,,,2025-07-01,H99\nH2,x,commune,,,,,,2025-07-01,H3\nH3,x,commune,,,,,,2025-07-01,H2\n",
    )

    assert {(f.code, f.line) for f in report.findings if f.code.startswith("successor")} == {
        ("successor-unknown", 2),
        ("successor-loop", 3),
        ("successor-loop", 4),
    }


async def test_each_agency_without_a_key_gets_one_when_asked_for(database):
    await taken(database, HEADING + "G12,x,central,,,,,,,\nG13,y,central,,,,,,,\n")
    async with database.write() as conn:
        await keys.issue_key(conn, "G12", NOW)

    report = await taken(
        database, HEADING + "G12,x,central,,,,,,,\nG13,y,central,,,,,,,\nG14,z,central,,,,,,,\n", with_keys=True
    )

    assert [code for code, _ in report.keys] == ["G13", "G14"]
    directory = Directory(database)
    assert [(await directory.caller(text)).code for _, text in report.keys] == ["G13", "G14"]


async def test_bad_lines_are_counted_once_each_and_the_good_ones_are_in(database):
    report = await taken(database, HEADING + ",,x,,,,,,,\nG12,Bộ Tài chính,central,,,,,,,\nG12,lặp,central,,,,,,,\n")

    assert (report.added, report.refused) == (1, 2)
    assert (await found(database, "G12")).name == "Bộ Tài chính"


async def test_a_file_of_nothing_but_faults_is_counted_in_full_and_remembered_in_part(database):
    report = await taken(database, HEADING + ",,x,,,,,,,\n" * 6_000)

    assert report.refused == 6_000
    assert len(report.findings) == 5_000


async def test_a_directory_of_many_thousands_is_taken_in(database):
    def lines() -> Iterator[str]:
        yield HEADING
        for n in range(5_001):
            yield f'H{n % 60 + 1:02}.{n:06},Ủy ban nhân dân xã số {n},commune,,H{n % 60 + 1:02},"000.{n:06}",,,,\n'

    async with database.write() as conn:
        report = await import_agencies(conn, read(lines()), NOW)

    assert (report.added, report.refused) == (5_001, 0)
    assert (await found(database, "000.005000")).code == "H21.005000"


async def test_the_directory_written_out_and_taken_in_elsewhere_is_the_same(database, tmp_path):
    await taken(database, SEED.read_text("utf-8"))
    before = await everybody(database)

    written = [heading(), *map(line, before)]
    async with database.write() as conn:
        await import_agencies(conn, read(written), NOW)

    assert await everybody(database) == before


async def test_the_seed_is_taken_in_without_a_remark(database):
    report = await taken(database, SEED.read_text("utf-8"))

    assert (report.added, report.refused, report.findings) == (94, 0, [])


async def test_every_closed_code_of_the_seed_leads_to_an_open_one(database):
    await taken(database, SEED.read_text("utf-8"))

    known = {agency.code: agency for agency in await everybody(database)}
    closed = [agency for agency in known.values() if agency.valid_to]

    assert len(closed) == 35
    assert all(len(agency.successors) == 1 for agency in closed)
    assert not any(known[agency.successors[0]].is_closed(NOW.date()) for agency in closed)


async def test_the_seed_has_34_provinces_after_the_reform_and_63_before(database):
    await taken(database, SEED.read_text("utf-8"))

    assert len(await everybody(database, level="province", on=date(2025, 6, 30))) == 63
    assert len(await everybody(database, level="province", on=date(2025, 7, 1))) == 34


def test_every_line_of_the_seed_says_where_it_is_from_and_how_sure_it_is():
    with SEED.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))

    assert all(each["source"].startswith("QĐ ") for each in lines)
    assert all("verified" in each["certainty"] or "recalled" in each["certainty"] for each in lines)
