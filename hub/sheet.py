"""Tables for spreadsheets: XLSX and CSV, written as they come, so that a long one needs no more memory than a short one.

Text stays text: a cell that begins like a formula is none, in either form.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
_LOCAL: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS: Final = range(10, 61)


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """CSV (RFC 4180, UTF-8 with a byte order mark, for spreadsheets that would guess otherwise), line by line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def taken() -> bytes:
        line = buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        return line

    writer.writerow(columns)
    yield b"\xef\xbb\xbf" + taken()
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        yield taken()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(_LOCAL).isoformat(timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return "" if value is None else value


def write_xlsx(
    target: Path | io.BytesIO,
    sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]],
    notes: Sequence[str] = (),
) -> None:
    """Write a workbook of sheets (name, columns, rows). `notes` go above the first table: what it is, when, for whom."""
    book = xlsxwriter.Workbook(
        target if isinstance(target, io.BytesIO) else str(target),
        {"constant_memory": True, "default_date_format": "hh:mm dd/mm/yyyy", "remove_timezone": True},
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, (name, columns, rows) in enumerate(sheets):
        sheet = book.add_worksheet(name[:31])
        line = 0
        for note in notes if number == 0 else ():
            sheet.write_string(line, 0, note)
            line += 1
        for place, column in enumerate(columns):
            sheet.set_column(place, place, min(max(len(column) + 4, _WIDTHS.start), _WIDTHS.stop))
            sheet.write_string(line, place, column, bold)
        sheet.freeze_panes(line + 1, 0)
        for row in rows:
            line += 1
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, place, value.astimezone(_LOCAL).replace(tzinfo=None))
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(line, place, value)
                elif value is not None and value != "":
                    sheet.write_string(line, place, str(value), wrapped)
    book.close()
