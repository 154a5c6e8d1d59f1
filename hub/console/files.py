"""Lists as files: what a page lists, whole, as CSV or a workbook."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi.responses import Response

from hub import sheet
from hub.console.frame import GUARDS, Visit
from hub.domain import deadline

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


def asked_for(query: Mapping[str, str], *lists: str) -> tuple[str, str] | None:
    """Which of a page's `lists` is wanted as a file (`list` in its address, "" the main one), and in which form.

    None when the page itself is wanted, or nothing there is.
    """
    which, form = query.get("list", ""), query.get("format", "")
    return (which, form) if form in FORMS and which in lists else None


def table(here: Visit, name: str, form: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A list of a page as a file, named by `name` and the minute; `columns`: phrases."""
    named = f"{name}-{here.now.astimezone(deadline.LOCAL):%Y%m%d-%H%M}"
    answer = file(named, form, [here.speech(column) for column in columns], rows)
    answer.headers.update(GUARDS)
    return answer
