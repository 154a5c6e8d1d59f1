"""The command `truc`. Imports nothing heavy: each command fetches what it needs when it runs."""

import os
import sys
from typing import Annotated

import typer

from hub.commands import (
    agency,
    alerts,
    audit,
    books,
    calendar,
    check,
    client,
    figures,
    group,
    log,
    quarantine,
    rotate,
    run,
    subscription,
    trust,
    user,
    vendor,
)

app = typer.Typer(
    name="truc",
    help="Trục liên thông văn bản: the hub through which public agencies exchange official documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(agency.app, name="agency")
app.add_typer(group.app, name="group")
app.add_typer(user.app, name="user")
app.add_typer(trust.app, name="trust")
app.add_typer(log.app, name="log")
app.add_typer(audit.app, name="audit")
app.add_typer(alerts.app, name="alerts")
app.add_typer(subscription.app, name="subscription")
app.add_typer(calendar.app, name="calendar")
app.add_typer(quarantine.app, name="quarantine")
_GROUPS = frozenset(group.name for group in app.registered_groups)
_WRONG_USAGE = 2
for module in (run, client, check, books, rotate, figures, vendor):
    for name, command in module.COMMANDS.items():
        app.command(name)(command)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="One whole round, then stop everything.")] = False,
    port: Annotated[int, typer.Option(help="Port of the demo hub; 0 takes a free one.")] = 0,
    days: Annotated[int, typer.Option(min=0, max=60, help="Days of earlier traffic to begin with.")] = 0,
) -> None:
    """A hub of your own with agencies, certificates and traffic, in a temporary folder."""
    from hub.demo.play import main as play

    raise typer.Exit(play(once=once, port=port, days=days))


@app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure this machine: the hub against the floor of the same parts. `truc bench --help` says what."""
    from hub.bench.main import main as measure

    raise typer.Exit(measure(context.args))


def main() -> None:
    """Run the command; whatever ends it is said on stderr with what to do next, and exit code 1, never a stack."""
    try:
        app()
    except SystemExit as end:
        if end.code == _WRONG_USAGE:
            words = sys.argv[1:3] if sys.argv[1:2] and sys.argv[1] in _GROUPS else sys.argv[1:2]
            from hub import say

            say.note(f"      vi: Câu lệnh hoặc thiết lập chưa đúng; cách dùng: truc {' '.join([*words, '--help'])}")
        raise
    except Exception as error:
        if os.environ.get("TRUC_LOG_LEVEL", "").lower() == "debug":
            raise
        from hub import say, troubles

        say.explain(troubles.named(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
