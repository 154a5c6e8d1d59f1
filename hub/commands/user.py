"""`truc user`: people's accounts."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell
from hub.domain.roles import Role

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(help="People who watch, operate or audit the hub.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name they log in with.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")],
    scope: Annotated[str | None, typer.Option(metavar="CODE", help="Let them see this agency alone.")] = None,
    as_json: Json = False,
) -> None:
    """Open an account. The token (for scripts) and the password (for the console) are shown this once."""
    from hub.store import people

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            made, token, password = await people.add_person(conn, name, role, scope, now)
        answer: dict[str, Any] = {"name": made.name, "role": made.role.value, "token": token, "password": password}
        return answer | ({"scope": made.scope} if made.scope else {})

    tell(opened.run(work), as_json=as_json)


@app.command("list")
def list_people(as_json: Json = False) -> None:
    """List the accounts, closed ones included."""
    from hub.store import people

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        del now
        async with database.read() as conn:
            return [
                {
                    "name": account.person.name,
                    "role": account.person.role.value,
                    "scope": account.person.scope,
                    "created_at": plain(account.created_at),
                    "revoked_at": plain(account.revoked_at),
                }
                for account in await people.everybody(conn)
            ]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for each in found:
        state = "closed" if each["revoked_at"] else "open"
        say.line(f"{each['name']:<20} {each['role']:<10} {each['scope'] or '—':<12} {state}")


@app.command()
def revoke(name: Name, as_json: Json = False) -> None:
    """Close an account; its name stays taken."""
    from hub.store import people

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            await people.revoke_person(conn, name, now)
        return {"name": name, "state": "closed"}

    tell(opened.run(work), as_json=as_json)
