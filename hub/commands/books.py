"""`truc ledger`: the hub's books, and counting a span of them anew."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json

if TYPE_CHECKING:
    from hub.store.database import Database


def ledger(
    agency: Annotated[str | None, typer.Option(metavar="CODE", help="One agency, by its canonical code.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="RFC 3339, or a date: its midnight.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Up to and without this time.")] = None,
    received: Annotated[bool, typer.Option("--received", help="What was for the agency, not what it sent.")] = False,
    recount: Annotated[
        bool, typer.Option("--recount", help="Count the span anew first, from receipts and rows.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what was accepted in each hour and what became of it. Exit code 1 when a row does not balance."""
    from hub import ledger as books
    from hub.store.watching import ledger_view

    first, last = _moment(since, "--from"), _moment(until, "--to")
    side = ledger_view.RECEIVED if received else ledger_view.SENT
    wanted = ledger_view.Wanted(side, agency, first, last)

    async def work(database: "Database", now: datetime) -> tuple[list[dict[str, Any]], dict[str, int]]:
        if recount:
            await books.keep(database, now)
            span = first or datetime(1970, 1, 1, tzinfo=UTC), last or now
            say.note(f"counted anew: {await books.recount(database, *span)} envelopes")
        async with database.read() as conn:
            return await ledger_view.page(conn, wanted, None, 100_000), await ledger_view.totals(conn, wanted)

    rows, totals = opened.run(work)
    if as_json:
        say.data({"items": [_plain(row) for row in rows], "totals": totals})
    else:
        for row in rows:
            say.line(_line(f"{row['hour'].astimezone():%Y-%m-%d %H:00}  {row['agency']:<20}", row))
        say.line(_line(f"{'total':<38}", totals))
    if totals["unbalanced"]:
        say.note(f"truc: {totals['unbalanced']} rows do not balance: receipts promise what no delivery carries")
        raise typer.Exit(1)


def _line(head: str, row: dict[str, Any]) -> str:
    odd = "" if row["accepted"] == row["carried"] else f"  !! {row['carried']} carried"
    figures = "  ".join(f"{name} {row[name]:>8}" for name in ("accepted", "delivered", "pending", "dead"))
    return f"{head} {figures}{odd}"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "hour": row["hour"].isoformat(), "balanced": row["accepted"] == row["carried"]}


def _moment(value: str | None, name: str) -> datetime | None:
    from hub.domain import deadline

    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        say.note(f"truc: {name}: not a time: {value}")
        raise typer.Exit(2) from None
    if len(value) <= 10:  # noqa: PLR2004 - a date
        found = datetime.combine(found.date(), time(), deadline.LOCAL)
    return (found if found.tzinfo else found.replace(tzinfo=deadline.LOCAL)).astimezone(UTC)


COMMANDS: dict[str, Callable[..., Any]] = {"ledger": ledger}
