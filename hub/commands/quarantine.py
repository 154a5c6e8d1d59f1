"""`truc quarantine`: documents in which the scanner found something, and what is decided about them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(
    help="Documents kept from their recipients until somebody decides.", no_args_is_help=True, rich_markup_mode=None
)
Envelope = Annotated[str, typer.Argument(metavar="ENVELOPE_ID", help="The envelope's id.")]
Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why; kept with your name, and on a rejection told the sender.")
]


@app.command("list")
def list_held(as_json: Json = False) -> None:
    """List what is in quarantine, the longest there first."""
    from hub.store.road import inspections

    async def work(database: "Database", _now: datetime) -> list[dict[str, Any]]:
        async with database.read() as conn:
            return [{k: plain(v) for k, v in row.items()} for row in await inspections.held(conn, None, None, 1000)]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for each in found:
        say.line(f"{each['envelope_id']}  {each['sender']:<20} {each['document_id']}  {each['threat']}")


@app.command()
def release(envelope_id: Envelope, reason: Reason, as_json: Json = False) -> None:
    """Deliver a document after all."""
    tell(_decide(envelope_id, reason, released=True), as_json=as_json)


@app.command()
def reject(envelope_id: Envelope, reason: Reason, as_json: Json = False) -> None:
    """Keep a document from its recipients for good."""
    tell(_decide(envelope_id, reason, released=False), as_json=as_json)


def _decide(envelope_id: str, reason: str, *, released: bool) -> dict[str, Any]:
    from hub.domain.ids import is_id, read_id
    from hub.store.road import inspections

    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    envelope_id = read_id(envelope_id)
    if not is_id(envelope_id):
        raise typer.BadParameter("this is no envelope's id", param_hint="ENVELOPE_ID")

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        decision = inspections.Decision(released, database.actor, reason.strip())
        return await inspections.decide(database, envelope_id, decision, now)

    return opened.run(work)
