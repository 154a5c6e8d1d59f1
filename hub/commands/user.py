"""`truc user`: people's accounts."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell
from hub.domain.roles import Reach, Role

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(help="People who watch, operate or audit the hub.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name they log in with.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")],
    scope: Annotated[str | None, typer.Option(metavar="CODE", help="Let them see this agency alone.")] = None,
    reach: Annotated[Reach, typer.Option(help="How far they see from the agency of --scope.")] = Reach.AGENCY,
    reads: Annotated[bool, typer.Option("--reads", help="Grant what documents say, not only where they are.")] = False,
    as_json: Json = False,
) -> None:
    """Open an account. The token (for scripts) and the password (for the console) are shown this once."""
    from hub.store.directory import people

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            rights = people.Rights(scope, reach, reads)
            made, token, password = await people.add_person(conn, name, role, rights, now)
        answer: dict[str, Any] = {"name": made.name, "role": made.role.value, "token": token, "password": password}
        if made.scope:
            answer |= {"scope": made.scope, "reach": made.reach.value}
        return answer | ({"reads": True} if made.reads else {})

    tell(opened.run(work), as_json=as_json)


@app.command("list")
def list_people(as_json: Json = False) -> None:
    """List the accounts, closed ones included."""
    from hub.store.directory import people

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        del now
        async with database.read() as conn:
            return [
                {
                    "name": account.person.name,
                    "role": account.person.role.value,
                    "scope": account.person.scope,
                    "reach": account.person.reach.value if account.person.scope else None,
                    "reads": account.person.reads,
                    "subjects": [subject for _, subject in account.subjects],
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
    from hub.store.directory import people

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            await people.revoke_person(conn, name, now)
        return {"name": name, "state": "closed"}

    tell(opened.run(work), as_json=as_json)


@app.command()
def link(
    name: Name,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Who they are to the provider (TRUC_OIDC_CLAIM).")],
    issuer: Annotated[str, typer.Option(help="The provider; default TRUC_OIDC_ISSUER.")] = "",
    as_json: Json = False,
) -> None:
    """Let somebody in who comes from the OpenID provider as SUBJECT."""
    from hub.store.directory import people

    provider = (issuer or say.settings().oidc_issuer).rstrip("/")
    if not provider:
        raise typer.BadParameter("set TRUC_OIDC_ISSUER, or name one", param_hint="--issuer")

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            await people.link(conn, name, provider, subject, now)
        return {"name": name, "issuer": provider, "subject": subject}

    tell(opened.run(work), as_json=as_json)


@app.command()
def password(name: Name, as_json: Json = False) -> None:
    """Make another password, shown this once; whoever is logged in by the old one is out."""
    from hub.store.directory import people

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        del now
        async with database.write() as conn:
            return {"name": name, "password": await people.new_password(conn, name)}

    tell(opened.run(work), as_json=as_json)


@app.command()
def logout(name: Name, as_json: Json = False) -> None:
    """End every session of somebody at the console; the account stays open."""
    from hub.store.access import sessions

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        del now
        async with database.write() as conn:
            return {"name": name, "ended": await sessions.end_all(conn, name)}

    tell(opened.run(work), as_json=as_json)
