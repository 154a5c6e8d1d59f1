"""`truc agency channel | contact`: how an agency's system is reached, and whom to call there."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Code, Json, tell, today, view

if TYPE_CHECKING:
    from hub.store.database import Database


def channel(
    code: Code,
    name: Annotated[str, typer.Argument(metavar="CHANNEL", help="inbox (it pulls), webhook or folder.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the channel; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Choose how an agency is reached; the channel's settings are checked before they are kept."""
    from hub.store.directory import registry

    config = dict(_pair(text) for text in settings or ())
    for fault in _faults(name, config):
        say.note(f"truc: {fault}")
        raise typer.Exit(1)

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return {**view(await registry.set_channel(conn, code, name, config, now), today(now)), "channel": name}

    tell(opened.run(work), as_json=as_json)


def contact(
    code: Code,
    name: Annotated[str, typer.Option(help="Who answers for the agency's inbox.")] = "",
    title: Annotated[str, typer.Option(help="Title.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone.")] = "",
    email: Annotated[str, typer.Option(help="Mailbox.")] = "",
    as_json: Json = False,
) -> None:
    """Say whom to call when documents lie uncollected; alerts show it."""
    from hub.store.directory import registry

    facts = {"name": name, "title": title, "phone": phone, "email": email}
    kept = {key: value.strip() for key, value in facts.items() if value.strip()}

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return {**view(await registry.set_contact(conn, code, kept, now), today(now)), "contact": kept}

    tell(opened.run(work), as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise typer.BadParameter(f"{text}: write it as NAME=VALUE", param_hint="--set")
    return name, value


def _faults(name: str, config: dict[str, str]) -> list[str]:
    from hub.wiring import adapters_by

    adapters = adapters_by(say.settings())
    if name == "inbox":
        return ["the inbox has no settings"] if config else []
    if name not in adapters:
        return [f"no channel {name}: there are inbox, {', '.join(sorted(adapters))}"]
    return adapters[name].check(config)


COMMANDS: dict[str, Callable[..., Any]] = {"channel": channel, "contact": contact}
