"""`truc group`: groups of recipients, such as all communes of a province, to be written in To by one code."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Day, Json, tell, today

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(
    help="Groups of recipients, written in To by one code; who is a member on which day is data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Code = Annotated[str, typer.Argument(metavar="GROUP", help="The group's code; no agency may have it.")]


@app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="What people call it.")],
    as_json: Json = False,
) -> None:
    """Enter a group, or name it otherwise."""
    from hub.store.directory import groups

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            key = await groups.put(conn, code, name, now)
            return await groups.get(conn, key, today(now))

    tell(opened.run(work), as_json=as_json)


@app.command()
def member(  # noqa: PLR0913 - options of one command
    code: Code,
    agencies: Annotated[list[str] | None, typer.Argument(metavar="[AGENCY]...", help="Any code of each.")] = None,
    below: Annotated[str, typer.Option(help="All agencies of --level that stand below this one.")] = "",
    level: Annotated[str, typer.Option(help="central, province, district or commune.")] = "commune",
    remove: Annotated[bool, typer.Option("--remove", help="They are members no longer.")] = False,
    on: Day = None,
    as_json: Json = False,
) -> None:
    """Make agencies members from a day on, or end their membership; what was before that day stays as it was."""
    from hub.store.directory import groups

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        day = on.date() if on else today(now)
        async with database.write() as conn:
            changed = 0
            if remove:
                changed += await groups.leave(conn, code, agencies or [], day)
            else:
                changed += await groups.join(conn, code, agencies or [], day) if agencies else 0
                changed += await groups.join_below(conn, code, below, level, day) if below else 0
            return {**await groups.get(conn, code, day), "changed": changed}

    if not agencies and (remove or not below):
        say.note("truc: name agencies, or --below")
        raise typer.Exit(2)
    tell(opened.run(work), as_json=as_json)


@app.command("list")
def list_groups(
    code: Annotated[str, typer.Argument(metavar="[GROUP]", help="Its members; without it, every group.")] = "",
    on: Day = None,
    as_json: Json = False,
) -> None:
    """List groups, or the members of one, as they are on a day."""
    from hub.store.directory import groups

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        day = on.date() if on else today(now)
        async with database.read() as conn:
            return await groups.get(conn, code, day) if code else {"items": await groups.listed(conn, day)}

    tell(opened.run(work), as_json=as_json)
