"""Lists as files: what a page lists, whole, as CSV or a workbook. Every file of a list leaves the console here."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi.responses import Response

from hub import sheet
from hub.console.frame import GUARDS, Visit
from hub.domain import deadline
from hub.domain.filename import safe_name
from hub.gateway import tables

MEDIA: Final = {"csv": sheet.CSV, "xlsx": sheet.XLSX}
FORMS: Final = tuple(MEDIA)
ROWS_AT_MOST: Final = 100_000  # of one file: they are held in memory


def asked_for(query: Mapping[str, str], *lists: str) -> tuple[str, str] | None:
    """Which of a page's `lists` is wanted as a file (`list` in its address, "" the main one), and in which form.

    None when the page itself is wanted, or nothing there is.
    """
    which, form = query.get("list", ""), query.get("format", "")
    return (which, form) if form in FORMS and which in lists else None


def file(name: str, form: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A file in one of FORMS called `name`, in which a code may have any character; `columns`: words."""
    name = safe_name(name)
    headers = {**GUARDS, "Content-Disposition": f'attachment; filename="{name}.{form}"'}
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


def stamped(here: Visit, name: str) -> str:
    """A name with the minute of the visit, in Vietnam."""
    return f"{name}-{here.now.astimezone(deadline.LOCAL):%Y%m%d-%H%M}"


def table(here: Visit, name: str, form: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A list of a page as a file, named by `name` and the minute; `columns`: phrases."""
    return file(stamped(here, name), form, [here.speech(column) for column in columns], rows)


async def whole(pages: tables.Pages, form: str, name: str) -> Response:
    """A list that is too long to be held in memory, as a file called `name`: fetched a page at a time."""
    answer = await tables.whole(pages, form, name)
    answer.headers.update(GUARDS)
    return answer
