"""`truc agency suspend | resume | close | rename | merge | split`: what becomes of agencies."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commands import opened
from hub.commands.agency_view import Code, Day, Json, tell, today, view

if TYPE_CHECKING:
    from hub.domain.agency import Agency
    from hub.store.database import Database

Grace = Annotated[int, typer.Option("--grace", metavar="DAYS", min=0, help="Days in which it may still send.")]


def suspend(code: Code, as_json: Json = False) -> None:
    """Stop an agency from sending; what is sent to it waits."""
    from hub.store import registry

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return view(await registry.suspend(conn, code, now), today(now))

    tell(opened.run(work), as_json=as_json)


def resume(code: Code, as_json: Json = False) -> None:
    """Let a suspended agency take part again."""
    from hub.store import registry

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return view(await registry.resume(conn, code, now), today(now))

    tell(opened.run(work), as_json=as_json)


def close(
    code: Code,
    on: Day = None,
    successor: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Who succeeds it; may be repeated.")
    ] = None,
    grace: Grace = 0,
    as_json: Json = False,
) -> None:
    """Close a code from a day on, past or to come; documents go to its one successor, of several senders choose."""
    from hub.store import succession

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        closing = succession.Closing(on.date() if on else today(now), tuple(successor or ()), grace)
        async with database.write() as conn:
            return view(await succession.close_agency(conn, code, closing, now), today(now))

    tell(opened.run(work), as_json=as_json)


def rename(
    code: Code,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The new name.")] = None,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The same, as an option.")] = None,
    on: Day = None,
    as_json: Json = False,
) -> None:
    """Give an agency another name from a day on; asked about an earlier day, it answers to the old one."""
    from hub.store import succession

    given = name or new_name
    if given is None:
        raise typer.BadParameter("say what it is called from then on", param_hint="NAME")

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            changed = await succession.rename(conn, code, given, on.date() if on else today(now), now)
            return view(changed, today(now))

    tell(opened.run(work), as_json=as_json)


def merge(
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="The codes that end.")],
    into: Annotated[str, typer.Option(metavar="CODE", help="The agency that goes on, under its own code.")],
    on: Day = None,
    grace: Grace = 0,
    as_json: Json = False,
) -> None:
    """Merge agencies into one that keeps its code; the other codes are closed and lead to it."""
    from hub.store import succession

    async def work(database: "Database", now: datetime) -> list["Agency"]:
        async with database.write() as conn:
            return await succession.merge(conn, codes, into, on.date() if on else today(now), now, grace)

    merged = opened.run(work)
    tell({"into": merged[0].successors[0], "closed": [agency.code for agency in merged]}, as_json=as_json)


def split(
    code: Code,
    into: Annotated[list[str], typer.Option(metavar="CODE", help="A successor; repeat for each.")],
    on: Day = None,
    grace: Grace = 0,
    as_json: Json = False,
) -> None:
    """Close a code that several succeed; senders are told to choose, nothing is guessed."""
    from hub.store import succession

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            closed = await succession.split(conn, code, into, on.date() if on else today(now), now, grace)
            return view(closed, today(now))

    tell(opened.run(work), as_json=as_json)


COMMANDS: dict[str, Callable[..., Any]] = {
    "suspend": suspend,
    "resume": resume,
    "close": close,
    "rename": rename,
    "merge": merge,
    "split": split,
}
