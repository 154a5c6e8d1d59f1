"""Tables for spreadsheets: XLSX and CSV, written as they come, so that a long one needs no more memory than a short one.

Text stays text: a cell that begins like a formula is none, in either form.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
ROWS_AT_MOST: Final = 1_000_000  # a sheet of XLSX has 1,048,576
_LOCAL: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_RUN: Final = re.compile("(^|[;\t\r\n])(?=[=+\\-@\t\r＝＋－＠])")
"""Before what a spreadsheet may run: at the beginning of a cell, and behind whatever separates cells in some country's."""
_CELL_AT_MOST: Final = 32_767  # characters in a cell of XLSX; a longer text is no cell at all


def csv_lines(rows: Iterable[Sequence[Any]], *, is_first: bool = False) -> bytes:
    """Lines of CSV (RFC 4180, UTF-8). `is_first`: with a byte order mark, for spreadsheets that would guess otherwise."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([_plain(value) for value in row] for row in rows)
    return (b"\xef\xbb\xbf" if is_first else b"") + buffer.getvalue().encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(_LOCAL).isoformat(timespec="seconds")
    if isinstance(value, str):
        return _RUN.sub(r"\1'", value)
    return "" if value is None else value


class Book:
    """A workbook being written: a sheet after another, a row after another; `close` finishes it."""

    def __init__(self, target: Path | io.BytesIO) -> None:
        """Begin a workbook; nothing is in it yet."""
        where = target if isinstance(target, io.BytesIO) else str(target)
        import xlsxwriter  # slow to load: only who makes a workbook pays for it

        self._book = xlsxwriter.Workbook(where, {"constant_memory": True, "default_date_format": "hh:mm dd/mm/yyyy"})
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._sheet: Any = None
        self._line = 0

    def sheet(self, name: str, columns: Sequence[str], notes: Sequence[str] = ()) -> None:
        """Begin a sheet. `notes` stand above its table: what it is, as of when, for whom."""
        self._sheet = self._book.add_worksheet(name[:31])
        for line, note in enumerate(notes):
            self._sheet.write_string(line, 0, note)
        self._line = len(notes)
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, min(max(len(column) + 4, 12), 40))
            self._sheet.write_string(self._line, place, column, self._bold)
        self._sheet.freeze_panes(self._line + 1, 0)

    def row(self, values: Sequence[Any]) -> None:
        """Add a row to the sheet that was begun last."""
        self._line += 1
        for place, value in enumerate(values):
            if isinstance(value, datetime):
                self._sheet.write_datetime(self._line, place, value.astimezone(_LOCAL).replace(tzinfo=None))
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self._sheet.write_number(self._line, place, value)
            elif value is not None and value != "":
                self._sheet.write_string(self._line, place, str(value)[:_CELL_AT_MOST])

    def close(self) -> None:
        """Write what is left."""
        self._book.close()
