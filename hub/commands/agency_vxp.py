"""`truc agency vxp | vxp-end`: let an agency's system call as a client of the national axis, and until when."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Code, Json, tell, today

if TYPE_CHECKING:
    from hub.store.database import Database

Day = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="The first day (YYYY-MM-DD) it may not call."),
]


def vxp(code: Code, until: Day = None, as_json: Json = False) -> None:
    """Make a system id and a secret for the VXP face, shown this once; a secret made before stops working."""
    import secrets

    from hub.store.directory import agencies, systems
    from hub.trust.vault import open_or_make

    vault = open_or_make(say.settings().home)
    secret = secrets.token_urlsafe(32)

    async def work(database: "Database", now: datetime) -> str:
        async with database.write() as conn:
            agency = await agencies.get(conn, code)
            sealed = vault.seal(secret, agency.code)
            ends_on = until.date() if until else None
            await systems.keep(conn, systems.System(agency.code, agency.code, sealed, ends_on), now)
            return agency.code

    tell({"systemid": opened.run(work), "secret": secret}, as_json=as_json)


def vxp_end(
    code: Code,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on", formats=["%Y-%m-%d"], metavar="DATE", help="The first day it may not call; default today."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """End a system's calls on a day; the secret stays, so a later day lets it call again."""
    from hub.errors import rejected
    from hub.store.directory import agencies, systems

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        day = on.date() if on else today(now)
        async with database.write() as conn:
            agency = await agencies.get(conn, code)
            for systemid in dict.fromkeys((agency.code, *reversed(agency.codes))):
                if await systems.end(conn, systemid, day):
                    return {"systemid": systemid, "ends_on": day.isoformat()}
        raise rejected("system-unknown", agency=agency.code)

    tell(opened.run(work), as_json=as_json)


COMMANDS: dict[str, Callable[..., Any]] = {"vxp": vxp, "vxp-end": vxp_end}
