"""`truc trust source | sources`: where lists and answers are fetched from, and how that goes."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Json, plain, tell

if TYPE_CHECKING:
    from hub.store.database import Database


def source(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where a CA publishes its complete revocation list.")],
    remove: Annotated[bool, typer.Option("--remove", help="Fetch from it no more.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch a revocation list from a URL that no certificate names; the workers do it, from now on."""
    from hub.store.trust import sources
    from hub.trust.sources import Source

    if not url.lower().startswith(("http://", "https://")):
        raise typer.BadParameter("http:// or https://", param_hint="URL")

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            if remove:
                await sources.unname(conn, url)
            else:
                await sources.name(conn, Source("crl", url), now)
        return {"removed" if remove else "source": url}

    tell(opened.run(work), as_json=as_json)


def sources(as_json: Json = False) -> None:
    """List every source of lists, answers and CAs with its last fetch, its next one and its last error."""
    from hub.store.trust import sources as kept

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        async with database.read() as conn:
            found = await kept.listing(conn)
        return [{name: plain(value) for name, value in row.items()} | {"state": state(row, now)} for row in found]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for each in found:
        said = each["last_error"] or f"holds until {each['holds_until'] or '—'}"
        say.line(f"{each['kind']:<5} {each['state']:<8} {each['url']}  {said}")


def state(row: dict[str, Any], now: datetime) -> str:
    """One word for a source: new, good, failing (what it gave before still holds) or stale."""
    if row["tried_at"] is None:
        return "new"
    if row["kind"] != "ca" and (row["holds_until"] is None or row["holds_until"] < now):
        return "stale"
    return "failing" if row["failures"] else "good"


COMMANDS: dict[str, Callable[..., Any]] = {"source": source, "sources": sources}
