"""The directory as a CSV file: read leniently, line by line; written so that no spreadsheet takes a cell for a formula.

Files come from spreadsheets of many hands: BOM, CRLF, `;` or tab between cells, codes twice, characters nobody sees.
What is wrong with a line is said with its number; the good lines are answered.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from io import StringIO
from typing import Final, TypeVar

from hub.domain import codes
from hub.domain.agency import Agency, Kind, Level, SignaturePolicy, code_cleaned, code_key, code_scheme
from hub.domain.reform import is_gso
from hub.errors import Rejected, rejected
from hub.findings import Finding, finding

COLUMNS: Final = (
    "code",
    "name",
    "level",
    "kind",
    "parent",
    "aliases",
    "signature",
    "valid_from",
    "valid_to",
    "successors",
    "gso",
)
NEEDED: Final = ("code", "name", "level")
# before what a spreadsheet runs, if it is a cell's beginning
_RUN: Final = re.compile(r"(^|[;\t\r\n])(?='*[=+\-@\t\r])")
_HELD: Final = re.compile(r"(^|[;\t\r\n])'(?='*[=+\-@\t\r])")
_DATES: Final = ("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y")
_NAME_AT_MOST: Final = 500  # characters, as everywhere; a page of a report is no higher
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Row:
    """A line that can be taken. `given`: the columns with something in them; the others say nothing."""

    line: int
    agency: Agency
    given: frozenset[str]
    remarks: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Line:
    number: int
    cells: dict[str, str]
    errors: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)

    def text(self, column: str) -> str:
        """The cell without what cannot be seen; a remark when there was such a thing inside."""
        raw = unguarded(self.cells.get(column) or "")
        plain = unicodedata.normalize("NFC", raw)
        if not plain.isprintable():
            seen = "".join(c for c in plain if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
            if seen != plain:
                self.remark("csv-cleaned", column, column=column)
            plain = seen
        return " ".join(plain.split())

    def error(self, code: str, at: str, **details: object) -> None:
        """Something that keeps the line from being taken."""
        self.errors.append(finding(code, at, self.number, **details))

    def remark(self, code: str, at: str, **details: object) -> None:
        """Something worth knowing."""
        self.remarks.append(finding(code, at, self.number, **details))


def read(lines: Iterable[str]) -> Iterator[Row | Finding]:
    """Each line of the file: a row, or what is wrong with it (`line` is its number, `path` the column).

    `lines` keep their ends. Raises `Rejected` when the first line does not name the columns needed.
    """
    source = iter(lines)
    first = next(source, "").lstrip("\ufeff")
    separator = max(",;\t", key=first.count)
    header = [name.strip().lower() for name in next(csv.reader([first], delimiter=separator), [])]
    lacking = [name for name in NEEDED if name not in header]
    if lacking:
        raise rejected("csv-columns", line=1, found=", ".join(lacking))
    seen: dict[str, int] = {}
    reader = csv.reader(source, delimiter=separator)
    while True:
        start = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield finding("csv-unreadable", "", start, problem=(f"dòng {start} hỏng", f"{error}"))
            continue
        if any(cell.strip() for cell in cells):
            yield from _rows(start, header, cells, seen)


def _rows(number: int, header: list[str], cells: list[str], seen: dict[str, int]) -> Iterator[Row | Finding]:
    line = _Line(number, dict(zip(header, cells, strict=False)))
    if len(cells) < len(NEEDED) or any(cell.strip() for cell in cells[len(header) :]):
        line.error("csv-cells", "", found=len(cells), wanted=len(header))
    agency = _agency(line)
    if agency is None:
        yield from line.errors
        return
    first = seen.setdefault(code_key(agency.code), number)
    if first != number:
        yield finding("csv-duplicate", "code", number, agency=agency.code, first=first)
        return
    given = frozenset(column for column in COLUMNS if line.cells.get(column, "").strip())
    yield Row(number, agency, given, tuple(line.remarks))


def _agency(line: _Line) -> Agency | None:
    code = _code(line, "code", unguarded(line.cells.get("code") or ""))
    name = line.text("name")
    if not name:
        line.error("name-missing", "name")
    elif len(name) > _NAME_AT_MOST:
        line.error("invalid-parameter", "name", name="name", problem=f"≤ {_NAME_AT_MOST} ký tự / characters")
    level = _choice(line, "level", Level)
    kind = _choice(line, "kind", Kind)
    signature = _choice(line, "signature", SignaturePolicy)
    parent = _code(line, "parent", line.text("parent")) if line.text("parent") else None
    valid_from, valid_to = _date(line, "valid_from"), _date(line, "valid_to")
    if valid_from and valid_to and valid_to <= valid_from:
        line.error("dates-crossed", "valid_to", agency=code, start=valid_from, end=valid_to)
    if parent and code and code_key(parent) == code_key(code):
        line.error("parent-itself", "parent")
    if (gso := line.text("gso")) and not is_gso(gso):
        line.error("gso-impossible", "gso", found=gso)
    successors = tuple(_code(line, "successors", each) or "" for each in _list(line, "successors"))
    if code is None or level is None or line.errors:
        return None
    if code_scheme(code) == "other":
        line.remark("code-unusual", "code", agency=code)
    return Agency(
        code=code,
        name=name,
        level=level,
        kind=kind or Kind.GOVERNMENT,
        parent=parent,
        aliases=_aliases(line, code),
        signature=signature,
        valid_from=valid_from,
        valid_to=valid_to,
        successors=tuple(dict.fromkeys(successors)),
        gso=gso or None,
    )


def _code(line: _Line, column: str, written: str) -> str | None:
    try:
        code = codes.canonical(written)
    except Rejected as refusal:
        line.errors.extend(Finding(f.code, column, line.number, f.message, f.fix) for f in refusal.findings)
        return None
    if column == "code" and code_cleaned(written) != written.strip():
        line.remark("csv-cleaned", column, column=column)
    return code


def _aliases(line: _Line, code: str) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for written in _list(line, "aliases"):
        try:
            alias = codes.canonical(written)
        except Rejected:
            line.remark("csv-alias-dropped", "aliases", found=written)
            continue
        if code_key(alias) != code_key(code):
            kept.setdefault(code_key(alias), alias)
    return tuple(kept.values())


def _list(line: _Line, column: str) -> list[str]:
    return [part.strip() for part in line.text(column).split(";") if part.strip()]


def _choice(line: _Line, column: str, choices: type[Choice]) -> Choice | None:
    text = line.text(column).lower()
    if not text and column not in NEEDED:
        return None
    try:
        return choices(text)
    except ValueError:
        line.error("csv-value", column, column=column, found=text, allowed=", ".join(choices))
        return None


def _date(line: _Line, column: str) -> date | None:
    text = line.text(column)
    if not text:
        return None
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    line.error("csv-date", column, column=column, found=text)
    return None


def heading() -> str:
    """The first line of a file, CRLF at its end (RFC 4180)."""
    return _line(COLUMNS)


def line(agency: Agency) -> str:
    """The line of an agency; `read` reads it back."""
    cells = (
        agency.code,
        agency.name,
        agency.level.value,
        agency.kind.value,
        agency.parent or "",
        ";".join(agency.aliases),
        agency.signature.value if agency.signature else "",
        agency.valid_from.isoformat() if agency.valid_from else "",
        agency.valid_to.isoformat() if agency.valid_to else "",
        ";".join(agency.successors),
        agency.gso or "",
    )
    return _line(tuple(guarded(cell) for cell in cells))


def _line(cells: tuple[str, ...]) -> str:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def guarded(cell: str) -> str:
    """The cell with an apostrophe wherever a spreadsheet would begin to run it; `unguarded` takes them off again.

    Also behind what separates cells in other countries: `;` does in Vietnam's.
    """
    return _RUN.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return _HELD.sub(r"\1", cell)
