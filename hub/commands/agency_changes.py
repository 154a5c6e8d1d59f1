"""`truc agency suspend | resume | close | rename | merge | split`: what becomes of agencies."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commands import opened
from hub.commands.agency_reform import Below, Decree, DryRun, Grace, Reason, answer, day_of, make, planned
from hub.commands.agency_view import Code, Day, Json, tell, today, view
from hub.domain.reform import Asked, ChangeKind, Standing

if TYPE_CHECKING:
    from hub.store.database import Database


def suspend(code: Code, as_json: Json = False) -> None:
    """Stop an agency from sending; what is sent to it waits."""
    from hub.store.directory import registry

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return view(await registry.suspend(conn, code, now), today(now))

    tell(opened.run(work), as_json=as_json)


def resume(code: Code, as_json: Json = False) -> None:
    """Let a suspended agency take part again."""
    from hub.store.directory import registry

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return view(await registry.resume(conn, code, now), today(now))

    tell(opened.run(work), as_json=as_json)


def close(  # noqa: PLR0913
    code: Code,
    on: Day = None,
    successor: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Who succeeds it; may be repeated.")
    ] = None,
    below: Below = "",
    grace: Grace = 0,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Close a code from a day on, past or to come; documents go to its one successor, of several senders choose."""
    heirs = tuple(successor or ())
    asked = Asked(ChangeKind.CLOSE, (code,), day_of(on), heirs, below, grace_days=grace, reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def rename(  # noqa: PLR0913
    code: Code,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The new name.")] = None,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The same, as an option.")] = None,
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give an agency another name from a day on; asked about an earlier day, it answers to the old one."""
    given = name or new_name
    if given is None:
        raise typer.BadParameter("say what it is called from then on", param_hint="NAME")
    asked = Asked(ChangeKind.RENAME, (code,), day_of(on), to=given, reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def merge(  # noqa: PLR0913
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="The codes that end.")],
    into: Annotated[str, typer.Option(metavar="CODE", help="The agency that goes on, under its own code.")],
    on: Day = None,
    grace: Grace = 0,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Merge agencies into one that keeps its code; the other codes are closed and lead to it."""
    asked = Asked(ChangeKind.MERGE, tuple(codes), day_of(on), (into,), grace_days=grace, reason=reason, decree=decree)
    change, _ = planned(asked, dry_run=dry_run)
    is_decided = change.state is not Standing.PLANNED
    said = {"into": change.asked.into[0], "closed": list(change.asked.agencies) if is_decided else []}
    answer(change, said, dry_run=dry_run, as_json=as_json)


def split(  # noqa: PLR0913
    code: Code,
    into: Annotated[list[str], typer.Option(metavar="CODE", help="A successor; repeat for each.")],
    on: Day = None,
    below: Below = "",
    grace: Grace = 0,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Close a code that several succeed; senders are told to choose, nothing is guessed."""
    asked = Asked(
        ChangeKind.SPLIT, (code,), day_of(on), tuple(into), below, grace_days=grace, reason=reason, decree=decree
    )
    make(asked, dry_run=dry_run, as_json=as_json)


COMMANDS: dict[str, Callable[..., Any]] = {
    "suspend": suspend,
    "resume": resume,
    "close": close,
    "rename": rename,
    "merge": merge,
    "split": split,
}
