"""`truc audit`: who looked at what and changed what, and whether the log is whole."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell

if TYPE_CHECKING:
    from hub.store.database import Database
    from hub.store.witness import Checked

app = typer.Typer(
    help="The audit log: every look at a document, every change.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_entries(
    actor: Annotated[str, typer.Option(metavar="WHO", help="person:NAME, agency:CODE, os:USER, system.")] = "",
    action: Annotated[str, typer.Option(metavar="WHAT", help="Such as `document read`.")] = "",
    about: Annotated[str, typer.Option("--object", metavar="OF", help="A code, a name, an id.")] = "",
    before: Annotated[int | None, typer.Option(metavar="SEQ", min=1, help="Older than this number.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List entries, newest first."""
    from hub.store import audit

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        del now
        async with database.read() as conn:
            rows = await audit.page(conn, actor=actor, action=action, about=about, before=before, limit=limit)
        return [{**row, "at": plain(row["at"]), "hash": bytes(row["hash"]).hex()} for row in rows]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for each in found:
        details = " ".join(f"{name}={value}" for name, value in each["details"].items())
        say.line(f"{each['seq']:>8} {each['at']} {each['actor']:<24} {each['action']:<22} {each['object']} {details}")


@app.command()
def check(
    expect: Annotated[
        str, typer.Option("--expect", metavar="SEQ:HASH", help="What was written down earlier must still be there.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Walk the whole chain. Exit code 1 and the first bad number when an entry is missing, doubled or altered.

    Write SEQ:HASH of the last entry down elsewhere: then nobody can rewrite what is before it unseen.
    """
    from hub.store import witness

    expected = None
    if expect:
        seq, _, digest = expect.partition(":")
        if not seq.isdigit() or not digest:
            raise typer.BadParameter("SEQ:HASH, as this command answers them", param_hint="--expect")
        expected = (int(seq), digest.lower())

    async def work(database: "Database", now: datetime) -> "Checked":
        del now
        return await witness.check(database, expected)

    found = opened.run(work)
    answer = {
        "whole": found.broken_at is None,
        "entries": found.entries,
        "head": f"{found.entries}:{found.head}",
        "broken_at": found.broken_at,
    }
    tell(answer, as_json=as_json)
    if found.broken_at is not None:
        say.note(f"truc: the audit log is not what was written: entry {found.broken_at} is missing or was altered")
        raise typer.Exit(1)
