"""Lists as files: what a page lists, whole, as CSV or a workbook."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi.responses import Response

from hub import sheet

MEDIA: Final = {"csv": sheet.CSV, "xlsx": sheet.XLSX}
FORMS: Final = tuple(MEDIA)
ROWS_AT_MOST: Final = 100_000  # of one file: they are held in memory


def file(name: str, form: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A file called `name` in one of FORMS."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    if form == "csv":
        body = sheet.csv_lines([columns], is_first=True) + sheet.csv_lines(rows)
        return Response(body, headers=headers, media_type=MEDIA[form])
    target = io.BytesIO()
    book = sheet.Book(target)
    book.sheet(name, columns)
    for row in rows:
        book.row(row)
    book.close()
    return Response(target.getvalue(), headers=headers, media_type=MEDIA[form])
