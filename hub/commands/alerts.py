"""`truc alerts`: what is late and where, somebody is on it, and what became of the mails that say so."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(
    help="Alerts: documents not collected or answered, silent systems, certificates at their end.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_all(
    kind: Annotated[str, typer.Option(help="Only of one kind, such as unreceived.")] = "",
    agency: Annotated[str, typer.Option(help="Only of one agency, by its code.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    as_json: Json = False,
) -> None:
    """List the alerts that are not over, the oldest first."""
    from hub.store.watching import alerts

    filters = {name: value for name, value in (("kind", kind), ("agency", agency)) if value}

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        del now
        async with database.read() as conn:
            return [_plainly(row) for row in await alerts.listing(conn, filters, None, limit)]

    rows = opened.run(work)
    if as_json:
        say.data({"items": rows})
        return
    for row in rows:
        name = row["agency_name"] or ""
        say.line(f"{row['id']} {row['kind']:<20} {row['state']:<12} {row['count']:>6} {row['agency']} {name}")


@app.command()
def ack(
    identity: Annotated[str, typer.Argument(metavar="ID", help="As `truc alerts list` shows it.")],
    note: Annotated[str, typer.Option(help="Who does what about it.")],
    as_json: Json = False,
) -> None:
    """Say that somebody is on it: no reminders and no escalation until it gets worse."""
    from hub.domain import alert as rules
    from hub.domain.ids import is_id
    from hub.errors import OutOfTurn, rejected
    from hub.store import audit
    from hub.store.watching import alerts

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        if not note.strip():
            raise rejected("invalid-parameter", "note", name="note", problem="bắt buộc / required")
        async with database.write() as conn:
            found = await alerts.get(conn, identity) if is_id(identity) else None
            if found is None:
                raise rejected("not-found")
            try:
                after = rules.acknowledged(found, database.actor, note.strip(), now)
            except OutOfTurn:
                raise rejected("alert-cleared", at=found.cleared_at) from None
            if not await alerts.change(conn, found, after):
                raise rejected("busy")
            calls = bool(say.settings().alert_webhook_url)
            told = [(after, rules.Event.ACKNOWLEDGED)]
            await alerts.tell(conn, told, now, calls=calls, by=database.actor, note=note.strip())
            audit.note(conn, "alert acknowledged", found.id, note=note[:200])
        return {"id": found.id, "state": after.state.value, "by": after.acknowledged_by, "note": after.note}

    tell(opened.run(work), as_json=as_json)


@app.command()
def mails(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    resend: Annotated[
        str, typer.Option(metavar="ID", help="Send one again of which nobody knows whether it arrived.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show the latest digests and what became of them."""
    from hub.domain.ids import is_id
    from hub.errors import rejected
    from hub.store import audit
    from hub.store.watching import mails as rows

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        if resend:
            async with database.write() as conn:
                if not is_id(resend) or not await rows.resend(conn, resend, now):
                    raise rejected("not-found")
                audit.note(conn, "digest sent again", resend)
        async with database.read() as conn:
            return [_plainly(row) for row in await rows.lately(conn, limit)]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for row in found:
        said = row["error"] or ""
        say.line(f"{row['id']} {row['state']:<10} {row['digest']:<7} {row['period']:<14} {row['address']} {said}")


def _plainly(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}
