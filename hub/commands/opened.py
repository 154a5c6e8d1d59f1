"""The database as commands of the directory use it: opened, current, and closed whatever happens."""

import getpass
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import typer

from hub import say

if TYPE_CHECKING:
    from hub.store.database import Database

Answer = TypeVar("Answer")


def run(work: "Callable[[Database, datetime], Awaitable[Answer]]") -> Answer:
    """Do `work` with the database and the time it is; a refusal is a sentence on stderr and exit code 1."""
    import asyncio  # here, not above: it is half of what `truc --help` would take

    from hub import troubles
    from hub.errors import HubError

    try:
        return asyncio.run(_with_database(work))
    except HubError as error:
        say.explain(troubles.named(error))
        raise typer.Exit(1) from None


def whoever() -> str:
    """Who runs this command, for the audit log: the user of the operating system, behind `sudo` too."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = str(os.getuid())
    before = os.environ.get("SUDO_USER", "")
    return f"os:{before} as {name}" if before and before != name else f"os:{name}"


async def _with_database(work: "Callable[[Database, datetime], Awaitable[Answer]]") -> Answer:
    from hub.errors import rejected
    from hub.store.database import Database
    from hub.store.directory import settling
    from hub.store.migrate import is_current, migrate

    settings = say.settings()
    database = Database(settings.database, pool_size=1, actor=whoever())
    try:
        if not await is_current(database):
            if not settings.is_embedded:
                say.explain(rejected("database-schema"))
                raise typer.Exit(1)
            await migrate(settings.database)
        answer = await work(database, datetime.now(UTC))
        await settling.taken_up(database)  # what the command changed is what everybody is told after it
        return answer
    finally:
        await database.close()
