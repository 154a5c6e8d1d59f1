"""Text in a table stays text, whatever country's spreadsheet opens it."""

import csv
import io

import openpyxl
import pytest

from hub import sheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "a;=1", "a\t+1", "a\n@x", "a;;=1"]
)
def test_no_cell_that_any_separator_makes_begins_as_a_formula(text: str) -> None:
    written = sheet.csv_lines([["x", text, 1]]).decode()

    for separator in (",", ";", "\t"):
        for line in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
            for cell in (part for field in line for part in field.splitlines()):
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), cell


@pytest.mark.parametrize("text", ["V/v rà soát; - báo cáo", "a=b", "1-2", "x@y.vn", "", "; a"])
def test_a_text_that_runs_nowhere_is_written_as_it_is(text: str) -> None:
    (line,) = csv.reader(io.StringIO(sheet.csv_lines([[text]]).decode()))

    assert line == [text]


def test_a_text_longer_than_a_cell_of_a_workbook_is_cut_and_not_lost() -> None:
    target = io.BytesIO()
    book = sheet.Book(target)
    book.sheet("x", ["a"])
    book.row(["V" * 40_000])
    book.close()

    (_, (cell,)) = openpyxl.load_workbook(target)["x"].iter_rows(values_only=True)
    assert cell == "V" * 32_767
