"""`truc agency re-parent | recode | level | system | gso | plan | changes | approve | withdraw`: the directory in time."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.adapter import channel_faults
from hub.commands import opened
from hub.commands.agency_view import Code, Day, Json, tell, today, view
from hub.domain.agency import Level
from hub.domain.reform import TEXT_AT_MOST, Asked, Change, ChangeKind, Standing, is_alone

if TYPE_CHECKING:
    from hub.store.database import Database


def _short(text: str) -> str:
    if len(text) > TEXT_AT_MOST:
        raise typer.BadParameter(f"at most {TEXT_AT_MOST} characters")
    return text


Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", callback=_short, help="Why; kept with the change.")]
Decree = Annotated[str, typer.Option("--decree", metavar="NUMBER", callback=_short, help="The decision it rests on.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would follow; nothing is kept.")]
Grace = Annotated[
    int, typer.Option("--grace", metavar="DAYS", min=0, help="Days in which the old code may still send.")
]
Below = Annotated[
    str, typer.Option("--below", metavar="CODE|up", help="Whom those below come under; default: its one successor.")
]
Codes = Annotated[list[str], typer.Argument(metavar="CODE...", help="Any codes of the agencies.")]


def planned(asked: Asked, *, dry_run: bool) -> tuple[Change, dict[str, Any]]:
    """Plan a change as whoever runs the command; answers it, and the first of its agencies as it is now."""
    changes, first = _planned([asked], dry_run=dry_run)
    return changes[0], first


def _planned(wanted: list[Asked], *, dry_run: bool) -> tuple[list[Change], dict[str, Any]]:
    from hub.store.directory import agencies
    from hub.store.directory.reform import planning

    rule = say.settings().two_persons
    for asked in wanted:
        if asked.kind is ChangeKind.CHANNEL:
            refuse_channel(asked.to, dict(asked.settings))

    async def work(database: "Database", now: datetime) -> tuple[list[Change], dict[str, Any]]:
        each = [(asked, is_alone(rule, asked.on, today(now))) for asked in wanted]
        made = await planning.plan_all(database, each, database.actor, now, dry_run=dry_run)
        async with database.read() as conn:
            known = await agencies.get(conn, made[0].asked.agencies[0])
        return made, view(known, today(now))

    return opened.run(work)


def refuse_channel(name: str, config: dict[str, str]) -> None:
    """End the command with what is wrong with a channel and its settings, if anything is."""
    from hub.errors import Rejected
    from hub.wiring import adapters_by

    if faults := channel_faults(adapters_by(say.settings()), name, config):
        say.explain(Rejected(faults))
        raise typer.Exit(1)


def day_of(on: datetime | None) -> Any:
    """The day that was given, or today in Vietnam."""
    from datetime import UTC

    return on.date() if on else today(datetime.now(UTC))


def answer(change: Change, said: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    """Say what came of a change: what would follow, or `said` with the change where its day or a person is waited for."""
    if dry_run:
        tell_consequences(change, as_json=as_json)
        return
    if change.state is not Standing.MADE:
        said = {**said, "change": change.id, "change_state": change.state.value}
    tell(said, as_json=as_json)
    if change.state is Standing.PLANNED:
        say.note(f"waits for a second person: truc agency approve {change.id}")


def tell_consequences(change: Change, *, as_json: bool) -> None:
    """What would follow from a change, in sentences."""
    if as_json:
        say.data(change.shown())
        return
    asked, seen = change.asked, change.consequences or {}
    what = " ".join(filter(None, (", ".join(asked.into), asked.to)))
    few = ", ".join(asked.agencies[:5]) + (" …" if len(asked.agencies) > 5 else "")  # noqa: PLR2004
    say.line(f"would {asked.kind.value} {few} {f'-> {what} ' if what else ''}from {asked.on}")
    below = seen.get("below", {"count": 0, "first": []})
    say.line(f"  {below['count']} agencies below" + (f": {', '.join(below['first'])}" if below["first"] else ""))
    if "documents" in seen:
        say.line(f"  {seen['documents']['count']} documents under way to them, {seen['sent']['count']} sent by them")
    for each in seen.get("old_codes", ()):
        say.line(f"  documents to {each['code']}: {each['then']}, {', '.join(each['to']) or '—'}")
    for each in seen.get("senders", ()):
        goes_on = asked.kind is ChangeKind.RECODE  # the agency does, and its keys with it
        keys = f"{each['keys']} keys" + (" go on" if goes_on else "")
        say.line(f"  {each['code']} ({keys}) is refused as a sender from {each['refused_from']}")
    for name in ("groups", "systems", "people"):
        if seen.get(name):
            say.line(f"  {name}: {', '.join(seen[name])}")
    if change.state is Standing.PLANNED:
        say.line("  waits for a second person")


def make(asked: Asked, *, dry_run: bool, as_json: bool) -> None:
    """Plan a change and say what came of it."""
    change, said = planned(asked, dry_run=dry_run)
    answer(change, said, dry_run=dry_run, as_json=as_json)


def re_parent(  # noqa: PLR0913
    codes: Codes,
    to: Annotated[str | None, typer.Option("--to", metavar="CODE", help="The body above from then on.")] = None,
    top: Annotated[bool, typer.Option("--top", help="Nobody is above from then on.")] = False,
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put agencies below another body from a day on."""
    if (to is None) != top:
        raise typer.BadParameter("say --to CODE or --top", param_hint="--to")
    asked = Asked(ChangeKind.RE_PARENT, tuple(codes), day_of(on), to=to or "", reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def recode(  # noqa: PLR0913
    code: Code,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The code from then on; of nobody before.")],
    on: Day = None,
    grace: Grace = 0,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give an agency another code from a day on; the old one leads to it, and keys, certificates and all else go on."""
    asked = Asked(ChangeKind.RECODE, (code,), day_of(on), to=new, grace_days=grace, reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def level(  # noqa: PLR0913
    code: Code,
    to: Annotated[Level, typer.Argument(metavar="LEVEL", help="central, province, district or commune.")],
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Move an agency to another level, and so to its topic, from a day on."""
    asked = Asked(ChangeKind.LEVEL, (code,), day_of(on), to=to.value, reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def system(  # noqa: PLR0913
    codes: Codes,
    to: Annotated[str | None, typer.Option("--to", metavar="SYSTEMID", help="The system that serves them.")] = None,
    own: Annotated[bool, typer.Option("--own", help="No named system: its own, or that of the body above.")] = False,
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let another system call for agencies from a day on (VXP face)."""
    if (to is None) != own:
        raise typer.BadParameter("say --to SYSTEMID or --own", param_hint="--to")
    asked = Asked(ChangeKind.SYSTEM, tuple(codes), day_of(on), to=to or "", reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def gso(  # noqa: PLR0913
    code: Code,
    to: Annotated[str, typer.Argument(metavar="GSO", help="2, 3 or 5 digits; - for none.")],
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Note the statistical code of an agency's unit from a day on. It is kept beside its codes; nothing is sent to it."""
    asked = Asked(ChangeKind.GSO, (code,), day_of(on), to="" if to == "-" else to, reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="kind,agencies,into,to,on,grace_days,decree,reason")],
    on: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Plan every change of a file, in its order, all or none. `level=district` stands for all agencies of that level."""
    from hub.commands.agency_files import lines_of
    from hub.domain.reform_csv import read
    from hub.errors import Rejected
    from hub.findings import Finding

    day = day_of(on)

    async def work(_database: "Database", _now: datetime) -> list[Asked]:
        found = list(read(lines_of(file, lambda _read: None), day))
        if wrong := [line for line in found if isinstance(line, Finding)]:
            raise Rejected(wrong)
        return [line for line in found if isinstance(line, Asked)]

    wanted = opened.run(work)
    changes = _planned(wanted, dry_run=dry_run)[0] if wanted else []
    _tell_changes(changes, as_json=as_json, dry_run=dry_run)


def changes(
    agency: Annotated[str, typer.Option("--agency", metavar="CODE", help="Only those that name it.")] = "",
    state: Annotated[Standing | None, typer.Option("--state", help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, the latest first.")] = 100,
    as_json: Json = False,
) -> None:
    """List changes planned, approved, made and withdrawn, the latest first."""
    from hub.store.directory import agencies
    from hub.store.directory.reform import planning

    async def work(database: "Database", _now: datetime) -> list[Change]:
        async with database.read() as conn:
            about = [(await agencies.get(conn, agency)).code] if agency else None
            return await planning.listed(conn, agencies=about, state=state or "", limit=limit)

    _tell_changes(opened.run(work), as_json=as_json)


def approve(
    numbers: Annotated[list[int], typer.Argument(metavar="ID...", help="As `truc agency changes` lists them.")],
    as_json: Json = False,
) -> None:
    """Let changes of level 1 hold from their day, as somebody else than who planned them."""
    from hub.store.directory.reform import planning

    async def work(database: "Database", now: datetime) -> list[Change]:
        return [await planning.approve(database, number, database.actor, now) for number in numbers]

    _tell_changes(opened.run(work), as_json=as_json)


def withdraw(
    number: Annotated[int, typer.Argument(metavar="ID", help="As `truc agency changes` lists it.")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Take back a change whose day has not come; it stays on record."""
    from hub.store.directory.reform import planning

    async def work(database: "Database", now: datetime) -> list[Change]:
        return [await planning.withdraw(database, number, database.actor, now, reason)]

    _tell_changes(opened.run(work), as_json=as_json)


def _tell_changes(found: list[Change], *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        say.data({"items": [change.shown() for change in found]})
        return
    for change in found:
        if dry_run:
            tell_consequences(change, as_json=False)
            continue
        asked = change.asked
        what = " ".join(filter(None, (", ".join(asked.into), asked.to)))
        few = ", ".join(asked.agencies[:3]) + (" …" if len(asked.agencies) > 3 else "")  # noqa: PLR2004
        say.line(f"{change.id:>5} {asked.on} {change.state.value:<9} {asked.kind.value:<9} {few} -> {what or '—'}")


COMMANDS: dict[str, Callable[..., Any]] = {
    "re-parent": re_parent,
    "recode": recode,
    "level": level,
    "system": system,
    "gso": gso,
    "plan": plan,
    "changes": changes,
    "approve": approve,
    "withdraw": withdraw,
}
