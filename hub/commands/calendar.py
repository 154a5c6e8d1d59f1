"""`truc calendar`: which days are worked, what people decided otherwise, and agencies with hours of their own."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, tell

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(
    help="The working calendar: public holidays, swapped and half days, agencies' own hours.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Decree = Annotated[str, typer.Option(help="Number of the document that decided it.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@app.command()
def show(
    year: Annotated[int, typer.Option(help="Which year; 0: this one.")] = 0,
    as_json: Json = False,
) -> None:
    """Show every day of a year that is not as its weekday says, with where that comes from."""
    from hub.domain import calendar as rules
    from hub.domain import deadline
    from hub.store.watching import calendar

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        chosen = year or now.astimezone(deadline.LOCAL).year
        async with database.read() as conn:
            decided = {row["day"]: row for row in await calendar.override_rows(conn)}
            hours = await calendar.own_hours(conn)
        days, names = rules.official([chosen]), rules.names(chosen)
        items = []
        for day in sorted({*days, *(day for day in decided if day.year == chosen)}):
            own = decided.get(day)
            source = f"{own['decree']}: {own['reason']} ({own['set_by']})" if own else rules.version_of_holidays()
            kind = own["kind"] if own else days[day].value
            items.append({"day": day.isoformat(), "kind": kind, "name": names.get(day, ""), "source": source})
        return {"year": chosen, "days": items, "own_hours": sorted(hours)}

    answer = opened.run(work)
    if as_json:
        say.data(answer)
        return
    for each in answer["days"]:
        say.line(f"{each['day']} {each['kind']:<10} {each['name']:<40} {each['source']}")
    if answer["own_hours"]:
        say.line(f"own hours: {', '.join(answer['own_hours'])}")


@app.command("set")
def set_day(
    day: Annotated[str, typer.Argument(metavar="DAY", help="Such as 2026-01-02.")],
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="off, work, morning, afternoon; default: as the law says.")
    ],
    decree: Decree = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Decide a day otherwise than the law's holidays say: a swap, a compensatory day, a half day."""
    from hub.domain import calendar as rules
    from hub.store.watching import calendar

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            if kind == "default":
                on = _day(day)
                is_gone = await calendar.drop(conn, on)
                return {"day": on.isoformat(), "kind": kind, "changed": is_gone}
            made = rules.checked(day, kind, decree, reason)
            await calendar.put(conn, [made], database.actor, now)
        return {"day": made.day.isoformat(), "kind": made.kind.value, "decree": made.decree, "reason": made.reason}

    tell(opened.run(work), as_json=as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Columns day,kind,decree,reason.")],
    as_json: Json = False,
) -> None:
    """Decide many days at once: all of the file, or, if a line is wrong, nothing of it."""
    from hub.domain import calendar as rules
    from hub.store.watching import calendar

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        say.ended(error)

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        found = rules.read_csv(text)
        if found:
            async with database.write() as conn:
                await calendar.put(conn, found, database.actor, now, file.name)
        return {"imported": len(found)}

    tell(opened.run(work), as_json=as_json)


@app.command()
def hours(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Any code of the agency.")],
    spans: Annotated[
        str, typer.Argument(metavar="HOURS", help='"07:00-11:00,13:30-17:00"; "default": the usual ones.')
    ],
    weekdays: Annotated[str, typer.Option(help="1-7, Monday is 1: 1-5 or 1,2,3,6.")] = "1-5",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Give an agency working hours of its own; its deadlines are counted in them."""
    from hub.store.watching import calendar

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        chosen = "" if spans == "default" else spans
        async with database.write() as conn:
            known = await calendar.set_hours(conn, code, chosen, weekdays, reason, database.actor, now)
        return {"agency": known, "hours": spans, "weekdays": weekdays}

    tell(opened.run(work), as_json=as_json)


def _day(text: str) -> date:
    from hub.errors import rejected

    try:
        return date.fromisoformat(text)
    except ValueError:
        vi, en = f"“{text}” không phải ngày có thật", f"“{text}” is no day"
        raise rejected("invalid-override", "day", name="day", problem=(vi, en)) from None
