"""`truc report` and `truc declare`: the indicators of a period, and what agencies declare for it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, tell

if TYPE_CHECKING:
    from hub.store.database import Database

Period = Annotated[str, typer.Option(help="2026-11-26, 2026-W48, 2026-09, 2026-Q3, 2026-H1 or 2026.")]


def report(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="exchange, signed, on-time, receipt, connection.")],
    period: Period,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write FILE.csv, FILE.xlsx or FILE.pdf instead.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write KIND-PERIOD.pdf here, unless -o says where.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Make it once more, though it was issued.")] = False,
    as_json: Json = False,
) -> None:
    """The indicators of a period, which are frozen once it is over."""
    from hub.alert import figures
    from hub.alert.printing import written
    from hub.domain.indicator import KINDS
    from hub.domain.period import period as read
    from hub.store.watching.calendar import Calendars

    if kind not in KINDS:
        raise typer.BadParameter(f"there are {', '.join(KINDS)}", param_hint="KIND")
    if pdf and output is None:
        output = Path(f"{kind}-{period}.pdf")
    if output is not None and output.suffix not in ((".pdf",) if pdf else (".csv", ".xlsx", ".pdf")):
        wanted = "a name that ends in .pdf" if pdf else "a name that ends in .csv, .xlsx or .pdf"
        raise typer.BadParameter(wanted, param_hint="-o")
    settings = say.settings()

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        calendars = Calendars(database, settings)
        by = database.actor
        return await figures.report(database, calendars, settings, kind, read(period), None, by, now, again=again)

    made = opened.run(work)
    if output is not None:
        output.write_bytes(written(made, output.suffix[1:], settings))
    if as_json:
        say.data(made)
    elif pdf:
        say.line(str(output))
    elif output is None:
        say.line("  ".join(made["columns"]))
        for row in made["rows"]:
            say.line("  ".join("—" if row[name] is None else str(row[name]) for name in made["columns"]))


def declare(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Any code of the agency.")],
    value: Annotated[int, typer.Argument(metavar="NUMBER", min=0, help="How many.")],
    period: Period,
    source: Annotated[str, typer.Option(help="Where the figure comes from: the document that says so.")],
    name: Annotated[str, typer.Option(help="What: issued (all documents issued, on paper too).")] = "issued",
    as_json: Json = False,
) -> None:
    """Keep a figure that the hub cannot count. Reports show it beside theirs, as declared."""
    from hub.domain.indicator import DECLARED
    from hub.domain.period import period as read
    from hub.store import audit
    from hub.store.directory import agencies
    from hub.store.watching import figures

    if name not in DECLARED:
        raise typer.BadParameter(f"there are {', '.join(DECLARED)}", param_hint="--name")

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            known = (await agencies.get(conn, code)).code
            await figures.declare(conn, known, read(period).name, name, value, source, database.actor, now)
            audit.note(conn, "figure declared", known, period=period, name=name, value=value, source=source)
        return {"agency": known, "period": period, "name": name, "value": value, "source": source}

    tell(opened.run(work), as_json=as_json)


COMMANDS: dict[str, Callable[..., Any]] = {"report": report, "declare": declare}
