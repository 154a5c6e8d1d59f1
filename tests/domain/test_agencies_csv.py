import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.agencies_csv import Row, guarded, heading, line, read, unguarded
from hub.domain.agency import Agency, Kind, Level, SignaturePolicy
from hub.errors import Rejected
from hub.findings import Finding

HEADING = "code,name,level,kind,parent,aliases,signature,valid_from,valid_to,successors\n"


def rows(text):
    return [each for each in read(text.splitlines(keepends=True)) if isinstance(each, Row)]


def wrong(text):
    return [
        (each.line, each.path, each.code) for each in read(text.splitlines(keepends=True)) if isinstance(each, Finding)
    ]


def remarks(text):
    return [(found.line, found.code) for row in rows(text) for found in row.remarks]


def test_a_full_line_is_read():
    text = (
        HEADING
        + 'H22,UBND tỉnh Hà Giang,province,government,G22,"000.00.00.H22;10.H22",required,2016-04-01,2025-07-01,H60\n'
    )

    assert [row.agency for row in rows(text)] == [
        Agency(
            code="H22",
            name="UBND tỉnh Hà Giang",
            level=Level.PROVINCE,
            kind=Kind.GOVERNMENT,
            parent="G22",
            aliases=("000.00.00.H22", "10.H22"),
            signature=SignaturePolicy.REQUIRED,
            valid_from=date(2016, 4, 1),
            valid_to=date(2025, 7, 1),
            successors=("H60",),
        )
    ]


def test_three_columns_are_enough():
    (row,) = rows("code,name,level\nG12,Bộ Tài chính,central\n")

    assert row.agency == Agency("G12", "Bộ Tài chính", Level.CENTRAL)
    assert row.given == {"code", "name", "level"}


def test_columns_nobody_knows_are_passed_over():
    (row,) = rows("source,code,name,level,certainty\nQĐ 20/2020,G12,Bộ Tài chính,central,verified\n")

    assert row.agency == Agency("G12", "Bộ Tài chính", Level.CENTRAL)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffcode,name,level\r\nG12,Bộ Tài chính,central\r\n",
        "code;name;level\r\nG12;Bộ Tài chính;central\r\n",
        "code\tname\tlevel\nG12\tBộ Tài chính\tcentral\n",
        "CODE, Name ,LEVEL\nG12,Bộ Tài chính,Central\n",
        "code,name,level\n\n,,\nG12,  Bộ  Tài chính ,central,,,\n",
        'code,name,level\n"G12","Bộ\nTài chính",central',
    ],
)
def test_what_spreadsheets_make_of_a_file_is_read_all_the_same(text):
    assert [row.agency for row in rows(text)] == [Agency("G12", "Bộ Tài chính", Level.CENTRAL)]


def test_a_line_after_a_cell_of_two_lines_has_its_own_number():
    assert wrong('code,name,level\nG12,"Bộ\nTài chính",central\nG13,x,wrong\n') == [(4, "level", "csv-value")]


def test_a_file_without_the_columns_needed_is_refused_whole():
    with pytest.raises(Rejected) as refusal:
        rows("code,level\nG12,central\n")

    assert refusal.value.code == "csv-columns"
    assert "name" in refusal.value.findings[0].message[1]


def test_an_empty_file_is_refused():
    with pytest.raises(Rejected):
        rows("")


def test_each_bad_line_is_named_and_the_good_ones_are_taken():
    text = HEADING + (
        "G12,Bộ Tài chính,central,,,,,,,\n"
        ",Không mã,central,,,,,,,\n"
        "H 53,Có khoảng trắng,province,,,,,,,\n"
        f"{'A' * 36},Quá dài,province,,,,,,,\n"
        "H54,,province,,,,,,,\n"
        "H55,Sai cấp,regional,,,,,,,\n"
        "H56,Sai ngày,province,,,,,31/02/2025,,\n"
        "H57,Ngược ngày,province,,,,,2025-07-01,2025-01-01,\n"
        "H58,Tự trực thuộc,province,,h58,,,,,\n"
        "H59,Thừa ô,province,,,,,,,,thừa\n"
        "H60,Tốt,province,,,,,,,\n"
    )

    assert [row.agency.code for row in rows(text)] == ["G12", "H60"]
    assert wrong(text) == [
        (3, "code", "code-impossible"),
        (4, "code", "code-impossible"),
        (5, "code", "code-impossible"),
        (6, "name", "name-missing"),
        (7, "level", "csv-value"),
        (8, "valid_from", "csv-date"),
        (9, "valid_to", "dates-crossed"),
        (10, "parent", "parent-itself"),
        (11, "", "csv-cells"),
    ]


def test_all_that_is_wrong_with_a_line_is_said_at_once():
    assert [code for _, _, code in wrong(HEADING + ",,x,y,,,z,q,,\n")] == [
        "code-impossible",
        "name-missing",
        "csv-value",
        "csv-value",
        "csv-value",
        "csv-date",
    ]


def test_every_finding_speaks_both_languages():
    found = [
        each for each in read((HEADING + ",,x,y,,,z,q,,\n").splitlines(keepends=True)) if isinstance(each, Finding)
    ]

    assert all(all(pair) for each in found for pair in (each.message, each.fix))
    assert not any("{" in text for each in found for text in each.message)


def test_the_first_of_two_lines_with_one_code_counts():
    text = "code,name,level\nG12,Bộ Tài chính,central\n g12\u200b,Khác,central\n"

    assert [row.agency.name for row in rows(text)] == ["Bộ Tài chính"]
    assert wrong(text) == [(3, "code", "csv-duplicate")]


def test_invisible_characters_are_taken_out_and_mentioned():
    text = "code,name,level\n\u200bG12,Bộ Tài\u200b chính\u00a0,central\n"

    assert rows(text)[0].agency == Agency("G12", "Bộ Tài chính", Level.CENTRAL)
    assert set(remarks(text)) == {(2, "csv-cleaned")}


def test_a_code_outside_every_grammar_is_taken_with_a_remark():
    text = "code,name,level\nvxp.saas.03,Đơn vị thử,central\n"

    assert rows(text)[0].agency.code == "vxp.saas.03"
    assert remarks(text) == [(2, "code-unusual")]


def test_a_bad_alias_costs_only_itself():
    text = HEADING + f'G12,Bộ Tài chính,central,,,"000.00.00.G12;a b;{"x" * 36};g12",,,,\n'

    assert rows(text)[0].agency.aliases == ("000.00.00.G12",)
    assert remarks(text) == [(2, "csv-alias-dropped"), (2, "csv-alias-dropped")]


@pytest.mark.parametrize("written", ["2025-07-01", "2025/07/01", "01/07/2025"])
def test_days_are_read_as_people_write_them(written):
    assert rows(HEADING + f"H22,x,province,,,,,,{written},\n")[0].agency.valid_to == date(2025, 7, 1)


def test_a_cell_beyond_all_measure_is_reported_not_raised():
    text = "code,name,level\nG12," + "x" * 200_000 + ",central\nG13,y,central\n"

    assert [row.agency.code for row in rows(text)] == ["G13"]
    assert wrong(text) == [(2, "", "csv-unreadable")]


def test_a_name_that_fills_a_page_is_refused_with_its_line():
    text = f"code,name,level\nG12,{'x' * 501},central\nG13,{'x' * 500},central\n"

    assert [row.agency.code for row in rows(text)] == ["G13"]
    assert wrong(text) == [(2, "name", "invalid-parameter")]


def test_a_character_that_controls_something_is_no_part_of_a_name():
    text = 'code,name,level\nG12,"Bộ\0 Tài\x1b chính",central\n'

    (row,) = rows(text)
    assert row.agency.name == "Bộ Tài chính"
    assert [found.code for found in row.remarks] == ["csv-cleaned"]


@pytest.mark.parametrize("cell", ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\t1", "\r1"])
def test_no_cell_is_written_that_a_spreadsheet_runs(cell):
    assert guarded(cell) == f"'{cell}"
    assert guarded(f"a;{cell}") == f"a;'{cell}"  # where `;` separates cells


@given(st.text())
def test_a_guarded_cell_is_read_as_it_was_and_never_begins_a_formula(cell):
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


names = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")), min_size=1)
    .map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
    .filter(bool)
)
codes = st.from_regex(r"[A-Z][0-9]{2}(\.[A-Z0-9]{1,3}){0,3}", fullmatch=True)
agencies = st.builds(
    Agency,
    code=codes,
    name=names | st.sampled_from(["=1+1", "@x", "'=1", "''-", "-"]),
    level=st.sampled_from(Level),
    kind=st.sampled_from(Kind),
    parent=st.none() | codes.map(lambda code: code + ".9999"),
    aliases=st.lists(codes.map(lambda code: f"{code}.8888"), unique=True, max_size=3).map(tuple),
    signature=st.none() | st.sampled_from(SignaturePolicy),
    valid_from=st.none() | st.dates(date(1990, 1, 1), date(2020, 1, 1)),
    valid_to=st.none() | st.dates(date(2021, 1, 1), date(2030, 1, 1)),
    successors=st.lists(codes, unique=True, max_size=3).map(tuple),
)


@given(agencies)
def test_what_is_written_is_read_back(agency):
    (row,) = read([heading(), line(agency)])

    assert isinstance(row, Row)
    assert row.agency == agency


@given(st.lists(st.text(alphabet="abG1,;\"'\n\r\t=\u200b "), max_size=8))
def test_no_file_makes_the_reader_raise(lines):
    for each in read([HEADING, *lines]):
        assert isinstance(each, Row | Finding)
