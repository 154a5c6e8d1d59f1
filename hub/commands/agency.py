"""`truc agency`: who takes part. Works before the hub's first start and while it runs."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import (
    agency_certificates,
    agency_changes,
    agency_files,
    agency_reach,
    agency_reform,
    agency_vxp,
    opened,
)
from hub.commands.agency_view import Code, Day, Json, plain, tell, today, view
from hub.domain.agency import Agency, Kind, Level, SignaturePolicy
from hub.domain.reform import shown_settings
from hub.findings import finding

if TYPE_CHECKING:
    from hub.store.database import Database

_KEY_FACTS = ("id", "created_at", "last_used_at", "expires_at", "revoked_at")
app = typer.Typer(
    help="The directory: agencies, their codes, keys and certificates.", no_args_is_help=True, rich_markup_mode=None
)
for module in (agency_certificates, agency_changes, agency_reform, agency_files, agency_reach, agency_vxp):
    for command_name, command in module.COMMANDS.items():
        app.command(command_name)(command)


@app.command()
def add(  # noqa: PLR0913 - the options of one command
    code: Annotated[str, typer.Argument(metavar="CODE", help="Its code: 1-35 characters, no white space.")],
    name: Annotated[str, typer.Option(help="Its full name.")],
    level: Annotated[Level, typer.Option(help="Which of the four levels it belongs to.")],
    kind: Annotated[Kind, typer.Option(help="What sort of body it is.")] = Kind.GOVERNMENT,
    parent: Annotated[str | None, typer.Option(metavar="CODE", help="The body above it.")] = None,
    alias: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Another code of it; may be repeated.")
    ] = None,
    signature: Annotated[
        SignaturePolicy | None, typer.Option(help="Default: required once a certificate is bound.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Enter an agency and make its first API key, which is shown this once."""
    from hub.store.directory import agencies, keys, registry

    new = Agency(code, name, level, kind, parent, tuple(alias or ()), signature=signature)

    async def work(database: "Database", now: datetime) -> tuple[Agency, str]:
        async with database.write() as conn:
            made = await registry.add(conn, new, now)
            if made.parent and not (await agencies.find(conn, [made.parent]))[made.parent]:
                found = finding("parent-unknown", "parent", agency=made.code, parent=made.parent)
                say.note(f"truc: note: {found.message[not say.is_vietnamese()]}")  # it may come later
            return made, await keys.issue_key(conn, made.code, now)

    made, text = opened.run(work)
    answer = {
        "code": made.code,
        "name": made.name,
        "level": made.level.value,
        "aliases": list(made.aliases),
        "signature": made.policy.value,
        "api_key": text,
    }
    tell(answer, as_json=as_json)


@app.command()
def key(
    code: Code,
    revoke: Annotated[str | None, typer.Option(metavar="ID", help="Make this key worthless instead.")] = None,
    as_json: Json = False,
) -> None:
    """Make a further API key for an agency, shown this once."""
    from hub.store.directory import agencies, keys

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            known = await agencies.get(conn, code)
            if revoke:
                await keys.revoke_key(conn, code, revoke, now)
                return {"code": known.code, "revoked": revoke}
            return {"code": known.code, "api_key": await keys.issue_key(conn, code, now)}

    tell(opened.run(work), as_json=as_json)


@app.command("key-rotate")
def key_rotate(
    code: Code,
    overlap: Annotated[float, typer.Option("--overlap", metavar="HOURS", min=0, help="How long the others last.")] = 24,
    as_json: Json = False,
) -> None:
    """Make a fresh API key, shown this once; every other key of the agency ends after the overlap."""
    from hub.store.directory import agencies, keys

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        length = timedelta(hours=overlap)
        async with database.write() as conn:
            text = await keys.rotate_keys(conn, code, length, now)
            known = await agencies.get(conn, code)
        return {"code": known.code, "api_key": text, "others_until": plain(now + length)}

    tell(opened.run(work), as_json=as_json)


@app.command("key-revoke")
def key_revoke(
    code: Code,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `truc agency show` tells it.")],
    as_json: Json = False,
) -> None:
    """Make an API key worthless, in every process within two seconds."""
    key(code, key_id, as_json)


@app.command()
def show(code: Code, on: Day = None, as_json: Json = False) -> None:
    """Say who an agency is, or was on a day, with its keys (never their secrets) and certificates."""
    from hub.store.directory import agencies, certificates, keys, reach
    from hub.store.trust import signatures

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        day = on.date() if on else today(now)
        async with database.read() as conn:
            known = await agencies.get(conn, code, day)
            made = await keys.keys_of(conn, known.code)
            bound = await certificates.certificates_of(conn, known.code)
            signed = await signatures.of_agency(conn, known.code, now - timedelta(days=90), now)
            _, settings = (await reach.channels(conn, [known.code], day))[known.code]
        return view(known, day) | {
            "settings": shown_settings(settings),
            "accept_sha1_until": plain(known.accept_sha1_until),
            "signatures": [
                {"in_90_days": name, **counts["verdicts"], **counts["legacy"]} for name, counts in signed.items()
            ],
            "keys": [{name: plain(getattr(k, name)) for name in _KEY_FACTS} for k in made],
            "certificates": [{name: plain(value) for name, value in row.items()} for row in bound],
        }

    tell(opened.run(work), as_json=as_json)


@app.command("list")
def list_agencies(
    q: Annotated[str, typer.Option("--q", help="Beginning of a code, or words of a name; accents optional.")] = "",
    level: Annotated[Level | None, typer.Option(help="Only this level.")] = None,
    parent: Annotated[str | None, typer.Option(metavar="CODE", help="Only those directly below this body.")] = None,
    on: Day = None,
    as_json: Json = False,
) -> None:
    """List agencies in the order of their codes; with --on, those whose codes were open on that day."""
    filters = {"q": q, "level": level.value if level else None, "parent": parent, "on": on.date() if on else None}

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        day = on.date() if on else today(now)
        return [view(agency, day) async for agency in agency_files.every(database, **filters)]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for each in found:
        say.line(f"{each['code']:<20} {each['level']:<9} {each['state']:<10} {each['name']}")
