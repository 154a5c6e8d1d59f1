"""`truc agency channel | contact | policy`: how an agency is reached, whom to call there, what its signatures must be."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commands import opened
from hub.commands.agency_reform import Decree, DryRun, Reason, day_of, make, refuse_channel
from hub.commands.agency_view import Code, Day, Json, tell, today, view
from hub.domain.agency import SignaturePolicy
from hub.domain.reform import Asked, ChangeKind

if TYPE_CHECKING:
    from hub.store.database import Database


def channel(  # noqa: PLR0913
    code: Code,
    name: Annotated[str, typer.Argument(metavar="CHANNEL", help="inbox (it pulls), webhook or folder.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the channel; may be repeated.")
    ] = None,
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Choose how an agency is reached, from now or a day on; the channel's settings are checked before they are kept."""
    from hub.store.directory import registry

    config = dict(_pair(text) for text in settings or ())
    if on or dry_run or reason or decree:
        asked = Asked(ChangeKind.CHANNEL, (code,), day_of(on), to=name, reason=reason, decree=decree, settings=config)
        make(asked, dry_run=dry_run, as_json=as_json)
        return
    refuse_channel(name, config)

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return {**view(await registry.set_channel(conn, code, name, config, now), today(now)), "channel": name}

    tell(opened.run(work), as_json=as_json)


def contact(  # noqa: PLR0913
    code: Code,
    name: Annotated[str, typer.Option(help="Who answers for the agency's inbox.")] = "",
    title: Annotated[str, typer.Option(help="Title.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone.")] = "",
    email: Annotated[str, typer.Option(help="Mailbox.")] = "",
    on: Day = None,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Say whom to call when documents lie uncollected, from now or a day on; alerts show it."""
    from hub.store.directory import registry

    facts = {"name": name, "title": title, "phone": phone, "email": email}
    kept = {key: value.strip() for key, value in facts.items() if value.strip()}
    if on or reason:
        asked = Asked(ChangeKind.CONTACT, (code,), day_of(on), reason=reason, settings=kept)
        make(asked, dry_run=False, as_json=as_json)
        return

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            return {**view(await registry.set_contact(conn, code, kept, now), today(now)), "contact": kept}

    tell(opened.run(work), as_json=as_json)


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise typer.BadParameter(f"{text}: write it as NAME=VALUE", param_hint="--set")
    return name, value


def policy(  # noqa: PLR0913
    codes: Annotated[list[str], typer.Argument(metavar="CODE...", help="Any codes of the agencies.")],
    to: Annotated[SignaturePolicy | None, typer.Option("--to", help="What its signatures must be.")] = None,
    usual: Annotated[
        bool, typer.Option("--usual", help="As of who was given none: required with a certificate.")
    ] = False,
    on: Day = None,
    reason: Reason = "",
    decree: Decree = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Choose what follows from the verdict on agencies' signatures, from a day on."""
    if (to is None) != usual:
        raise typer.BadParameter("say --to POLICY or --usual", param_hint="--to")
    asked = Asked(ChangeKind.POLICY, tuple(codes), day_of(on), to=to.value if to else "", reason=reason, decree=decree)
    make(asked, dry_run=dry_run, as_json=as_json)


COMMANDS: dict[str, Callable[..., Any]] = {"channel": channel, "contact": contact, "policy": policy}
