"""How the commands of the directory show what they did, and the arguments they share."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from hub import say
from hub.domain import deadline
from hub.domain.agency import Agency

Code = Annotated[str, typer.Argument(metavar="CODE", help="Any code of the agency.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Day = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="The day (YYYY-MM-DD); default today, in Vietnam."),
]


def today(now: datetime) -> date:
    """The day it is in Vietnam."""
    return now.astimezone(deadline.LOCAL).date()


def view(agency: Agency, day: date) -> dict[str, Any]:
    """An agency as commands answer it; its state is that of `day`."""
    return {
        "code": agency.code,
        "name": agency.name,
        "level": agency.level.value,
        "kind": agency.kind.value,
        "parent": agency.parent,
        "aliases": list(agency.aliases),
        "signature": agency.policy.value,
        "channel": agency.channel,
        "contact": dict(agency.contact),
        "state": agency.standing(day),
        "valid_from": plain(agency.valid_from),
        "valid_to": plain(agency.valid_to),
        "grace_days": agency.grace_days,
        "successors": list(agency.successors),
        "continues": agency.continues,
        "system": agency.system,
        "gso": agency.gso,
    }


def plain(value: Any) -> Any:
    """Days and times as text, everything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


def tell(answer: dict[str, Any], *, as_json: bool) -> None:
    """Answer one thing: a document, or a line for each of its facts."""
    if as_json:
        say.data(answer)
        return
    for name, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                say.line(f"{name}: " + " ".join(f"{k}={v}" for k, v in each.items() if v is not None))
        elif isinstance(value, dict) and value:
            say.line(f"{name}: " + " ".join(f"{k}={v}" for k, v in value.items()))
        elif value not in (None, [], {}):
            say.line(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
