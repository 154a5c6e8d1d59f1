"""Whole lists as CSV or XLSX: fetched page by page, written as they come."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from hub import sheet

_PAGE: Final = 1_000


class Pages(Protocol):
    """A list that is fetched a page at a time."""

    columns: Sequence[str]

    async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
        """The items after a cursor, and the next cursor; "" when these were the last."""


def by_accept(accept: str) -> str:
    """Which form an Accept header asks for: json, csv or xlsx."""
    if sheet.XLSX in accept:
        return "xlsx"
    return "csv" if "text/csv" in accept and "json" not in accept else "json"


async def whole(pages: Pages, form: str, name: str) -> Response:
    """The whole list as a file called `name`. A failure on the first page is answered as one."""
    first = await pages.page("", _PAGE)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "csv":
        return StreamingResponse(_csv(pages, first), media_type=sheet.CSV, headers=headers)
    with tempfile.NamedTemporaryFile(prefix="truc-", suffix=".xlsx", delete=False) as file:
        target = Path(file.name)
    try:
        book = sheet.Book(target)
        book.sheet(name, pages.columns)
        async for items in _rest(pages, first):
            for item in items:
                book.row(_values(pages.columns, item))
        book.close()
    except BaseException:
        target.unlink(missing_ok=True)  # noqa: ASYNC240 - a name in a local folder
        raise
    return FileResponse(target, media_type=sheet.XLSX, headers=headers, background=BackgroundTask(target.unlink))


async def _rest(pages: Pages, first: tuple[list[dict[str, Any]], str]) -> AsyncIterator[list[dict[str, Any]]]:
    items, place = first
    yield items
    written = len(items)
    while place and written < sheet.ROWS_AT_MOST:
        items, place = await pages.page(place, _PAGE)
        yield items
        written += len(items)


async def _csv(pages: Pages, first: tuple[list[dict[str, Any]], str]) -> AsyncIterator[bytes]:
    yield sheet.csv_lines([pages.columns], is_first=True)
    async for items in _rest(pages, first):
        yield sheet.csv_lines(_values(pages.columns, item) for item in items)


def _values(columns: Sequence[str], item: Mapping[str, Any]) -> list[Any]:
    contact: Mapping[str, str] = item.get("contact") or {}
    acknowledged: Mapping[str, str] = item.get("acknowledged") or {}
    further = {
        "contact_name": contact.get("name"),
        "contact_phone": contact.get("phone"),
        "contact_email": contact.get("email"),
        "acknowledged_by": acknowledged.get("by"),
        "note": acknowledged.get("note"),
        "agency_name": item.get("agency_name") or item.get("recipient_name"),
    }
    return [further[name] if name in further else item.get(name) for name in columns]
