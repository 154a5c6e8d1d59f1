"""`truc agency import | export | cert`: the commands of the directory that read and write files."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Day, Json, today, view

if TYPE_CHECKING:
    from hub.domain.agency import Agency
    from hub.store.database import Database
    from hub.store.directory.agencies_import import Report

_PAGE = 1_000
_STEPS = 50  # of a progress bar


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8; the first line names the columns.")],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="An API key for each agency that has none.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take nothing if any line is refused.")] = False,
    as_json: Json = False,
) -> None:
    """Take in a directory file. Bad lines are named and left out; an empty cell changes nothing."""
    from hub.domain.agencies_csv import read
    from hub.errors import Rejected
    from hub.store.directory.agencies_import import import_agencies

    async def work(database: "Database", now: datetime) -> "Report":
        async with database.write() as conn:
            with _bar(file) as bar:
                report = await import_agencies(conn, read(lines_of(file, bar)), now, with_keys=with_keys)
            if report.refused and (strict or not report.added + report.changed):
                raise Rejected(report.findings)
            return report

    report = opened.run(work)
    _tell_import(report, as_json=as_json)


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[int], object]]:
    """Show how many bytes of a file are taken in, to who watches; nothing where stderr is no terminal."""
    if not (sys.stderr.isatty() and file.is_file()):
        yield lambda _read: None
        return
    size = file.stat().st_size
    with typer.progressbar(length=size, file=sys.stderr, update_min_steps=size // _STEPS + 1) as bar:
        yield bar.update
        bar.update_min_steps = 0  # show the end too
        bar.update(0)


def lines_of(file: Path, read: Callable[[int], object]) -> Iterator[str]:
    """Give the lines of a file with their ends, and tell `read` of the bytes of each; `Rejected` when it cannot be read."""
    from hub import troubles
    from hub.errors import rejected

    try:
        with file.open(encoding="utf-8", newline="") as lines:
            for line in lines:
                yield line
                read(len(line.encode()))
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise rejected(
            "csv-unreadable",
            problem=(f"Nội dung không phải UTF-8 ({where})", f"It is not UTF-8 ({where})"),
        ) from None
    except OSError as error:
        raise troubles.named(error) from None


def _tell_import(report: "Report", *, as_json: bool) -> None:
    if as_json:
        say.data(
            {
                "added": report.added,
                "changed": report.changed,
                "refused": report.refused,
                "findings": [found.shown() for found in report.findings],
                "keys": [{"code": code, "api_key": text} for code, text in report.keys],
            }
        )
        return
    language = 0 if say.is_vietnamese() else 1
    for found in report.findings:
        say.note(f"line {found.line}: {found.code}: {found.message[language]}")
    say.line(f"added {report.added}, changed {report.changed}, refused {report.refused}")
    for code, text in report.keys:
        say.line(f"{code} {text}")


def export(
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE.csv", help="Default: stdout.")] = None,
    on: Day = None,
    as_json: Json = False,
) -> None:
    """Write the directory as a file that `import` takes back; with --on, who was open on that day, as then named."""
    from hub.domain.agencies_csv import heading, line

    async def work(database: "Database", now: datetime) -> None:
        day = on.date() if on else None
        found = every(database, on=day)
        if as_json:
            say.data({"items": [view(agency, day or today(now)) async for agency in found]})
            return
        with ExitStack() as stack:
            out = stack.enter_context(output.open("w", encoding="utf-8", newline="")) if output else sys.stdout
            out.write(heading())
            async for agency in found:
                out.write(line(agency))

    try:
        opened.run(work)
    except OSError as error:
        say.ended(error)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        say.ended(error)


async def every(database: "Database", **filters: Any) -> AsyncIterator["Agency"]:
    """All agencies `hub.store.directory.agencies.search` finds, a page at a time."""
    from hub.store.directory import agencies

    after = ""
    while True:
        async with database.read() as conn:
            page = await agencies.search(conn, limit=_PAGE, after=after, **filters)
        for agency in page:
            yield agency
        if len(page) < _PAGE:
            return
        after = page[-1].code


COMMANDS: dict[str, Callable[..., Any]] = {"import": import_file, "export": export}
