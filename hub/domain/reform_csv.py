"""Changes of the directory as a CSV file: one line a change, in the order in which they are made.

Columns: `kind`, `agencies`, `into`, `to`, `on`, `grace_days`, `decree`, `reason`; others (`source`, `certainty`) are for
people. Lists are separated by `;`. `agencies` may be `level=district`: all of that level that are open on the day.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from hub.domain.agencies_csv import unguarded
from hub.domain.reform import Asked, ChangeKind
from hub.errors import rejected
from hub.findings import Finding, finding

NEEDED: Final = ("kind", "agencies")
_GRACE_AT_MOST: Final = 3650


def read(lines: Iterable[str], on: date) -> Iterator[Asked | Finding]:
    """Each line's change, or what is wrong with it. `on`: the day of lines that name none.

    Raises `Rejected` when the first line does not name the columns needed.
    """
    source = iter(lines)
    first = next(source, "").lstrip("\ufeff")
    separator = max(",;\t", key=first.count)
    header = [name.strip().lower() for name in next(csv.reader([first], delimiter=separator), [])]
    if lacking := [name for name in NEEDED if name not in header]:
        raise rejected("change-columns", line=1, found=", ".join(lacking))
    reader = csv.reader(source, delimiter=separator)
    while True:
        number = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield finding("csv-unreadable", "", number, problem=(f"dòng {number} hỏng", f"{error}"))
            continue
        if any(cell.strip() for cell in cells):
            yield from _changes(number, {k: unguarded(v).strip() for k, v in zip(header, cells, strict=False)}, on)


def _changes(number: int, cells: dict[str, str], on: date) -> Iterator[Asked | Finding]:
    def wrong(column: str, allowed: str) -> Finding:
        return finding("csv-value", column, number, column=column, found=cells.get(column, ""), allowed=allowed)

    errors: list[Finding] = []
    kind = cells["kind"].lower()
    if kind not in [*ChangeKind]:
        errors.append(wrong("kind", ", ".join(ChangeKind)))
    day, grace = on, cells.get("grace_days") or "0"
    if text := cells.get("on"):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            errors.append(finding("csv-date", "on", number, column="on", found=text))
    if not (grace.isdecimal() and int(grace) <= _GRACE_AT_MOST):
        errors.append(wrong("grace_days", f"0–{_GRACE_AT_MOST}"))
    if errors:
        yield from errors
        return
    asked = Asked(
        ChangeKind(kind),
        _list(cells, "agencies"),
        day,
        _list(cells, "into"),
        cells.get("to", ""),
        int(grace),
        cells.get("reason", ""),
        cells.get("decree", ""),
    )
    faults = [Finding(f.code, f.path, number, f.message, f.fix) for f in asked.faults()]
    if faults:
        yield from faults
    else:
        yield asked


def _list(cells: dict[str, str], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cells.get(column, "").split(";") if part.strip()))
