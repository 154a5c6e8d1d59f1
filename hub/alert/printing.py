"""A report as a file: CSV, a workbook, or an administrative document on paper."""

import io
from typing import Any, Final

from hub import paper, sheet
from hub.settings import Settings

MEDIA: Final = {"csv": sheet.CSV, "xlsx": sheet.XLSX, "pdf": paper.MEDIA}


def written(made: dict[str, Any], form: str, settings: Settings) -> bytes:
    """A report as a file in one of MEDIA. The workbook says above its table what it was counted with."""
    if form == "pdf":
        return paper.printed(made, paper.Issuer.of(settings))
    rows = [[row[name] for name in made["columns"]] for row in made["rows"]]
    if form == "csv":
        return sheet.csv_lines([made["columns"], *rows], is_first=True)
    target = io.BytesIO()
    book = sheet.Book(target)
    used = ", ".join(f"{name} {value}" for name, value in made["counted_with"].items())
    book.sheet(made["period"], made["columns"], [f"{made['kind']} {made['period']}", f"{made['made_at']}; {used}"])
    for row in rows:
        book.row(row)
    book.close()
    return target.getvalue()
