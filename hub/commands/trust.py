"""`truc trust`: the CAs the hub goes by, and their revocation lists."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened, trust_sources
from hub.commands.agency_certificates import From, To, midnight
from hub.commands.agency_view import Json, plain, tell

if TYPE_CHECKING:
    from hub.store.database import Database

app = typer.Typer(
    help="The CAs that signing certificates must come from, and their revocation lists.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command_name, command in trust_sources.COMMANDS.items():
    app.command(command_name)(command)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE.pem", help="Certificates of CAs: roots, intermediates.")],
    start: From = None,
    end: To = None,
    as_json: Json = False,
) -> None:
    """Trust a root, or know an intermediate. As soon as one root is there, chains and revocation are checked."""
    from hub.store.trust import trusted
    from hub.trust.authorities import Authority, read_authorities
    from hub.trust.chain import check

    content = _content(file)
    window = (midnight(start), midnight(end))

    async def work(database: "Database", now: datetime) -> list[Authority]:
        found = read_authorities(content)
        async with database.write() as conn:
            for authority in found:
                await trusted.add_anchor(conn, authority, now, window)
            check("not-a-certificate", await trusted.load(conn))
        for authority in found:
            if not authority.not_before <= now <= authority.not_after:
                period = f"{authority.not_before.date()} … {authority.not_after.date()}"
                say.note(f"truc: note: {authority.subject} is valid {period}, not now")
        return found

    added = [
        {
            "fingerprint": each.fingerprint,
            "kind": each.kind,
            "subject": each.subject,
            "not_before": each.not_before.isoformat(),
            "not_after": each.not_after.isoformat(),
        }
        for each in opened.run(work)
    ]
    if as_json:
        say.data({"items": added})
        return
    for each in added:
        tell(each, as_json=False)


@app.command()
def crl(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CA's complete revocation list, PEM or DER.")],
    as_json: Json = False,
) -> None:
    """Judge by a revocation list from now on. A CA of the trust store must have signed it."""
    from hub.store.trust import trusted
    from hub.trust.chain import check
    from hub.trust.lists import read_list

    content = _content(file)

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        found = read_list(content, now)
        async with database.write() as conn:
            await trusted.add_list(conn, found, now)
            check("not-a-crl", await trusted.load(conn))
        if now > found.next_update:
            say.note(f"truc: note: the list is stale since {found.next_update.isoformat()}; fetch a fresh one")
        return {
            "fingerprint": found.fingerprint,
            "issuer": found.issuer,
            "number": found.number,
            "this_update": found.this_update.isoformat(),
            "next_update": found.next_update.isoformat(),
            "revoked": found.revoked,
        }

    tell(opened.run(work), as_json=as_json)


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """List the CAs, removed ones included, and the revocation lists that count."""
    from hub.store.trust import trusted

    async def work(database: "Database", now: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with database.read() as conn:
            anchors, lists = await trusted.listing(conn)
        return (
            [{**_plainly(each), "state": _state(each, now)} for each in anchors],
            [{**_plainly(each), "state": "stale" if now > each["next_update"] else "fresh"} for each in lists],
        )

    anchors, lists = opened.run(work)
    if as_json:
        say.data({"anchors": anchors, "revocation_lists": lists})
        return
    for each in anchors:
        say.line(f"{each['kind']:<12} {each['state']:<8} {each['fingerprint']} {each['subject']}")
    for each in lists:
        say.line(f"{'crl':<12} {each['state']:<8} until {each['next_update']} {each['issuer']}")


@app.command()
def remove(
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `truc trust list` shows it.")],
    last: Annotated[bool, typer.Option("--last", help="Though it is the last root: check chains no more.")] = False,
    as_json: Json = False,
) -> None:
    """Trust a CA no more; it stays on record."""
    from hub.store.trust import trusted

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            subject = await trusted.remove_anchor(conn, fingerprint, now, even_the_last=last)
        return {"removed": fingerprint, "subject": subject}

    tell(opened.run(work), as_json=as_json)


def _state(anchor: dict[str, Any], now: datetime) -> str:
    if anchor["removed_at"]:
        return "removed"
    if now < max(anchor["not_before"], anchor["valid_from"] or anchor["not_before"]):
        return "later"
    ends = min(anchor["not_after"], anchor["valid_to"] or anchor["not_after"])
    return "expired" if now > ends else "active"


def _plainly(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        say.ended(error)
