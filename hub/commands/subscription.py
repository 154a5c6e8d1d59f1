"""`truc subscription`: reports that are mailed whenever their period is over."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(
    help="Reports by mail: who gets which, whenever its period is over.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def add(  # noqa: PLR0913
    kind: Annotated[str, typer.Argument(metavar="KIND", help="exchange, signed, on-time, receipt, connection.")],
    every: Annotated[str, typer.Option(help="day, week, month, quarter, half or year.")],
    to: Annotated[list[str], typer.Option(help="A mail address; may be given again.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    form: Annotated[list[str] | None, typer.Option(help="pdf or xlsx; may be given again. Usually pdf.")] = None,
    agency: Annotated[str, typer.Option(help="Only of this agency, by any of its codes; else of all.")] = "",
    below: Annotated[bool, typer.Option("--below", help="And of all below it.")] = False,
    as_json: Json = False,
) -> None:
    """Subscribe to a report. The first one is that of the period that goes on now."""
    from hub.domain import deadline, subscription
    from hub.store import audit
    from hub.store.directory import agencies
    from hub.store.watching import subscriptions

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            scope = (await agencies.get(conn, agency)).code + ("/" if below else "") if agency else ""
            wanted = subscription.checked(kind, every, scope, form or ["pdf"], to)
            begins = subscription.begins(wanted.every, now.astimezone(deadline.LOCAL).date())
            number = await subscriptions.add(conn, wanted, begins, database.actor, now)
            told = {"kind": kind, "every": every, "scope": scope, "to": ", ".join(wanted.addresses)}
            audit.note(conn, "report subscribed", str(number), **told, reason=reason)
        return {"id": number, **told, "forms": ",".join(wanted.forms), "first": begins.isoformat()}

    tell(opened.run(work), as_json=as_json)


@app.command("list")
def list_all(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200, as_json: Json = False
) -> None:
    """List the subscriptions, the newest first, each with what became of its latest mails."""
    from hub.domain.period import of
    from hub.store.watching import subscriptions

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        del now
        async with database.read() as conn:
            rows = await subscriptions.listing(conn, None, 0, limit)
            last = {row["id"]: (of(row["made_until"], row["every"]).before.name, row["addresses"]) for row in rows}
            mailed = await subscriptions.latest(conn, last)
        return [
            {name: plain(value) for name, value in row.items()}
            | {"mails": {each["address"]: each["state"] for each in mailed[row["id"]]}}
            for row in rows
        ]

    rows = opened.run(work)
    if as_json:
        say.data({"items": rows})
        return
    for row in rows:
        how = "ended" if row["ended_at"] else row["error"] or ", ".join(f"{a} {s}" for a, s in row["mails"].items())
        say.line(
            f"{row['id']:>4} {row['kind']:<10} {row['every']:<8} {row['scope'] or '*':<12} {row['forms']:<9} {how}"
        )


@app.command()
def end(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="As `truc subscription list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    as_json: Json = False,
) -> None:
    """End a subscription: nothing more is mailed. What was mailed stays."""
    from hub.errors import rejected
    from hub.store import audit
    from hub.store.watching import subscriptions

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            if not await subscriptions.end(conn, number, database.actor, now):
                raise rejected("not-found")
            audit.note(conn, "report subscription ended", str(number), reason=reason)
        return {"id": number, "ended": True}

    tell(opened.run(work), as_json=as_json)
